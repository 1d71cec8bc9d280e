/// Runs a pickle: a machine with a stack that can build tensors, NumPy arrays, plain containers and plain values, and
/// nothing else.
///
/// Nothing is looked up, imported or called: the few functions in `PickleGlobal` are reimplemented here, and what any
/// other class or function would give is an object of which only the name is known. What values, containers and memory
/// take is counted, and bounded by a small multiple of the pickle's size; storages are only named, not read.
struct PickleMachine {
  let path: String
  /// How messages name the pickle.
  let place: String
  let memory: DecompressionMemory
  private let source: ByteRegion
  /// Where the next instruction is.
  private(set) var offset: Int
  /// Where the current instruction begins.
  private var position = 0
  private var stack: [PickleValue] = []
  /// Heights of the stack.
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []
  private(set) var containers: [PickleContainer] = []
  private(set) var contents: [ByteRegion] = []
  var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []
  var arrays: [PickledNumPyArray] = []
  var arrayTypes: [PickledNumPyType] = []
  /// Names of classes and functions that are not known here.
  private(set) var objectNames: [String] = []
  private var objectNumbers: [String: Int] = [:]
  /// The empty tuple, which is one for all, as in Python.
  private var emptyTuple: PickleValue?
  /// Bytes that containers, contents, storages, tensors and arrays take.
  private var tableByteCount = 0
  /// Bytes of pickles in this one that have been run.
  var nestedByteCount = 0
  /// Whether this pickle is in another one.
  var isNested = false

  /// What Python writes makes at most so many bytes of each of its own: a list of tuples of one number each.
  static let largestRatio = 32
  private static let smallByteCount = 1 << 20
  static let valueByteCount = MemoryLayout<PickleValue>.stride
  /// What every array costs beside its elements.
  private static let arrayByteCount = 32
  /// Longer texts and names are kept as bytes: as a value they may be the bytes of an array.
  private static let shortTextByteCount = 256

  /// - Parameters:
  ///   - source: the pickle, and perhaps more after it.
  ///   - offset: where in `source` it begins.
  init(
    _ source: ByteRegion, at offset: Int = 0, place: String = "data.pkl", path: String,
    memory: DecompressionMemory = .standard
  ) {
    self.source = source
    self.offset = offset
    self.place = place
    self.path = path
    self.memory = memory
  }

  var byteCount: Int { source.count }

  /// How many bytes may be held.
  static func limit(of byteCount: Int) -> Int { largestRatio * byteCount + smallByteCount }

  /// Bytes that are held: values on the stack and remembered, containers, storages, tensors. Short texts come on top,
  /// which are parts of the pickle.
  var heldByteCount: Int { tableByteCount + (stack.count + memo.count) * Self.valueByteCount }

  /// Counts what is about to be made.
  ///
  /// - Throws: `impossibleSize` where it is more than a pickle of this size can need, `memoryExceeded`.
  mutating func reserve(_ count: Int) throws(FeatureFileError) {
    let held = heldByteCount + count
    guard held <= Self.limit(of: byteCount) else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "at byte \(position) it makes values of more than \(Self.limit(of: byteCount)) bytes, "
          + "\(Self.largestRatio) times its own")
    }
    guard held <= memory.byteCount else {
      throw .memoryExceeded(
        path: path, place: place, neededByteCount: held, permittedByteCount: memory.byteCount,
        remedy: "save large lists as tensors")
    }
    tableByteCount += count
  }

  /// Runs one pickle to its end and gives the value that it is of. Another may follow; tables are kept.
  ///
  /// - Throws: `malformedHeader`, `impossibleSize`, `memoryExceeded`, `cancelled`.
  mutating func run(stage: ReadStage) throws(FeatureFileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [])
    try source.requireUnchanged()
    var nextReport = offset + ReadStage.stepByteCount
    while true {
      position = offset
      if position >= nextReport {
        try stage.advance(to: position, of: byteCount)
        nextReport = position + ReadStage.stepByteCount
      }
      guard let byte = source.integer(UInt8.self, at: offset) else {
        throw malformed("it ends without an end mark")
      }
      offset += 1
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw malformed("\(byte) is not a pickle instruction")
      }
      switch opcode {
      case .stop:
        guard stack.count == 1, marks.isEmpty, let value = stack.first else {
          throw malformed("it ends in the midst of a value")
        }
        return value
      case .proto: _ = try integer(UInt8.self)
      case .frame: _ = try integer(UInt64.self)
      case .mark: marks.append(stack.count)
      case .pop:
        // Textual protocols drop a mark in this way, too.
        if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
      case .popMark: _ = try popToMark()
      case .dup:
        let top = try pop()
        stack += [top, top]
      case .binPut, .longBinPut, .putLine, .memoize, .binGet, .longBinGet, .getLine: try remember(opcode)
      case .global, .stackGlobal, .reduce, .build, .newObject, .newObjectWithKeywords, .instance,
        .instanceLines,
        .binPersId, .persIdLine, .extension1, .extension2, .extension4, .nextBuffer, .readOnlyBuffer:
        try make(opcode)
      case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat, .binUnicode,
        .shortBinUnicode, .binUnicode8, .binBytes, .shortBinBytes, .binBytes8, .byteArray8, .intLine,
        .longLine,
        .floatLine, .unicodeLine, .stringLine, .binString, .shortBinString:
        stack.append(try plainValue(opcode))
      default: try fill(opcode)
      }
    }
  }

  func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: path, place: place, problem: "at byte \(position) \(problem)")
  }

  // MARK: The stack

  private mutating func pop() throws(FeatureFileError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw malformed("a value is missing")
    }
    return value
  }

  private mutating func popToMark() throws(FeatureFileError) -> [PickleValue] {
    guard let height = marks.popLast() else { throw malformed("a mark is missing") }
    let values = Array(stack[height...])
    stack.removeSubrange(height...)
    return values
  }

  mutating func newContainer(
    _ kind: PickleContainer.Kind, _ elements: [PickleValue] = []
  ) throws(FeatureFileError) -> PickleValue {
    let content = elements.isEmpty ? 0 : Self.arrayByteCount + elements.count * Self.valueByteCount
    try reserve(MemoryLayout<PickleContainer>.stride + content)
    containers.append(PickleContainer(kind: kind, elements: elements))
    return .container(containers.count - 1)
  }

  mutating func newTensor(_ tensor: TorchTensor) throws(FeatureFileError) -> PickleValue {
    let extents = 2 * (Self.arrayByteCount + tensor.extents.count * MemoryLayout<Int>.stride)
    try reserve(MemoryLayout<TorchTensor>.stride + extents)
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  mutating func newStorage(_ storage: TorchStorage) throws(FeatureFileError) -> PickleValue {
    try reserve(MemoryLayout<TorchStorage>.stride)
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  mutating func newArray(_ array: PickledNumPyArray) throws(FeatureFileError) -> PickleValue {
    try reserve(
      MemoryLayout<PickledNumPyArray>.stride + Self.arrayByteCount
        + array.extents.count * MemoryLayout<Int>.stride)
    arrays.append(array)
    return .array(arrays.count - 1)
  }

  mutating func newArrayType(_ type: PickledNumPyType) throws(FeatureFileError) -> PickleValue {
    try reserve(MemoryLayout<PickledNumPyType>.stride)
    arrayTypes.append(type)
    return .arrayType(arrayTypes.count - 1)
  }

  /// The number of the bytes of `region` in `contents`.
  mutating func newContent(_ region: ByteRegion) throws(FeatureFileError) -> Int {
    try reserve(MemoryLayout<ByteRegion>.stride)
    contents.append(region)
    return contents.count - 1
  }

  /// Bytes that are not in the file as they are.
  mutating func newContent(_ bytes: [UInt8]) throws(FeatureFileError) -> Int {
    try reserve(bytes.count)
    return try newContent(
      ByteRegion(count: bytes.count, in: memory, place: place, path: path) { $0.copyBytes(from: bytes) })
  }

  /// An object that is not loaded.
  mutating func newObject(named name: String) throws(FeatureFileError) -> PickleValue {
    .object(try number(ofName: name))
  }

  private mutating func number(ofName name: String) throws(FeatureFileError) -> Int {
    if let number = objectNumbers[name] { return number }
    try reserve(2 * (name.utf8.count + Self.arrayByteCount))
    objectNames.append(name)
    objectNumbers[name] = objectNames.count - 1
    return objectNames.count - 1
  }

  /// The elements of a tuple, list or set.
  func sequence(_ value: PickleValue) -> [PickleValue]? {
    guard case .container(let number) = value, !containers[number].isDictionary else { return nil }
    return containers[number].elements
  }

  /// Text as such; nil for any other value, and for text that is not Unicode.
  func text(_ value: PickleValue) -> String? {
    switch value {
    case .text(let text): text
    // Python's own writer lets half a surrogate pair through, which is no reason to refuse an id.
    case .longText(let number): contents[number].withBytes { String(decoding: $0, as: UTF8.self) }
    case .byteText(let number): contents[number].withBytes { String(validating: $0, as: UTF8.self) }
    default: nil
    }
  }

  // MARK: Plain values

  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(FeatureFileError) -> Value {
    guard let value = source.integer(type, at: offset) else { throw malformed("it is cut short") }
    offset += MemoryLayout<Value>.size
    return value
  }

  private mutating func content<Count: FixedWidthInteger & BitwiseCopyable>(
    _ type: Count.Type
  ) throws(FeatureFileError) -> ByteRegion {
    let count = try integer(type)
    guard let count = Int(exactly: count), let content = source.slice(at: offset, count: count) else {
      throw malformed("\(count) bytes are claimed, \(byteCount - offset) are there")
    }
    offset += count
    return content
  }

  private mutating func text<Count: FixedWidthInteger & BitwiseCopyable>(
    _ type: Count.Type
  ) throws(FeatureFileError) -> PickleValue {
    let content = try content(type)
    if content.count > Self.shortTextByteCount { return .longText(try newContent(content)) }
    return .text(content.withBytes { String(decoding: $0, as: UTF8.self) })
  }

  /// The bytes up to the end of a line, and over it.
  private mutating func line() throws(FeatureFileError) -> [UInt8] {
    let start = offset
    let end = source.withBytes { bytes in bytes[start...].firstIndex(of: 0x0A) }
    guard let end, let line = source.slice(at: start, count: end - start) else {
      throw malformed("it is cut short")
    }
    offset = end + 1
    return line.prefix(line.count)
  }

  private mutating func textLine() throws(FeatureFileError) -> String {
    String(decoding: try line(), as: UTF8.self)
  }

  private mutating func plainValue(_ opcode: PickleOpcode) throws(FeatureFileError) -> PickleValue {
    switch opcode {
    case .newTrue: return .boolean(true)
    case .newFalse: return .boolean(false)
    case .binInt: return .integer(Int(try integer(Int32.self)))
    case .binInt1: return .integer(Int(try integer(UInt8.self)))
    case .binInt2: return .integer(Int(try integer(UInt16.self)))
    case .long1: return Self.integer(try content(UInt8.self))
    case .long4: return Self.integer(try content(UInt32.self))
    case .binFloat: return .number(Double(bitPattern: try integer(UInt64.self).byteSwapped))
    case .shortBinUnicode: return try text(UInt8.self)
    case .binUnicode: return try text(UInt32.self)
    case .binUnicode8: return try text(UInt64.self)
    case .shortBinBytes: return .bytes(try newContent(try content(UInt8.self)))
    case .binBytes: return .bytes(try newContent(try content(UInt32.self)))
    case .binBytes8, .byteArray8: return .bytes(try newContent(try content(UInt64.self)))
    case .shortBinString: return .byteText(try newContent(try content(UInt8.self)))
    case .binString: return .byteText(try newContent(try content(UInt32.self)))
    case .intLine, .longLine, .floatLine, .unicodeLine, .stringLine: return try valueOfLine(opcode)
    default: return .none
    }
  }

  private mutating func valueOfLine(_ opcode: PickleOpcode) throws(FeatureFileError) -> PickleValue {
    let line = try line()
    switch opcode {
    case .unicodeLine:
      guard let text = PickledText.unicode(line) else { throw malformed("its text is damaged") }
      return text.utf8.count > Self.shortTextByteCount
        ? .longText(try newContent(Array(text.utf8))) : .text(text)
    case .stringLine:
      guard let bytes = PickledText.quotedBytes(line) else { throw malformed("its text is damaged") }
      return .byteText(try newContent(bytes))
    case .floatLine:
      guard let number = Double(String(decoding: line, as: UTF8.self)) else {
        throw malformed("its number is damaged")
      }
      return .number(number)
    default:
      // How protocols 0 and 1 write True and False.
      if opcode == .intLine, line == Array("01".utf8) { return .boolean(true) }
      if opcode == .intLine, line == Array("00".utf8) { return .boolean(false) }
      let digits = line.last == UInt8(ascii: "L") ? line.dropLast() : line[...]
      let isNegative = digits.first == UInt8(ascii: "-")
      guard digits.count > (isNegative ? 1 : 0),
        digits.dropFirst(isNegative ? 1 : 0).allSatisfy({ (0x30...0x39).contains($0) })
      else { throw malformed("its number is damaged") }
      return Int(String(decoding: digits, as: UTF8.self)).map(PickleValue.integer) ?? .hugeInteger
    }
  }

  /// Little-endian, in two's complement.
  private static func integer(_ content: ByteRegion) -> PickleValue {
    guard content.count <= 8 else { return .hugeInteger }
    return content.withBytes { bytes in
      let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
      return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }
  }

  // MARK: Memory

  private mutating func remember(_ opcode: PickleOpcode) throws(FeatureFileError) {
    switch opcode {
    case .memoize: try remember(at: memo.count)
    case .binPut: try remember(at: Int(try integer(UInt8.self)))
    case .longBinPut: try remember(at: Int(try integer(UInt32.self)))
    case .putLine: try remember(at: try placeOfLine())
    default:
      let place =
        switch opcode {
        case .binGet: Int(try integer(UInt8.self))
        case .getLine: try placeOfLine()
        default: Int(try integer(UInt32.self))
        }
      guard memo.indices.contains(place), let value = memo[place] else {
        throw malformed("nothing was remembered as \(place)")
      }
      stack.append(value)
    }
  }

  private mutating func placeOfLine() throws(FeatureFileError) -> Int {
    guard let place = Int(try textLine()), place >= 0 else { throw malformed("its number is damaged") }
    return place
  }

  private mutating func remember(at place: Int) throws(FeatureFileError) {
    guard let value = stack.last else { throw malformed("there is nothing to remember") }
    // Writers number from 0 on, and take more than a byte for each.
    guard place < byteCount else { throw malformed("it remembers \(place) values") }
    if memo.count <= place {
      let missing = place + 1 - memo.count
      try reserve(missing * Self.valueByteCount)
      tableByteCount -= missing * Self.valueByteCount
      memo += repeatElement(nil, count: missing)
    }
    memo[place] = value
  }

  // MARK: Containers

  private mutating func fill(_ opcode: PickleOpcode) throws(FeatureFileError) {
    switch opcode {
    case .emptyList: stack.append(try newContainer(.list))
    case .emptyDict: stack.append(try newContainer(.dictionary))
    case .emptySet: stack.append(try newContainer(.set))
    case .emptyTuple:
      let tuple = if let emptyTuple { emptyTuple } else { try newContainer(.tuple) }
      emptyTuple = tuple
      stack.append(tuple)
    case .tuple: stack.append(try newContainer(.tuple, try popToMark()))
    case .list: stack.append(try newContainer(.list, try popToMark()))
    case .frozenSet: stack.append(try newContainer(.set, try popToMark()))
    case .dict:
      let elements = try popToMark()
      stack.append(try newContainer(.dictionary))
      try extend(.dictionary, by: elements)
    case .tuple1, .tuple2, .tuple3:
      var elements: [PickleValue] = []
      for _ in PickleOpcode.tuple1.rawValue...opcode.rawValue { elements.append(try pop()) }
      stack.append(try newContainer(.tuple, elements.reversed()))
    case .append: try extend(.list, by: [try pop()])
    case .appends: try extend(.list, by: try popToMark())
    case .addItems: try extend(.set, by: try popToMark())
    case .setItem:
      let value = try pop()
      try extend(.dictionary, by: [try pop(), value])
    default: try extend(.dictionary, by: try popToMark())
    }
  }

  private mutating func extend(
    _ kind: PickleContainer.Kind, by elements: [PickleValue]
  ) throws(FeatureFileError) {
    guard kind != .dictionary || elements.count.isMultiple(of: 2) else {
      throw malformed("a key has no value")
    }
    // Some classes are containers with more to them; what is in those is not loaded either.
    if case .object? = stack.last, stack.count > marks.last ?? 0 { return }
    guard case .container(let number)? = stack.last, stack.count > marks.last ?? 0,
      containers[number].kind == kind
    else { throw malformed("there is no \(kind) to put values into") }
    let first = containers[number].elements.isEmpty && !elements.isEmpty ? Self.arrayByteCount : 0
    try reserve(first + elements.count * Self.valueByteCount)
    containers[number].elements += elements
  }

  // MARK: Names, calls and attributes

  private mutating func make(_ opcode: PickleOpcode) throws(FeatureFileError) {
    switch opcode {
    case .global: stack.append(try global(module: try textLine(), name: try textLine()))
    case .stackGlobal:
      guard let name = text(try pop()), let module = text(try pop()) else {
        throw malformed("a name is no text")
      }
      stack.append(try global(module: module, name: name))
    case .reduce:
      let arguments = try pop()
      let function = try pop()
      guard let arguments = sequence(arguments) else {
        throw malformed("it calls something that is not a function")
      }
      stack.append(try result(of: function, arguments))
    case .newObjectWithKeywords:
      _ = try pop()
      try makeInstance()
    case .newObject: try makeInstance()
    case .instance:
      let values = try popToMark()
      guard let type = values.first else { throw malformed("a value is missing") }
      stack.append(try result(of: type, Array(values.dropFirst())))
    case .instanceLines:
      let type = try global(module: try textLine(), name: try textLine())
      stack.append(try result(of: type, try popToMark()))
    case .binPersId: stack.append(try reference(try pop()))
    case .persIdLine: stack.append(try reference(inLine: try textLine()))
    case .build:
      let state = try pop()
      guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
        throw malformed("a value is missing")
      }
      stack.append(try built(value, state))
    case .extension1: stack.append(try newObject(named: "extension \(try integer(UInt8.self))"))
    case .extension2: stack.append(try newObject(named: "extension \(try integer(UInt16.self))"))
    case .extension4: stack.append(try newObject(named: "extension \(try integer(UInt32.self))"))
    case .readOnlyBuffer: break
    default:
      throw .unsupportedFormat(
        path: path, format: "a pickle whose arrays are kept outside of it",
        remedy: "write it without buffer_callback")
    }
  }

  private mutating func makeInstance() throws(FeatureFileError) {
    let arguments = try pop()
    let type = try pop()
    guard let arguments = sequence(arguments) else {
      throw malformed("it calls something that is not a function")
    }
    stack.append(try result(of: type, arguments))
  }

  private mutating func global(module: String, name: String) throws(FeatureFileError) -> PickleValue {
    if let global = PickleGlobal(module: module, name: name) { return .global(global) }
    return .global(.unknown(try number(ofName: "\(module).\(name)")))
  }
}

/// Text as the textual protocols write it.
enum PickledText {
  /// `V`: Latin-1, with `\u` and `\U` for anything beyond. Nil where an escape is cut short.
  static func unicode(_ line: [UInt8]) -> String? {
    var scalars = String.UnicodeScalarView()
    var units: [UInt16] = []
    var position = 0
    func flush() {
      // Python 2 wrote pairs of surrogates.
      scalars.append(contentsOf: String(decoding: units, as: UTF16.self).unicodeScalars)
      units.removeAll(keepingCapacity: true)
    }
    while position < line.count {
      let byte = line[position]
      let next = position + 1 < line.count ? line[position + 1] : 0
      guard byte == UInt8(ascii: "\\"), next == UInt8(ascii: "u") || next == UInt8(ascii: "U") else {
        flush()
        scalars.append(Unicode.Scalar(byte))
        position += 1
        continue
      }
      let count = next == UInt8(ascii: "u") ? 4 : 8
      guard position + 2 + count <= line.count,
        let value = UInt32(
          String(decoding: line[position + 2..<position + 2 + count], as: UTF8.self), radix: 16)
      else { return nil }
      position += 2 + count
      if value <= 0xFFFF {
        units.append(UInt16(value))
      } else {
        flush()
        scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      }
    }
    flush()
    return String(scalars)
  }

  /// `S`: what `repr` gives for bytes, in quotes and with escapes. Nil where it is not.
  static func quotedBytes(_ line: [UInt8]) -> [UInt8]? {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { return nil }
    let text = line[1..<line.count - 1]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var position = text.startIndex
    while position < text.endIndex {
      let byte = text[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard position < text.endIndex else { return nil }
      let escape = text[position]
      position += 1
      switch escape {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "x"):
        guard position + 2 <= text.endIndex,
          let value = UInt8(String(decoding: text[position..<position + 2], as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(value)
        position += 2
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(escape)
      default: bytes += [byte, escape]
      }
    }
    return bytes
  }
}
