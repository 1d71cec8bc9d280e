import ExplorerModel
import LinearAlgebra
import OODDetection
import TerminalRendering

@testable import OODData

/// A small data set with one of everything: sound classes, one with n ≤ D, one with a single sample,
/// out-of-distribution samples, ids and pictures. It is the same on every machine.
enum Fixture {
  static let dimension = 12
  /// The training samples per class: sound, sound, few, n ≤ D, one.
  static let counts = [90, 60, 30, 9, 1]
  static let names = ["round", "square", "cross", "wave", "lonely"]

  static let unicode = TerminalCapabilities(unicode: true, colorDepth: .indexed256)
  static let ascii = TerminalCapabilities(unicode: false, colorDepth: .none)

  /// The explorer after opening the data, with everything computed.
  @MainActor
  static func state(
    _ data: DataSet = dataSet(), regularization: Regularization = .standard, pathCount: Int = 15,
    after actions: [Action] = []
  ) async -> ExplorerState {
    let path = (try? RegularizationPath.logarithmic(from: 1e-6, through: 1e1, count: pathCount)) ?? []
    let store = ExplorerStore(
      state: ExplorerState(
        request: DataRequest(train: data.files.filter { $0.split == .train }.map(\.path)),
        regularization: regularization, path: path))
    await store.settle(after: .loaded(data, model: nil))
    for action in actions { await store.settle(after: action) }
    return store.state
  }

  /// With classes and scores, while spectra are being computed.
  @MainActor
  static func stateBeforeSpectra() async throws -> ExplorerState {
    let data = dataSet()
    guard let train = data.train, let labels = train.labels else { throw CancellationError() }
    let factored = try await CholeskyDetector.fit(train.rows, labels: labels, at: .standard)
    guard let test = data.test else { throw CancellationError() }
    let (trained, tested) = (
      try await factored.scores(of: train.rows), try await factored.scores(of: test.rows)
    )
    var state = ExplorerState(request: DataRequest(train: ["shapes/train.npz"]))
    _ = state.apply(.loaded(data, model: nil))
    _ = state.apply(.factored(factored))
    _ = state.apply(.scored(ScoredData(regularization: .standard, train: trained, test: tested)))
    _ = state.apply(.progressed(.spectra, WorkProgress(completed: 3, planned: 4)))
    return state
  }

  static func dataSet(hasOutOfDistribution: Bool = true, hasTest: Bool = true) -> DataSet {
    var random = SplitMix64(seed: 42)
    let train = split(counts: counts, outCount: 0, random: &random)
    let test = split(
      counts: counts.map { max(1, $0 / 3) }, outCount: hasOutOfDistribution ? 24 : 0, random: &random)
    return DataSet(
      train: train, test: hasTest ? test : nil, classNames: names,
      files: [report("shapes/train.npz", .train, train)]
        + (hasTest ? [report("shapes/test.npz", .test, test)] : []),
      remarks: [])
  }

  /// A data set of many classes, for lists and maps that do not fit.
  static func manyClasses(_ count: Int) -> DataSet {
    var random = SplitMix64(seed: 7)
    let train = split(counts: Array(repeating: 16, count: count), outCount: 0, random: &random)
    return DataSet(
      train: train, classNames: (0..<count).map { "kind-\($0)" },
      files: [report("many.npz", .train, train)])
  }

  /// A single sample per class, and a test split.
  static func loneSamples() -> DataSet {
    var random = SplitMix64(seed: 3)
    return DataSet(
      train: split(counts: [1, 1, 1], outCount: 0, random: &random),
      test: split(counts: [4, 4, 4], outCount: 6, random: &random), classNames: names)
  }

  private static func split(counts: [Int], outCount: Int, random: inout SplitMix64) -> DataSplit {
    var elements: [Double] = []
    var labels: [Int] = []
    for (label, count) in counts.enumerated() {
      for _ in 0..<count {
        elements += sample(of: label, random: &random)
        labels.append(label)
      }
    }
    for _ in 0..<outCount {
      elements += (0..<dimension).map { _ in 2.5 * random.nextNormal() }
      labels.append(-1)
    }
    let pictures = labels.indices.map { index in picture(index: index, label: labels[index]) }
    return DataSplit(
      rows: Matrix(rowCount: labels.count, columnCount: dimension, elements: elements), labels: labels,
      ids: labels.indices.map { "\(labels[$0] < 0 ? "odd" : names[labels[$0] % names.count])-\($0)" },
      images: ImageStack(count: labels.count, height: 8, width: 8, channelCount: 1) { pictures[$0] },
      columns: ["source": labels.map { $0 < 0 ? "elsewhere" : "studio" }])
  }

  /// Means on a coarse lattice, with variances that halve from dimension to dimension.
  private static func sample(of label: Int, random: inout SplitMix64) -> [Double] {
    var scale = 1.0
    return (0..<dimension).map { dimension in
      defer { scale *= 0.5 }
      let mean = Double((label * 7 + dimension * 3) % 5) - 2
      return mean + scale * random.nextNormal()
    }
  }

  private static func picture(index: Int, label: Int) -> [UInt8] {
    (0..<64).map { pixel in
      let (x, y) = (pixel % 8, pixel / 8)
      return label < 0 ? UInt8((x * y * 5 + index) % 256) : (x + y + label) % 4 == 0 ? 230 : 20
    }
  }

  private static func report(_ path: String, _ split: Split, _ data: DataSplit) -> FileReport {
    let labels = data.labels ?? []
    let distinct = Set(labels).sorted()
    return FileReport(
      path: path, format: "npz", byteCount: data.count * dimension * 8 + 512, split: split,
      arrays: [
        ArrayReport(
          name: "features", shape: [data.count, dimension], elementType: "float64", role: .features,
          nonFiniteCount: 0, range: ValueRange(minimum: -5, maximum: 5, mean: 0.01)),
        ArrayReport(name: "labels", shape: [data.count], elementType: "int64", role: .labels),
        ArrayReport(name: "ids", shape: [data.count], elementType: "string", role: .ids),
        ArrayReport(name: "images", shape: [data.count, 8, 8], elementType: "uint8", role: .images),
        ArrayReport(name: "source", shape: [data.count], elementType: "string", role: .column),
      ],
      labelCounts: distinct.map { label in
        LabelCount(
          label: label, name: label < 0 ? "OOD" : names[label % names.count],
          count: labels.count { $0 == label })
      })
  }
}

extension SplitMix64 {
  /// An approximately standard normal number: the sum of twelve uniform ones, because functions
  /// of the C library differ in the last bits between systems.
  mutating func nextNormal() -> Double {
    (0..<12).reduce(-6.0) { sum, _ in sum + Double(next() >> 11) * 0x1p-53 }
  }
}
