/// Runs the pickle of a PyTorch file: a machine with a stack that can build tensors, plain containers and
/// plain values, and nothing else.
///
/// Nothing is looked up, imported or called: the few functions in `PickleGlobal` are known here, and any other
/// name is an error. What values, containers and memory take is counted, and bounded by a small multiple of the
/// pickle's size; storages are only named, not read.
struct PickleMachine {
  /// How messages name the pickle.
  static let place = "data.pkl"

  let path: String
  private var cursor: ByteCursor
  private let byteCount: Int
  /// Where the current instruction begins.
  private var position = 0
  private var stack: [PickleValue] = []
  /// Heights of the stack.
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []
  private(set) var containers: [PickleContainer] = []
  private(set) var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []
  /// The empty tuple, which is one for all, as in Python.
  private var emptyTuple: PickleValue?
  /// Bytes that containers, storages and tensors take.
  private var tableByteCount = 0

  /// What Python writes makes at most so many bytes of each of its own: a list of tuples of one number each.
  static let largestRatio = 32
  private static let smallByteCount = 1 << 20
  static let valueByteCount = MemoryLayout<PickleValue>.stride
  /// What every array costs beside its elements.
  private static let arrayByteCount = 32

  init(_ bytes: [UInt8], path: String) {
    cursor = ByteCursor(bytes)
    byteCount = bytes.count
    self.path = path
  }

  /// How many bytes may be held.
  static func limit(of byteCount: Int) -> Int { largestRatio * byteCount + smallByteCount }

  /// Bytes that are held: values on the stack and remembered, containers, storages, tensors. Texts come on top,
  /// which are parts of the pickle.
  var heldByteCount: Int { tableByteCount + (stack.count + memo.count) * Self.valueByteCount }

  /// Counts what is about to be made.
  ///
  /// - Throws: `impossibleSize` where it is more than a pickle of this size can need.
  private mutating func reserve(_ count: Int) throws(FeatureFileError) {
    guard heldByteCount + count <= Self.limit(of: byteCount) else {
      throw .impossibleSize(
        path: path, place: Self.place,
        problem: "at byte \(position) it makes values of more than \(Self.limit(of: byteCount)) bytes, "
          + "\(Self.largestRatio) times its own")
    }
    tableByteCount += count
  }

  /// Runs to the end and gives the value that the pickle is of.
  ///
  /// - Throws: `forbiddenObject` for anything but tensors and plain values; `malformedHeader`; `cancelled`.
  mutating func run(stage: ReadStage) throws(FeatureFileError) -> PickleValue {
    var nextReport = ReadStage.stepByteCount
    while true {
      position = cursor.offset
      if position >= nextReport {
        try stage.advance(to: position, of: byteCount)
        nextReport = position + ReadStage.stepByteCount
      }
      guard let byte = cursor.next(UInt8.self) else { throw malformed("it ends without an end mark") }
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw malformed("instruction \(byte) is none that PyTorch writes")
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
      case .pop: _ = try pop()
      case .popMark: _ = try popToMark()
      case .dup:
        let top = try pop()
        stack += [top, top]
      case .binPut, .longBinPut, .memoize, .binGet, .longBinGet: try remember(opcode)
      case .global, .stackGlobal, .reduce, .build, .newObject, .newObjectWithKeywords, .binPersId:
        try make(opcode)
      case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat, .binUnicode,
        .shortBinUnicode, .binUnicode8, .binBytes, .shortBinBytes, .binBytes8, .byteArray8:
        stack.append(try plainValue(opcode))
      default: try fill(opcode)
      }
    }
  }

  func malformed(_ problem: String) -> FeatureFileError {
    .malformedHeader(path: path, place: Self.place, problem: "at byte \(position) \(problem)")
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

  /// The elements of a tuple, list or set.
  func sequence(_ value: PickleValue) -> [PickleValue]? {
    guard case .container(let number) = value, !containers[number].isDictionary else { return nil }
    return containers[number].elements
  }

  // MARK: Plain values

  private mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(FeatureFileError) -> Value {
    guard let value = cursor.next(type) else { throw malformed("it is cut short") }
    return value
  }

  private mutating func content<Count: FixedWidthInteger>(
    _ type: Count.Type
  ) throws(FeatureFileError) -> ArraySlice<UInt8> {
    let count = try integer(type)
    guard let count = Int(exactly: count), let content = cursor.next(count: count) else {
      throw malformed("\(count) bytes are claimed, \(cursor.remainingCount) are there")
    }
    return content
  }

  private mutating func text<Count: FixedWidthInteger>(
    _ type: Count.Type
  ) throws(FeatureFileError) -> PickleValue {
    // Python's own writer lets half a surrogate pair through; nobody's id is worth an error for that.
    .text(String(decoding: try content(type), as: UTF8.self))
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
    case .shortBinBytes: _ = try content(UInt8.self)
    case .binBytes: _ = try content(UInt32.self)
    case .binBytes8, .byteArray8: _ = try content(UInt64.self)
    default: return .none
    }
    return .bytes
  }

  /// Little-endian, in two's complement.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> PickleValue {
    guard bytes.count <= 8 else { return .hugeInteger }
    let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
    return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  // MARK: Memory

  private mutating func remember(_ opcode: PickleOpcode) throws(FeatureFileError) {
    switch opcode {
    case .memoize: try remember(at: memo.count)
    case .binPut: try remember(at: Int(try integer(UInt8.self)))
    case .longBinPut: try remember(at: Int(try integer(UInt32.self)))
    default:
      let place = opcode == .binGet ? Int(try integer(UInt8.self)) : Int(try integer(UInt32.self))
      guard memo.indices.contains(place), let value = memo[place] else {
        throw malformed("nothing was remembered as \(place)")
      }
      stack.append(value)
    }
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
    case .frozenSet: stack.append(try newContainer(.set, try popToMark()))
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
    guard case .container(let number)? = stack.last, stack.count > marks.last ?? 0,
      containers[number].kind == kind || kind == .dictionary && containers[number].isDictionary
    else { throw malformed("there is no \(kind) to put values into") }
    guard kind != .dictionary || elements.count.isMultiple(of: 2) else {
      throw malformed("a key has no value")
    }
    let first = containers[number].elements.isEmpty && !elements.isEmpty ? Self.arrayByteCount : 0
    try reserve(first + elements.count * Self.valueByteCount)
    containers[number].elements += elements
  }

  // MARK: Names, calls and attributes

  private mutating func make(_ opcode: PickleOpcode) throws(FeatureFileError) {
    switch opcode {
    case .global: stack.append(try global(module: try line(), name: try line()))
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a name is no text")
      }
      stack.append(try global(module: module, name: name))
    case .reduce:
      let arguments = try pop()
      let function = try pop()
      guard case .global(let global) = function, let arguments = sequence(arguments) else {
        throw malformed("it calls what is no function")
      }
      stack.append(try result(of: global, arguments))
    case .binPersId: stack.append(try storage(sequence(try pop())))
    case .build:
      // The one object with attributes that has a use here: `state_dict()` keeps version numbers in them.
      _ = try pop()
      guard case .container(let number)? = stack.last, containers[number].kind == .orderedDictionary else {
        throw .forbiddenObject(
          path: path, object: "the state of an object",
          remedy: PickleGlobal.remedy(module: "", name: ""))
      }
    default:
      throw .forbiddenObject(
        path: path, object: "an instance of a class", remedy: PickleGlobal.remedy(module: "", name: ""))
    }
  }

  private mutating func line() throws(FeatureFileError) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = try integer(UInt8.self)
      if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  private func global(module: String, name: String) throws(FeatureFileError) -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw .forbiddenObject(
        path: path, object: "\(module).\(name)", remedy: PickleGlobal.remedy(module: module, name: name))
    }
    return .global(global)
  }
}
