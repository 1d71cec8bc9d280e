import OODData
import OODDetection

extension ExplorerState {
  /// Work that what is on screen needs and that is not on its way: explanations, outlier details, a pair's distance.
  mutating func workForCurrentScreen() -> [Effect] {
    guard let detector, let data, goal == .explore else { return [] }
    var effects: [Effect] = []
    if screen == .outliers, scoresAreCurrent {
      if let reference = selectedOutlier?.reference {
        let wanted = RequestedWork.Explanation(
          reference: reference, regularization: regularization, score: scoreKind)
        if requested.explanation != wanted {
          requested.explanation = wanted
          effects.append(start(.explain(detector, data, reference, regularization, scoreKind)))
        }
      }
      let missing = outlierRows.filter { $0.detail == nil }
      let wanted = RequestedWork.Details(
        references: missing.map(\.reference), regularization: regularization, score: scoreKind)
      if !missing.isEmpty, requested.details != wanted, let scores {
        requested.details = wanted
        effects.append(start(.detailOutliers(detector, data, missing, scores, scoreKind)))
      }
    }
    if screen == .distances, detector.classes.count > 1 {
      let wanted = RequestedWork.Pair(
        first: distances.row, second: distances.column, regularization: regularization)
      if requested.pair != wanted {
        requested.pair = wanted
        effects.append(
          start(.comparePair(detector, first: wanted.first, second: wanted.second, regularization)))
      }
    }
    return effects
  }
}
