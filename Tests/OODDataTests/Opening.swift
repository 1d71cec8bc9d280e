import FeatureFiles
import OODData
import OODDetection
import TestData

/// What opening a request comes to: a data set and, if so wished, a detector, or one line that says what failed.
struct Opening: Sendable {
  var data: DataSet?
  var detector: SpectralDetector?
  var failure: String?
  /// What would help.
  var remedy: Remedy?

  init(_ request: DataRequest, fits: Bool = false) async {
    let pipeline = DetectorPipeline(threadCount: 2)
    do {
      let data = try await pipeline.open(request).data
      self.data = data
      if fits { detector = try await pipeline.fit(data) }
    } catch {
      failure = oneLine(error)
      remedy = Statement(error).remedy
    }
  }
}

/// Everything that is computed of a data set at one λ, as the commands do it.
struct Results: Sendable {
  let data: DataSet
  let fitted: SpectralDetector
  let detector: DetectorAtSetting
  let scores: ScoredData
  let sweep: Sweep
  let score = ScoreKind.negativeLogLikelihood
  private let pipeline = DetectorPipeline(threadCount: 2)

  /// - Parameter hasSpectra: Whether scores come from spectra or from factors for this λ.
  init(
    _ data: DataSet = SmallData.dataSet(), at regularization: Regularization = SmallData.path[0],
    hasSpectra: Bool = true
  ) async throws {
    self.data = data
    fitted = try await pipeline.fit(data)
    detector =
      hasSpectra
      ? try DetectorAtSetting(fitted, at: regularization)
      : DetectorAtSetting(try await pipeline.factored(data, at: regularization))
    scores = try await pipeline.scores(of: data, Split.allCases, by: detector)
    sweep = try await pipeline.sweep(
      fitted, data, [data.test == nil ? .train : .test], along: SmallData.path)
  }

  var classes: ClassesReport {
    ClassesReport(fitted, detector.summaries, at: setting, of: data)
  }
  var tuning: TuningReport { TuningReport(sweep, at: setting) }

  private var setting: DetectorSetting {
    var setting = detector.setting
    setting.score = score
    return setting
  }

  private var evaluated: (split: Split, samples: DataSplit, scores: SampleScores)? {
    for split in [Split.test, .train] {
      if let samples = data[split], let found = scores[split] { return (split, samples, found) }
    }
    return nil
  }

  var evaluation: EvaluationReport? {
    get throws {
      try evaluated.map {
        EvaluationReport(
          try $0.samples.evaluation(of: $0.scores.values(score)),
          accuracy: $0.samples.labels.flatMap { [scores = $0.scores] in
            scores.accuracy(labels: $0, classLabels: detector.classLabels)
          }, at: setting)
      }
    }
  }

  var table: ScoresReport? {
    evaluated.map {
      ScoresReport(
        $0.scores, of: $0.samples, at: setting, classLabels: detector.classLabels)
    }
  }

  func outliers() async throws -> OutliersReport {
    let rows =
      evaluated.map { OutlierRow.ranked($0.scores, of: $0.samples, $0.split, by: score, limit: 200) } ?? []
    return try await OutliersReport(rows, of: data, scores, by: detector, score: score, pipeline: pipeline)
  }
}

extension ScratchFolder {
  /// Writes arrays to an npz file and returns its path.
  func npz(_ name: String, _ arrays: [OutputArray]) throws -> String {
    try NPZWriter.write(arrays, to: file(name))
    return file(name)
  }
}
