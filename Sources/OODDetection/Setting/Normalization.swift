import Foundation
import LinearAlgebra

/// The exponent β of the normalization z / ‖z‖^β that precedes everything else, from 0 (none) to 1 (length 1). Zero
/// vectors stay 0.
///
/// β = 1 is the normalization of Mahalanobis++ (Mueller and Hein 2025, arXiv:2505.18032).
public struct Normalization: Hashable, Comparable, Sendable {
  public let value: Double

  /// β = 0.
  public static let none = Normalization(unchecked: 0)
  /// β = 1: every feature vector has length 1.
  public static let l2 = Normalization(unchecked: 1)

  /// - Throws: ``DetectorError/invalidNormalization(_:)`` if `value` is not within 0 … 1.
  public init(_ value: Double) throws(DetectorError) {
    guard (0...1).contains(value) else { throw .invalidNormalization(value) }
    self.value = value
  }

  private init(unchecked value: Double) { self.value = value }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Normalization {
  /// The normalized features (D,) of one sample.
  public func normalized(_ features: [Double]) -> [Double] {
    var row = Matrix(rowCount: 1, columnCount: features.count, elements: features)
    apply(to: &row)
    return row.elements
  }

  /// Normalizes every row.
  func apply(to rows: inout Matrix) {
    guard value > 0 else { return }
    var norms = rows.rowNorms()
    // The reciprocal of a shorter length overflows. A power of two lengthens such a vector without rounding.
    let isTiny = norms.map { $0 > 0 && $0 < 0x1p-960 }
    if isTiny.contains(true) {
      rows.scaleRows(by: isTiny.map { $0 ? 0x1p1000 : 1 })
      norms = rows.rowNorms()
    }
    rows.scaleRows(
      by: zip(norms, isTiny).map { norm, isTiny in
        guard norm > 0, norm.isFinite else { return 1 }
        let factor = value == 1 ? 1 / norm : pow(norm, -value)
        return isTiny ? factor * pow(0x1p-1000, 1 - value) : factor
      })
  }

  /// The rows, normalized when they are read.
  func normalized(_ rows: any FeatureRows) -> any FeatureRows {
    value > 0 ? NormalizedRows(rows: rows, normalization: self) : rows
  }

  /// What the log-density of a sample of length `norm` loses when its features are normalized, in `dimension`
  /// directions: −log |det φ'(z)| = β D' log ‖z‖ − log(1 − β). Adding it to a NLL gives that of the features before
  /// normalization, which is comparable across β < 1. 0 for β = 0 and β = 1.
  func densityCorrection(norm: Double, dimension: Int) -> Double {
    guard value > 0, value < 1 else { return 0 }
    return (norm > 0 ? value * Double(dimension) * log(norm) : 0) - log(1 - value)
  }
}

/// Feature vectors that are normalized when they are read.
private struct NormalizedRows: FeatureRows {
  let rows: any FeatureRows
  let normalization: Normalization

  var count: Int { rows.count }
  var dimension: Int { rows.dimension }
  var storedEpsilon: Double { rows.storedEpsilon }

  func matrix(at indices: [Int]) throws -> Matrix {
    var matrix = try rows.matrix(at: indices)
    normalization.apply(to: &matrix)
    return matrix
  }
}

extension Matrix {
  /// The Euclidean norm of every row, (rowCount,), without overflow or underflow of the squares.
  func rowNorms() -> [Double] {
    squaredRowNorms().enumerated().map { row, square in
      if square.isNormal { return square.squareRoot() }
      let largest = self.row(row).reduce(0) { Swift.max($0, abs($1)) }
      guard largest > 0, largest.isFinite else { return largest }
      return largest * self.row(row).reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    }
  }
}
