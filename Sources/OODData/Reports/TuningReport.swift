public import OODDetection

/// The λ path and the proposed λ: what `gmmscope tune` gives.
public struct TuningReport: Report {
  public struct Row: Encodable, Sendable {
    var regularization: Double
    @Nullable var leaveOneOutNLL: Double?
    @Nullable var heldOutNLL: Double?
    @Nullable var auroc: Double?
    @Nullable var fpr95TPR: Double?
    @JSONNumber var worstConditionNumber: Double

    private enum CodingKeys: String, CodingKey {
      case regularization, leaveOneOutNLL, heldOutNLL, worstConditionNumber
      case auroc = "AUROC"
      case fpr95TPR = "FPR95TPR"
    }
  }

  public struct Proposal: Encodable, Sendable {
    @Nullable var leaveOneOut: Double?
    /// The λ of the highest AUROC on the given samples: an upper bound of what tuning can reach, not a choice to
    /// make where those samples are also what is reported on.
    @Nullable var bestAUROC: Double?
    /// Whether leave-one-out NLL is least at an end of the path, beyond which its minimum may lie: then nothing is
    /// proposed.
    var isAtEndOfPath: Bool
  }

  public let schemaVersion = reportSchemaVersion
  let score: String
  public let path: [Row]
  public let proposed: Proposal
  /// How many directions no training sample reaches: likelihoods leave them out.
  let unreachedDimensionCount: Int
  /// Labels of classes with one sample, which cannot be left out.
  let excludedClasses: [Int]

  public init(_ sweep: Sweep, score kind: ScoreKind) {
    let metrics = sweep.metrics[kind]
    score = kind.rawValue
    path = sweep.path.indices.map { index in
      Row(
        regularization: sweep.path[index].value, leaveOneOutNLL: sweep.leaveOneOutNLL?[index].finite,
        heldOutNLL: sweep.heldOutNLL?[index].finite, auroc: metrics?[index].auroc,
        fpr95TPR: metrics?[index].fpr95TPR, worstConditionNumber: sweep.worstConditionNumber[index])
    }
    proposed = Proposal(
      leaveOneOut: sweep.proposed?.value, bestAUROC: sweep.bestAUROC(kind)?.regularization.value,
      isAtEndOfPath: sweep.lowestAtEnd != nil)
    unreachedDimensionCount = sweep.leaveOneOut?.unreachedDimensionCount ?? 0
    excludedClasses = sweep.leaveOneOut?.excludedLabels ?? []
  }

  public var table: ReportTable {
    func value(_ number: Double?) -> ReportValue { number.map { .number($0) } ?? .missing }
    return ReportTable(
      columns: [
        "regularization", "leaveOneOutNLL", "heldOutNLL", "AUROC", "FPR95TPR", "worstConditionNumber",
      ],
      rows: path.map { row in
        [
          .number(row.regularization), value(row.leaveOneOutNLL), value(row.heldOutNLL), value(row.auroc),
          value(row.fpr95TPR), .number(row.worstConditionNumber),
        ]
      })
  }
}
