import OODData
import OODDetection

extension ExplorerState {
  /// Applies actions of single screens: threshold, histogram, outlier table, pin and copy.
  mutating func screenAction(_ action: Action) -> [Effect] {
    switch action {
    case .moveThreshold(let fraction):
      guard let threshold, let axis = shownScoreAxis else { return [] }
      let moved = axis.value(at: axis.part(of: threshold) + fraction)
      guard moved.isFinite else { return [] }
      scoresView.thresholds[scoreKind] = moved
      refreshThresholdCounts()
    case .setThreshold(let value):
      if value.isFinite { scoresView.thresholds[scoreKind] = value }
      refreshThresholdCounts()
    case .resetThreshold:
      scoresView.thresholds[scoreKind] = nil
      refreshThresholdCounts()
    case .toggleLogCounts:
      scoresView.usesLogCounts.toggle()
    case .cycleScoreRange:
      scoresView.range = shownScoreRange?.next
    case .cycleClassFilter(let offset):
      cycleClassFilter(offset)
    case .cycleSubset:
      let all = SampleSubset.allCases.filter { data?.test != nil || $0 == .train }
      let place = all.firstIndex(of: outliers.subset) ?? 0
      outliers.subset = all[(place + 1) % all.count]
      outliers.selectedRow = 0
      outlierRows = []
      refreshOutliers()
    case .toggleMark:
      guard screen == .outliers, let reference = selectedOutlier?.reference else { return [] }
      if outliers.marks.remove(reference) == nil { outliers.marks.insert(reference) }
      outliers.selectedRow = moved(from: outliers.selectedRow, by: .lines(1), count: outlierRows.count)
    case .clearMarks:
      outliers.marks = []
    case .togglePin:
      togglePin()
    case .copySelection:
      guard let text = copyText else { return [] }
      let lines = text.split(separator: "\n").count
      say(.info, lines == 1 ? "Copied \(text)." : "Copied \(lines) lines.")
      return [.copy(text)]
    default:
      break
    }
    return []
  }

  private mutating func cycleClassFilter(_ offset: Int) {
    let count = outlines.count
    func next(after filter: Int?) -> Int? {
      // Cycles through all classes together, then each class. Place 0 means all classes.
      let place = ((filter.map { $0 + 1 } ?? 0) + offset + count + 1) % (count + 1)
      return place == 0 ? nil : place - 1
    }
    switch screen {
    case .scores:
      scoresView.classFilter = next(after: scoresView.classFilter)
      refreshDistributions()
    case .outliers:
      outliers.classFilter = next(after: outliers.classFilter)
      refreshOutliers()
    default: break
    }
  }

  private mutating func togglePin() {
    guard tuning.pin == nil else {
      tuning.pin = nil
      refreshSettingComparison()
      return
    }
    guard scoresAreComputed, let (values, _) = evaluatedSamples(scoreKind) else {
      say(.info, "Wait for the scores before pinning this setting.")
      return
    }
    tuning.pin = PinnedSetting(
      regularization: regularization, score: scoreKind, metrics: evaluation?.values,
      worstConditionNumber: summaries.map(\.conditionNumber).max(), ranks: descendingRanks(of: values))
    refreshSettingComparison()
    say(
      .info, "Pinned λ = \(shortText(regularization)), \(scoreKind.rawValue) as A. Change λ to compare."
    )
  }

  /// The text that `y` copies, such as the ids of the marked outliers or the name of the selected class.
  private var copyText: String? {
    switch screen {
    case .outliers:
      let rows = outliers.marks.isEmpty ? [selectedOutlier].compactMap(\.self) : chosenOutliers
      return rows.isEmpty ? nil : rows.map(\.name).joined(separator: "\n")
    case .classes: return outlines.isEmpty ? nil : className(classes.selected)
    case .distances: return "\(className(distances.row)) \(className(distances.column))"
    case .scores: return threshold.map { "\($0)" }
    case .tuning: return "\(regularization.value)"
    case .data: return data?.files.map(\.path).joined(separator: "\n")
    }
  }
}
