import ExplorerModel
import OODData
import TerminalRendering

extension KeyBindings {
  /// Bindings of one or two screens.
  static let forSingleScreens: [KeyBinding] =
    forClasses + forScores + forOutliers + forTuning + forDistances + forCompare + forData

  private static let forClasses: [KeyBinding] = [
    KeyBinding(
      .characters("v"), "show the next plot: covariance, correlation, quantiles of d² against a Gaussian's",
      group: .classes, on: [.classes],
      label: { state in
        switch state.classes.plot {
        case .covariance: "correlation"
        case .correlation: "quantiles"
        case .quantiles: "covariance"
        }
      },
      outcome: .action { _ in .cycleClassPlot }),
    KeyBinding(
      .characters("H"), "take the smallest λ or t at which the class is healthy", group: .classes,
      on: [.classes],
      label: { state in
        guard
          case .regularization(let remedy, _)? = state.classes.cure(
            of: state.classes.selected, at: state.setting.regularization)
        else { return nil }
        return "cure \(shortText(remedy))"
      }, outcome: .action { _ in .cureClass }),
    KeyBinding(
      .characters(" "), "mark the class to compare it with another one, or remove the mark", group: .classes,
      on: [.classes], label: { $0.classes.isComparing ? nil : "mark" }, outcome: .action { _ in .toggleMark }),
    KeyBinding(
      .characters("c"), "show the two marked classes side by side, or the marked and the selected one",
      group: .classes, on: [.classes],
      label: { $0.classes.marked.isEmpty || $0.classes.isComparing ? nil : "compare" },
      outcome: .action { _ in .compareClasses }),
    KeyBinding(
      .characters("t"), "list the training samples of the class, most atypical first", group: .classes,
      on: [.classes], label: { $0.classes.isDetailOpen ? "samples" : nil },
      outcome: .action { _ in .listClassSamples }),
    KeyBinding(
      .characters("z"), "zoom into the mean profile, around its cursor", group: .classes, on: [.classes],
      label: { $0.classes.isDetailOpen ? "zoom" : nil },
      outcome: .action { _ in .zoomDimensions(inwards: true) }),
    KeyBinding(.characters("Z"), "zoom out of the mean profile", group: .classes, on: [.classes]) { _ in
      .zoomDimensions(inwards: false)
    },
    KeyBinding(
      [.left, .character("h")], "move the cursor of the mean profile to the left", group: .classes,
      on: [.classes]
    ) { _ in .moveDimension(-1) },
    KeyBinding(
      [.right, .character("l")], "move the cursor of the mean profile to the right", group: .classes,
      on: [.classes]
    ) { _ in .moveDimension(1) },
    KeyBinding(
      [.shiftLeft], "move the cursor of the mean profile ten steps left", group: .classes, on: [.classes]
    ) {
      _ in .moveDimension(-10)
    },
    KeyBinding(
      [.shiftRight], "move the cursor of the mean profile ten steps right", group: .classes, on: [.classes]
    ) {
      _ in .moveDimension(10)
    },
  ]

  private static let forScores: [KeyBinding] = [
    KeyBinding(
      [.left, .character("h")], "lower the threshold by 1 % of the range", group: .scores, on: [.scores],
      label: "threshold"
    ) { _ in .moveThreshold(fractionOfRange: -0.01) },
    KeyBinding(
      [.right, .character("l")], "raise the threshold by 1 % of the range", group: .scores, on: [.scores],
      label: "threshold"
    ) { _ in .moveThreshold(fractionOfRange: 0.01) },
    KeyBinding([.shiftLeft], "lower the threshold by 10 % of the range", group: .scores, on: [.scores]) {
      _ in .moveThreshold(fractionOfRange: -0.1)
    },
    KeyBinding([.shiftRight], "raise the threshold by 10 % of the range", group: .scores, on: [.scores]) {
      _ in .moveThreshold(fractionOfRange: 0.1)
    },
    KeyBinding(
      .characters("T"), "type the threshold: a score such as 12.5, or a rate such as tpr 0.9, fpr 5 %",
      group: .scores, on: [.scores], label: "type threshold"
    ) { _ in .ask(.threshold) },
    KeyBinding(
      [.enter], "list the samples nearest to the threshold", group: .scores, on: [.scores],
      label: "nearest samples"
    ) { _ in .enter },
    KeyBinding(
      .characters("0"), "reset the threshold to a TPR of 95 %", group: .scores, on: [.scores],
      label: { $0.scores.thresholdIsChosen ? "reset" : nil }, outcome: .action { _ in .resetThreshold }),
    KeyBinding(
      .characters("d"), "switch between shares of the samples and counts", group: .scores, on: [.scores],
      label: { $0.scores.showsCounts ? "shares" : "counts" }, outcome: .action { _ in .toggleCounts }),
    KeyBinding(
      .characters("L"), "switch between linear and logarithmic heights", group: .scores, on: [.scores],
      label: { $0.scores.usesLogCounts ? "linear" : "log" }, outcome: .action { _ in .toggleLogCounts }),
    KeyBinding(
      .characters("x"), "switch the range: central, full, logarithmic", group: .scores, on: [.scores],
      label: { $0.scores.shownRange?.next.title }, outcome: .action { _ in .cycleScoreRange }),
    KeyBinding(
      .characters("s"), "show the next OOD set alone, or all", group: .scores, on: [.scores, .outliers],
      label: { $0.scores.sets.isEmpty ? nil : "OOD set" }, outcome: .action { _ in .cycleSet(offset: 1) }),
    KeyBinding(
      .characters("S"), "show the previous OOD set alone, or all", group: .scores, on: [.scores, .outliers],
      label: { $0.scores.sets.isEmpty ? nil : "OOD set" }, outcome: .action { _ in .cycleSet(offset: -1) }),
    KeyBinding(
      .characters("p"), "switch between ROC and precision-recall curves", group: .scores, on: [.scores],
      label: {
        $0.scores.rocCurve == nil ? nil : $0.scores.showsPrecisionRecall ? "ROC" : "precision-recall"
      },
      outcome: .action { _ in .togglePrecisionRecall }),
    KeyBinding(
      .characters("v"), "show a scatter of two scores, or the histograms", group: .scores, on: [.scores],
      label: { $0.scores.showsScatter ? "histograms" : "scatter" }, outcome: .action { _ in .toggleScatter }),
    KeyBinding(
      .characters("V"), "put the next score on the vertical axis of the scatter", group: .scores,
      on: [.scores],
      label: { $0.scores.showsScatter ? "other score" : nil },
      outcome: .action { $0.state.scores.showsScatter ? .cycleScatterScore(offset: 1) : nil }),
    KeyBinding(
      .characters("E"), "export the score of every sample; ^S exports the metrics of several OOD sets",
      group: .scores, on: [.scores],
      label: { $0.scores.sets.isEmpty ? nil : "export scores" }, outcome: .action { _ in .ask(.exportScores) }
    ),
  ]

  private static let forOutliers: [KeyBinding] = [
    KeyBinding(
      .characters(" "), "mark or unmark the sample", group: .outliers, on: [.outliers],
      label: { $0.outliers.showsFrequencies ? nil : "mark" }, outcome: .action { _ in .toggleMark }),
    KeyBinding(
      .characters("M"), "clear all marks", group: .outliers, on: [.outliers],
      label: { $0.outliers.marks.isEmpty ? nil : "unmark \($0.outliers.marks.count)" },
      outcome: .action { _ in .clearMarks }),
    KeyBinding(
      .characters("t"), "list the next samples: test, ID only, OOD only, train, missed OOD and so on",
      group: .outliers, on: [.outliers], label: "subset"
    ) { _ in .cycleSubset(offset: 1) },
    KeyBinding(
      .characters("T"), "list the previous samples", group: .outliers, on: [.outliers], label: "subset"
    ) {
      _ in .cycleSubset(offset: -1)
    },
    KeyBinding(
      .characters("X"), "list the missed OOD samples: those below the threshold", group: .outliers,
      on: [.scores, .outliers]
    ) { _ in .showSubset(.missed) },
    KeyBinding(
      .characters("Z"), "list the rejected ID samples: those at or above the threshold", group: .outliers,
      on: [.scores, .outliers]
    ) { _ in .showSubset(.rejected) },
    KeyBinding(
      .characters("z"), "list the samples nearest to the threshold", group: .outliers,
      on: [.scores, .outliers]
    ) { _ in .showSubset(.nearThreshold) },
    KeyBinding(
      .characters("E"), "list probable label errors of the training samples", group: .outliers,
      on: [.outliers]
    ) { _ in .showSubset(.labelErrors) },
    KeyBinding(.characters("D"), "list near duplicates", group: .outliers, on: [.outliers]) {
      _ in .showSubset(.nearDuplicates)
    },
    KeyBinding(
      .characters("#"), "tag the marked samples with a word", group: .outliers, on: [.outliers],
      label: { $0.outliers.marks.isEmpty ? nil : "tag" }, outcome: .action { _ in .ask(.tag) }),
    KeyBinding(
      .characters("W"), "list the marked samples of both splits", group: .outliers, on: [.outliers]
    ) { _ in .showSubset(.marked) },
    KeyBinding(
      .characters("F"), "count the values of the column that sorts the table; Enter lists the samples of one",
      group: .outliers, on: [.outliers], label: { $0.outliers.showsFrequencies ? "samples" : "count values" },
      outcome: .action { _ in .toggleFrequencies }),
    KeyBinding(
      .characters("v"), "show the pictures of the listed samples, or the table", group: .outliers,
      on: [.outliers], label: { $0.hasPictures ? $0.showsSheet ? "table" : "pictures" : nil },
      outcome: .action { _ in .togglePictures }),
    KeyBinding(
      .characters("x"), "draw the pictures larger, or so that many fit", group: .outliers, on: [.outliers],
      label: { $0.showsSheet ? $0.outliers.sheet.isLarge ? "smaller" : "larger" : nil },
      outcome: .action { _ in .togglePictureSize }),
    KeyBinding(
      [.left, .character("h")], "go to the picture on the left", group: .outliers, on: [.outliers]
    ) { $0.moveOnSheet(-1) },
    KeyBinding(
      [.right, .character("l")], "go to the picture on the right", group: .outliers, on: [.outliers]
    ) { $0.moveOnSheet(1) },
    KeyBinding(.characters("*"), "mark the next ten samples", group: .outliers, on: [.outliers]) { _ in
      .markRows(10)
    },
    KeyBinding(
      .characters("f"), "follow to the nearest training sample, then on to its own; Esc goes back",
      group: .outliers, on: [.outliers],
      label: {
        $0.outliers.explained?.neighbors.isEmpty == false && !$0.outliers.showsFrequencies ? "follow" : nil
      },
      outcome: .action { _ in .followNeighbor }),
    KeyBinding(
      .characters("c"), "show only samples nearest to the next class", group: .outliers,
      on: [.scores, .outliers],
      label: "class"
    ) { _ in .cycleClassFilter(offset: 1) },
    KeyBinding(
      .characters("C"), "show only samples nearest to the previous class", group: .outliers,
      on: [.scores, .outliers], label: "class"
    ) { _ in .cycleClassFilter(offset: -1) },
    KeyBinding(
      .characters("J"), "show the class in the class table", group: .outliers, on: [.outliers, .distances],
      label: { $0.screen == .outliers ? "go to class" : nil }, outcome: .action { _ in .jumpToClass }),
  ]

  private static let forCompare: [KeyBinding] = [
    KeyBinding(
      [.enter], "take the setting of the row", group: .compare, on: [.compare],
      label: { state in
        state.compare.selected?.setting.map { $0 == state.setting.current ? nil : "take" } ?? nil
      }, outcome: .action { _ in .enter }),
    KeyBinding(
      [.left, .character("h")], "scroll the OOD sets one column back", group: .compare, on: [.compare],
      label: "OOD sets"
    ) { $0.scrollColumns(-1) },
    KeyBinding(
      [.right, .character("l")], "scroll the OOD sets one column on", group: .compare, on: [.compare],
      label: "OOD sets"
    ) { $0.scrollColumns(1) },
    KeyBinding([.shiftLeft], "scroll the OOD sets one page back", group: .compare, on: [.compare]) {
      $0.scrollColumns(-$0.columnPage)
    },
    KeyBinding([.shiftRight], "scroll the OOD sets one page on", group: .compare, on: [.compare]) {
      $0.scrollColumns($0.columnPage)
    },
    KeyBinding(
      .characters("v"), "compare by the next metric", group: .compare, on: [.compare], label: "metric"
    ) {
      _ in .cycleComparedMetric(offset: 1)
    },
    KeyBinding(
      .characters("V"), "compare by the previous metric", group: .compare, on: [.compare], label: "metric"
    ) {
      _ in .cycleComparedMetric(offset: -1)
    },
    KeyBinding(
      .characters("<"), "sort by the column to the left", group: .compare, on: [.compare], label: "sort"
    ) {
      _ in .sortByNeighbor(offset: -1)
    },
    KeyBinding(
      .characters(">"), "sort by the column to the right", group: .compare, on: [.compare], label: "sort"
    ) {
      _ in .sortByNeighbor(offset: 1)
    },
    KeyBinding(.characters("I"), "invert the sort order", group: .compare, on: [.compare], label: "invert") {
      _ in .invertSort
    },
    KeyBinding(
      .characters("/"), "find an OOD set by name, and sort by it", group: .compare, on: [.compare],
      label: "find"
    ) { _ in .ask(.find) },
    KeyBinding(.characters("n"), "sort by the next match", group: .compare, on: [.compare]) { _ in
      .findNext(forward: true)
    },
    KeyBinding(.characters("N"), "sort by the previous match", group: .compare, on: [.compare]) {
      _ in .findNext(forward: false)
    },
  ]

  private static let forData: [KeyBinding] = [
    KeyBinding(
      [.enter], "choose the arrays to use", group: .program, on: [.data], label: "choose arrays"
    ) { _ in .enter }
  ]
}
