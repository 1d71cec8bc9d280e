import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// What the outliers screen says about audits.
struct AuditText: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  /// How much the audit found; `nil` unless the table lists it.
  var caption: String? {
    switch state.outliers.subset {
    case .test, .testInDistribution, .testOutOfDistribution, .train, .missed, .rejected, .nearThreshold,
      .marked:
      return nil
    case .labelErrors:
      guard let audit = state.audit.audited(at: state.setting.current)?.labels else { return "computing" }
      let count = "\(numbers.grouped(audit.suspects.count)) of \(numbers.grouped(audit.sampleCount))"
      let accuracy = audit.confusion.accuracy.map { ", leave-one-out accuracy \(numbers.percent($0))" } ?? ""
      return count + accuracy
    case .nearDuplicates:
      guard let found = state.audit.nearDuplicates(at: state.setting.current) else { return "computing" }
      let groups = found.groups.count == 1 ? "1 group" : "\(numbers.grouped(found.groups.count)) groups"
      let leaked =
        found.leakedCount.map { ", \(numbers.grouped($0)) test samples like training samples" } ?? ""
      return "\(groups) closer than \(numbers.significant(found.threshold))\(leaked)"
    }
  }

  /// Why the table is empty; `nil` if it lists no audit, or if only filters empty it.
  var whatIsMissing: String? {
    let outliers = state.outliers
    guard outliers.subset.isAudit else { return nil }
    let isLabels = outliers.subset == .labelErrors
    let count: Int?
    if isLabels {
      count = state.audit.audited(at: state.setting.current)?.labels.suspects.count
    } else {
      count = state.audit.nearDuplicates(at: state.setting.current)?.groups.count
    }
    if let count {
      guard count == 0 else { return nil }
      return isLabels
        ? "Every training sample, held out of its class, fits that class best. Press t to show the next subset."
        : "No samples are near duplicates. Press t to show the next subset."
    }
    if state.tasks[isLabels ? .audit : .duplicates] != nil {
      return isLabels
        ? "Holding every training sample out of its class …" : "Searching for near duplicates …"
    }
    if let obstacle = state.classes.spectraObstacle { return "The audit needs spectra. \(obstacle)" }
    if state.classes.detector == nil { return "The audit starts when the spectra are computed." }
    return "The audit was cancelled or failed. Press t until this view is back to start over."
  }

  /// What the audit says about a row; `nil` if nothing.
  func finding(of row: OutlierRow) -> String? {
    if let suggestion = row.suggestion, let label = row.label {
      return
        "Held out, \(state.classes.name(of: suggestion.classIndex)) explains it better than "
        + "\(state.data.name(ofLabel: label)) by \(numbers.significant(suggestion.margin)) nats per dimension."
    }
    if let duplicate = row.duplicate {
      return "Group \(duplicate.group) of near duplicates, \(numbers.significant(duplicate.distance)) apart."
    }
    return nil
  }
}
