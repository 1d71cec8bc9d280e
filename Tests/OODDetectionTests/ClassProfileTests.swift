import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Class profiles and remedies")
struct ClassProfileTests {
  private static let values = [1e-6, 1e-2, 1.0]

  /// (c² m / (1 − s c m / w')) / d², with the mean squared distances m and d² by explicit matrices.
  private func naiveInflation(_ members: [[Double]], _ value: Double) -> Double {
    let count = Double(members.count)
    let growth = count / (count - 1)
    var gaussian = NaiveGaussian(label: 0, samples: members, weight: 1)
    func mean() -> Double { members.reduce(0) { $0 + gaussian.squaredDistance($1, value) } / count }
    let own = mean()
    for row in gaussian.covariance.indices {
      for column in gaussian.covariance.indices { gaussian.covariance[row][column] *= growth }
    }
    let leftOut = mean()
    return growth * growth * leftOut / (1 - growth * leftOut / (count - 1)) / own
  }

  @Test(arguments: [SampleSet.tall, .mixed, .constant], values)
  func inflationFollowsItsFormula(set: SampleSet, value: Double) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    for gaussian in detector.classes {
      let found = gaussian.distanceInflation(at: try Regularization(value))
      guard gaussian.count > 1 else {
        #expect(found == .infinity)
        continue
      }
      let expected = naiveInflation(set.members(gaussian.label), value)
      // Where a class has as few samples as dimensions, tiny λ leave a difference of nearly equal numbers.
      guard expected > 0, expected < 1e3 else { continue }
      #expect(abs(found - expected) < 1e-6 * expected, "\(gaussian.label)")
    }
  }

  /// Without a ridge it is c / (1 − D/(n−1)), and infinite for n ≤ D.
  @Test func inflationWithoutRidge() async throws {
    let set = SampleSet("enough and too few", seed: 21, dimension: 8, counts: [0: 41, 1: 8])
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let none = try Regularization(0)
    #expect(abs(detector.classes[0].distanceInflation(at: none) - 41 / 40 / (1 - 8 / 40)) < 1e-9)
    #expect(detector.classes[1].distanceInflation(at: try Regularization(1e-14)) > 1e3)
  }

  /// Compared with really leaving samples out: the mean of their squared distances over that of training samples. The
  /// inflation is that of average leverage, so it stays a little below.
  @Test(arguments: values) func inflationIsThatOfLeavingOut(value: Double) async throws {
    let set = SampleSet("a few per dimension", seed: 22, dimension: 6, counts: [0: 40, 1: 25])
    let regularization = try Regularization(value)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    for (index, gaussian) in detector.classes.enumerated() {
      let members = set.members(gaussian.label)
      let profile = try await detector.profile(
        ofClass: index, training: (set.matrix, set.labels), at: regularization)
      let leftOut = try #require(profile.heldOut).squaredDistances.reduce(0, +)
      let full = NaiveGaussian(label: 0, samples: members, weight: 1)
      let own = members.reduce(0) { $0 + full.squaredDistance($1, value) }
      let inflation = gaussian.distanceInflation(at: regularization)
      #expect(inflation <= leftOut / own * (1 + 1e-9) && inflation > 0.8 * leftOut / own)
    }
  }

  @Test(arguments: SampleSet.all) func remediesAreTheSmallestStepsThatHelp(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let start = try Regularization(1e-9)
    func isCured(_ gaussian: GaussianClass, _ regularization: Regularization) -> Bool {
      gaussian.conditionNumber(at: regularization) <= 1e4
        && gaussian.distanceInflation(at: regularization) <= 1.5
    }
    for gaussian in detector.classes {
      // (n/(n−1))² ≤ 1.5 from six samples on.
      guard let remedy = gaussian.remedy(from: start) else {
        #expect(gaussian.count < 6)
        continue
      }
      #expect(gaussian.count >= 6 && isCured(gaussian, remedy))
      if remedy > start { #expect(!isCured(gaussian, remedy.stepped(by: -1))) }
      // A remedy never asks for less than there is.
      #expect(gaussian.remedy(from: try Regularization(1e5)) == (try Regularization(1e5)))
    }
  }

  @Test(arguments: [SampleSet.tall, .mixed, .constant]) func deviationsAreInPooledUnits(
    set: SampleSet
  ) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let fits = naiveFit(set.rows, set.labels)
    let dimension = set.rows[0].count
    for index in fits.indices {
      let profile = try await detector.profile(ofClass: index, training: nil, at: try Regularization(1e-3))
      #expect(profile.heldOut == nil)
      let expected = (0..<dimension).map { column -> Double in
        let center = fits.reduce(0) { $0 + $1.mean[column] } / Double(fits.count)
        let variance = fits.reduce(0) { $0 + $1.weight * $1.covariance[column][column] }
        return variance > 1e-20 ? (fits[index].mean[column] - center) / variance.squareRoot() : 0
      }
      #expect(largestError(profile.deviations, expected) < 1e-10)
      let order = expected.indices.sorted { abs(expected[$0]) > abs(expected[$1]) }
      #expect(profile.unusualDimensions(2) == Array(order.prefix(2)))
    }
  }

  @Test(arguments: [SampleSet.tall, .wide, .constant]) func correlationsAreThoseOfTheSamples(
    set: SampleSet
  ) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let fits = naiveFit(set.rows, set.labels)
    for (index, fit) in fits.enumerated() {
      let profile = try await detector.profile(ofClass: index, training: nil, at: try Regularization(1e-3))
      let covariance = fit.covariance
      let expected = covariance.indices.flatMap { row in
        covariance.indices.map { column -> Double in
          let scale = (covariance[row][row] * covariance[column][column]).squareRoot()
          return scale > 1e-20 ? covariance[row][column] / scale : 0
        }
      }
      #expect(largestError(profile.correlation.elements, expected) < 1e-9)
      #expect(largestError(profile.covariance.elements, covariance.flatMap(\.self)) < 1e-9)
    }
  }

  @Test(arguments: [SampleSet.tall, .mixed, .wide], [0, 0.3])
  func heldOutDensitiesAreThoseOfRefitting(set: SampleSet, pooling: Double) async throws {
    let regularization = try Regularization(1e-2)
    let setting = FitSetting(pooling: try Pooling(pooling))
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels, setting: setting)
    let path = try await detector.leaveOneOut(set.matrix, labels: set.labels, along: [regularization])
    for (index, gaussian) in detector.classes.enumerated() {
      let profile = try await detector.profile(
        ofClass: index, training: (set.matrix, set.labels), at: regularization)
      guard gaussian.count > 1 else {
        #expect(profile.heldOut == nil)
        continue
      }
      let found = try #require(profile.heldOut)
      #expect(found.rows == set.labels.indices.filter { set.labels[$0] == gaussian.label })
      let mean = found.negativeLogDensities.reduce(0, +) / Double(found.rows.count)
      #expect(abs(mean - (try #require(path.classMeanNLL[index])[0])) < 1e-9 * abs(mean))
      let distances = try await detector.heldOutDistances(
        of: [index], set.matrix, labels: set.labels, at: regularization)
      #expect(found.squaredDistances == distances[index]?.squaredDistances)
      let order = found.squaredDistances.indices.sorted {
        found.squaredDistances[$0] > found.squaredDistances[$1]
      }
      #expect(found.mostAtypical(3) == Array(order.prefix(3)))
      guard pooling == 0 else { continue }
      let expected = naiveLeaveOneOut(set.members(gaussian.label), weight: gaussian.weight, 1e-2)
      #expect(largestError(found.negativeLogDensities, expected) < 1e-9)
    }
  }

  @Test(arguments: [SampleSet.tall, .wide, .constant], [1e-4, 1.0])
  func separationSharesSumToTheDistance(set: SampleSet, value: Double) async throws {
    let regularization = try Regularization(value)
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let separations = try detector.separations(at: regularization)
    let fits = naiveFit(set.rows, set.labels)
    var pooled = fits[0]
    for row in pooled.covariance.indices {
      for column in pooled.covariance.indices {
        pooled.covariance[row][column] = fits.reduce(0) { $0 + $1.weight * $1.covariance[row][column] }
      }
    }
    for first in fits.indices {
      for second in fits.indices where second != first {
        let found = try detector.separationShares(first, second, at: regularization)
        let difference = zip(fits[first].mean, fits[second].mean).map(-)
        let expected = zip(difference, pooled.solution(difference, value)).map(*)
        #expect(largestError(found, expected) < 1e-8)
        let squared = separations[first, second] * separations[first, second]
        #expect(abs(found.reduce(0, +) - squared) < 1e-8 * squared)
      }
    }
  }
}
