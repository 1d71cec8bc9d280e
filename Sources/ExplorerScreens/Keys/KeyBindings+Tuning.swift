import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

extension KeyBindings {
  static let forTuning: [KeyBinding] = [
    KeyBinding(
      .characters("p"), "pin this setting under the next free letter, A to C, to compare it with others",
      group: .tuning, on: [.tuning],
      label: {
        $0.tuning.pins[$0.setting.current] == nil ? $0.tuning.pins.freeLetter.map { "pin as \($0)" } : nil
      }, outcome: .action { _ in .pin }),
    KeyBinding(
      .characters("P"), "unpin this setting, or else the last pinned one", group: .tuning, on: [.tuning],
      label: { ($0.tuning.pins[$0.setting.current] ?? $0.tuning.pins.all.last).map { "unpin \($0.letter)" } },
      outcome: .action { _ in .unpin }),
    KeyBinding(
      .characters("c"), "show which classes want more or less regularization, or the curves", group: .tuning,
      on: [.tuning], label: { $0.tuning.pane == .classes ? "curves" : "classes" },
      outcome: .action { _ in .toggleTuningPane(.classes) }),
    KeyBinding(
      .characters("d"), "draw the score histograms of two pinned settings over each other, or the curves",
      group: .tuning, on: [.tuning],
      label: { $0.tuning.pins.isEmpty ? nil : $0.tuning.pane == .histograms ? "curves" : "histograms" },
      outcome: .action { _ in .toggleTuningPane(.histograms) }),
    KeyBinding(
      .characters("n"), "compare ranks with the next pin, or the histograms of the next two settings",
      group: .tuning, on: [.tuning],
      label: {
        $0.tuning.pane == .histograms
          ? $0.histogramPairCount > 1 ? "next pair" : nil : $0.tuning.pins.all.count > 1 ? "next pin" : nil
      }, outcome: .action { _ in .cyclePin(offset: 1) }),
    KeyBinding(
      .characters("z"), "zoom into the curves around the current λ or t", group: .tuning, on: [.tuning],
      label: { $0.tuning.pane == .histograms ? nil : "zoom" }, outcome: .action { _ in .zoomTuning(1) }),
    KeyBinding(
      .characters("Z"), "zoom out of the curves", group: .tuning, on: [.tuning],
      label: { $0.tuning.zoom > 0 && $0.tuning.pane != .histograms ? "zoom" : nil },
      outcome: .action { _ in .zoomTuning(-1) }),
    KeyBinding(
      .characters("0"), "show the whole path", group: .tuning, on: [.tuning],
      label: { $0.tuning.zoom > 0 ? "whole path" : nil }, outcome: .action { _ in .resetTuningZoom }),
    KeyBinding(
      [.left, .character("h")], "move one step along the path, or the cursor of the map, to a smaller λ or t",
      group: .tuning, on: [.tuning], label: "along the path"
    ) {
      $0.state.tuning.mapCursor == nil ? .stepRegularization(tenths: -1) : .moveMapCursor(rows: 0, steps: -1)
    },
    KeyBinding(
      [.right, .character("l")], "move one step along the path, or the cursor of the map, to a larger λ or t",
      group: .tuning, on: [.tuning], label: "along the path"
    ) {
      $0.state.tuning.mapCursor == nil ? .stepRegularization(tenths: 1) : .moveMapCursor(rows: 0, steps: 1)
    },
    KeyBinding(
      [.up, .character("k")], "move the cursor of the map to a smaller pooling, or to the class above",
      group: .tuning,
      on: [.tuning],
      label: "map"
    ) { $0.state.tuning.pane == .classes ? .move(.lines(-1)) : .moveMapCursor(rows: -1, steps: 0) },
    KeyBinding(
      [.down, .character("j")], "move the cursor of the map to a larger pooling, or to the class below",
      group: .tuning,
      on: [.tuning],
      label: "map"
    ) { $0.state.tuning.pane == .classes ? .move(.lines(1)) : .moveMapCursor(rows: 1, steps: 0) },
    KeyBinding(
      [.enter], "take the setting under the cursor of the map, or go to the selected class", group: .tuning,
      on: [.tuning],
      label: { state in
        if state.tuning.pane == .classes { return "go to class" }
        return state.tuning.settingUnderCursor(at: state.setting.current) == state.setting.current
          ? nil : "take"
      }, outcome: .action { _ in .enter }),
    KeyBinding(
      .characters("v"), "show the next figure in the map: leave-one-out NLL, accuracy, AUROC", group: .tuning,
      on: [.tuning], label: "map figure"
    ) { _ in .cycleMapMeasure },
    KeyBinding(
      [.shiftLeft], "move one decade along the path to a smaller λ or t", group: .tuning, on: [.tuning]
    ) {
      _ in .stepRegularization(tenths: -10)
    },
    KeyBinding(
      [.shiftRight], "move one decade along the path to a larger λ or t", group: .tuning, on: [.tuning]
    ) {
      _ in .stepRegularization(tenths: 10)
    },
    KeyBinding([.pageDown, .control("f")], "move one page of classes down", group: .tuning, on: [.tuning]) {
      $0.state.tuning.pane == .classes ? .move(.page($0.pageHeight)) : nil
    },
    KeyBinding([.pageUp, .control("b")], "move one page of classes up", group: .tuning, on: [.tuning]) {
      $0.state.tuning.pane == .classes ? .move(.page(-$0.pageHeight)) : nil
    },
    KeyBinding([.character("g"), .home], "go to the first class", group: .tuning, on: [.tuning]) {
      $0.state.tuning.pane == .classes ? .move(.toStart) : nil
    },
    KeyBinding([.character("G"), .end], "go to the last class", group: .tuning, on: [.tuning]) {
      $0.state.tuning.pane == .classes ? .move(.toEnd) : nil
    },
  ]
}
