import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Detectors from saved arrays")
struct SavedModelTests {
  /// The arrays of a model file.
  struct Arrays {
    var labels: [Int]
    var counts: [Int]
    var means: Matrix
    var meanRemainders: Matrix
    var eigenvalues: Matrix
    var eigenvectors: [Matrix]

    init(_ detector: SpectralDetector) {
      let (count, dimension) = (detector.classes.count, detector.dimension)
      labels = detector.classes.map(\.label)
      counts = detector.classes.map(\.count)
      means = Matrix(rowCount: count, columnCount: dimension, elements: detector.classes.flatMap(\.mean))
      meanRemainders = Matrix(
        rowCount: count, columnCount: dimension, elements: detector.classes.flatMap(\.meanRemainder))
      eigenvalues = Matrix(
        rowCount: count, columnCount: dimension, elements: detector.classes.flatMap(\.spectrum.eigenvalues))
      eigenvectors = detector.classes.map(\.spectrum.basis)
    }

    func detector() throws(DetectorError) -> SpectralDetector {
      try SpectralDetector(
        labels: labels, counts: counts, means: means, meanRemainders: meanRemainders,
        eigenvalues: eigenvalues, eigenvectors: eigenvectors)
    }
  }

  @Test(arguments: SampleSet.all)
  func scoresSurviveExactly(set: SampleSet) async throws {
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let loaded = try Arrays(fitted).detector()
    let queries = set.queries(20)
    let before = try await fitted.scores(of: queries, at: .standard)
    #expect(try await loaded.scores(of: queries, at: .standard) == before)
    let (old, new) = (try fitted.separations(at: .standard), try loaded.separations(at: .standard))
    #expect(largestError(new.elements, old.elements) < 1e-8)
    #expect(loaded.pooled.rank == fitted.pooled.rank)
  }

  @Test func classesAreSorted() async throws {
    let fitted = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    var arrays = Arrays(fitted)
    arrays.labels = [9, 4, 6]
    let loaded = try arrays.detector()
    #expect(loaded.classes.map(\.label) == [4, 6, 9])
    #expect(loaded.classes.map(\.count) == [9, 30, 12])
  }

  /// The ways in which the arrays can contradict each other, each with a part of its message.
  static let contradictions: [(word: String, change: @Sendable (inout Arrays) -> Void)] = [
    ("count has 2", { $0.counts.removeLast() }),
    ("mean has 2", { $0.means = $0.means.firstRows(2) }),
    ("eigenvalues has 1", { $0.eigenvalues = $0.eigenvalues.firstRows(1) }),
    ("eigenvectors has 2", { $0.eigenvectors.removeLast() }),
    ("label -1 is below 0", { $0.labels[0] = -1 }),
    ("occurs twice", { $0.labels[1] = $0.labels[0] }),
    ("a count of 0", { $0.counts[0] = 0 }),
    ("more than an integer holds", { $0.counts = [.max, .max, 3] }),
    ("no classes", { $0.labels = [] }),
    ("no dimensions", { $0.means = Matrix(rowCount: 3, columnCount: 0) }),
    ("but eigenvalues has 5", { $0.eigenvalues = Matrix(rowCount: 3, columnCount: 5) }),
    ("4 × 3 eigenvectors", { $0.eigenvectors[1] = Matrix(rowCount: 4, columnCount: 3) }),
    ("negative", { $0.eigenvalues[1, 3] = -1 }),
    ("negative, infinite or NaN", { $0.eigenvalues[1, 3] = .nan }),
    ("not in descending order", { $0.eigenvalues[1, 3] = 1e9 }),
    ("4 eigenvalues above 0, but 3", { $0.eigenvectors[1] = $0.eigenvectors[1].firstRows(3) }),
    ("but only 3 samples", { $0.counts[1] = 3 }),
    ("not orthonormal", { $0.eigenvectors[1][0, 0] += 0.1 }),
    ("not orthonormal", { $0.eigenvectors[1][0, 0] = .nan }),
    ("mean of class 1 has NaN", { $0.means[1, 0] = .nan }),
  ]

  @Test(arguments: contradictions.indices)
  func contradictionsAreReported(index: Int) async throws {
    let fitted = try await SpectralDetector.fit(SampleSet.tall.matrix, labels: SampleSet.tall.labels)
    var arrays = Arrays(fitted)
    Self.contradictions[index].change(&arrays)
    let error = try #require(throws: DetectorError.self) { try arrays.detector() }
    guard case .inconsistentModel(let text) = error else { throw error }
    #expect(text.contains(Self.contradictions[index].word), "\(text)")
  }
}
