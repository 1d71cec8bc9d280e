import OODData
import OODDetection

extension ExplorerState {
  /// Starts what the outliers screen shows of the audit, unless it is known or running. The training samples are needed,
  /// which a saved model does not keep.
  mutating func auditIfWanted(_ detector: SpectralDetector, _ samples: DataSet) -> [Effect] {
    guard samples.train?.labels != nil else { return [] }
    switch outliers.subset {
    case .labelErrors:
      let wanted = setting.current
      guard audit.audited(at: wanted) == nil, tasks.requested.audit != wanted else { return [] }
      tasks.requested.audit = wanted
      return [tasks.start(.audit(detector, samples, wanted))]
    case .nearDuplicates:
      let wanted = setting.fit.normalization
      guard audit.nearDuplicates(at: setting.current) == nil, tasks.requested.duplicates != wanted
      else { return [] }
      tasks.requested.duplicates = wanted
      return [tasks.start(.findDuplicates(samples, setting.fit))]
    case .test, .testInDistribution, .testOutOfDistribution, .train:
      return []
    }
  }

  /// Starts checking whether the classes are Gaussian, after everything that other screens need.
  mutating func checkFitsIfWanted(_ detector: SpectralDetector, _ samples: DataSet) -> [Effect] {
    let wanted = setting.current
    guard scoresAreComputed, let scored = scores.scored, tasks[.sweep] == nil, tasks[.prepare] == nil,
      audit.classFits(at: wanted) == nil, tasks.requested.fits != wanted
    else { return [] }
    tasks.requested.fits = wanted
    return [tasks.start(.checkFits(detector, samples, wanted, scored))]
  }

  /// Takes the results of audits.
  mutating func takeAudit(_ action: Action) {
    switch action {
    case .audited(let audited):
      tasks.finish(.audit)
      audit.take(audited)
      refreshOutliers()
    case .foundDuplicates(let found, let normalization):
      tasks.finish(.duplicates)
      audit.take(found, normalization)
      refreshOutliers()
    case .checkedFits(let fits):
      tasks.finish(.checkFits)
      audit.take(fits)
    default: break
    }
  }
}

extension OutliersState {
  /// The samples that the audit lists, most suspicious first, at most ``limit``; `nil` if the subset lists scores.
  func audited(_ scored: ScoredData?, of data: DataSet?, _ audit: AuditState, at setting: DetectorSetting)
    -> [OutlierRow]?
  {
    let findings: [(reference: SampleReference, finding: AuditFinding, nearestClass: Int?)]
    switch subset {
    case .test, .testInDistribution, .testOutOfDistribution, .train:
      return nil
    case .labelErrors:
      findings = (audit.audited(at: setting)?.labels.suspects ?? []).map {
        (
          SampleReference(split: .train, index: $0.row),
          .label(suggestedClass: $0.suggestedClass, margin: $0.margin), $0.suggestedClass
        )
      }
    case .nearDuplicates:
      findings = audit.nearDuplicates(at: setting).map(Self.findings) ?? []
    }
    guard let data, let scored else { return [] }
    var rows: [OutlierRow] = []
    for (place, found) in findings.enumerated() where rows.count < Self.limit {
      guard
        var row = OutlierRow(found.reference, rank: place + 1, of: data, scored, by: setting.score)
      else { continue }
      if let classFilter, found.nearestClass ?? row.nearestClass != classFilter { continue }
      if !filter.isEmpty, !matches(filter, row.name) { continue }
      row.finding = found.finding
      rows.append(row)
    }
    return rows
  }

  private static func findings(
    _ duplicates: NearDuplicates
  ) -> [(reference: SampleReference, finding: AuditFinding, nearestClass: Int?)] {
    duplicates.groups.enumerated().flatMap { place, group in
      group.trainRows.map { row in
        (
          SampleReference(split: .train, index: row),
          AuditFinding.duplicate(group: place + 1, distance: duplicates.distances[row]), nil
        )
      }
        + group.testRows.map { row in
          (
            SampleReference(split: .test, index: row),
            AuditFinding.duplicate(group: place + 1, distance: duplicates.testDistances?[row] ?? .nan), nil
          )
        }
    }
  }
}
