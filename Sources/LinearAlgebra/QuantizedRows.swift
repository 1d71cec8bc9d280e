import CVectorKernels

/// Rows rounded to 8-bit integers times a step of their own, for fast bounds and estimates. With 16 bits, a second integer
/// has what the first one leaves, in steps of a 254th part.
public struct QuantizedSamples: Sendable {
  /// The number of integers of a row: its columns, and zeros up to a multiple of 16.
  let depth: Int
  /// Each with 128 added, (count, depth).
  private(set) var values: [UInt8] = []
  /// The second integers; empty with 8 bits.
  private(set) var fineValues: [UInt8] = []
  /// The steps, (count,).
  private(set) var steps: [Float] = []
  /// The Euclidean norm of every row before rounding, (count,).
  public private(set) var norms: [Double] = []
  /// The Euclidean norm of every row's rounding error, (count,).
  public private(set) var errors: [Double] = []

  public var count: Int { steps.count }

  /// No rows yet.
  public init(columnCount: Int) { depth = (columnCount + 15) / 16 * 16 }

  /// `row − origin` for every row of `source` (B, D).
  public init(rounding source: Matrix, origin: [Double], isFine: Bool = false) {
    precondition(origin.count == source.columnCount, "lengths differ")
    self.init(columnCount: source.columnCount)
    let (columns, depth) = (source.columnCount, depth)
    values = [UInt8](repeating: 128, count: source.rowCount * depth)
    if isFine { fineValues = values }
    var integers = [Int8](repeating: 0, count: columns)
    var rest = [Float](repeating: 0, count: columns)
    source.elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<source.rowCount {
        let found = gmmscope_quantize(&integers, &rest, base + row * columns, origin, columns)
        steps.append(found.step)
        norms.append(found.square.squareRoot())
        for column in 0..<columns {
          values[row * depth + column] = UInt8(bitPattern: integers[column]) ^ 0x80
        }
        guard isFine else {
          errors.append(found.squared_error.squareRoot())
          continue
        }
        errors.append(gmmscope_quantize_rest(&integers, &rest, found.step, columns).squareRoot())
        for column in 0..<columns {
          fineValues[row * depth + column] = UInt8(bitPattern: integers[column]) ^ 0x80
        }
      }
    }
  }

  /// Appends the rows of `other`, which must be as long.
  public mutating func append(_ other: QuantizedSamples) {
    precondition(depth == other.depth, "lengths differ")
    values += other.values
    fineValues += other.fineValues
    steps += other.steps
    norms += other.norms
    errors += other.errors
  }
}

/// A matrix W (r, D) rounded to 8-bit integers, whose products with quantized samples are many times as fast as those
/// of floats, for bounds on ‖W(z − μ)‖.
///
/// With W = Ŵ + F and z = ẑ + e, W(z − μ) = Ŵ(ẑ − μ) + Ŵ e + F(z − μ). The first term is what is computed; the norms
/// of the others are at most ‖Ŵ‖·‖e‖ and ‖F‖·‖z − μ‖.
///
/// The diagonal of a triangular W is kept in single precision. At a large ridge it is far above all other elements,
/// which would otherwise be rounded to multiples of its 127th part.
public struct QuantizedRows: Sendable {
  /// r.
  public let rowCount: Int
  private let blockCount: Int
  private let depth: Int
  /// The diagonal of a triangular W, whose `values` are those below it, (16 · blockCount,); nil for others.
  private let diagonal: [Float]?
  /// Blocks of 16 rows; see `gmmscope_quantized_distances`.
  private let values: [Int8]
  private let corrections: [Int32]
  private let steps: [Float]
  private let offsets: [Float]
  /// What the integers leave, in steps of a 254th part.
  private let fine: Fine?
  /// A bound on ‖F‖, the spectral norm of the rounding errors.
  public let error: Double

  private struct Fine: Sendable {
    var values: [Int8]
    var corrections: [Int32]
    var offsets: [Float]
    var error: Double
  }

  /// Whether products are faster here than those of floats. Elsewhere they are slow.
  public static var isFast: Bool { gmmscope_quantized_is_fast() }
  /// The largest D for which the integers of a product cannot overflow.
  public static let largestDimension = 65_536

  public var byteCount: Int {
    values.count + (diagonal == nil ? 12 : 16) * steps.count
      + (fine.map { $0.values.count + 8 * steps.count } ?? 0)
  }

  /// A bound on ‖F‖ of the rows with 16 bits; nil if they have 8.
  public var fineError: Double? { fine?.error }

  /// Rounds W.
  ///
  /// - Parameters:
  ///   - isTriangular: Whether W is square with zeros above its diagonal.
  ///   - point: μ, (D,), relative to the origin of the samples.
  ///   - isFine: Whether to keep 16 bits, too.
  ///   - isClose: Whether ``error`` is to be close to ‖F‖, which takes about as long again.
  public init(
    rounding rows: Matrix, isTriangular: Bool = false, at point: [Double], isFine: Bool = false,
    isClose: Bool = false
  ) {
    precondition(
      point.count == rows.columnCount && rows.columnCount <= Self.largestDimension, "lengths differ")
    let (count, columns) = (rows.rowCount, rows.columnCount)
    precondition(!isTriangular || count == columns, "not square")
    let (depth, blockCount) = ((columns + 15) / 16 * 16, (count + 15) / 16)
    var values = [Int8](repeating: 0, count: 16 * blockCount * depth)
    var corrections = [Int32](repeating: 0, count: 16 * blockCount)
    var steps = [Float](repeating: 0, count: 16 * blockCount)
    var offsets = steps
    var (fineValues, fineCorrections, fineOffsets) = isFine ? (values, corrections, offsets) : ([], [], [])
    var integers = [Int8](repeating: 0, count: columns)
    var errors = Float32Matrix(rowCount: count, columnCount: columns)
    var fineErrors = Float32Matrix(rowCount: isFine ? count : 0, columnCount: columns)
    var rest = [Float](repeating: 0, count: columns)
    let zeros = [Double](repeating: 0, count: columns)
    var diagonal = isTriangular ? steps : nil
    /// Stores the integers of a row, and returns 128 times their sum and their product with the point.
    func store(_ row: Int, _ width: Int, in values: inout [Int8]) -> (correction: Int32, product: Double) {
      let start = 16 * depth * (row / 16) + 4 * (row % 16)
      var (sum, product): (Int32, Double) = (0, 0)
      values.withUnsafeMutableBufferPointer { values in
        for column in 0..<width {
          let value = integers[column]
          values[start + 16 * (column / 4 * 4) + column % 4] = value
          sum += Int32(value)
          product += Double(value) * point[column]
        }
      }
      return (128 * sum, product)
    }
    rows.elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<count {
        let source = base + row * columns
        // Of a triangle, the elements below the diagonal; the others stay 0.
        let width = isTriangular ? row : columns
        let found = gmmscope_quantize(&integers, &rest, source, zeros, width)
        errors.setRow(row, to: rest)
        let whole = store(row, width, in: &values)
        var offset = whole.product * Double(found.step)
        if isTriangular {
          let rounded = Float(source[row])
          diagonal?[row] = rounded
          offset += Double(rounded) * point[row]
        }
        corrections[row] = whole.correction
        steps[row] = found.step
        offsets[row] = Float(offset)
        guard isFine else { continue }
        _ = gmmscope_quantize_rest(&integers, &rest, found.step, width)
        fineErrors.setRow(row, to: rest)
        let part = store(row, width, in: &fineValues)
        fineCorrections[row] = part.correction
        fineOffsets[row] = Float(offset + part.product * Double(found.step) / Double(GMMSCOPE_FINE_STEPS))
      }
    }
    (self.values, self.corrections, self.steps, self.offsets) = (values, corrections, steps, offsets)
    rowCount = count
    (self.depth, self.blockCount, self.diagonal) = (depth, blockCount, diagonal)
    error = errors.spectralNormBound(isTriangular: isTriangular, isClose: isClose)
    fine =
      isFine
      ? Fine(
        values: fineValues, corrections: fineCorrections, offsets: fineOffsets,
        error: fineErrors.spectralNormBound(isTriangular: isTriangular, isClose: isClose)) : nil
  }

  /// ‖Ŵ(ẑ − μ)‖² of some samples, (indices.count,).
  public func squaredLengths(of samples: QuantizedSamples, at indices: [Int32]) -> [Float] {
    precondition(samples.depth == depth, "lengths differ")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < samples.count }, "no such sample")
    var lengths = [Float](repeating: 0, count: indices.count)
    var lanes = [Float](repeating: 0, count: 16 * indices.count)
    func compute(_ diagonal: UnsafePointer<Float>?) {
      gmmscope_quantized_distances(
        &lengths, &lanes, samples.values, samples.steps, indices, indices.count, values, blockCount, depth,
        diagonal, corrections, steps, offsets)
    }
    if let diagonal {
      diagonal.withUnsafeBufferPointer { compute($0.baseAddress) }
    } else {
      compute(nil)
    }
    return lengths
  }

  /// The relative error of squared lengths in units of 2⁻²⁴, beside that of the products.
  public var roundingCount: Int { blockCount + 32 }

  /// ‖Ŵ(ẑ − μ)‖² of some samples with 16 bits, (indices.count,).
  public func fineSquaredLengths(of samples: QuantizedSamples, at indices: [Int32]) -> [Float] {
    precondition(samples.depth == depth, "lengths differ")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < samples.count }, "no such sample")
    precondition(samples.fineValues.count == samples.values.count, "the samples have 8 bits")
    guard let fine else { preconditionFailure("the rows have 8 bits") }
    var lengths = [Float](repeating: 0, count: indices.count)
    var lanes = [Float](repeating: 0, count: 16 * indices.count)
    func compute(_ diagonal: UnsafePointer<Float>?) {
      gmmscope_fine_distances(
        &lengths, &lanes, samples.values, samples.fineValues, samples.steps, indices, indices.count, values,
        fine.values, blockCount, depth, diagonal, corrections, fine.corrections, steps, fine.offsets)
    }
    if let diagonal {
      diagonal.withUnsafeBufferPointer { compute($0.baseAddress) }
    } else {
      compute(nil)
    }
    return lengths
  }
}
