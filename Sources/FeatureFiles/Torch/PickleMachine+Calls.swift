extension PickleMachine {
  /// The result of calling a function, or of creating an instance of a class, with these arguments: a supported value,
  /// or an object that is not loaded.
  ///
  /// - Throws: `malformedHeader` if the value cannot be called, or if a tensor or an array is inconsistent.
  mutating func result(
    of function: PickleValue, _ arguments: [PickleValue]
  ) throws(FeatureFileError) -> PickleValue {
    switch function {
    case .global(.unknown(let number)), .object(let number): return .object(number)
    case .global(let global):
      if let value = try value(of: global, arguments) { return value }
      return try newObject(named: global.name)
    default: throw malformed("call of a value that is not a function")
    }
  }

  /// Nil for unsupported arguments.
  private mutating func value(
    of function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FeatureFileError) -> PickleValue? {
    switch function {
    case .dictionary: return try newContainer(.dictionary, pairs(arguments))
    case .list, .tuple, .set, .size:
      let kind: PickleContainer.Kind = function == .list ? .list : function == .set ? .set : .tuple
      guard let first = arguments.first else { return try newContainer(kind) }
      return try sequence(first).map { (elements) throws(FeatureFileError) in try newContainer(kind, elements)
      }
    case .encode, .bytes: return try bytes(arguments)
    case .path(let isWindows): return path(of: arguments, isWindows: isWindows)
    case .newObject:
      guard let type = arguments.first else { return nil }
      return try result(of: type, Array(arguments.dropFirst()))
    case .newInstance:
      // The class, its built-in base and the state of the base; only the name of the class matters.
      guard let type = arguments.first else { return nil }
      return try result(of: type, [])
    case .device:
      guard let name = arguments.first.flatMap(text) else { return nil }
      return .text(name)
    case .array, .arrayType, .reconstruct, .scalar, .fromBuffer:
      return try numPyValue(of: function, arguments)
    case .rebuildTensor:
      return try tensor(arguments, type: nil, flags: arguments.count > 6 ? arguments[6] : nil)
    case .rebuildTypedTensor:
      guard arguments.count > 6, case .global(.elementType(let type)) = arguments[6] else { return nil }
      return try tensor(arguments, type: type, flags: arguments.count > 7 ? arguments[7] : nil)
    case .rebuildParameter:
      switch arguments.first {
      case .tensor?, .array?, .object?: return arguments[0]
      default: return nil
      }
    case .rebuildFromType:
      guard arguments.count > 2, let inner = sequence(arguments[2]) else { return nil }
      return try result(of: arguments[0], inner)
    case .loadStorage:
      guard case .bytes(let number)? = arguments.first else { return nil }
      return try storedStorage(in: contents[number])
    case .storageType, .elementType, .unknown: return nil
    }
  }

  /// The keys and values of a dictionary, or of a list of pairs.
  private func pairs(_ arguments: [PickleValue]) -> [PickleValue] {
    guard case .container(let number)? = arguments.last else { return [] }
    let container = containers[number]
    if container.isDictionary { return container.elements }
    var elements: [PickleValue] = []
    for pair in container.elements {
      guard let pair = sequence(pair), pair.count == 2 else { return [] }
      elements += pair
    }
    return elements
  }

  /// `bytes`, `bytearray`, or text with one code point per byte, as protocols 0 to 2 write bytes.
  private mutating func bytes(_ arguments: [PickleValue]) throws(FeatureFileError) -> PickleValue? {
    switch arguments.first {
    case nil: return .bytes(try newContent([]))
    case .bytes?, .byteText?: return arguments[0]
    case .text(let text)?:
      guard let bytes = Self.latin1(text.unicodeScalars) else { return nil }
      return .bytes(try newContent(bytes))
    case .longText(let number)?:
      let text = contents[number]
      let count = text.withBytes { bytes in bytes.count { $0 & 0xC0 != 0x80 } }
      // No conversion is necessary.
      if count == text.count { return .bytes(try newContent(text)) }
      try reserve(count)
      var isComplete = false
      let region = try ByteRegion(count: count, in: memory, place: place, path: path) { output in
        isComplete = text.withBytes { Self.convertToLatin1($0, into: output) }
      }
      guard isComplete else { return nil }
      return .bytes(try newContent(region))
    default: return nil
    }
  }

  private static func latin1(_ scalars: String.UnicodeScalarView) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in scalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// Decodes UTF-8 with code points below 256. Returns whether the input is valid and fills `output` exactly.
  private static func convertToLatin1(
    _ text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var (position, written) = (0, 0)
    while position < text.count, written < output.count {
      let byte = text[position]
      if byte < 0x80 {
        output[written] = byte
        position += 1
      } else {
        guard byte == 0xC2 || byte == 0xC3, position + 1 < text.count, text[position + 1] & 0xC0 == 0x80
        else {
          return false
        }
        output[written] = byte << 6 | text[position + 1] & 0x3F
        position += 2
      }
      written += 1
    }
    return position == text.count && written == output.count
  }

  /// The joined parts of a path.
  private func path(of parts: [PickleValue], isWindows: Bool) -> PickleValue? {
    var path = ""
    let separator = isWindows ? "\\" : "/"
    for part in parts {
      guard let part = text(part) else { return nil }
      if !path.isEmpty, !path.hasSuffix(separator) { path += separator }
      path += part
    }
    return .text(path.isEmpty ? "." : path)
  }

  // MARK: NumPy

  private mutating func numPyValue(
    of function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FeatureFileError) -> PickleValue? {
    switch function {
    case .arrayType:
      switch arguments.first {
      case .global(.unknown(let number))?, .object(let number)?: return .object(number)
      case let code?:
        guard let code = text(code), code.utf8.count <= 32 else { return nil }
        return try newArrayType(PickledNumPyType(code: code))
      case nil: return nil
      }
    case .reconstruct:
      guard case .global(.array)? = arguments.first else {
        // A subclass with additional data, such as a mask.
        if case .global(.unknown(let number))? = arguments.first { return .object(number) }
        return nil
      }
      let type = try newArrayType(PickledNumPyType(code: "V0"))
      guard case .arrayType(let number) = type else { return nil }
      return try newArray(
        PickledNumPyArray(
          type: number, extents: [0], isColumnMajor: false, content: .bytes(try newContent([]))))
    case .scalar:
      guard arguments.count == 2, case .arrayType(let type) = arguments[0],
        let content = arrayContent(arguments[1])
      else { return nil }
      return try newArray(
        PickledNumPyArray(type: type, extents: [], isColumnMajor: false, content: content))
    case .fromBuffer:
      guard arguments.count == 4, case .arrayType(let type) = arguments[1],
        let extents = integers(arguments[2]), let order = text(arguments[3]),
        let content = arrayContent(arguments[0])
      else { return nil }
      return try newArray(
        PickledNumPyArray(type: type, extents: extents, isColumnMajor: order == "F", content: content))
    default: return nil
    }
  }

  private func arrayContent(_ value: PickleValue) -> PickledNumPyArray.Content? {
    switch value {
    case .bytes(let number), .byteText(let number): return .bytes(number)
    case .container(let number) where !containers[number].isDictionary: return .objects(number)
    default: return nil
    }
  }

  /// The value after setting its state.
  ///
  /// - Throws: `malformedHeader` if the state of an array or dtype is malformed, or if the value has no state.
  mutating func built(_ value: PickleValue, _ state: PickleValue) throws(FeatureFileError) -> PickleValue {
    switch value {
    // Attributes of containers and tensors, such as the version numbers of `state_dict()`, are ignored.
    case .container, .object: return value
    case .tensor:
      if sequence(state) != nil { return try newObject(named: "torch.Tensor with a state of its own") }
      return value
    case .array(let number):
      // Version (absent in old files), shape, type, order and values.
      guard let state = sequence(state), (4...5).contains(state.count),
        let extents = integers(state[state.count - 4]),
        case .boolean(let isColumnMajor) = state[state.count - 2].asBoolean,
        let content = arrayContent(state[state.count - 1])
      else { throw malformed("invalid array state") }
      switch state[state.count - 3] {
      case .arrayType(let type):
        arrays[number] = PickledNumPyArray(
          type: type, extents: extents, isColumnMajor: isColumnMajor, content: content)
        return value
      case .object(let type): return .object(type)
      default: throw malformed("invalid array state")
      }
    case .arrayType(let number):
      // Version, byte order, base type, names and fields, and more.
      guard let state = sequence(state), state.count >= 5, let order = text(state[1]), order.utf8.count == 1
      else {
        throw malformed("invalid dtype state")
      }
      arrayTypes[number].byteOrder = order
      for part in state[2...4] {
        if case .none = part { continue }
        arrayTypes[number].isStructured = true
      }
      return value
    default: throw malformed("unexpected state")
    }
  }

  // MARK: PyTorch

  /// A view of a storage: the storage, offset, extents and strides. Further arguments concern training.
  private mutating func tensor(
    _ arguments: [PickleValue], type: TorchElementType?, flags: PickleValue?
  ) throws(FeatureFileError) -> PickleValue {
    guard arguments.count >= 4 else {
      throw malformed("invalid storage, offset, shape or strides of a tensor")
    }
    // The storage is not loaded.
    if case .object = arguments[0] { return arguments[0] }
    guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let extents = integers(arguments[2]), let strides = integers(arguments[3]),
      extents.count == strides.count,
      case (let place, false) = offset.addingReportingOverflow(storages[storage].origin)
    else { throw malformed("invalid storage, offset, shape or strides of a tensor") }
    return try newTensor(
      TorchTensor(
        storage: storage, type: type ?? storages[storage].type, offset: place, extents: extents,
        strides: strides, isLazy: isSet(flags)))
  }

  /// The limit on dimensions and on flags of a tensor. Otherwise many tensors could share large tuples, each of which
  /// would be copied.
  private static let longestList = 64

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = sequence(value), elements.count <= Self.longestList else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// Whether any of a tensor's flags (`neg`, `conj`) is set.
  private func isSet(_ flags: PickleValue?) -> Bool {
    guard case .container(let number)? = flags else { return false }
    // PyTorch never sets as many flags. Rejecting them is safer than ignoring them.
    if containers[number].elements.count > Self.longestList { return true }
    return containers[number].elements.contains { if case .boolean(true) = $0 { true } else { false } }
  }

  /// The value of a persistent id, which in PyTorch refers to a storage: the word `storage`, the type, the name, the
  /// device, the element count, and, before version 1.6, the view of another storage.
  mutating func reference(_ reference: PickleValue) throws(FeatureFileError) -> PickleValue {
    guard let parts = sequence(reference), let word = parts.first.flatMap(text) else {
      return try newObject(named: "a reference to an object outside the pickle")
    }
    // Before version 1.6, classes included their source.
    if word == "module", parts.count > 1 { return parts[1] }
    guard word == "storage", (5...6).contains(parts.count), case .global(.storageType(let type)) = parts[1],
      let key = text(parts[2]), case .integer(let count) = parts[4], count >= 0
    else { throw malformed("invalid storage reference") }
    var origin = 0
    if parts.count == 6, let view = sequence(parts[5]) {
      guard view.count == 3, case .integer(let start) = view[1], start >= 0 else {
        throw malformed("invalid storage reference")
      }
      origin = start
    }
    return try newStorage(
      TorchStorage(type: type, content: .member(key), elementCount: count, origin: origin))
  }

  /// The value of a persistent id in the textual protocol 0: the tuple in Python's notation.
  mutating func reference(inLine line: String) throws(FeatureFileError) -> PickleValue {
    var parts = line.split(separator: ",").map { $0.trimmingSpaces() }
    // Before version 1.6, the last element is a view of another storage, or None.
    if parts.count == 6, parts[5] == "None)" {
      parts.removeLast()
      parts[4] += ")"
    }
    guard parts.count == 5, parts[0] == "('storage'", parts[1].hasPrefix("<class 'torch."),
      parts[1].hasSuffix("'>"),
      parts[4].hasSuffix(")"), let count = Int(parts[4].dropLast()), count >= 0, parts[2].count >= 2
    else { return try newObject(named: "a reference to an object outside the pickle") }
    let name = String(parts[1].dropFirst("<class 'torch.".count).dropLast(2))
    guard
      case .storageType(let type)? = PickleGlobal(
        module: "torch", name: name.split(separator: ".").last.map(String.init) ?? name)
    else { throw malformed("invalid storage reference") }
    return try newStorage(
      TorchStorage(type: type, content: .member(String(parts[2].dropFirst().dropLast())), elementCount: count)
    )
  }

  /// The storage in a PyTorch file that is embedded in this pickle.
  private mutating func storedStorage(in content: ByteRegion) throws(FeatureFileError) -> PickleValue? {
    guard !isNested, LegacyTorchFile.recognizes(content) else { return nil }
    // Embedded files are read once each; repeating the same bytes would take longer than reading a file of this size.
    nestedByteCount += content.count
    guard nestedByteCount <= Self.limit(of: 0) + 4 * byteCount else {
      throw malformed("repeated reads of the same bytes")
    }
    let file = try LegacyTorchFile(
      content, path: path, stage: ReadStage(path: path, byteCount: content.count), memory: memory,
      isNested: true)
    guard case .storage(let number) = file.root else { return nil }
    return try newStorage(file.machine.storages[number])
  }
}

extension PickleValue {
  /// NumPy may write the order of an array as a number.
  fileprivate var asBoolean: PickleValue {
    if case .integer(let value) = self, value == 0 || value == 1 { return .boolean(value == 1) }
    return self
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> Substring {
    let start = drop { $0 == " " }
    return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
  }
}
