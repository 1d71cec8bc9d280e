import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Fitting")
struct FittingTests {
  @Test(arguments: [1, 1 << 15, 1 << 16, 1 << 40, Int.max / 3])
  func classesHaveLabelsOfAnySize(size: Int) throws {
    let labels = [2, 0, -1, 2, -3, 1, 2].map { $0 * size }
    let members = try ClassMembers.partition(labels, sampleCount: 7)
    #expect(members.map(\.label) == [0, size, 2 * size])
    #expect(members.map(\.rows) == [[1], [5], [0, 3, 6]])
    #expect(ClassMembers.counts(of: labels) == [1, 1, 3])
    #expect(throws: DetectorError.noInDistributionSamples(sampleCount: 2)) {
      try ClassMembers.partition([-size, -2 * size], sampleCount: 2)
    }
  }

  @Test(arguments: SampleSet.all)
  func meansWeightsAndCovariancesMatchTheirDefinitions(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let naive = naiveFit(set.rows, set.labels)
    #expect(detector.classes.map(\.label) == naive.map(\.label))
    #expect(detector.sampleCount == set.labels.count { $0 >= 0 })
    for (gaussian, expected) in zip(detector.classes, naive) {
      #expect(gaussian.count == set.members(gaussian.label).count)
      #expect(gaussian.weight == expected.weight)
      #expect(largestError(gaussian.mean, expected.mean) < 1e-13)
      #expect(largestError(gaussian.covariance().elements, expected.covariance.flatMap { $0 }) < 1e-12)
      let variances = expected.covariance.indices.map { expected.covariance[$0][$0] }
      #expect(largestError(gaussian.variances(), variances) < 1e-12)
    }
  }

  @Test(arguments: SampleSet.all)
  func eigenvaluesDescendAndBasesAreOrthonormal(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    for spectrum in detector.classes.map(\.spectrum) + [detector.pooled] {
      #expect(spectrum.eigenvalues.count == detector.dimension)
      #expect(zip(spectrum.eigenvalues, spectrum.eigenvalues.dropFirst()).allSatisfy { $0 >= $1 })
      #expect(spectrum.rank == spectrum.eigenvalues.count { $0 > 0 })
      #expect(spectrum.directionCount >= spectrum.rank)
      for first in 0..<spectrum.directionCount {
        for second in 0...first {
          let product = zip(spectrum.basis.row(first), spectrum.basis.row(second)).reduce(0) {
            $0 + $1.0 * $1.1
          }
          #expect(abs(product - (first == second ? 1 : 0)) < 1e-13)
        }
      }
    }
  }

  @Test func ranksAreWhatTheSamplesSpan() async throws {
    let wide = try await SpectralDetector.fit(SampleSet.wide.matrix, labels: SampleSet.wide.labels)
    #expect(wide.classes.map(\.spectrum.rank) == [2, 4, 11, 1])
    #expect(wide.classes.map(\.spectrum.directionCount) == [2, 4, 11, 1])
    let mixed = try await SpectralDetector.fit(SampleSet.mixed.matrix, labels: SampleSet.mixed.labels)
    #expect(mixed.classes.map(\.spectrum.rank) == [0, 3, 6, 6])
    // 9, 5 and 20 samples of which every third is new: 3, 2 and 7 distinct ones.
    let duplicated = try await SpectralDetector.fit(
      SampleSet.duplicated.matrix, labels: SampleSet.duplicated.labels)
    #expect(duplicated.classes.map(\.spectrum.rank) == [2, 1, 5])
    let constant = try await SpectralDetector.fit(
      SampleSet.constant.matrix, labels: SampleSet.constant.labels)
    #expect(constant.classes.map(\.spectrum.rank) == [3, 4, 4])
    #expect(constant.pooled.rank == 4)
  }

  /// Eigenvalues from the samples count if they are above (D·2⁻⁵²)² = 2e-31 of the largest one.
  @Test(arguments: [(1e-9, 2), (1e-15, 2), (1e-16, 1)])
  func smallEigenvaluesCountWhereTheSamplesHaveThem(scale: Double, rank: Int) async throws {
    let rows = Matrix(rowCount: 4, columnCount: 2, elements: [1, 0, -1, 0, 0, scale, 0, -scale])
    let spectrum = try await SpectralDetector.fit(rows, labels: [0, 0, 0, 0]).classes[0].spectrum
    #expect(spectrum.rank == rank)
    #expect(largestRelativeError(spectrum.eigenvalues, [0.5, rank == 2 ? scale * scale / 2 : 0]) < 1e-14)
  }

  @Test func equalSamplesHaveNoVariance() async throws {
    // 0.1 has no finite binary form: its naive average is not 0.1.
    let rows = Matrix(rowCount: 7, columnCount: 3, repeating: 0.1)
    let detector = try await SpectralDetector.fit(rows, labels: [Int](repeating: 4, count: 7))
    #expect(detector.classes[0].mean == [0.1, 0.1, 0.1])
    #expect(detector.classes[0].spectrum.eigenvalues == [0, 0, 0])
    #expect(detector.pooled.rank == 0)
    let scores = try await detector.scores(of: rows, at: .standard)
    #expect(scores.mahalanobis.allSatisfy { $0 == 0 })
  }

  @Test func outOfDistributionRowsAreNeverRead() async throws {
    let set = SampleSet.tall
    let rows = WatchedRows(set.matrix)
    _ = try await SpectralDetector.fit(rows, labels: set.labels)
    #expect(rows.readRows == Set(set.labels.indices.filter { set.labels[$0] >= 0 }))
  }

  @Test func resultDoesNotDependOnThreadsAndHardlyOnBlocks() async throws {
    let set = SampleSet.mixed
    let reference = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, execution: Execution(threadCount: 1))
    let threaded = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, execution: Execution(threadCount: 7))
    let blocked = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, execution: Execution(threadCount: 2, blockSize: 3))
    #expect(reference.pooled.eigenvalues == threaded.pooled.eigenvalues)
    for (index, gaussian) in reference.classes.enumerated() {
      #expect(gaussian.spectrum.eigenvalues == threaded.classes[index].spectrum.eigenvalues)
      #expect(
        largestError(gaussian.spectrum.eigenvalues, blocked.classes[index].spectrum.eigenvalues) < 1e-12)
    }
  }

  @Test func everyNonFiniteRowIsFoundBeforeAnythingIsFitted() async throws {
    var rows = Matrix(rowCount: 40, columnCount: 2, elements: (0..<80).map { Double($0 * $0 % 17) })
    for row in [3, 8, 9, 20, 21, 30, 33] { rows[row, row % 2] = row.isMultiple(of: 2) ? .nan : -.infinity }
    var labels = (0..<40).map { $0 % 3 }
    labels[9] = -1
    await #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 6, firstRows: [3, 8, 20, 21, 30])) {
      try await SpectralDetector.fit(rows, labels: labels)
    }
  }

  @Test func unusableInputIsReported() async throws {
    let rows = Matrix(rowCount: 3, columnCount: 2, repeating: 1)
    await #expect(throws: DetectorError.labelCountMismatch(sampleCount: 3, labelCount: 2)) {
      try await SpectralDetector.fit(rows, labels: [0, 1])
    }
    await #expect(throws: DetectorError.noInDistributionSamples(sampleCount: 3)) {
      try await SpectralDetector.fit(rows, labels: [-1, -2, -1])
    }
    await #expect(throws: DetectorError.noInDistributionSamples(sampleCount: 0)) {
      try await SpectralDetector.fit(Matrix(rowCount: 0, columnCount: 2), labels: [])
    }
    await #expect(throws: DetectorError.dimensionMismatch(expected: 1, found: 0)) {
      try await SpectralDetector.fit(Matrix(rowCount: 3, columnCount: 0), labels: [0, 0, 1])
    }
    await #expect(throws: DetectorError.covarianceOverflowed(label: 0)) {
      let huge = Matrix(rowCount: 3, columnCount: 1, elements: [1e200, -1e200, 0])
      return try await SpectralDetector.fit(huge, labels: [0, 0, 0])
    }
  }
}
