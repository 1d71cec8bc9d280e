import Foundation
public import LinearAlgebra

/// Random data of every kind observed in files: wide scales, means far from 0, small eigenvalues, dependencies in
/// single precision, dead features, few samples and repeated ones.
public struct DrawnData: CustomStringConvertible, Sendable {
  public let seed: Int
  public let train: Matrix
  /// The labels of the training samples. Each class has at least one.
  public let labels: [Int]
  /// Samples of the classes and of one additional class.
  public let queries: Matrix

  public var description: String { "seed \(seed)" }

  public static let all = (0..<200).map { DrawnData(seed: $0) }

  public init(seed: Int) {
    self.seed = seed
    var random = NormalNumbers(seed: UInt64(seed))
    let dimension = Int.random(in: 1...9, using: &random)
    let classCount = Int.random(in: 1...4, using: &random)
    let kind = seed % 8
    let decades = Double.random(in: 0...4, using: &random)
    let scales = (0..<dimension).map { _ in
      kind == 1 ? pow(10, Double.random(in: -decades...decades, using: &random)) : 1
    }
    let offset = kind == 2 ? pow(10, Double.random(in: 3...8, using: &random)) : 0
    let mixing = (0..<dimension).map { row in
      random.vector(dimension).map { kind == 3 ? $0 * pow(10, -4 * Double(row) / 9) : $0 }
    }
    func sample(_ label: Int) -> [Double] {
      let source = random.vector(dimension)
      var row = (0..<dimension).map { column in
        (zip(mixing[column], source).reduce(0) { $0 + $1.0 * $1.1 } + Double(label)) * scales[column]
          + offset
      }
      if kind == 4 { row = row.map { Double(Float($0 - row.reduce(0, +) / Double(dimension))) } }
      if kind == 5 { row = row.map { max(0, $0 - 1) } }
      return row
    }
    var rows: [[Double]] = []
    var labels: [Int] = []
    for label in 0..<classCount {
      let count = Int.random(in: 1...(kind == 6 ? 4 : 40), using: &random)
      for index in 0..<count {
        rows.append(kind == 7 && index % 3 != 0 ? rows[rows.count - 1] : sample(label))
        labels.append(label)
      }
    }
    let queries = (0..<20).map { _ in sample(Int.random(in: 0...classCount, using: &random)) }
    func matrix(_ rows: [[Double]]) -> Matrix {
      Matrix(rowCount: rows.count, columnCount: dimension, elements: rows.flatMap { $0 })
    }
    (train, self.labels, self.queries) = (matrix(rows), labels, matrix(queries))
  }
}

/// Uniform numbers from SplitMix64, and normal numbers by the Box–Muller transform.
public struct NormalNumbers: RandomNumberGenerator {
  private var generator: SplitMix64

  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  public mutating func next() -> UInt64 { generator.next() }

  public mutating func normal() -> Double {
    let (first, second) = (
      Double.random(in: 0x1p-53..<1, using: &self), Double.random(in: 0..<1, using: &self)
    )
    return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
  }

  public mutating func vector(_ count: Int) -> [Double] { (0..<count).map { _ in normal() } }
}
