import ExplorerModel
import TerminalRendering

extension KeyBindings {
  /// Bindings of the map of distances, and of the plane in its place.
  static let forDistances: [KeyBinding] = [
    KeyBinding(
      .characters("v"), "show the plane that separates classes best, or the map of distances",
      group: .distances, on: [.distances], label: { $0.showsPlane ? "map" : "plane" }, isKept: true,
      outcome: .action { _ in .plane(.toggle) }),
    KeyBinding(
      [.left, .character("h")], "move one column left; in the plane, to the next sample to the left",
      group: .distances, on: [.distances]
    ) { $0.inPlane { PlaneView.step(-1, 0, of: $0.state, size: $0.screenSize) } ?? .moveColumn(-1) },
    KeyBinding(
      [.right, .character("l")], "move one column right; in the plane, to the next sample to the right",
      group: .distances, on: [.distances]
    ) { $0.inPlane { PlaneView.step(1, 0, of: $0.state, size: $0.screenSize) } ?? .moveColumn(1) },
    KeyBinding(
      [.shiftLeft], "move ten columns left; pan the plane", group: .distances, on: [.distances]
    ) { $0.inPlane { _ in .plane(.pan(x: -0.1, y: 0)) } ?? .moveColumn(-10) },
    KeyBinding(
      [.shiftRight], "move ten columns right; pan the plane", group: .distances, on: [.distances]
    ) { $0.inPlane { _ in .plane(.pan(x: 0.1, y: 0)) } ?? .moveColumn(10) },
    KeyBinding(
      [.enter], "show the row's class in the class table; from the plane, the sample in the sample table",
      group: .distances, on: [.distances], label: { $0.showsPlane ? "open sample" : "go to class" },
      outcome: .action { $0.state.showsPlane ? .enter : .jumpToClass }),
    KeyBinding(
      .characters(" "), "mark or unmark the sample under the cursor of the plane", group: .distances,
      on: [.distances], label: { $0.showsPlane && $0.distances.plane.cursor != nil ? "mark" : nil },
      outcome: .action { $0.inPlane { _ in .plane(.toggleMark) } }),
    KeyBinding(
      .characters("c"), "show the plane of other classes: the pair, the closest ones, all, or one",
      group: .distances, on: [.distances], label: { $0.showsPlane ? "classes" : nil },
      outcome: .action { $0.inPlane { _ in .plane(.cycleChoice(1)) } }),
    KeyBinding(
      .characters("C"), "show the plane of the previous choice of classes", group: .distances,
      on: [.distances], label: { _ in nil },
      outcome: .action { $0.inPlane { _ in .plane(.cycleChoice(-1)) } }),
    KeyBinding(
      .characters("s"), "in the plane, show held-out and OOD samples, one of them, or none",
      group: .distances, on: [.distances], label: { $0.showsPlane ? "samples" : nil },
      outcome: .action { $0.inPlane { _ in .plane(.cycleLayers(1)) } }),
    KeyBinding(
      .characters("z"), "zoom into the plane, around the cursor", group: .distances, on: [.distances],
      label: { $0.showsPlane ? "zoom" : nil }, outcome: .action { $0.inPlane { _ in .plane(.zoom(0.5)) } }),
    KeyBinding(
      .characters("Z"), "zoom out of the plane", group: .distances, on: [.distances],
      label: { $0.showsPlane ? "zoom" : nil }, outcome: .action { $0.inPlane { _ in .plane(.zoom(2)) } }),
    KeyBinding(
      .characters("0"), "show the whole plane", group: .distances, on: [.distances],
      label: { $0.showsPlane && $0.distances.plane.isZoomed ? "whole" : nil },
      outcome: .action { $0.inPlane { _ in .plane(.resetZoom) } }),
  ]
}

extension KeyContext {
  /// An action of the plane; `nil` where the map is shown.
  fileprivate func inPlane(_ action: (KeyContext) -> Action) -> Action? {
    state.showsPlane ? action(self) : nil
  }
}

extension ExplorerState {
  /// Whether the plane is shown.
  var showsPlane: Bool { screen == .distances && distances.plane.isOpen }
}
