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
    case .test, .testInDistribution, .testOutOfDistribution, .train, .missed, .rejected, .nearThreshold,
      .marked:
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

extension AuditState {
  /// The samples that an audit found, most suspicious first; `nil` if the subset lists scores.
  func findings(
    _ subset: SampleSubset, in data: DataSet, _ scored: ScoredData, at setting: DetectorSetting
  ) -> [OutlierRow]? {
    guard subset.isAudit else { return nil }
    let found: [(reference: SampleReference, finding: AuditFinding)]
    if subset == .labelErrors {
      found = (audited(at: setting)?.labels.suspects ?? []).map {
        (
          SampleReference(split: .train, index: $0.row),
          .label(suggestedClass: $0.suggestedClass, margin: $0.margin)
        )
      }
    } else {
      found = nearDuplicates(at: setting).map(Self.findings) ?? []
    }
    return found.enumerated().compactMap { place, found in
      var row = OutlierRow(found.reference, rank: place + 1, of: data, scored, by: setting.score)
      row?.finding = found.finding
      return row
    }
  }

  private static func findings(
    _ duplicates: NearDuplicates
  ) -> [(reference: SampleReference, finding: AuditFinding)] {
    duplicates.groups.enumerated().flatMap { place, group in
      group.trainRows.map { row in
        (
          SampleReference(split: .train, index: row),
          AuditFinding.duplicate(group: place + 1, distance: duplicates.distances[row])
        )
      }
        + group.testRows.map { row in
          (
            SampleReference(split: .test, index: row),
            AuditFinding.duplicate(group: place + 1, distance: duplicates.testDistances?[row] ?? .nan)
          )
        }
    }
  }
}
