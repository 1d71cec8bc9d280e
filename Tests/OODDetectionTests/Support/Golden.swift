import Foundation
import LinearAlgebra
import Testing

/// The output of `make_goldens.py`.
struct Golden: Decodable {
  struct Result: Decodable {
    var regularization: Double
    var pytorchOOD: [Double]
    var scipy: [Double]
    var mahalanobis: [Double]
    var logDeterminants: [Double]
    var conditionNumbers: [Double]
    var metrics: GoldenMetrics
  }

  var dimension: Int
  var trainLabels: [Int]
  var trainFeatures: [Double]
  var testLabels: [Int]
  var testFeatures: [Double]
  var results: [Result]

  var train: Matrix {
    Matrix(rowCount: trainLabels.count, columnCount: dimension, elements: trainFeatures)
  }
  var test: Matrix {
    Matrix(rowCount: testLabels.count, columnCount: dimension, elements: testFeatures)
  }
}

struct GoldenMetrics: Decodable {
  var auroc: Double
  var auprIn: Double
  var auprOut: Double
  var fpr95TPR: Double

  enum CodingKeys: String, CodingKey {
    case auroc = "AUROC"
    case auprIn = "AUPR-IN"
    case auprOut = "AUPR-OUT"
    case fpr95TPR = "FPR95TPR"
  }
}

struct GoldenTies: Decodable {
  var labels: [Int]
  var scores: [Double]
  var metrics: GoldenMetrics
}

struct GoldenTails: Decodable {
  struct Tail: Decodable {
    var degreesOfFreedom: Int
    var value: Double
    var tail: Double
  }
  var tails: [Tail]
}

func golden<Content: Decodable>(_ name: String, as _: Content.Type) throws -> Content {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Goldens"))
  return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}

/// The largest |found − expected| / max(1, |expected|): the accuracy measure of the contract. Infinite if lengths
/// differ.
func largestError(_ found: [Double], _ expected: [Double], floor: Double = 1) -> Double {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { largest, pair in
    if pair.0 == pair.1 { return largest }
    let error = abs(pair.0 - pair.1) / max(floor, abs(pair.1))
    return error.isNaN ? .infinity : max(largest, error)
  }
}

/// The largest |found − expected| / |expected|.
func largestRelativeError(_ found: [Double], _ expected: [Double]) -> Double {
  largestError(found, expected, floor: 0)
}
