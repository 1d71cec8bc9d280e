/// Collects the arrays of a MATLAB file.
struct MATArrays {
  private let path: String
  private(set) var arrays: [NamedArray] = []
  private(set) var unreadable: [(name: String, reason: FeatureFileError)] = []

  private static let depthLimit = 32

  /// MATLAB's array classes.
  private enum Kind: Int {
    case cell = 1, structure, object, char, sparse
    case double, single, int8, uint8, int16, uint16, int32, uint32, int64, uint64
    case function, opaque

    var elementType: ElementType? {
      switch self {
      case .double: .float64
      case .single: .float32
      case .int8: .int8
      case .uint8: .uint8
      case .int16: .int16
      case .uint16: .uint16
      case .int32: .int32
      case .uint32: .uint32
      case .int64: .int64
      case .uint64: .uint64
      default: nil
      }
    }
  }

  /// The header of an array and a scanner of its content.
  private struct Header {
    let kind: Kind
    let isComplex: Bool
    let isLogical: Bool
    let extents: [Int]
    let name: String
    var rest: MATScanner

    var count: Int { extents.reduce(1, *) }
  }

  init(path: String) { self.path = path }

  /// Adds an array. `name` is that of the field that contains it.
  mutating func collect(
    _ content: ByteSource, name: String? = nil, depth: Int = 0, isBigEndian: Bool
  ) throws(FeatureFileError) {
    // An empty field or cell may be an array without bytes.
    guard content.count > 0 else { return }
    guard depth < Self.depthLimit else {
      throw .impossibleSize(
        path: path, place: name ?? "", problem: "structures are nested deeper than \(Self.depthLimit)")
    }
    let header = try header(of: MATScanner(source: content, isBigEndian: isBigEndian, path: path))
    let name = name ?? header.name
    // MATLAB stores the data of objects in an array without a name.
    guard !name.isEmpty else { return }
    switch header.kind {
    case .char:
      guard let texts = try texts(header, name: name) else {
        return refuse(name, "text that is not valid UTF-8", "save it as UTF-8")
      }
      arrays.append(
        NamedArray(
          name: name, shape: header.extents.first == 1 ? [] : Array(header.extents.prefix(1)),
          elementType: .string, path: path, storage: .strings(texts)))
    case .cell: try collectCells(header, name: name)
    case .structure: try collectFields(header, name: name, depth: depth)
    case .sparse: refuse(name, "a sparse matrix", "save full(\(name))")
    case .object, .function, .opaque:
      refuse(name, "an object or string array", "save strings as cellstr(\(name)), objects as numbers")
    default: try collectNumbers(header, name: name)
    }
  }

  private func header(of scanner: MATScanner) throws(FeatureFileError) -> Header {
    var scanner = scanner
    let flags = try scanner.words(of: try scanner.next(type: MATElement.uint32, "the array class"))
    guard let first = flags.first, let kind = Kind(rawValue: first & 0xFF) else {
      throw scanner.malformed("unknown array class")
    }
    var extents: [Int] = []
    // Opaque arrays have no extents.
    if kind != .opaque {
      extents = try scanner.words(of: try scanner.next(type: MATElement.int32, "the shape"))
    }
    guard let name = try scanner.next(), name.content.count <= 4096 else {
      throw scanner.malformed("the array's name is missing")
    }
    guard !extents.contains(where: { $0 > Int32.max }) else {
      throw .impossibleSize(path: path, place: "an array", problem: "shape \(extents) has a negative extent")
    }
    _ = try ArrayShape(extents, elementByteCount: 1, place: "an array", path: path)
    let text = String(decoding: try name.content.prefix(name.content.count), as: UTF8.self)
    return Header(
      kind: kind, isComplex: first & 0x800 != 0, isLogical: first & 0x200 != 0, extents: extents, name: text,
      rest: scanner)
  }

  private mutating func collectNumbers(_ header: Header, name: String) throws(FeatureFileError) {
    guard let elementType = header.kind.elementType else { return }
    if header.isComplex { return refuse(name, "complex numbers", "save real(\(name)) and imag(\(name))") }
    var scanner = header.rest
    guard let values = try scanner.next(), let storedType = MATElement.numbers[values.type],
      let size = storedType.byteCount
    else { throw scanner.malformed("the array's values are missing") }
    let place = FeatureFileError.quoted(name)
    let shape = try ArrayShape(header.extents, elementByteCount: size, place: place, path: path)
    guard shape.byteCount == values.content.count else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "shape \(header.extents) of \(storedType.rawValue) needs \(shape.byteCount) bytes, "
          + "but \(values.content.count) are available")
    }
    arrays.append(
      MATLABText.matrix(
        name, header.extents, header.isLogical ? .bool : elementType, storedType: storedType,
        values: values.content, isBigEndian: scanner.isBigEndian, path: path))
  }

  /// One text per row; nil if they are not valid Unicode.
  private func texts(_ header: Header, name: String) throws(FeatureFileError) -> [String]? {
    var scanner = header.rest
    // An empty text may have no values.
    guard let values = try scanner.next() else {
      return Array(repeating: "", count: header.extents.first ?? 1)
    }
    let bytes = try values.content.region()
    let units: [UInt16]
    if values.type == MATElement.utf8 {
      guard let text = bytes.withBytes({ String(validating: $0, as: UTF8.self) }) else { return nil }
      units = Array(text.utf16)
    } else {
      guard let type = MATElement.numbers[values.type], let size = type.byteCount, size <= 2 else {
        throw scanner.malformed("unsupported character type \(values.type)")
      }
      let array = NamedArray(
        name: name, shape: [bytes.count / size], elementType: type, path: path,
        storage: .binary(
          .mapped(bytes), BinaryLayout(elementByteCount: size, isBigEndian: scanner.isBigEndian)))
      units = try array.integers().map { UInt16(truncatingIfNeeded: $0) }
    }
    let rowCount = header.extents.first ?? 1
    if rowCount == 1 { return [String(decoding: units, as: UTF16.self)] }
    guard units.count == header.count else {
      throw .impossibleSize(
        path: path, place: FeatureFileError.quoted(name),
        problem: "shape \(header.extents) needs \(header.count) characters, but found \(units.count)")
    }
    return (0..<rowCount).map { row in
      MATLABText.text(stride(from: row, to: units.count, by: rowCount).map { units[$0] })
    }
  }

  /// A vector of cells with one text each.
  private mutating func collectCells(_ header: Header, name: String) throws(FeatureFileError) {
    let shape = MATLABText.squeezed(header.extents)
    var scanner = header.rest
    var strings: [String] = []
    while let element = try scanner.next() {
      var text: String?
      if element.type == MATElement.matrix, element.content.count > 0 {
        let cell = try self.header(
          of: MATScanner(
            source: .mapped(try element.content.region()), isBigEndian: scanner.isBigEndian, path: path))
        if cell.count == 0 { text = "" }
        if cell.kind == .char, cell.count > 0, cell.extents.first == 1 {
          text = try texts(cell, name: name)?.first
        }
      }
      guard let text else {
        return refuse(name, "cells that hold anything but one string each", "save them as arrays")
      }
      strings.append(text)
    }
    guard shape.count <= 1 else {
      return refuse(name, "a matrix of cells", "save each column as a cell array")
    }
    guard strings.count == header.count else {
      throw .impossibleSize(
        path: path, place: FeatureFileError.quoted(name),
        problem: "shape \(header.extents) needs \(header.count) cells, but found \(strings.count)")
    }
    arrays.append(
      NamedArray(name: name, shape: shape, elementType: .string, path: path, storage: .strings(strings)))
  }

  private mutating func collectFields(_ header: Header, name: String, depth: Int) throws(FeatureFileError) {
    guard header.count == 1 else {
      return refuse(name, "an array of structures", "save one structure of arrays")
    }
    var scanner = header.rest
    let lengths = try scanner.words(of: try scanner.next(type: MATElement.int32, "the length of field names"))
    guard let length = lengths.first, length > 0, let names = try scanner.next() else {
      throw scanner.malformed("field names are missing")
    }
    let text = try names.content.prefix(names.content.count)
    for start in stride(from: 0, to: text.count, by: length) {
      let field = text[start..<min(text.count, start + length)].prefix { $0 != 0 }
      let value = try scanner.next(type: MATElement.matrix, "a field")
      try collect(
        .mapped(try value.content.region()), name: "\(name).\(String(decoding: field, as: UTF8.self))",
        depth: depth + 1, isBigEndian: scanner.isBigEndian)
    }
  }

  private mutating func refuse(_ name: String, _ type: String, _ remedy: String) {
    unreadable.append((name, .unsupportedElementType(path: path, array: name, type: type, remedy: remedy)))
  }
}
