public import OODDetection

/// The λ path and the proposed λ: the output of `gmmscope tune`.
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
    /// The λ with the highest AUROC on the given samples. It bounds what tuning can reach. Choosing it biases
    /// results that are reported on the same samples.
    @Nullable var bestAUROC: Double?
    /// Whether the leave-one-out NLL is lowest at an end of the path. The minimum may then lie outside the
    /// path, so no λ is proposed.
    var isAtEndOfPath: Bool
  }

  public let schemaVersion = reportSchemaVersion
  let score: String
  public let path: [Row]
  public let proposed: Proposal
  /// The number of directions that no training sample reaches. Likelihoods exclude them.
  let unreachedDimensionCount: Int
  /// Labels of classes with a single sample, which leave-one-out excludes.
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
