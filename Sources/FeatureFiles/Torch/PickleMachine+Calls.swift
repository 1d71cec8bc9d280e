extension PickleMachine {
  /// What one of the known functions gives.
  mutating func result(
    of function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FeatureFileError) -> PickleValue {
    switch function {
    case .orderedDictionary where arguments.isEmpty: return try newContainer(.orderedDictionary)
    case .set where arguments.count == 1:
      if let elements = sequence(arguments[0]) { return try newContainer(.set, elements) }
    case .size where arguments.count == 1:
      if let elements = sequence(arguments[0]) { return try newContainer(.tuple, elements) }
    case .encode: return .bytes
    case .device:
      if case .text(let name)? = arguments.first { return .text(name) }
    case .rebuildTensor:
      return try tensor(arguments, type: nil, flags: arguments.count > 6 ? arguments[6] : nil)
    case .rebuildTypedTensor where arguments.count > 6:
      if case .global(.elementType(let type)) = arguments[6] {
        return try tensor(arguments, type: type, flags: arguments.count > 7 ? arguments[7] : nil)
      }
    case .rebuildParameter:
      if case .tensor? = arguments.first { return arguments[0] }
    default: break
    }
    throw malformed("\(function) is called with arguments it does not have")
  }

  /// A view of a storage: the storage, offset, extents and strides; what else there is concerns training.
  private mutating func tensor(
    _ arguments: [PickleValue], type: TorchElementType?, flags: PickleValue?
  ) throws(FeatureFileError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let extents = integers(arguments[2]),
      let strides = integers(arguments[3]), extents.count == strides.count
    else { throw malformed("a tensor is not made of storage, offset, shape and strides") }
    return try newTensor(
      TorchTensor(
        storage: storage, type: type ?? storages[storage].type, offset: offset, extents: extents,
        strides: strides, isLazy: isSet(flags)))
  }

  /// More dimensions, or flags of a tensor, are none: they could be copied, and looked at, once for each of many
  /// tensors that share them.
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

  /// Whether any of a tensor's flags (`neg`, `conj`) is on.
  private func isSet(_ flags: PickleValue?) -> Bool {
    guard case .container(let number)? = flags else { return false }
    // As many are none that PyTorch sets: better refused than overlooked.
    if containers[number].elements.count > Self.longestList { return true }
    return containers[number].elements.contains { if case .boolean(true) = $0 { true } else { false } }
  }

  /// A storage as torch refers to it: the word, its type, the member's name, the device, the element count.
  mutating func storage(_ reference: [PickleValue]?) throws(FeatureFileError) -> PickleValue {
    guard let reference, reference.count == 5, case .text("storage") = reference[0],
      case .global(.storageType(let type)) = reference[1], case .text(let key) = reference[2],
      case .integer(let count) = reference[4], count >= 0
    else { throw malformed("a reference to a storage is damaged") }
    return try newStorage(TorchStorage(type: type, key: key, elementCount: count))
  }
}
