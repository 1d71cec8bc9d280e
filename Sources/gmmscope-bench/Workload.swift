import OODData

/// One of the fixed workloads.
enum WorkloadName: String, CaseIterable, Codable, Sendable {
  case digits
  case glyphs
  case cifar100Like = "cifar100-like"
  case imagenetLike = "imagenet-like"
  /// Many classes of fewer samples than dimensions.
  case fewShot = "few-shot"
  /// Fewer classes of more samples, still fewer than dimensions.
  case fewShot768 = "few-shot-768"
  /// Reading tables; nothing is fitted.
  case csv

  /// Whether a detector is fitted, so that pytorch-ood is the peer.
  var fitsDetector: Bool { self != .csv }
  /// Whether spectra and a λ path are measured, too. With a thousand classes they would take minutes.
  var includesSpectra: Bool { self != .fewShot && self != .fewShot768 }
}

/// A workload that is ready to run: what it is called and where its files are.
struct Workload: Sendable {
  let name: WorkloadName
  let trainPath: String
  let testPath: String
  /// Where the features come from, for the report.
  let origin: String

  var request: DataRequest { DataRequest(train: [trainPath], test: [testPath]) }
}

/// How large a generated workload is.
struct SyntheticSize: Sendable {
  var classCount: Int
  var dimension: Int
  /// n_k, the same for every class.
  var samplesPerClass: Int
  /// M, half of them out-of-distribution.
  var testCount: Int

  static let cifar100Like = SyntheticSize(
    classCount: 100, dimension: 512, samplesPerClass: 500, testCount: 10_000)

  static let fewShot = SyntheticSize(
    classCount: 1_000, dimension: 512, samplesPerClass: 100, testCount: 10_000)

  static let fewShot768 = SyntheticSize(
    classCount: 200, dimension: 768, samplesPerClass: 300, testCount: 10_000)

  /// N = 1,000,000 in both splits, for the explorer.
  static let million = SyntheticSize(
    classCount: 10, dimension: 16, samplesPerClass: 100_000, testCount: 1_000_000)

  /// Ten thousand classes, for the explorer.
  static let manyClasses = SyntheticSize(
    classCount: 10_000, dimension: 16, samplesPerClass: 10, testCount: 10_000)

  static func imagenetLike(classCount: Int) -> SyntheticSize {
    SyntheticSize(classCount: classCount, dimension: 2048, samplesPerClass: 1_300, testCount: 10_000)
  }

  /// Changes with every change of what is generated, so that old files are not taken for new ones.
  static let revision = 1

  var directoryName: String {
    "synthetic-\(Self.revision)-k\(classCount)-d\(dimension)-n\(samplesPerClass)-m\(testCount)"
  }
}
