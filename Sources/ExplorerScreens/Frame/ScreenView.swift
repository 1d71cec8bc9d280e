import ExplorerModel
import TerminalRendering

/// One of the seven screens, or a chooser in its place. It draws all of its own canvas, which starts at (0, 0).
protocol ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance)

  /// The actions of a mouse event, whose position is relative to the screen's canvas of the given size.
  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action]

  /// The number of visible rows of the list, which is one page.
  static func pageHeight(in state: ExplorerState, size: Size) -> Int
}

extension ScreenView {
  static func pageHeight(in state: ExplorerState, size: Size) -> Int { max(1, size.height - 1) }
}

extension ExplorerState {
  /// The view to draw: the open chooser, or else the screen.
  var view: any ScreenView.Type {
    if choosing.arrays != nil { return ArrayChooserView.self }
    if choosing.files != nil { return FileChooserView.self }
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
    case .compare: CompareScreen.self
    case .data: DataScreen.self
    }
  }
}
