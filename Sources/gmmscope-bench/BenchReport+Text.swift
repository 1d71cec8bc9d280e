import SystemSupport
import TerminalRendering

extension EngineReport {
  var text: String {
    let numbers = NumberFormat()
    var lines = [
      "\(linearAlgebra); \(threadCount) threads, each calling BLAS on one",
      "matrix product, n = \(matrixProduct.order), \(threadCount) single-threaded calls at once: "
        + "DGEMM \(numbers.significant(matrixProduct.doublePrecision)), "
        + "SGEMM \(numbers.significant(matrixProduct.singlePrecision)) GFLOP/s",
    ]
    if !environment.isEmpty {
      let settings = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines.append("set by the environment, and honoured: " + settings.joined(separator: " "))
    }
    if environment.keys.contains(where: ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"].contains) {
      lines.append("These kernels may not be the ones BLAS chooses for this machine: make bench unsets them.")
    }
    if let peer {
      lines.append(
        "peer: pytorch-ood \(peer.pytorchOOD), torch \(peer.torch), NumPy \(peer.numpy), SciPy \(peer.scipy)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension WorkloadReport {
  func text(_ speed: MachineSpeed) -> String {
    if let skipped { return "\n\(name.rawValue): skipped, \(skipped)\n" }
    guard let shape else { return "" }
    let numbers = NumberFormat()
    var text = "\n\(name.rawValue): N = \(numbers.grouped(shape.trainCount)), "
    text += "M = \(numbers.grouped(shape.testCount)), K = \(shape.classCount), D = \(shape.dimension), "
    text += "λ = \(regularization); \(origin ?? "")\n"
    let header = [
      "", "median", "min", "max", "runs", "GFLOP/s", "of DGEMM", "counted", "of DGEMM", "peak memory",
    ]
    func rate(_ value: Double?) -> String { value.map { numbers.significant($0) } ?? "" }
    func part(_ value: Double?) -> String {
      value.map { numbers.percent($0 / speed.doublePrecision, places: 0) } ?? ""
    }
    let rows = phases.map { phase in
      [
        phase.phase.title(shape), Self.duration(phase.seconds.median), Self.duration(phase.seconds.minimum),
        Self.duration(phase.seconds.maximum), "\(phase.seconds.runCount)",
        rate(phase.directGFLOPS), part(phase.directGFLOPS), rate(phase.countedGFLOPS),
        part(phase.countedGFLOPS),
        phase.peakBytes.map(\.byteCountText) ?? "",
      ]
    }
    if !rows.isEmpty { text += alignedTable([header] + rows) }
    if let visitedClassesPerSample {
      text +=
        "classes looked at in full for a test sample: \(numbers.significant(visitedClassesPerSample)) of "
      text += "\(shape.classCount)\n"
    }
    if let ratio = ratios.pathOverFitAndScore {
      text += "path over one fit and scoring of all: \(numbers.significant(ratio))×\n"
    }
    return text + settingsText + interpolationText + comparisonText(shape) + accuracyText
  }

  private var settingsText: String {
    guard !settings.isEmpty else { return "" }
    let numbers = NumberFormat()
    func duration(_ seconds: Double?) -> String { seconds.map(Self.duration) ?? "" }
    func ratio(_ peer: Spread?, _ row: SettingRow) -> String {
      peer.map { numbers.significant($0.median / row.seconds.median) + "×" } ?? ""
    }
    func difference(_ value: Double?) -> String { value.map { numbers.scientific($0, digits: 1) } ?? "" }
    let header = [
      "fit + score", "gmmscope", "NumPy", "ratio", "differs by", "pytorch-ood", "ratio", "half within",
      "λ step",
      "on the path",
    ]
    let rows = settings.map { row in
      [
        row.title, duration(row.seconds.median), duration(row.numpySeconds?.median),
        ratio(row.numpySeconds, row),
        difference(row.numpyDifference), duration(row.detectorSeconds?.median),
        ratio(row.detectorSeconds, row),
        difference(row.detectorDifference), duration(row.stepSeconds), duration(row.pathStepSeconds),
      ]
    }
    let broken = settings.filter { !$0.isKept }.map {
      "BROKEN PROMISE: \($0.title): scores differ from NumPy's by "
        + "\(numbers.scientific($0.numpyDifference ?? .nan))\n"
    }
    return alignedTable([header] + rows) + broken.joined()
  }

  private var interpolationText: String {
    guard let interpolation else { return "" }
    let numbers = NumberFormat()
    return "interpolated at λ = \(interpolation.regularization): half within "
      + "\(numbers.scientific(interpolation.medianError)), nine in ten within "
      + "\(numbers.scientific(interpolation.ninetiethPercentile)), all within "
      + "\(numbers.scientific(interpolation.worstError)); \(numbers.grouped(interpolation.offCount)) samples off by "
      + "more than \(numbers.scientific(AccuracyCheck.scoreLimit, digits: 1)), "
      + "\(numbers.grouped(interpolation.unsettledCount)) called unsettled\n"
  }

  private func comparisonText(_ shape: WorkloadShape) -> String {
    guard let comparison, let speedup = ratios.fitAndScore else { return "" }
    let numbers = NumberFormat()
    func range(_ spread: Spread) -> String {
      if spread.runCount == 1 { return Self.duration(spread.median) }
      return
        "\(Self.duration(spread.median)) (\(Self.duration(spread.minimum)) – \(Self.duration(spread.maximum)))"
    }
    var rows = [
      ["", "gmmscope", "pytorch-ood", "ratio"],
      [
        "fit + score \(shape.testCount)", range(comparison.processSeconds), range(comparison.peerSeconds),
        numbers.significant(speedup) + "×",
      ],
      [
        "  of which fit, score", "",
        "\(Self.duration(comparison.peerFitSeconds.median)), "
          + "\(Self.duration(comparison.peerScoreSeconds.median))", "",
      ],
    ]
    let steps: [(Phase, Double?)] = [
      (.step, ratios.step), (.interpolatedStep, ratios.interpolatedStep), (.pathStep, ratios.pathStep),
    ]
    for (phase, ratio) in steps {
      guard let step = phases.first(where: { $0.phase == phase }), let peerStep = ratios.peerStepSeconds,
        let ratio
      else { continue }
      rows.append([
        phase.title(shape), range(step.seconds), Self.duration(peerStep), numbers.significant(ratio) + "×",
      ])
    }
    rows.append([
      "peak memory", comparison.processPeakBytes.map(\.byteCountText) ?? "",
      comparison.peerPeakBytes.byteCountText,
      comparison.processPeakBytes.map {
        numbers.significant(Double(comparison.peerPeakBytes) / Double($0)) + "×"
      } ?? "",
    ])
    let difference = numbers.scientific(comparison.largestScoreDifference)
    return alignedTable(rows)
      + "gmmscope is a whole process with loading, pytorch-ood computing only; its λ step is a fit and a scoring of"
      + " all samples, in proportion to the test samples' time.\n"
      + "largest relative difference of the two programs' scores: \(difference)\n"
  }

  /// The worst of each quantity, and every broken promise.
  private var accuracyText: String {
    let numbers = NumberFormat()
    var lines: [String] = []
    for quantity in ["nll", "mahalanobis", "logDeterminant"] {
      guard
        let worst = accuracy.filter({ $0.quantity == quantity })
          .max(by: { $0.worstRelativeError < $1.worstRelativeError })
      else { continue }
      lines.append(
        "accuracy, \(quantity): \(numbers.scientific(worst.worstRelativeError)) at worst "
          + "(\(worst.source), λ = \(worst.regularization)); "
          + "promised \(numbers.scientific(worst.limit, digits: 1))")
    }
    if let interpolation, !interpolation.isKept {
      lines.append("BROKEN PROMISE: more interpolated scores are off than are called unsettled")
    }
    for broken in accuracy where !broken.isKept {
      lines.append(
        "BROKEN PROMISE: \(broken.quantity) is off by \(numbers.scientific(broken.worstRelativeError)), "
          + "\(broken.source), λ = \(broken.regularization)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// `830 µs`, `45.6 ms`, `1.23 s`.
  static func duration(_ seconds: Double) -> String {
    let numbers = NumberFormat()
    if seconds < 1e-3 { return numbers.significant(seconds * 1e6) + " µs" }
    if seconds < 1 { return numbers.significant(seconds * 1e3) + " ms" }
    return numbers.significant(seconds) + " s"
  }
}

/// Columns side by side: the first to the left, the others to the right.
func alignedTable(_ rows: [[String]]) -> String {
  let columnCount = rows.map(\.count).max() ?? 0
  let widths = (0..<columnCount).map { column in
    rows.map { column < $0.count ? DisplayText.width($0[column]) : 0 }.max() ?? 0
  }
  return rows.map { row in
    var line = row.enumerated().map { column, text in
      DisplayText.padded(text, to: widths[column], alignment: column == 0 ? .leading : .trailing)
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }.joined()
}
