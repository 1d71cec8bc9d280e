/// Runs a pickle: a stack machine that can build tensors, NumPy arrays, plain containers and plain values, and nothing
/// else.
///
/// It never imports or calls anything: the few functions in `PickleGlobal` are reimplemented, and any other class or
/// function gives an opaque object, of which only the name is known. The memory for values, containers and the memo is
/// bounded by a small multiple of the pickle's size. Storages are referenced but not read.
struct PickleMachine {
  let path: String
  /// The name of the pickle in messages.
  let place: String
  let memory: DecompressionMemory
  private let source: ByteRegion
  /// The offset of the next instruction.
  private(set) var offset: Int
  /// The offset of the current instruction.
  private var position = 0
  private var stack: [PickleValue] = []
  /// The stack heights of the marks.
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []
  private(set) var containers: [PickleContainer] = []
  private(set) var contents: [ByteRegion] = []
  var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []
  var arrays: [PickledNumPyArray] = []
  var arrayTypes: [PickledNumPyType] = []
  /// The names of unsupported classes and functions.
  private(set) var objectNames: [String] = []
  private var objectNumbers: [String: Int] = [:]
  /// The empty tuple, which is shared, as in Python.
  private var emptyTuple: PickleValue?
  /// The memory of containers, contents, storages, tensors and arrays, in bytes.
  private var tableByteCount = 0
  /// The size of embedded pickles that have been run.
  var nestedByteCount = 0
  /// Whether this pickle is embedded in another one.
  var isNested = false

  /// The largest ratio of memory to pickle size for pickles written by Python: that of a list of tuples of one number
  /// each.
  static let largestRatio = 32
  private static let smallByteCount = 1 << 20
  static let valueByteCount = MemoryLayout<PickleValue>.stride
  /// The memory of every array in addition to its elements.
  private static let arrayByteCount = 32
  /// The length beyond which texts are stored as bytes, since they may be the bytes of an array.
  private static let shortTextByteCount = 256

  /// - Parameters:
  ///   - source: The pickle, possibly followed by other data.
  ///   - offset: The start of the pickle in `source`.
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

  /// The memory limit, in bytes.
  static func limit(of byteCount: Int) -> Int { largestRatio * byteCount + smallByteCount }

  /// The memory in use: values on the stack and in the memo, containers, storages and tensors. Short texts, which are
  /// parts of the pickle, are not included.
  var heldByteCount: Int { tableByteCount + (stack.count + memo.count) * Self.valueByteCount }

  /// Reserves memory before it is allocated.
  ///
  /// - Throws: `impossibleSize` if it is more than a pickle of this size can need, `memoryExceeded`.
  mutating func reserve(_ count: Int) throws(FeatureFileError) {
    let held = heldByteCount + count
    guard held <= Self.limit(of: byteCount) else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "at byte \(position), its values exceed \(Self.limit(of: byteCount)) bytes, "
          + "\(Self.largestRatio) times its size")
    }
    guard held <= memory.byteCount else {
      throw .memoryExceeded(
        path: path, place: place, neededByteCount: held, permittedByteCount: memory.byteCount,
        remedy: "save large lists as tensors")
    }
    tableByteCount += count
  }

  /// Runs one pickle to its end and returns its value. Further pickles may follow and share the tables.
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
        throw malformed("missing end marker")
      }
      offset += 1
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw malformed("unknown opcode \(byte)")
      }
      switch opcode {
      case .stop:
        guard stack.count == 1, marks.isEmpty, let value = stack.first else {
          throw malformed("incomplete value")
        }
        return value
      case .proto: _ = try integer(UInt8.self)
      case .frame: _ = try integer(UInt64.self)
      case .mark: marks.append(stack.count)
      case .pop:
        // Textual protocols also discard a mark in this way.
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
    .malformedHeader(path: path, place: place, problem: "\(problem) at byte \(position)")
  }

  // MARK: The stack

  private mutating func pop() throws(FeatureFileError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw malformed("missing value")
    }
    return value
  }

  private mutating func popToMark() throws(FeatureFileError) -> [PickleValue] {
    guard let height = marks.popLast() else { throw malformed("missing mark") }
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

  /// Adds the bytes of `region` to `contents` and returns their index.
  mutating func newContent(_ region: ByteRegion) throws(FeatureFileError) -> Int {
    try reserve(MemoryLayout<ByteRegion>.stride)
    contents.append(region)
    return contents.count - 1
  }

  /// Adds bytes that are not in the file in this form.
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

  /// The text of a value; nil for any other value, and for invalid Unicode.
  func text(_ value: PickleValue) -> String? {
    switch value {
    case .text(let text): text
    // Python writes unpaired surrogates, which is no reason to reject an id.
    case .longText(let number): contents[number].withBytes { String(decoding: $0, as: UTF8.self) }
    case .byteText(let number): contents[number].withBytes { String(validating: $0, as: UTF8.self) }
    default: nil
    }
  }

  // MARK: Plain values

  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(FeatureFileError) -> Value {
    guard let value = source.integer(type, at: offset) else { throw malformed("truncated value") }
    offset += MemoryLayout<Value>.size
    return value
  }

  private mutating func content<Count: FixedWidthInteger & BitwiseCopyable>(
    _ type: Count.Type
  ) throws(FeatureFileError) -> ByteRegion {
    let count = try integer(type)
    guard let count = Int(exactly: count), let content = source.slice(at: offset, count: count) else {
      throw malformed("incomplete value of \(count) bytes (\(byteCount - offset) left)")
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

  /// The bytes up to the end of a line, which is consumed.
  private mutating func line() throws(FeatureFileError) -> [UInt8] {
    let start = offset
    let end = source.withBytes { bytes in bytes[start...].firstIndex(of: 0x0A) }
    guard let end, let line = source.slice(at: start, count: end - start) else {
      throw malformed("truncated value")
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
      guard let text = PickledText.unicode(line) else { throw malformed("invalid text") }
      return text.utf8.count > Self.shortTextByteCount
        ? .longText(try newContent(Array(text.utf8))) : .text(text)
    case .stringLine:
      guard let bytes = PickledText.quotedBytes(line) else { throw malformed("invalid text") }
      return .byteText(try newContent(bytes))
    case .floatLine:
      guard let number = Double(String(decoding: line, as: UTF8.self)) else {
        throw malformed("invalid number")
      }
      return .number(number)
    default:
      // True and False in protocols 0 and 1.
      if opcode == .intLine, line == Array("01".utf8) { return .boolean(true) }
      if opcode == .intLine, line == Array("00".utf8) { return .boolean(false) }
      let digits = line.last == UInt8(ascii: "L") ? line.dropLast() : line[...]
      let isNegative = digits.first == UInt8(ascii: "-")
      guard digits.count > (isNegative ? 1 : 0),
        digits.dropFirst(isNegative ? 1 : 0).allSatisfy({ (0x30...0x39).contains($0) })
      else { throw malformed("invalid number") }
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
        throw malformed("missing memo entry \(place)")
      }
      stack.append(value)
    }
  }

  private mutating func placeOfLine() throws(FeatureFileError) -> Int {
    guard let place = Int(try textLine()), place >= 0 else { throw malformed("invalid number") }
    return place
  }

  private mutating func remember(at place: Int) throws(FeatureFileError) {
    guard let value = stack.last else { throw malformed("empty stack") }
    // Writers count memo entries from 0 and use more than one byte for each.
    guard place < byteCount else { throw malformed("memo index \(place) out of range") }
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
      throw malformed("key without a value")
    }
    // Subclasses of containers are not loaded, and neither are their elements.
    if case .object? = stack.last, stack.count > marks.last ?? 0 { return }
    guard case .container(let number)? = stack.last, stack.count > marks.last ?? 0,
      containers[number].kind == kind
    else { throw malformed("missing \(kind) for values") }
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
        throw malformed("name that is not text")
      }
      stack.append(try global(module: module, name: name))
    case .reduce:
      let arguments = try pop()
      let function = try pop()
      guard let arguments = sequence(arguments) else {
        throw malformed("call of a value that is not a function")
      }
      stack.append(try result(of: function, arguments))
    case .newObjectWithKeywords:
      _ = try pop()
      try makeInstance()
    case .newObject: try makeInstance()
    case .instance:
      let values = try popToMark()
      guard let type = values.first else { throw malformed("missing value") }
      stack.append(try result(of: type, Array(values.dropFirst())))
    case .instanceLines:
      let type = try global(module: try textLine(), name: try textLine())
      stack.append(try result(of: type, try popToMark()))
    case .binPersId: stack.append(try reference(try pop()))
    case .persIdLine: stack.append(try reference(inLine: try textLine()))
    case .build:
      let state = try pop()
      guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
        throw malformed("missing value")
      }
      stack.append(try built(value, state))
    case .extension1: stack.append(try newObject(named: "extension \(try integer(UInt8.self))"))
    case .extension2: stack.append(try newObject(named: "extension \(try integer(UInt16.self))"))
    case .extension4: stack.append(try newObject(named: "extension \(try integer(UInt32.self))"))
    case .readOnlyBuffer: break
    default:
      throw .unsupportedFormat(
        path: path, format: "a pickle with out-of-band buffers",
        remedy: "write it without buffer_callback")
    }
  }

  private mutating func makeInstance() throws(FeatureFileError) {
    let arguments = try pop()
    let type = try pop()
    guard let arguments = sequence(arguments) else {
      throw malformed("call of a value that is not a function")
    }
    stack.append(try result(of: type, arguments))
  }

  private mutating func global(module: String, name: String) throws(FeatureFileError) -> PickleValue {
    if let global = PickleGlobal(module: module, name: name) { return .global(global) }
    return .global(.unknown(try number(ofName: "\(module).\(name)")))
  }
}
