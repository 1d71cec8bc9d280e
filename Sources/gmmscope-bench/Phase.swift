import ExplorerModel
import OODData
import OODDetection

/// What is timed.
enum Phase: String, CaseIterable, Codable, Sendable {
  /// Open the files, read labels, look at every feature once.
  case load
  /// Until the class table is there.
  case fit
  /// Test samples at one λ, with metrics and top list.
  case score
  /// Without spectra: factors for one λ, from loaded files.
  case factor
  /// Test samples by those factors, looking in full only at the classes that can matter.
  case factoredScore
  /// A `gmmscope score` of its own, from start to end.
  case process
  /// Training and test samples at one λ, by factors, as the explorer has them before spectra.
  case scoreAll
  /// 41 λ: scores of every training and test sample, metrics, leave-one-out.
  case path
  /// To a λ that the path does not hold, training and test samples, with metrics and top list: computed.
  case step
  /// The same until they are there interpolated.
  case interpolatedStep
  /// To a λ of the path.
  case pathStep
  /// From a λ key until the screen is drawn, at 120×40: the 95th percentile over the path and all six screens.
  case frame

  func title(_ shape: WorkloadShape) -> String {
    switch self {
    case .load: "load"
    case .fit: "fit"
    case .score: "score \(shape.testCount) test"
    case .factor: "fit for one λ"
    case .factoredScore: "score \(shape.testCount) test for one λ"
    case .process: "gmmscope score, whole process"
    case .scoreAll: "score all \(shape.trainCount + shape.testCount)"
    case .path: "41-point path, all"
    case .step: "λ step, all"
    case .interpolatedStep: "  first interpolated"
    case .pathStep: "λ step on the path, all"
    case .frame: "λ key to drawn frame, 95 %"
    }
  }
}

/// N, M, K, D.
struct WorkloadShape: Codable, Sendable {
  let trainCount: Int
  let testCount: Int
  let classCount: Int
  let dimension: Int

  init(trainCount: Int, testCount: Int, classCount: Int, dimension: Int) {
    self.trainCount = trainCount
    self.testCount = testCount
    self.classCount = classCount
    self.dimension = dimension
  }

  /// Of a data set with labels to fit to; nil without.
  init?(_ data: DataSet) {
    guard let train = data.train, let labels = train.labels else { return nil }
    self.init(
      trainCount: train.count, testCount: data.test?.count ?? 0,
      classCount: Set(labels.lazy.filter { $0 >= 0 }).count, dimension: train.rows.dimension)
  }

  /// The floating-point operations of a phase by the direct method, nil where there is no one such method:
  /// upper triangles of the covariances and their Cholesky factorizations for a fit, N·D² + K·D³/3; triangular
  /// solves for scores, D² for each sample and class. A program that avoids work has a higher rate by this measure,
  /// one that does more a lower; the measure itself stays comparable.
  func directOperationCount(_ phase: Phase) -> Double? {
    let (samples, tests) = (Double(trainCount), Double(testCount))
    let (classes, square) = (Double(classCount), Double(dimension) * Double(dimension))
    return switch phase {
    case .fit, .factor: samples * square + classes * square * Double(dimension) / 3
    case .score, .factoredScore: tests * classes * square
    case .scoreAll: (samples + tests) * classes * square
    case .load, .process, .path, .step, .interpolatedStep, .pathStep, .frame: nil
    }
  }
}
