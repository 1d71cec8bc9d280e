import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Leave-one-out")
struct LeaveOneOutTests {
  @Test(arguments: SampleSet.all)
  func agreesWithRefitting(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = try [1e-3, 1e-2, 0.3, 10].map { value throws(DetectorError) in try Regularization(value) }
    let found = try await detector.leaveOneOut(set.matrix, labels: set.labels, along: path)
    for (pathIndex, regularization) in path.enumerated() {
      var (total, count) = (0.0, 0)
      for (classIndex, gaussian) in detector.classes.enumerated() where gaussian.count > 1 {
        // In the varying dimensions.
        let varying = set.rows[0].indices.filter { column in Set(set.rows.map { $0[column] }).count > 1 }
        let expected = naiveLeaveOneOut(
          set.members(gaussian.label).map { row in varying.map { row[$0] } }, weight: gaussian.weight,
          regularization.value)
        let mean = expected.reduce(0, +) / Double(expected.count)
        let foundMean = try #require(found.classMeanNLL[classIndex])[pathIndex]
        #expect(largestRelativeError([foundMean], [mean]) < 1e-9)
        total += expected.reduce(0, +)
        count += expected.count
      }
      #expect(found.includedSampleCount == count)
      #expect(largestRelativeError([found.meanNLL[pathIndex]], [total / Double(count)]) < 1e-9)
    }
  }

  /// At tiny λ, a sample that alone spans a direction has q near λ, where 1 − m/(n−1) loses its digits.
  @Test(arguments: [1e-6, 1e-8])
  func isAccurateWhereTheTextbookFormulaCancels(value: Double) async throws {
    // Two points on a line, in closed form: without one of them the other's covariance is 0.
    let rows = Matrix(rowCount: 2, columnCount: 3, elements: [0, 0, 0, 3, 4, 0])
    let detector = try await SpectralDetector.fit(rows, labels: [0, 0])
    let path = [try Regularization(value)]
    let found = try await detector.leaveOneOut(rows, labels: [0, 0], along: path)
    // One direction of the three dimensions is reached.
    let expected = 0.5 * (25 / value + log(value) + log(2 * .pi))
    #expect(largestRelativeError(found.meanNLL, [expected]) < 1e-13)
  }

  /// One sample among copies of another: the class spans fewer than n − 1 directions, but that sample alone spans its
  /// own, so h is 0 up to rounding errors.
  @Test(arguments: 3...12)
  func isAccurateForASingleSampleAmongDuplicates(count: Int) async throws {
    let elements = [3, 4, 0] + [Double](repeating: 0, count: 3 * (count - 1))
    let rows = Matrix(rowCount: count, columnCount: 3, elements: elements)
    let labels = [Int](repeating: 0, count: count)
    let detector = try await SpectralDetector.fit(rows, labels: labels)
    let value = 1e-8
    let found = try await detector.leaveOneOut(rows, labels: labels, along: [Regularization(value)])
    // Without the single sample all others are equal; without one of the others, there are two points with shares 1/m
    // and 1 − 1/m.
    let rest = Double(count - 1)
    let variance = 25 * (1 / rest) * (1 - 1 / rest)
    let lone = 25 / value + log(value)
    let other = 25 / (rest * rest) / (variance + value) + log(variance + value)
    let expected = 0.5 * (log(2 * .pi) + (lone + rest * other) / Double(count))
    #expect(largestRelativeError(found.meanNLL, [expected]) < 1e-12)
  }

  @Test func classesOfOneSampleAreListedAndLeftOut() async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let found = try await detector.leaveOneOut(
      set.matrix, labels: set.labels, along: RegularizationPath.standard)
    #expect(found.excludedLabels == [2])
    #expect(found.classMeanNLL[0] == nil)
    #expect(found.includedSampleCount == set.labels.count - 1)
    let proposed = try #require(found.proposed)
    let best = try #require(found.meanNLL.min())
    let position = try #require(found.regularizations.firstIndex(of: proposed))
    #expect(found.meanNLL[position] == best)
  }

  @Test func nothingIsProposedFromSingleSamples() async throws {
    let rows = Matrix(rowCount: 2, columnCount: 2, elements: [0, 1, 2, 3])
    let detector = try await SpectralDetector.fit(rows, labels: [0, 1])
    let found = try await detector.leaveOneOut(rows, labels: [0, 1], along: RegularizationPath.standard)
    #expect(found.includedSampleCount == 0)
    #expect(found.proposed == nil)
    #expect(found.excludedLabels == [0, 1])
  }

  @Test func blocksAndThreadsDoNotMatter() async throws {
    let set = SampleSet.duplicated
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let path = RegularizationPath.standard
    let reference = try await detector.leaveOneOut(
      set.matrix, labels: set.labels, along: path, execution: Execution(threadCount: 1))
    let other = try await detector.leaveOneOut(
      set.matrix, labels: set.labels, along: path, execution: Execution(threadCount: 3, blockSize: 2))
    #expect(largestError(other.meanNLL, reference.meanNLL) < 1e-11)
  }

  /// Where only classes are needed, nothing else is kept of every sample and λ.
  @Test(arguments: [2, 288])
  func likeliestClassesDoNotDependOnWhatIsKept(blockSize: Int) async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let members = try detector.trainingMembers(set.labels, sampleCount: set.labels.count)
    let path = RegularizationPath.standard
    let execution = Execution(threadCount: 2, blockSize: blockSize)
    let holdouts = try await detector.holdouts(members, in: set.matrix, along: path, execution)
    func found(_ includesValues: Bool) async throws -> [HeldOutSamples] {
      var found: [HeldOutSamples] = []
      try await detector.compareHeldOut(
        members, in: set.matrix, holdouts, along: path, includesValues: includesValues, execution
      ) { found.append($0) }
      return found
    }
    let (all, alone) = (try await found(true), try await found(false))
    #expect(all.map(\.rows) == alone.map(\.rows) && all.map(\.own) == alone.map(\.own))
    #expect(all.map(\.likeliest.classes) == alone.map(\.likeliest.classes))
    // The class of a single sample is a rival only.
    #expect(all.reduce(0) { $0 + $1.rows.count } == set.labels.count - 1)
    for samples in all {
      let count = samples.rows.count * path.count
      #expect(samples.densities.count == count && samples.squaredDistances.count == count)
      #expect(samples.likeliest.densities.count == count && samples.likeliest.squaredDistances.count == count)
    }
    for samples in alone {
      #expect(samples.densities.isEmpty && samples.squaredDistances.isEmpty)
      #expect(samples.likeliest.densities.isEmpty && samples.likeliest.squaredDistances.isEmpty)
    }
    let correct = alone.reduce(0) { sum, samples in
      sum + samples.own.indices.count { samples.likeliest.classes[$0 * path.count + 40] == samples.own[$0] }
    }
    let accuracy = try await detector.leaveOneOut(
      set.matrix, labels: set.labels, along: path, includesAccuracy: true, execution: execution
    ).accuracy
    #expect(accuracy?[40] == Double(correct) / Double(set.labels.count - 1))
  }

  @Test func differentTrainingSamplesAreRejected() async throws {
    let set = SampleSet.tall
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    var labels = set.labels
    let moved = try #require(labels.firstIndex(of: 1))
    labels[moved] = 0
    await #expect(throws: DetectorError.trainingSamplesDiffer(label: 0, expected: 12, found: 13)) {
      try await detector.leaveOneOut(set.matrix, labels: labels, along: [.standard])
    }
    labels[moved] = 8
    await #expect(throws: DetectorError.trainingSamplesDiffer(label: 1, expected: 9, found: 8)) {
      try await detector.leaveOneOut(set.matrix, labels: labels, along: [.standard])
    }
  }

  /// A λ that is negligible compared with the variances gives an infinite value instead of an error, since other λ of
  /// the path are valid.
  @Test func smallestLambdaIsNotAnError() async throws {
    let rows = Matrix(rowCount: 4, columnCount: 2, elements: [0, 0, 1e3, 0, 0, 1, 0, 1])
    let detector = try await SpectralDetector.fit(rows, labels: [0, 0, 1, 1])
    let path = [try Regularization(.leastNonzeroMagnitude), try Regularization(1)]
    let found = try await detector.leaveOneOut(rows, labels: [0, 0, 1, 1], along: path)
    #expect(found.meanNLL[0] == .infinity)
    #expect(found.meanNLL[1].isFinite)
    let scores = try await detector.scores(of: rows, along: path)
    #expect(scores[0].mahalanobis[2] == 0 && scores[0].mahalanobis[3] == 0)
  }

  @Test func withoutRegularizationHeldOutSingularityIsAnError() async throws {
    // Three samples span two dimensions; two samples do not.
    let rows = Matrix(rowCount: 3, columnCount: 2, elements: [0, 0, 1, 0, 0, 1])
    let detector = try await SpectralDetector.fit(rows, labels: [5, 5, 5])
    await #expect(throws: DetectorError.singularCovariance(label: 5, rank: 1, dimension: 2)) {
      try await detector.leaveOneOut(rows, labels: [5, 5, 5], along: [Regularization(0)])
    }
  }
}

@Suite("Leave-one-out of pooled classes")
struct OtherSamplesTests {
  /// Classes of fewer and of more samples than dimensions, and one of a single sample.
  static let set = SampleSet(
    "pooled", seed: 71, dimension: 6, counts: [0: 9, 1: 4, 2: 30, 3: 1, 4: 3], constant: [2])

  private func detector(_ pooling: Double) async throws -> SpectralDetector {
    try await SpectralDetector.fit(
      Self.set.matrix, labels: Self.set.labels, setting: FitSetting(pooling: Pooling(pooling)))
  }

  @Test func fewRowsHaveTheGramMatrixOfAllOtherSamples() async throws {
    let detector = try await detector(0.1)
    let members = try detector.trainingMembers(Self.set.labels, sampleCount: Self.set.labels.count)
    let samples = zip(detector.classes, members).map {
      $0.samples($1, in: Self.set.matrix, Execution(threadCount: 1))
    }
    let factors = OtherSamples(samples)
    for index in detector.classes.indices {
      var (found, expected) = (Matrix(rowCount: 6, columnCount: 6), Matrix(rowCount: 6, columnCount: 6))
      var rowCount = 0
      try factors.rows(without: index, of: samples.count, scale: 0.5) { $0 }.forEachBlock { block in
        rowCount += block.rowCount
        found.addColumnGram(of: block, scale: 1)
      }
      for other in samples.indices where other != index {
        try samples[other].forEachBlock { expected.addColumnGram(of: $0, scale: 0.25) }
      }
      #expect(rowCount <= 12)
      #expect(zip(found.elements, expected.elements).allSatisfy { abs($0 - $1) < 1e-12 * expected[0, 0] })
    }
  }

  /// The smaller α, the closer q comes to 0 for a class of few samples.
  @Test(arguments: [1e-5, 0.01, 0.3, 1])
  func itIsThatOfAllSamples(pooling: Double) async throws {
    let detector = try await detector(pooling)
    var plain = detector
    plain.otherSamples = nil
    let path = try [1e-8, 1e-4, 1].map { value throws(DetectorError) in try Regularization(value) }
    let (rows, labels) = (Self.set.matrix, Self.set.labels)
    let found = try await detector.leaveOneOut(rows, labels: labels, along: path)
    let expected = try await plain.leaveOneOut(rows, labels: labels, along: path)
    #expect(largestRelativeError(found.meanNLL, expected.meanNLL) < 1e-10)
  }

  @Test func detectorsOfTheSameSamplesShareThem() async throws {
    let (first, second) = (try await detector(0.1), try await detector(0.2))
    #expect(second.otherSamples !== first.otherSamples)
    #expect(second.sharing(first.sharedSamples).otherSamples === first.otherSamples)
    let normalized = try await SpectralDetector.fit(
      Self.set.matrix, labels: Self.set.labels, setting: FitSetting(normalization: .l2))
    #expect(normalized.sharing(first.sharedSamples).otherSamples !== first.otherSamples)
  }
}
