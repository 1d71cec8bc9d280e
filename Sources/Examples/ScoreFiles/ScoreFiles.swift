import LinearAlgebra
import OODData
import OODDetection

/// Fits a detector to one file, scores another, explains the strongest outlier, and saves the model.
@main
enum ScoreFiles {
  static func main() async throws {
    let files = Array(CommandLine.arguments.dropFirst())
    guard files.count == 3 else {
      print("usage: score-files TRAIN TEST MODEL")
      return
    }
    Engine.prepareProcess()

    // Open the files and check every feature for NaN and infinity.
    let pipeline = DetectorPipeline()
    let opened = try await pipeline.open(DataRequest(train: [files[0]], test: [files[1]]))
    guard let test = opened.data.test else { return }

    // Fit every class, and let leave-one-out likelihood propose λ. It never sees an OOD sample.
    let detector = try await pipeline.fit(opened.data)
    let sweep = try await pipeline.sweep(detector, opened.data, [.test], along: RegularizationPath.standard)
    let regularization = sweep.proposed ?? .standard

    // Score: higher is more out-of-distribution.
    let scores = try await detector.scores(of: test.rows, at: regularization)
    let metrics = try test.metrics(of: scores.negativeLogLikelihood)
    print("λ = \(regularization.value), AUROC = \(metrics.auroc), FPR95TPR = \(metrics.fpr95TPR)")

    // Explain the strongest outlier.
    guard let first = OutlierRow.ranked(scores, of: test, .test, by: .negativeLogLikelihood, limit: 1).first
    else {
      return
    }
    let features = try test.rows.matrix(at: [first.reference.index])
    let explanation = try detector.explanation(
      of: features.elements, at: regularization, score: .negativeLogLikelihood)
    let shares = explanation.dimensionShares
    let dimension = shares.indices.max { shares[$0] < shares[$1] } ?? 0
    print("\(first.name): score \(first.score), most of it from dimension \(dimension)")

    // Save the model, load it, and get the same scores.
    try ModelFile(
      detector: detector, regularization: regularization, classNames: opened.data.classNames
    ).write(to: files[2])
    let loaded = try ModelFile(contentsOf: files[2])
    let again = try await loaded.detector.scores(of: test.rows, at: regularization)
    print("the saved model gives \(again == scores ? "the same" : "other") scores")
  }
}
