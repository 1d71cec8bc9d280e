public import LinearAlgebra

/// Feature vectors that are read block by block, so that files need not fit in memory.
public protocol FeatureRows: Sendable {
  /// N, the number of samples.
  var count: Int { get }
  /// D, the number of features of each sample.
  var dimension: Int { get }
  /// The machine epsilon of the type in which the features are stored: 2⁻⁵² for float64, 2⁻²³ for float32, 0 for
  /// integers. Smaller relative differences are rounding errors.
  var storedEpsilon: Double { get }
  /// The samples at `indices`, in that order, as an (indices.count, D) matrix.
  func matrix(at indices: [Int]) throws -> Matrix
  /// Frees memory that reading takes again on demand, such as pages of mapped files. Nothing by default.
  func releaseMemory()
}

extension FeatureRows {
  /// The epsilon of float64.
  public var storedEpsilon: Double { 0x1p-52 }

  public func releaseMemory() {}

  func requireDimension(_ expected: Int) throws(DetectorError) {
    if dimension != expected { throw .dimensionMismatch(expected: expected, found: dimension) }
  }
}

extension Matrix: FeatureRows {
  public var count: Int { rowCount }
  public var dimension: Int { columnCount }

  public func matrix(at indices: [Int]) -> Matrix {
    var gathered: [Double] = []
    gathered.reserveCapacity(indices.count * columnCount)
    for index in indices { gathered.append(contentsOf: row(index)) }
    return Matrix(rowCount: indices.count, columnCount: columnCount, elements: gathered)
  }
}

/// The ranges that divide `count` rows into blocks of at most `size`.
struct RowBlocks: RandomAccessCollection {
  let rowCount: Int
  let size: Int

  init(count: Int, size: Int) {
    rowCount = count
    self.size = Swift.max(1, size)
  }

  /// Equal blocks of at most `size` rows, such that all workers finish at about the same time.
  init(count: Int, size: Int, workerCount: Int) {
    let workers = Swift.max(1, workerCount)
    let roundCount = Swift.max(1, (count + size * workers - 1) / (size * workers))
    let share = (count + roundCount * workers - 1) / (roundCount * workers)
    // Multiples of the rows that a product processes at a time; fewer rows would be slow.
    self.init(count: count, size: Swift.max(Swift.min(size, 48), Swift.min(size, (share + 23) / 24 * 24)))
  }

  var startIndex: Int { 0 }
  var endIndex: Int { (rowCount + size - 1) / size }

  subscript(position: Int) -> Range<Int> {
    position * size..<Swift.min(rowCount, (position + 1) * size)
  }
}

/// Collects the row numbers of samples with NaN or infinite features.
struct NonFiniteRows: Sendable {
  private var rows: [Int]

  var indices: [Int] { rows }

  init(_ rows: [Int] = []) { self.rows = rows }

  var isEmpty: Bool { rows.isEmpty }

  mutating func append(_ found: [Int]) { rows += found }

  /// - Throws: ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)`` if there are any.
  func check() throws(DetectorError) {
    if !rows.isEmpty {
      throw .nonFiniteFeatures(rowCount: rows.count, firstRows: Array(rows.sorted().prefix(5)))
    }
  }
}
