import CVectorKernels

/// Rows rounded to 8-bit or 16-bit integers times a step of their own, for fast bounds and estimates.
public struct QuantizedSamples: Sendable {
  /// The number of integers of a row: its columns, and zeros up to a multiple of 16.
  let depth: Int
  /// With 8 bits, each with 128 added, (count, depth); empty with 16.
  private(set) var values: [UInt8] = []
  /// With 16 bits, (count, depth); empty with 8.
  private(set) var fineValues: [Int16] = []
  /// The steps, (count,).
  private(set) var steps: [Float] = []
  /// The Euclidean norm of every row before rounding, (count,).
  public private(set) var norms: [Double] = []
  /// The Euclidean norm of every row's rounding error, (count,).
  public private(set) var errors: [Double] = []

  public var count: Int { steps.count }

  var isFine: Bool { !fineValues.isEmpty }

  /// No rows yet.
  public init(columnCount: Int) { depth = (columnCount + 15) / 16 * 16 }

  /// All rows of some blocks, which must be as long.
  public init(columnCount: Int, joining blocks: [QuantizedSamples]) {
    self.init(columnCount: columnCount)
    precondition(blocks.allSatisfy { $0.depth == depth }, "lengths differ")
    values.reserveCapacity(blocks.reduce(0) { $0 + $1.values.count })
    fineValues.reserveCapacity(blocks.reduce(0) { $0 + $1.fineValues.count })
    for block in blocks {
      values += block.values
      fineValues += block.fineValues
      steps += block.steps
      norms += block.norms
      errors += block.errors
    }
  }

  /// `row − origin` for every row of `source` (B, D).
  ///
  /// - Parameter isFine: Whether to use 16 bits.
  public init(rounding source: Matrix, origin: [Double], isFine: Bool = false) {
    precondition(origin.count == source.columnCount, "lengths differ")
    self.init(columnCount: source.columnCount)
    let (columns, depth) = (source.columnCount, depth)
    if isFine {
      fineValues = [Int16](repeating: 0, count: source.rowCount * depth)
    } else {
      values = [UInt8](repeating: 128, count: source.rowCount * depth)
    }
    var integers = [Int8](repeating: 0, count: columns)
    var rest = [Float](repeating: 0, count: columns)
    source.elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<source.rowCount {
        let found: gmmscope_quantization
        if isFine {
          found = fineValues.withUnsafeMutableBufferPointer {
            gmmscope_quantize_fine(
              $0.baseAddress.map { $0 + row * depth }, &rest, base + row * columns, origin, columns)
          }
        } else {
          found = gmmscope_quantize(&integers, &rest, base + row * columns, origin, columns)
          for column in 0..<columns {
            values[row * depth + column] = UInt8(bitPattern: integers[column]) ^ 0x80
          }
        }
        steps.append(found.step)
        norms.append(found.square.squareRoot())
        errors.append(found.squared_error.squareRoot())
      }
    }
  }
}

/// A matrix W (r, D) rounded to 8-bit or 16-bit integers, whose products with quantized samples are many times as fast as
/// those of floats, for bounds on ‖W(z − μ)‖ and, of a triangular W, on (z − μ)ᵀ W (z − μ).
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
  /// The diagonal of a triangular W, whose integers are those below it, (16 · blockCount,); nil for others.
  private let diagonal: [Float]?
  /// μ of a triangular W, (16 · blockCount,); nil for others.
  private let point: [Float]?
  /// With 8 bits, blocks of 16 rows; see `gmmscope_quantized_distances`. Empty with 16.
  private let values: [Int8]
  private let corrections: [Int32]
  /// With 16 bits, likewise; see `gmmscope_fine_distances`. Empty with 8.
  private let fineValues: [Int16]
  private let steps: [Float]
  private let offsets: [Float]
  /// A bound on ‖F‖, the spectral norm of the rounding errors.
  public let error: Double

  /// Whether products are faster here than those of floats. Elsewhere they are slow.
  public static var isFast: Bool { gmmscope_quantized_is_fast() }
  /// The largest D for which the integers of a product cannot overflow.
  public static let largestDimension = 65_536

  public var byteCount: Int {
    values.count + 2 * fineValues.count + 4 * corrections.count + (diagonal == nil ? 8 : 16) * steps.count
  }

  private var isFine: Bool { !fineValues.isEmpty }

  /// Rounds W.
  ///
  /// - Parameters:
  ///   - isTriangular: Whether W is square with zeros above its diagonal.
  ///   - point: μ, (D,), relative to the origin of the samples.
  ///   - isFine: Whether to use 16 bits.
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
    var values = [Int8](repeating: 0, count: isFine ? 0 : 16 * blockCount * depth)
    var fineValues = [Int16](repeating: 0, count: isFine ? 16 * blockCount * depth : 0)
    var corrections = [Int32](repeating: 0, count: isFine ? 0 : 16 * blockCount)
    var steps = [Float](repeating: 0, count: 16 * blockCount)
    var offsets = steps
    var integers = [Int8](repeating: 0, count: isFine ? 0 : columns)
    var fineIntegers = [Int16](repeating: 0, count: isFine ? columns : 0)
    var errors = Float32Matrix(rowCount: count, columnCount: columns)
    var rest = [Float](repeating: 0, count: columns)
    let zeros = [Double](repeating: 0, count: columns)
    var diagonal = isTriangular ? steps : nil
    rows.elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for row in 0..<count {
        let source = base + row * columns
        // Of a triangle, the elements below the diagonal; the others stay 0.
        let width = isTriangular ? row : columns
        let start = 16 * depth * (row / 16)
        var offset: Double
        if isFine {
          steps[row] = gmmscope_quantize_fine(&fineIntegers, &rest, source, zeros, width).step
          offset =
            Self.store(fineIntegers, width, in: &fineValues, from: start + 2 * (row % 16), point).product
        } else {
          steps[row] = gmmscope_quantize(&integers, &rest, source, zeros, width).step
          let stored = Self.store(integers, width, in: &values, from: start + 4 * (row % 16), point)
          (offset, corrections[row]) = (stored.product, 128 * stored.sum)
        }
        offset *= Double(steps[row])
        if isTriangular {
          let rounded = Float(source[row])
          diagonal?[row] = rounded
          offset += Double(rounded) * point[row]
        }
        offsets[row] = Float(offset)
        errors.setRow(row, to: rest)
      }
    }
    (self.values, self.fineValues, self.corrections) = (values, fineValues, corrections)
    (self.steps, self.offsets) = (steps, offsets)
    rowCount = count
    (self.depth, self.blockCount, self.diagonal) = (depth, blockCount, diagonal)
    self.point =
      isTriangular ? point.map { Float($0) } + [Float](repeating: 0, count: 16 * blockCount - count) : nil
    error = errors.spectralNormBound(isTriangular: isTriangular, isClose: isClose)
  }

  /// Stores the first integers of a row in its block, in groups of 32 bits, and returns their sum, which only 8 bits need,
  /// and their product with the point.
  private static func store<Integer: FixedWidthInteger>(
    _ integers: [Integer], _ width: Int, in values: inout [Integer], from start: Int, _ point: [Double]
  ) -> (sum: Int32, product: Double) {
    let group = 32 / Integer.bitWidth
    var (sum, product): (Int32, Double) = (0, 0)
    // The sum of up to 65,536 integers of 8 bits is exact; that of 16 bits may wrap around.
    values.withUnsafeMutableBufferPointer { values in
      for column in 0..<width {
        let value = integers[column]
        values[start + 16 * (column / group * group) + column % group] = value
        sum &+= Int32(value)
        product += Double(value) * point[column]
      }
    }
    return (sum, product)
  }

  /// ‖Ŵ(ẑ − μ)‖² of some samples, (indices.count,), which must have as many bits.
  public func squaredLengths(of samples: QuantizedSamples, at indices: [Int32]) -> [Float] {
    computed(of: samples, at: indices, point: nil)
  }

  /// (ẑ − μ)ᵀ Ŵ (ẑ − μ) of some samples for a triangular W, (indices.count,). The samples must have as many bits.
  public func quadraticForms(of samples: QuantizedSamples, at indices: [Int32]) -> [Float] {
    guard let point else { preconditionFailure("not triangular") }
    return computed(of: samples, at: indices, point: point)
  }

  private func computed(of samples: QuantizedSamples, at indices: [Int32], point: [Float]?) -> [Float] {
    precondition(samples.depth == depth, "lengths differ")
    precondition(indices.allSatisfy { $0 >= 0 && $0 < samples.count }, "no such sample")
    precondition(isFine == samples.isFine || indices.isEmpty, "bits differ")
    var lengths = [Float](repeating: 0, count: indices.count)
    var lanes = [Float](repeating: 0, count: 16 * indices.count)
    if isFine {
      gmmscope_fine_distances(
        &lengths, &lanes, samples.fineValues, samples.steps, indices, indices.count, fineValues, blockCount,
        depth, diagonal, point, steps, offsets)
    } else {
      gmmscope_quantized_distances(
        &lengths, &lanes, samples.values, samples.steps, indices, indices.count, values, blockCount, depth,
        diagonal, point, corrections, steps, offsets)
    }
    return lengths
  }

  /// The relative error of squared lengths in units of 2⁻²⁴, beside that of the products.
  public var roundingCount: Int { blockCount + 32 }

  /// A bound on the error of Ŵẑ in units of 2⁻²⁴ ‖Ŵ‖·‖ẑ‖: sums of exact products are added up in single precision.
  public var summationError: Int { 2 * spanCount }

  /// A bound on the error of quadratic forms in units of 2⁻²⁴ ‖Ŵ‖_F (‖ẑ‖ + ‖μ‖) ‖ẑ − μ‖.
  ///
  /// Converting the sums of all spans to single precision costs one unit at most, by the inequality of Cauchy and Schwarz,
  /// and adding them up one for each span. What else happens to a row and to the element of ẑ − μ that it is multiplied by
  /// costs twelve. Products of two blocks are added to each other, then to those of the other blocks, and at last across 16
  /// lanes.
  public var formRoundingCount: Int { spanCount + (blockCount + 1) / 2 + 32 }

  /// The number of sums of 16-bit products that make a row's; 0 with 8 bits.
  private var spanCount: Int {
    isFine ? (depth + Int(GMMSCOPE_FINE_SPAN) - 1) / Int(GMMSCOPE_FINE_SPAN) : 0
  }
}
