import ExplorerModel
import TerminalRendering

/// One of the six screens, or a chooser in its place. It gets a canvas of its own, at (0, 0), and draws all of it.
protocol ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance)

  /// What a mouse event does; its position is on the screen's own canvas, which has the given size.
  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action]

  /// How many rows of its list are in view: what a page is.
  static func pageHeight(in state: ExplorerState, size: Size) -> Int
}

extension ScreenView {
  static func pageHeight(in state: ExplorerState, size: Size) -> Int { max(1, size.height - 1) }
}

extension ExplorerState {
  /// What has the screen's place: the screen, or what is being chosen instead.
  var view: any ScreenView.Type {
    if arrayChooser != nil { return ArrayChooserView.self }
    if fileChooser != nil { return FileChooserView.self }
    return screen.view
  }
}

extension Screen {
  var view: any ScreenView.Type {
    switch self {
    case .classes: ClassesScreen.self
    case .scores: ScoresScreen.self
    case .outliers: OutliersScreen.self
    case .tuning: TuningScreen.self
    case .distances: DistancesScreen.self
    case .data: DataScreen.self
    }
  }
}
