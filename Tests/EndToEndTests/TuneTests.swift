import Foundation
import TestData
import Testing

/// `gmmscope tune` against really leaving each sample out: fitting anew without it, by the formulas as they stand.
@Suite struct TuneTests {
  /// Two dimensions, so that determinant and inverse are written down by hand.
  private struct Sample {
    var label: Int
    var x: Double
    var y: Double
  }

  /// Two classes, one of two samples only: rank 1 with both, rank 0 with one left out.
  private static let samples: [Sample] =
    (0..<9).map { Sample(label: 0, x: sin(Double($0) * 1.9), y: 0.2 * cos(Double($0) * 3.7)) } + [
      Sample(label: 4, x: 2.5, y: 1), Sample(label: 4, x: 3, y: 0.25),
    ]

  private static func heldOutNLL(_ regularization: Double) -> Double {
    var total = 0.0
    for (index, sample) in samples.enumerated() {
      let own = samples.filter { $0.label == sample.label }
      let rest = samples.enumerated().filter { $0.offset != index && $0.element.label == sample.label }
        .map(\.element)
      let count = Double(rest.count)
      let (meanX, meanY) = (rest.map(\.x).reduce(0, +) / count, rest.map(\.y).reduce(0, +) / count)
      let xx = rest.map { ($0.x - meanX) * ($0.x - meanX) }.reduce(0, +) / count + regularization
      let yy = rest.map { ($0.y - meanY) * ($0.y - meanY) }.reduce(0, +) / count + regularization
      let xy = rest.map { ($0.x - meanX) * ($0.y - meanY) }.reduce(0, +) / count
      let determinant = xx * yy - xy * xy
      let (x, y) = (sample.x - meanX, sample.y - meanY)
      let squaredDistance = (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant
      // The weight is the whole class's.
      let weight = Double(own.count) / Double(samples.count)
      total += 0.5 * (squaredDistance + log(determinant) + 2 * log(2 * Double.pi)) - log(weight)
    }
    return total / Double(samples.count)
  }

  @Test func theCurveIsThatOfRefittingWithoutEachSample() async throws {
    let folder = try ScratchFolder()
    let rows = Self.samples.map { "\($0.label),\($0.x),\($0.y)" }
    try Data(("label,x,y\n" + rows.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(fileURLWithPath: folder.file("small.csv")))
    let result = try await Gmmscope.run(
      "tune", "--train", folder.file("small.csv"), "--from", "1e-4", "--through", "10", "--points", "21",
      "--format", "json")
    let json = try result.json()
    let path = try #require(json["path"] as? [[String: Any]])
    #expect(path.count == 21)
    for row in path {
      let regularization = try #require(row["regularization"] as? Double)
      let found = try #require(row["leaveOneOutNLL"] as? Double)
      let expected = Self.heldOutNLL(regularization)
      #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "λ = \(regularization)")
    }
  }
}
