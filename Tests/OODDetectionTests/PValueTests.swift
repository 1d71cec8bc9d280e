import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite("Calibrated p-values")
struct PValueTests {
  @Test func ranksAmongHeldOutSamplesWhereThereAreTwenty() throws {
    let heldOut = (1...20).map(Double.init)
    let calibration = try #require(PValueCalibration(heldOut: heldOut.shuffled(), leaveOneOut: [1, 2]))
    #expect(calibration.source == .heldOut)
    func value(_ distance: Double, _ membership: PValueCalibration.Source? = nil) -> Double {
      calibration.pValue(ofSquaredDistance: distance, amongThoseOf: membership).value
    }
    // (1 + number of values ≥ d²) / (m + 1).
    #expect(value(0) == 1)
    #expect(value(20) == 2.0 / 21)
    #expect(value(20.5) == 1.0 / 21)
    #expect(value(.infinity) == 1.0 / 21)
    #expect(value(7) == 15.0 / 21)
    // A held-out sample is excluded from its own values: m and the count decrease by one.
    #expect(value(20, .heldOut) == 1.0 / 20)
    #expect(value(1, .heldOut) == 1)
    #expect(value(7, .leaveOneOut) == 15.0 / 21)
    #expect(calibration.pValue(ofSquaredDistance: 3, amongThoseOf: .heldOut).calibrationCount == 19)
    #expect(calibration.pValue(ofSquaredDistance: 3, amongThoseOf: nil).calibrationCount == 20)
  }

  @Test func fewHeldOutSamplesFallBackToLeaveOneOut() throws {
    let few = (1...19).map(Double.init)
    let calibration = try #require(PValueCalibration(heldOut: few, leaveOneOut: [4, 2, .infinity]))
    #expect(calibration.source == .leaveOneOut)
    #expect(calibration.pValue(ofSquaredDistance: 3, amongThoseOf: .heldOut).value == 3.0 / 4)
    #expect(calibration.pValue(ofSquaredDistance: 3, amongThoseOf: .leaveOneOut).value == 2.0 / 3)
    #expect(calibration.pValue(ofSquaredDistance: .infinity, amongThoseOf: nil).value == 2.0 / 4)
    #expect(PValueCalibration(heldOut: few, leaveOneOut: nil) == nil)
    #expect(PValueCalibration(heldOut: [], leaveOneOut: []) == nil)
  }

  @Test func distancesThatOverflowedAreTheFarthest() throws {
    let values = [Double](repeating: 1, count: 19) + [.nan]
    let calibration = try #require(PValueCalibration(heldOut: values, leaveOneOut: nil))
    #expect(calibration.pValue(ofSquaredDistance: 2, amongThoseOf: nil).value == 2.0 / 21)
    #expect(calibration.pValue(ofSquaredDistance: .nan, amongThoseOf: nil).value == 1.0 / 21)
  }

  @Test(arguments: SampleSet.all, [1e-3, 0.3, 10])
  func heldOutDistancesAgreeWithRefitting(set: SampleSet, value: Double) async throws {
    let regularization = try Regularization(value)
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: regularization)
    let all = Set(fitted.classes.indices)
    let found = try await fitted.heldOutDistances(
      of: all, set.matrix, labels: set.labels, at: regularization)
    let others = try await factored.heldOutDistances(of: all, set.matrix, labels: set.labels)
    #expect(Set(found.keys) == all.filter { fitted.classes[$0].count > 1 })
    #expect(Set(others.keys) == Set(found.keys))
    for (index, distances) in found {
      let members = set.members(fitted.classes[index].label)
      let expected = members.indices.map { held in
        var rest = members
        let sample = rest.remove(at: held)
        return NaiveGaussian(label: 0, samples: rest, weight: 1).squaredDistance(sample, value)
      }
      #expect(largestError(distances.squaredDistances, expected) < 1e-8)
      #expect(largestError(others[index]?.squaredDistances ?? [], distances.squaredDistances) < 1e-12)
      #expect(distances.rows.map { set.labels[$0] }.allSatisfy { $0 == fitted.classes[index].label })
      for (row, distance) in zip(distances.rows, distances.squaredDistances) {
        #expect(distances.squaredDistance(ofRow: row) == distance)
      }
      #expect(distances.squaredDistance(ofRow: -1) == nil && distances.squaredDistance(ofRow: 9999) == nil)
    }
  }

  @Test func onlyRequestedClassesAreHeldOut() async throws {
    let set = SampleSet.tall
    let fitted = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let found = try await fitted.heldOutDistances(of: [1], set.matrix, labels: set.labels, at: .standard)
    #expect(Array(found.keys) == [1])
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: .standard)
    await #expect(throws: DetectorError.self) {
      try await factored.heldOutDistances(
        of: [0], set.matrix, labels: set.labels, memory: MemoryBudget(bytes: 1000))
    }
    await #expect(throws: DetectorError.trainingSamplesDiffer(label: 0, expected: 12, found: 13)) {
      try await factored.heldOutDistances(
        of: [0], set.matrix,
        labels: set.labels.map { $0 == -1 ? 0 : $0 }.enumerated().map {
          $0.element == 0 && set.labels[$0.offset] == -1
            && $0.offset != set.labels.firstIndex(of: -1) ? -1 : $0.element
        })
    }
  }

  /// A class that has full rank only due to one sample is singular without it.
  @Test func singularHoldoutIsInfinitelyFar() async throws {
    let rows = Matrix(rowCount: 4, columnCount: 2, elements: [0, 0, 1, 0, 2, 0, 1, 5])
    let labels = [0, 0, 0, 0]
    let fitted = try await SpectralDetector.fit(rows, labels: labels)
    let found = try await fitted.heldOutDistances(of: [0], rows, labels: labels, at: Regularization(0))
    let distances = try #require(found[0]).squaredDistances
    #expect(distances[3] == .infinity)
    #expect(distances[1].isFinite)
  }

  /// At two samples per dimension, the tail of χ² marks most members of the class as outliers. Calibrated p-values do
  /// not.
  @Test func membersOfTheClassHaveUniformPValues() async throws {
    let (dimension, trainCount, testCount) = (24, 49, 400)
    var random = NormalNumbers(seed: 11)
    let train = Matrix(
      rowCount: trainCount, columnCount: dimension, elements: random.vector(trainCount * dimension))
    let test = Matrix(
      rowCount: testCount, columnCount: dimension, elements: random.vector(testCount * dimension))
    let labels = [Int](repeating: 0, count: trainCount)
    let fitted = try await SpectralDetector.fit(train, labels: labels)
    let comparisons = try await fitted.comparisons(of: test, at: .standard, score: .mahalanobis)
    let distances = comparisons.map { $0.squaredDistances[0] }
    #expect(comparisons.count { $0.gaussianTail < 0.01 } > testCount / 2)
    let leftOut = try await fitted.heldOutDistances(of: [0], train, labels: labels, at: .standard)
    let calibrations = [
      PValueCalibration(heldOut: distances, leaveOneOut: nil),
      PValueCalibration(heldOut: [], leaveOneOut: leftOut[0]?.squaredDistances),
    ]
    for calibration in calibrations {
      let calibration = try #require(calibration)
      let values = distances.map { calibration.pValue(ofSquaredDistance: $0, amongThoseOf: .heldOut).value }
      #expect(abs(values.sorted()[testCount / 2] - 0.5) < 0.12)
      #expect(values.count { $0 < 0.01 } <= testCount * 15 / 1000)
    }
  }
}
