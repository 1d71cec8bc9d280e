import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("The plane that separates classes best")
struct DiscriminantPlaneTests {
  struct Content: Decodable {
    struct Case: Decodable {
      var labels: [Int]
      var rule: String
      var regularization: Double
      var figures: [Double]
      var coordinates: [Double]
      var covariances: [[Double]]
    }

    var dimension: Int
    var labels: [Int]
    var features: [Double]
    var cases: [Case]
  }

  @Test func agreesWithScikitLearnAndSciPy() async throws {
    let content = try golden("plane", as: Content.self)
    let rows = Matrix(
      rowCount: content.labels.count, columnCount: content.dimension, elements: content.features)
    #expect(content.cases.count == 7)
    for entry in content.cases {
      let rule = try #require(RidgeRule(rawValue: entry.rule))
      let detector = try await SpectralDetector.fit(
        rows, labels: content.labels, setting: FitSetting(ridgeRule: rule))
      let chosen = try entry.labels.map { label in
        try #require(detector.classes.firstIndex { $0.label == label })
      }
      let plane = try await detector.discriminantPlane(
        of: chosen, at: try Regularization(entry.regularization))
      let found = try plane.coordinates(of: rows, at: Array(0..<rows.rowCount))
      var signs = [1.0, 1]
      for axis in 0..<2 {
        let expected = (0..<rows.rowCount).map { entry.coordinates[2 * $0 + axis] }
        let values = (0..<rows.rowCount).map { found[$0, axis] }
        if zip(expected, values).reduce(0, { $0 + $1.0 * $1.1 }) < 0 { signs[axis] = -1 }
        #expect(
          largestError(values.map { $0 * signs[axis] }, expected) < 1e-8, "\(entry.labels) axis \(axis)")
        let figure =
          switch plane.axes[axis] {
          case .discriminant(let ratio): ratio
          case .variance(let share): share
          }
        #expect(abs(figure - entry.figures[axis]) < 1e-8 * max(1, figure))
      }
      for (covariance, expected) in zip(plane.covariances, entry.covariances) {
        #expect(abs(covariance.xx - expected[0]) < 1e-8 * max(1, expected[0]))
        #expect(abs(covariance.xy * signs[0] * signs[1] - expected[1]) < 1e-8)
        #expect(abs(covariance.yy - expected[2]) < 1e-8 * max(1, expected[2]))
      }
      // The mean of a class's coordinates is the coordinate of its mean.
      for (place, label) in entry.labels.enumerated() {
        let members = content.labels.indices.filter { content.labels[$0] == label }
        for axis in 0..<2 {
          let mean = members.reduce(0) { $0 + found[$1, axis] } / Double(members.count)
          #expect(abs(mean - plane.means[place, axis]) < 1e-9)
        }
      }
    }
  }

  @Test func normalizedSamplesLieWhereTheirClassesDo() async throws {
    let content = try golden("plane", as: Content.self)
    let rows = Matrix(
      rowCount: content.labels.count, columnCount: content.dimension, elements: content.features)
    let detector = try await SpectralDetector.fit(
      rows, labels: content.labels, setting: FitSetting(normalization: .l2))
    let plane = try await detector.discriminantPlane(of: [0, 1, 2], at: try Regularization(1e-3))
    let members = content.labels.indices.filter { content.labels[$0] == content.labels[0] }
    let found = try plane.coordinates(of: rows, at: members)
    let mean = (0..<members.count).reduce(0) { $0 + found[$1, 0] } / Double(members.count)
    #expect(abs(mean - plane.means[0, 0]) < 1e-9)
    // The first class is to the left of the middle, whatever the signs of the eigenvectors.
    #expect(plane.means[0, 0] <= 0 && plane.means[0, 1] >= 0)
  }

  @Test func classesOnALineGetADirectionOfVariance() async throws {
    var elements: [Double] = []
    for label in 0..<3 {
      for index in 0..<8 {
        let angle = Double(index) * .pi / 4
        elements += [Double(label) * 5, 3 * cos(angle), sin(angle)]
      }
    }
    let rows = Matrix(rowCount: 24, columnCount: 3, elements: elements)
    let labels = (0..<24).map { $0 / 8 }
    let detector = try await SpectralDetector.fit(rows, labels: labels)
    let plane = try await detector.discriminantPlane(of: [0, 1, 2], at: try Regularization(0.01))
    guard case .discriminant = plane.axes[0], case .variance = plane.axes[1] else {
      Issue.record("\(plane.axes)")
      return
    }
    // The second direction is that of the dimension with the largest variance, 3²/2.
    let direction = Array(plane.directions.row(1))
    #expect(direction[1].magnitude > 100 * max(direction[0].magnitude, direction[2].magnitude))
    #expect(abs(direction[1].magnitude - 1 / (4.5 + 0.01).squareRoot()) < 1e-9)
  }

  @Test func oneDimensionHasOneAxis() async throws {
    let rows = Matrix(rowCount: 6, columnCount: 1, elements: [1, 2, 3, 10, 11, 12])
    let detector = try await SpectralDetector.fit(rows, labels: [0, 0, 0, 1, 1, 1])
    for chosen in [[0, 1], [1]] {
      let plane = try await detector.discriminantPlane(of: chosen, at: .standard)
      #expect(plane.directions.rowCount == 1 && plane.axes.count == 1)
      #expect(plane.covariances.allSatisfy { $0.yy == 0 && $0.xx > 0 })
      let coordinates = try plane.coordinates(of: rows, at: [0, 5])
      #expect(coordinates[1, 1] == 0)
    }
  }

  @Test func classesThatDoNotVaryHaveAPlane() async throws {
    let rows = Matrix(rowCount: 3, columnCount: 4, elements: [1, 0, 0, 0, 0, 2, 0, 0, 5, 5, 5, 5])
    let detector = try await SpectralDetector.fit(rows, labels: [0, 1, 2])
    for chosen in [[0], [0, 1], [0, 1, 2]] {
      let plane = try await detector.discriminantPlane(of: chosen, at: try Regularization(0.1))
      #expect(plane.directions.rowCount == 2)
      #expect(plane.means.elements.allSatisfy { $0.isFinite })
    }
    await #expect(throws: DetectorError.self) {
      try await detector.discriminantPlane(of: [0, 1], at: try Regularization(0))
    }
  }
}
