extension NamedArray {
  // MARK: Numbers

  /// All values as float64, row-major.
  ///
  /// Complexity: O(`elementCount`) time and memory.
  /// - Throws: `wrongElementType` for text; the errors of decompression.
  public func doubles() throws(FeatureFileError) -> [Double] {
    try checkIntegrity()
    return try doubles(of: RowSelection(0..<rowCount), isKept: false)
  }

  /// The rows at `indices`, in that order, as float64 in row-major order.
  ///
  /// Exact except for 64-bit integers beyond 2⁵³, which round to nearest. Consecutive indices are read at once.
  /// Complexity: O(`indices.count` · `rowLength`).
  /// - Throws: `wrongElementType` for text, `noSuchRow`; the errors of decompression.
  public func doubles(rows indices: [Int]) throws(FeatureFileError) -> [Double] {
    try doubles(of: selection(indices))
  }

  private func doubles(of rows: RowSelection, isKept: Bool = true) throws(FeatureFileError) -> [Double] {
    switch storage {
    case .joined(let joined):
      var values: [Double] = []
      values.reserveCapacity(rows.count * rowLength)
      try joined.forEachPart(of: rows) { (part, rows) throws(FeatureFileError) in
        values += try joined.parts[part].doubles(of: rows, isKept: isKept)
      }
      return values
    case .doubles(let values): return gather(rows, from: values)
    case .columns(let numbers, let runs): return numbers.gather(rows, runs)
    case .integers(let values): return gather(rows, from: values).map(Double.init)
    case .strings, .deferredStrings: throw mismatch("numbers")
    case .binary(let source, let layout):
      guard elementType.isNumeric else { throw mismatch("numbers") }
      let blocks = try blocks(of: rows, in: source, layout, isKept: isKept)
      let count = rows.count * rowLength
      return [Double](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        if var output = buffer.baseAddress, count > 0 {
          for block in blocks {
            block.region.withBytes { decodeDoubles(block, $0, output) }
            block.region.noteRead(
              block.rows.count * rowLength * (storedType.byteCount ?? 8), places: block.rows.runs.count)
            output += block.rows.count * rowLength
          }
        }
        initializedCount = count
      }
    }
  }

  private func decodeDoubles(
    _ block: RowBlock, _ bytes: UnsafeRawBufferPointer, _ output: UnsafeMutablePointer<Double>
  ) {
    func run<Element: StoredElement>(_ type: Element.Type) {
      _ = block.decoder.decode(type, rows: block.rows, of: bytes, into: output) { Element.double($0) }
    }
    // The usual type of features.
    if storedType == .float32, block.decoder.decodeFloats(rows: block.rows, of: bytes, into: output) {
      return
    }
    switch storedType {
    case .bool: run(StoredBool.self)
    case .int8: run(StoredInteger<Int8>.self)
    case .int16: run(StoredInteger<Int16>.self)
    case .int32: run(StoredInteger<Int32>.self)
    case .int64: run(StoredInteger<Int64>.self)
    case .uint8: run(StoredInteger<UInt8>.self)
    case .uint16: run(StoredInteger<UInt16>.self)
    case .uint32: run(StoredInteger<UInt32>.self)
    case .uint64: run(StoredInteger<UInt64>.self)
    case .float16: run(StoredFloat16.self)
    case .bfloat16: run(StoredBFloat16.self)
    case .float32: run(StoredFloat32.self)
    case .float64: run(StoredFloat64.self)
    case .string: break
    }
  }

  // MARK: Integers

  /// All values as integers, row-major. Floating-point values must be whole numbers.
  ///
  /// - Throws: `notAnInteger` with the first row whose value has a fraction, is NaN or does not fit `Int`;
  ///   `wrongElementType` for text; the errors of decompression.
  public func integers() throws(FeatureFileError) -> [Int] {
    try checkIntegrity()
    switch storage {
    case .integers(let values): return values
    case .strings, .deferredStrings: throw mismatch("integers")
    case .joined(let joined):
      var values: [Int] = []
      values.reserveCapacity(elementCount)
      for (index, part) in joined.parts.enumerated() {
        do throws(FeatureFileError) {
          values += try part.integers()
        } catch .notAnInteger(let path, let array, let row, let value) {
          throw .notAnInteger(
            path: path, array: array, row: joined.start(ofPart: index) + row, value: value)
        }
      }
      return values
    case .doubles, .columns:
      let values = try doubles(of: RowSelection(0..<rowCount))
      var integers: [Int] = []
      integers.reserveCapacity(values.count)
      for (position, value) in values.enumerated() {
        guard let integer = Int(exactly: value) else { throw notAnInteger(value, at: position) }
        integers.append(integer)
      }
      return integers
    case .binary(let source, let layout):
      guard elementType.isNumeric else { throw mismatch("integers") }
      let blocks = try blocks(of: RowSelection(0..<rowCount), in: source, layout, isKept: false)
      var failure: Int?
      let integers = [Int](unsafeUninitializedCapacity: elementCount) { buffer, initializedCount in
        if let output = buffer.baseAddress, elementCount > 0 {
          for block in blocks where failure == nil {
            failure = block.region.withBytes {
              decodeIntegers(block, $0, output + initializedCount).map { initializedCount + $0 }
            }
            initializedCount += block.rows.count * rowLength
          }
        }
        if failure != nil { initializedCount = 0 }
      }
      if let failure {
        let row = failure / rowLength
        throw notAnInteger(try doubles(rows: [row])[failure % rowLength], at: failure)
      }
      return integers
    }
  }

  private func decodeIntegers(
    _ block: RowBlock, _ bytes: UnsafeRawBufferPointer, _ output: UnsafeMutablePointer<Int>
  ) -> Int? {
    func run<Element: StoredElement>(_ type: Element.Type) -> Int? {
      block.decoder.decode(type, rows: block.rows, of: bytes, into: output) { Element.integer($0) }
    }
    return switch storedType {
    case .bool: run(StoredBool.self)
    case .int8: run(StoredInteger<Int8>.self)
    case .int16: run(StoredInteger<Int16>.self)
    case .int32: run(StoredInteger<Int32>.self)
    case .int64: run(StoredInteger<Int64>.self)
    case .uint8: run(StoredInteger<UInt8>.self)
    case .uint16: run(StoredInteger<UInt16>.self)
    case .uint32: run(StoredInteger<UInt32>.self)
    case .uint64: run(StoredInteger<UInt64>.self)
    case .float16: run(StoredFloat16.self)
    case .bfloat16: run(StoredBFloat16.self)
    case .float32: run(StoredFloat32.self)
    case .float64: run(StoredFloat64.self)
    case .string: nil
    }
  }

  /// The first integer, beyond 2⁵³, that ``doubles()`` does not represent exactly: its row, its column, and its text;
  /// nil if there is none. O(`elementCount`) for 64-bit integers, O(file) for tables.
  ///
  /// - Throws: The errors of decompression; `cancelled`.
  public func firstInexactInteger() throws(FeatureFileError) -> (row: Int, column: Int, text: String)? {
    switch storage {
    case .columns(_, let runs): return try table?.firstInexactInteger(runs)
    case .joined(let joined):
      for (index, part) in joined.parts.enumerated() {
        if let found = try part.firstInexactInteger() {
          return (joined.start(ofPart: index) + found.row, found.column, found.text)
        }
      }
      return nil
    case .integers(let values):
      let place = values.firstIndex { Int(exactly: Double($0)) != $0 }
      return place.map { ($0 / max(1, rowLength), $0 % max(1, rowLength), String(values[$0])) }
    default: break
    }
    guard case .binary(let source, let layout) = storage, storedType == .int64 || storedType == .uint64
    else { return nil }
    let length = max(1, rowLength)
    let stepCount = max(1, ReadStage.stepByteCount / 8 / length)
    for start in stride(from: 0, to: rowCount, by: stepCount) {
      try ReadStage.checkCancellation(path: path)
      let rows = RowSelection(start..<min(rowCount, start + stepCount))
      for block in try blocks(of: rows, in: source, layout) {
        func find<Value: FixedWidthInteger>(_ values: [Value]) -> (Int, Int, String)? {
          let place = values.firstIndex { Value(exactly: Double($0)) != $0 }
          return place.map { (start + $0 / length, $0 % length, String(values[$0])) }
        }
        let found =
          storedType == .int64
          ? find(block.values(StoredInteger<Int64>.self, rowLength: rowLength) { Int64(bitPattern: $0) })
          : find(block.values(StoredInteger<UInt64>.self, rowLength: rowLength) { $0 })
        if let found { return found }
      }
    }
    return nil
  }

  // MARK: Shapes

  /// An array of shape (N) as (N, 1); any other array unchanged.
  public func asColumn() -> NamedArray {
    guard shape.count <= 1 else { return self }
    return reshaped([elementCount, 1]) { layout in layout.strides.map { ($0.isEmpty ? [1] : $0) + [1] } }
  }

  /// An array of shape (D) as (1, D); any other array unchanged.
  ///
  /// - Throws: The errors of decompression.
  public func asRow() throws(FeatureFileError) -> NamedArray {
    guard shape.count <= 1, elementType.isNumeric else { return self }
    // Arrays stored by rows or in several parts are copied to change their shape.
    switch storage {
    case .binary(.mapped, _), .binary(.deflated, _): break
    default:
      return NamedArray(
        name: name, shape: [1, elementCount], elementType: elementType, path: path,
        storage: .doubles(try doubles()))
    }
    return reshaped([1, elementCount]) { layout in
      layout.strides.map { strides in
        [elementCount * (strides.first ?? 1)] + (strides.isEmpty ? [1] : strides)
      }
    }
  }

  private func reshaped(_ shape: [Int], strides: (BinaryLayout) -> [Int]?) -> NamedArray {
    var storage = storage
    if case .binary(let source, var layout) = storage {
      layout.strides = strides(layout)
      storage = .binary(source, layout)
    }
    var array = NamedArray(name: name, shape: shape, elementType: elementType, path: path, storage: storage)
    array.storedChecksum = storedChecksum
    array.aliasOf = aliasOf
    array.columnNames = columnNames
    array.table = table
    return array
  }

  // MARK: Bytes

  /// The rows at `indices`, in that order, of a `uint8` array, such as images.
  ///
  /// - Throws: `wrongElementType` for any other type, `noSuchRow`; the errors of decompression.
  public func bytes(rows indices: [Int]) throws(FeatureFileError) -> [UInt8] {
    let rows = try selection(indices)
    if case .joined(let joined) = storage {
      var bytes: [UInt8] = []
      try joined.forEachPart(of: rows) { (part, rows) throws(FeatureFileError) in
        bytes += try joined.parts[part].bytes(rows: rows.runs.flatMap { Array($0) })
      }
      return bytes
    }
    guard elementType == .uint8, storedType == .uint8, case .binary(let source, let layout) = storage else {
      throw mismatch("bytes (uint8)")
    }
    try checkIntegrityOfRows()
    return try blocks(of: rows, in: source, layout).flatMap { block in
      block.values(StoredInteger<UInt8>.self, rowLength: rowLength) { $0 }
    }
  }

  // MARK: Helpers

  func mismatch(_ wanted: String) -> FeatureFileError {
    .wrongElementType(path: path, array: name, found: elementType, wanted: wanted)
  }

  private func notAnInteger(_ value: Double, at position: Int) -> FeatureFileError {
    .notAnInteger(path: path, array: name, row: position / rowLength, value: value)
  }

  private func selection(_ indices: [Int]) throws(FeatureFileError) -> RowSelection {
    for row in indices where row < 0 || row >= rowCount {
      throw .noSuchRow(path: path, array: name, row: row, rowCount: rowCount)
    }
    return RowSelection(indices)
  }

  /// The bytes that contain `rows`, in one or more blocks.
  ///
  /// - Parameter isKept: Whether data that are decompressed as a whole stay in memory; false if all rows are read at
  ///   once.
  func blocks(
    of rows: RowSelection, in source: ByteSource, _ layout: BinaryLayout, isKept: Bool = true
  ) throws(FeatureFileError) -> [RowBlock] {
    ReadMeter.current?.add(rows.count * rowLength * layout.elementByteCount)
    if case .rows(let dataset) = source, !dataset.isKept {
      return try dataset.blocks(of: rows, shape, layout)
    }
    let decoder = ElementDecoder(shape: shape, layout: layout)
    let region = try source.region(isKept: isKept)
    try region.requireUnchanged()
    return [RowBlock(region: region, decoder: decoder, rows: rows)]
  }

  private func gather<Value>(_ rows: RowSelection, from values: [Value]) -> [Value] {
    guard rows.count < rowCount || rows.runs.count > 1 else { return values }
    var gathered: [Value] = []
    gathered.reserveCapacity(rows.count * rowLength)
    for run in rows.runs {
      gathered.append(contentsOf: values[run.lowerBound * rowLength..<run.upperBound * rowLength])
    }
    return gathered
  }
}
