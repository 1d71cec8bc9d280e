import ExplorerModel
import TerminalRendering

extension KeyBindings {
  /// What works on one or two screens only.
  static let forSingleScreens: [KeyBinding] = forScores + forOutliers + forTuning + forDistances + forData

  private static let forScores: [KeyBinding] = [
    KeyBinding(
      [.left, .character("h")], "threshold down, by a hundredth of the range", group: .scores, on: [.scores],
      label: "threshold"
    ) { _ in .moveThreshold(fractionOfRange: -0.01) },
    KeyBinding(
      [.right, .character("l")], "threshold up", group: .scores, on: [.scores], label: "threshold"
    ) { _ in .moveThreshold(fractionOfRange: 0.01) },
    KeyBinding([.shiftLeft], "threshold down, by a tenth", group: .scores, on: [.scores]) {
      _ in .moveThreshold(fractionOfRange: -0.1)
    },
    KeyBinding([.shiftRight], "threshold up, by a tenth", group: .scores, on: [.scores]) {
      _ in .moveThreshold(fractionOfRange: 0.1)
    },
    KeyBinding(
      .characters("0"), "threshold back to 95 % true positives", group: .scores, on: [.scores],
      label: { $0.thresholdIsChosen ? "reset" : nil }, outcome: .action { _ in .resetThreshold }),
    KeyBinding(
      .characters("L"), "logarithmic or linear counts", group: .scores, on: [.scores],
      label: { $0.scoresView.usesLogCounts ? "linear counts" : "log counts" },
      outcome: .action { _ in .toggleLogCounts }),
    KeyBinding(
      .characters("x"), "the next range: central, full, logarithmic", group: .scores, on: [.scores],
      label: { $0.shownScoreRange?.next.title }, outcome: .action { _ in .cycleScoreRange }),
  ]

  private static let forOutliers: [KeyBinding] = [
    KeyBinding(
      .characters(" "), "mark the sample, or take its mark away", group: .outliers, on: [.outliers],
      label: "mark"
    ) {
      _ in .toggleMark
    },
    KeyBinding(
      .characters("M"), "take all marks away", group: .outliers, on: [.outliers],
      label: { $0.outliers.marks.isEmpty ? nil : "unmark \($0.outliers.marks.count)" },
      outcome: .action { _ in .clearMarks }),
    KeyBinding(
      .characters("t"), "samples of the next subset: test, ID only, OOD only, train", group: .outliers,
      on: [.outliers], label: "subset"
    ) { _ in .cycleSubset },
    KeyBinding(
      .characters("c"), "only samples nearest to the next class", group: .outliers, on: [.scores, .outliers],
      label: "class"
    ) { _ in .cycleClassFilter(offset: 1) },
    KeyBinding(
      .characters("C"), "only samples nearest to the previous class", group: .outliers,
      on: [.scores, .outliers], label: "class"
    ) { _ in .cycleClassFilter(offset: -1) },
    KeyBinding(
      .characters("J"), "go to the class in the class table", group: .outliers, on: [.outliers, .distances],
      label: { $0.screen == .outliers ? "to its class" : nil }, outcome: .action { _ in .jumpToClass }),
  ]

  private static let forTuning: [KeyBinding] = [
    KeyBinding(
      .characters("p"), "pin this setting as A to compare with, or let it go", group: .tuning, on: [.tuning],
      label: { $0.tuning.pin == nil ? "pin as A" : "unpin A" }, outcome: .action { _ in .togglePin }),
    KeyBinding(
      [.left, .character("h")], "along the path, one step to smaller λ", group: .tuning, on: [.tuning],
      label: "along the path"
    ) { _ in .stepRegularization(tenths: -1) },
    KeyBinding(
      [.right, .character("l")], "along the path, one step to larger λ", group: .tuning, on: [.tuning],
      label: "along the path"
    ) { _ in .stepRegularization(tenths: 1) },
    KeyBinding([.shiftLeft], "along the path, one decade to smaller λ", group: .tuning, on: [.tuning]) {
      _ in .stepRegularization(tenths: -10)
    },
    KeyBinding([.shiftRight], "along the path, one decade to larger λ", group: .tuning, on: [.tuning]) {
      _ in .stepRegularization(tenths: 10)
    },
  ]

  private static let forData: [KeyBinding] = [
    KeyBinding(
      [.enter], "choose which arrays are used", group: .program, on: [.data], label: "choose arrays"
    ) { _ in .enter }
  ]

  private static let forDistances: [KeyBinding] = [
    KeyBinding([.left, .character("h")], "one column to the left", group: .distances, on: [.distances]) {
      _ in .moveColumn(-1)
    },
    KeyBinding([.right, .character("l")], "one column to the right", group: .distances, on: [.distances]) {
      _ in .moveColumn(1)
    },
    KeyBinding([.shiftLeft], "ten columns to the left", group: .distances, on: [.distances]) {
      _ in .moveColumn(-10)
    },
    KeyBinding([.shiftRight], "ten columns to the right", group: .distances, on: [.distances]) {
      _ in .moveColumn(10)
    },
    KeyBinding(
      [.enter], "to the row's class in the class table", group: .distances, on: [.distances],
      label: "to its class"
    ) { _ in .jumpToClass },
  ]
}
