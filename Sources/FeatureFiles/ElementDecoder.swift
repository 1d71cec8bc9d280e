import CVectorKernels

/// Decodes rows of a binary array.
///
/// Readers check on opening that there are as many bytes as the shape needs, so every offset computed here is valid.
struct ElementDecoder {
  private let elementByteCount: Int
  private let isBigEndian: Bool
  private let rowLength: Int
  /// The number of elements from one row to the next.
  private let rowStride: Int
  private let columnExtents: [Int]
  private let columnStrides: [Int]
  /// Whether the elements of a row are not contiguous.
  private let isScattered: Bool

  init(shape: [Int], layout: BinaryLayout) {
    elementByteCount = layout.elementByteCount
    isBigEndian = layout.isBigEndian
    rowLength = shape.dropFirst().reduce(1, *)
    let dense = ArrayShape.rowMajorStrides(shape)
    let strides = layout.strides ?? dense
    rowStride = strides.first ?? 1
    columnExtents = Array(shape.dropFirst())
    columnStrides = Array(strides.dropFirst())
    isScattered = shape.indices.dropFirst().contains { shape[$0] > 1 && strides[$0] != dense[$0] }
  }

  /// The number of elements from the beginning of a row to the one at `column`, in row-major order.
  private func columnOffset(_ column: Int) -> Int {
    guard isScattered else { return column }
    guard columnExtents.count > 1 else { return column * columnStrides[0] }
    var remainder = column
    var offset = 0
    for (extent, stride) in zip(columnExtents, columnStrides).reversed() {
      offset += remainder % extent * stride
      remainder /= extent
    }
    return offset
  }

  /// Writes the values of `rows` to `output`, row after row.
  ///
  /// `convert` returns nil for a value that `output` cannot hold.
  /// - Returns: The position in `output` of the first such value; nil if there is none.
  @inline(__always)
  func decode<Element: StoredElement, Value>(
    _: Element.Type, rows: RowSelection, of bytes: UnsafeRawBufferPointer,
    into output: UnsafeMutablePointer<Value>, convert: (Element.Bits) -> Value?
  ) -> Int? {
    let size = MemoryLayout<Element.Bits>.size
    var written = 0
    for run in rows.runs {
      if isScattered {
        // Blocks of rows, so that the output stays in cache while columns are gathered.
        for block in stride(from: run.lowerBound, to: run.upperBound, by: 64) {
          let blockCount = min(64, run.upperBound - block)
          for column in 0..<rowLength {
            let offset = columnOffset(column) + block * rowStride
            for row in 0..<blockCount {
              var bits = bytes.loadUnaligned(
                fromByteOffset: (offset + row * rowStride) * size, as: Element.Bits.self)
              if isBigEndian { bits = bits.byteSwapped }
              let position = written + row * rowLength + column
              guard let value = convert(bits) else { return position }
              (output + position).initialize(to: value)
            }
          }
          written += blockCount * rowLength
        }
      } else {
        // Contiguous rows are read at once.
        let stretch = rowStride == rowLength ? run.count : 1
        let count = stretch * rowLength
        for row in Swift.stride(from: run.lowerBound, to: run.upperBound, by: max(stretch, 1)) {
          let first = row * rowStride * size
          for position in 0..<count {
            var bits = bytes.loadUnaligned(fromByteOffset: first + position * size, as: Element.Bits.self)
            if isBigEndian { bits = bits.byteSwapped }
            guard let value = convert(bits) else { return written + position }
            (output + written + position).initialize(to: value)
          }
          written += count
        }
      }
    }
    return nil
  }

  /// Writes the float32 values of `rows` to `output`, row by row, using vector instructions. Returns false if the
  /// layout does not permit that.
  func decodeFloats(
    rows: RowSelection, of bytes: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<Double>
  ) -> Bool {
    guard !isScattered, !isBigEndian, rowStride >= 0, 1.littleEndian == 1 else { return false }
    var target = output
    for run in rows.runs {
      let stretch = rowStride == rowLength ? run.count : 1
      for row in stride(from: run.lowerBound, to: run.upperBound, by: max(stretch, 1)) {
        let first = row * rowStride * MemoryLayout<Float>.size
        let count = stretch * rowLength
        let source = UnsafeRawBufferPointer(rebasing: bytes[first..<first + count * MemoryLayout<Float>.size])
        if let base = source.baseAddress { gmmscope_widen(target, base, count) }
        target += count
      }
    }
    return true
  }

  /// The byte offset of each element of `rows`, in row-major order.
  func forEachElement<Failure>(
    of rows: RowSelection, _ body: (_ row: Int, _ offset: Int) throws(Failure) -> Void
  ) throws(Failure) {
    for run in rows.runs {
      for row in run {
        for column in 0..<rowLength {
          try body(row, (row * rowStride + columnOffset(column)) * elementByteCount)
        }
      }
    }
  }
}

/// Row numbers as runs of consecutive rows, which can be read at once.
struct RowSelection {
  private(set) var runs: [Range<Int>] = []
  private(set) var count = 0

  init(_ range: Range<Int>) {
    runs = [range]
    count = range.count
  }

  /// Appends rows, extending the last run if possible.
  mutating func append(_ range: Range<Int>) {
    count += range.count
    if let last = runs.last, last.upperBound == range.lowerBound {
      runs[runs.count - 1] = last.lowerBound..<range.upperBound
    } else {
      runs.append(range)
    }
  }

  init(_ indices: [Int]) {
    for index in indices { append(index..<index + 1) }
  }
}

/// Rows of an array and the bytes that contain them.
struct RowBlock {
  let region: ByteRegion
  let decoder: ElementDecoder
  /// The rows, relative to the first one in `region`.
  let rows: RowSelection
  /// The number of the first row in `region` within the array.
  var firstRow = 0

  /// The values of the rows, row-major. `convert` must accept every bit pattern.
  func values<Element: StoredElement, Value>(
    _ type: Element.Type, rowLength: Int, convert: (Element.Bits) -> Value
  ) -> [Value] {
    let count = rows.count * rowLength
    return region.withBytes { bytes in
      [Value](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        if let output = buffer.baseAddress, count > 0 {
          _ = decoder.decode(type, rows: rows, of: bytes, into: output) { convert($0) }
        }
        initializedCount = count
      }
    }
  }
}

/// An element type and the decoding of its bits.
protocol StoredElement {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  /// The value, exact except for 64-bit integers beyond 2⁵³, which round to nearest.
  static func double(_ bits: Bits) -> Double
  /// The value, if it is an integer that fits `Int`.
  static func integer(_ bits: Bits) -> Int?
}

extension StoredElement {
  @inline(__always)
  static func integer(_ bits: Bits) -> Int? { Int(exactly: double(bits)) }
}

enum StoredBool: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt8) -> Double { bits == 0 ? 0 : 1 }
}

enum StoredInteger<Value: FixedWidthInteger & BitwiseCopyable>: StoredElement
where Value.Magnitude: BitwiseCopyable {
  @inline(__always)
  static func double(_ bits: Value.Magnitude) -> Double { Double(Value(truncatingIfNeeded: bits)) }

  @inline(__always)
  static func integer(_ bits: Value.Magnitude) -> Int? { Int(exactly: Value(truncatingIfNeeded: bits)) }
}

enum StoredFloat16: StoredElement {
  /// Uses arithmetic instead of `Float16`, which Intel Macs lack and which requires a library call per element on
  /// Intel Linux: shifting exponent and fraction to their positions in a `Float` gives the value times 2⁻¹¹².
  @inline(__always)
  static func double(_ bits: UInt16) -> Double {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let isFinite = bits & 0x7C00 != 0x7C00
    let pattern = isFinite ? (Float(bitPattern: magnitude) * 0x1p112).bitPattern : magnitude | 0x7F80_0000
    return Double(Float(bitPattern: pattern | UInt32(bits & 0x8000) << 16))
  }
}

enum StoredBFloat16: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt16) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}

enum StoredFloat32: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt32) -> Double { Double(Float(bitPattern: bits)) }
}

enum StoredFloat64: StoredElement {
  @inline(__always)
  static func double(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
}
