import CVectorKernels

/// Reads rows of a binary array out of its bytes.
///
/// The bytes are as many as the shape needs (readers check that on opening), so that inside of it every
/// offset computed here is inside of them.
struct ElementDecoder {
  private let elementByteCount: Int
  private let isBigEndian: Bool
  private let rowLength: Int
  /// Elements from a row to the next.
  private let rowStride: Int
  private let columnExtents: [Int]
  private let columnStrides: [Int]
  /// Whether the elements of a row are apart from each other.
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

  /// Elements from the beginning of a row to the one at `column`, counted row-major.
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
  /// `convert` gives `nil` for a value that `output` cannot hold.
  /// - Returns: the position in `output` of the first such value, `nil` if there is none.
  @inline(__always)
  func decode<Element: StoredElement, Value>(
    _: Element.Type, rows: RowSelection, of bytes: UnsafeRawBufferPointer,
    into output: UnsafeMutablePointer<Value>, convert: (Element.Bits) -> Value?
  ) -> Int? {
    let size = MemoryLayout<Element.Bits>.size
    var written = 0
    for run in rows.runs {
      if isScattered {
        // Blocks of rows, so that what is written stays in the cache while columns are gathered.
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
        // Rows without gaps between them are read in one go.
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

  /// Writes the values of `rows` of float32 to `output`, row after row; whether they lie such that this could be done
  /// many at a time.
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

/// Row numbers as runs of consecutive ones, which can be read in one go.
struct RowSelection {
  private(set) var runs: [Range<Int>] = []
  private(set) var count = 0

  init(_ range: Range<Int>) {
    runs = [range]
    count = range.count
  }

  /// Adds rows, perhaps behind the last run.
  mutating func append(_ range: Range<Int>) {
    count += range.count
    if let last = runs.last, last.upperBound == range.lowerBound {
      runs[runs.count - 1] = last.lowerBound..<range.upperBound
    } else {
      runs.append(range)
    }
  }

  init(_ indices: [Int]) {
    count = indices.count
    for index in indices {
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
  }
}
