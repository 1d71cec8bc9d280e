import LinearAlgebra
import TestData
import Testing

/// A small labelled data set, generated from a seed.
struct SampleSet: CustomTestStringConvertible {
  var name: String
  var rows: [[Double]]
  var labels: [Int]

  var testDescription: String { name }
  var matrix: Matrix {
    Matrix(rowCount: rows.count, columnCount: rows[0].count, elements: rows.flatMap { $0 })
  }
  func members(_ label: Int) -> [[Double]] { zip(rows, labels).filter { $0.1 == label }.map(\.0) }

  /// Correlated Gaussian classes in mixed order. Classes in `duplicated` repeat their samples, dimensions in
  /// `constant` never vary.
  init(
    _ name: String, seed: UInt64, dimension: Int, counts: [Int: Int], duplicated: Set<Int> = [],
    constant: Set<Int> = []
  ) {
    var random = NormalNumbers(seed: seed)
    var samples: [(row: [Double], label: Int)] = []
    for (label, count) in counts.sorted(by: { $0.key < $1.key }) {
      let mixing = (0..<dimension).map { _ in random.vector(dimension) }
      let centre = random.vector(dimension).map { $0 * 3 }
      var members = (0..<count).map { _ in
        let source = random.vector(dimension)
        return (0..<dimension).map { (column: Int) -> Double in
          if constant.contains(column) { return 0.1 }
          let mixed: Double = zip(mixing[column], source).map(*).reduce(0, +)
          return centre[column] + mixed
        }
      }
      if duplicated.contains(label) {
        for index in 1..<count where index % 3 != 0 { members[index] = members[index - 1] }
      }
      samples += members.map { ($0, label) }
    }
    samples.shuffle(using: &random)
    self.name = name
    rows = samples.map(\.row)
    labels = samples.map(\.label)
  }

  static let tall = SampleSet("n above D", seed: 1, dimension: 4, counts: [0: 12, 1: 9, 5: 30, -1: 4])
  static let wide = SampleSet("n up to D", seed: 2, dimension: 12, counts: [0: 3, 1: 5, 2: 12, 3: 2])
  static let mixed = SampleSet(
    "one sample, some tall, some wide", seed: 3, dimension: 6, counts: [2: 1, 3: 4, 9: 7, 40: 25])
  static let duplicated = SampleSet(
    "duplicate rows", seed: 4, dimension: 5, counts: [0: 9, 1: 5, 2: 20], duplicated: [0, 1, 2])
  static let constant = SampleSet(
    "constant dimensions", seed: 5, dimension: 6, counts: [0: 4, 1: 15, 2: 30], constant: [0, 3])
  static let all = [tall, wide, mixed, duplicated, constant]

  /// Samples near the classes and some far away.
  func queries(_ count: Int, seed: UInt64 = 99) -> Matrix {
    var random = NormalNumbers(seed: seed)
    let dimension = rows[0].count
    let elements = (0..<count).flatMap { (index: Int) -> [Double] in
      let spread = index % 4 == 0 ? 8.0 : 0.5
      return zip(rows[index % rows.count], random.vector(dimension)).map { $0 + $1 * spread }
    }
    return Matrix(rowCount: count, columnCount: dimension, elements: elements)
  }
}
