/// Collects arrays from the value of a pickle.
///
/// Arrays are tensors and NumPy arrays, alone or in dicts, lists and tuples, as well as texts, numbers, and lists of
/// these. Names are keys and indices joined by `.`; a single value has the file's name.
///
/// Lists of arrays are joined: batches along their rows (`torch.cat`), vectors of single samples as the rows of a
/// matrix (`torch.stack`). Lists of tuples or of dicts are processed by column. If parts cannot be joined, the list is
/// an unreadable array with an error, and its parts are not offered separately. Tuples of up to four elements are
/// records, such as `(features, labels)`, and are never joined.
struct PickledArrays {
  let machine: PickleMachine
  let archive: TorchArchive
  /// The file name without its extension.
  let fileName: String
  private(set) var arrays: [NamedArray] = []
  private(set) var unreadable: [(name: String, reason: FeatureFileError)] = []
  /// The remaining number of values to process. Values that contain others twice, on many levels, would never end.
  var remainingCount: Int
  /// The remaining size of all joined arrays. A small file with the same tensor many times in a list could exhaust the
  /// memory.
  var remainingJoinedByteCount: Int
  var path: String { archive.path }

  static let depthLimit = 64
  /// The limit on the number of arrays. More are probably a list that should be a tensor.
  static let arrayCountLimit = 1 << 16
  /// The limit on the length of a name. Values in one container share the beginnings of their names, so all names
  /// together may be longer than the pickle; they count as processed values.
  static let nameByteCountLimit = 1 << 20
  /// The largest tuple that is a record. Longer tuples are sequences, like lists.
  static let recordLimit = 4

  /// Creates a file from the value `root`.
  static func file(
    of root: PickleValue, machine: PickleMachine, archive: TorchArchive, format: FileFormat, byteCount: Int
  ) throws(FeatureFileError) -> FeatureFile {
    let (arrays, unreadable) = try collect(root, machine: machine, archive: archive, byteCount: byteCount)
    return try FeatureFile(
      path: archive.path, format: format, byteCount: byteCount, arrays: arrays, unreadable: unreadable)
  }

  /// The arrays of the value `root`, and those that cannot be read.
  ///
  /// - Parameter name: The name of the value; nil for the value of a whole file.
  static func collect(
    _ root: PickleValue, named name: String? = nil, machine: PickleMachine, archive: TorchArchive,
    byteCount: Int
  ) throws(FeatureFileError) -> (arrays: [NamedArray], unreadable: [(name: String, reason: FeatureFileError)])
  {
    var collector = PickledArrays(machine: machine, archive: archive, byteCount: byteCount)
    try collector.collect(root, keys: name.map { [$0] } ?? [], depth: 0, beside: Siblings())
    return (collector.arrays, collector.unreadable)
  }

  init(machine: PickleMachine, archive: TorchArchive, byteCount: Int) {
    self.machine = machine
    self.archive = archive
    fileName = NPYReader.arrayName(path: archive.path)
    remainingCount = 8 * byteCount + 1024
    let (most, overflow) = byteCount.multipliedReportingOverflow(by: TorchArchive.repetitionLimit)
    remainingJoinedByteCount = overflow ? .max : most + 1 << 20
  }

  /// The shapes of lists under sibling keys. They determine whether the vectors of a list are batches of numbers or
  /// single samples.
  struct Siblings {
    /// For each list of matrices, the row count of each.
    var batchRowCounts: Set<[Int]> = []
    /// The lengths of lists of scalars.
    var scalarCounts: Set<Int> = []
  }

  // MARK: Values

  mutating func collect(
    _ value: PickleValue, keys: [String], depth: Int, beside siblings: Siblings
  ) throws(FeatureFileError) {
    if case .none = value { return }
    let name = keys.isEmpty ? fileName : keys.joined(separator: ".")
    try spend(1 + name.utf8.count, depth: depth, name: name)
    guard arrays.count + unreadable.count < Self.arrayCountLimit else {
      throw .unsupportedFormat(
        path: path, format: "a list of more than \(Self.arrayCountLimit) values of different kinds",
        remedy: "stack tensors before they are saved, torch.stack(list)")
    }
    switch value {
    case .container(let number):
      let container = machine.containers[number]
      if container.isDictionary {
        try collect(container.elements, ofDictionary: keys, depth: depth)
      } else {
        let isRecord = container.kind == .tuple && container.elements.count <= Self.recordLimit
        try collect(container.elements, isRecord: isRecord, keys: keys, depth: depth, beside: siblings)
      }
    case .array(let number) where try holdsContainers(machine.arrays[number], name: name):
      guard case .objects(let list) = machine.arrays[number].content else { return }
      let elements = machine.containers[list].elements
      if machine.arrays[number].extents.isEmpty {
        return try collect(elements[0], keys: keys, depth: depth + 1, beside: siblings)
      }
      // Few arrays of different kinds are a record, as in a tuple; many are samples or batches.
      let isRecord = elements.count <= Self.recordLimit && elements.contains { (extents($0)?.count ?? 0) > 1 }
      let own = keys.isEmpty && isRecord ? [fileName] : keys
      try collect(elements, isRecord: isRecord, keys: own, depth: depth + 1, beside: siblings)
    default:
      switch try array(value, name: name) {
      case .success(let array)?: arrays.append(array)
      case .failure(let reason)?: unreadable.append((name, reason))
      case nil: break
      }
    }
  }

  /// The array of a single value, or the reason why it cannot be read; nil for a value without data, such as a dtype.
  mutating func array(
    _ value: PickleValue, name: String
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError>? {
    switch value {
    case .none, .container: return nil
    case .global(.unknown(let number)):
      return refused(name, "a Python class or function (\(machine.objectNames[number]))", Self.remedy)
    case .global, .arrayType: return nil
    case .boolean(let value): return .success(array(name, [], .bool, .integers([value ? 1 : 0])))
    case .integer(let value): return .success(array(name, [], .int64, .integers([value])))
    case .number(let value): return .success(array(name, [], .float64, .doubles([value])))
    case .text, .longText, .byteText:
      guard let text = machine.text(value) else {
        return refused(name, "text that is not UTF-8", "save it as str")
      }
      return .success(array(name, [], .string, .strings([text])))
    case .hugeInteger: return refused(name, "an integer of more than 64 bits", "save it as text")
    case .bytes: return refused(name, "raw bytes", "save them as text or as an array of uint8")
    case .storage: return refused(name, "a storage without a shape", "save the tensor")
    case .object(let number):
      let (type, remedy) = PickleGlobal.description(ofObject: machine.objectNames[number])
      return refused(name, type, remedy)
    case .array(let number): return try array(machine.arrays[number], name: name)
    case .tensor(let number):
      let tensor = machine.tensors[number]
      return try archive.array(tensor, of: machine.storages[tensor.storage], name: name)
    }
  }

  /// Whether an array of Python objects is a list of arrays, or a single container, as `numpy.save` writes them.
  private mutating func holdsContainers(
    _ array: PickledNumPyArray, name: String
  ) throws(FeatureFileError) -> Bool {
    guard case .objects(let number) = array.content else { return false }
    let elements = machine.containers[number].elements
    guard array.extents == [elements.count] || array.extents.isEmpty && elements.count == 1 else {
      return false
    }
    try spend(elements.count, depth: 0, name: name)
    return elements.allSatisfy {
      switch $0 {
      case .array, .tensor, .container: true
      default: false
      }
    }
  }

  static let remedy = "save only tensors, arrays, text and numbers"

  func array(
    _ name: String, _ shape: [Int], _ elementType: ElementType, _ storage: ArrayStorage
  ) -> NamedArray {
    NamedArray(name: name, shape: shape, elementType: elementType, path: path, storage: storage)
  }

  func refused(
    _ name: String, _ type: String, _ remedy: String
  ) -> Result<NamedArray, FeatureFileError> {
    .failure(.unsupportedElementType(path: path, array: name, type: type, remedy: remedy))
  }

  /// A NumPy array, whose bytes remain in the pickle.
  /// - Throws: If it is inconsistent.
  mutating func array(
    _ pickled: PickledNumPyArray, name: String
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError> {
    let place = FeatureFileError.quoted(name)
    let pickledType = machine.arrayTypes[pickled.type]
    if pickledType.isStructured {
      return refused(name, "records (a structured type)", "save each field as an array of its own")
    }
    if case .objects(let number) = pickled.content {
      let elements = machine.containers[number].elements
      try spend(elements.count, depth: 0, name: name)
      let shape = try ArrayShape(pickled.extents, elementByteCount: 1, place: place, path: path)
      guard shape.elementCount == elements.count else {
        throw .impossibleSize(
          path: path, place: place,
          problem: "shape \(pickled.extents) does not match \(elements.count) objects")
      }
      guard let values = vector(elements, name: name) else {
        return refused(
          name, "Python objects", "save it as an array of text, array.astype(str), or of numbers")
      }
      var found = array(name, pickled.extents, values.elementType, values.storage)
      found.areObjects = true
      return .success(found)
    }
    let type: NPYElementType
    do throws(FeatureFileError) {
      type = try NPYElementType(
        descriptor: .string(pickledType.byteOrder + pickledType.code), array: name, place: place, path: path)
    } catch .unsupportedElementType(let path, let array, let type, let remedy) {
      return .failure(.unsupportedElementType(path: path, array: array, type: type, remedy: remedy))
    }
    guard case .bytes(let number) = pickled.content else {
      return refused(name, "Python objects", Self.remedy)
    }
    let content = machine.contents[number]
    let shape = try ArrayShape(pickled.extents, elementByteCount: type.byteCount, place: place, path: path)
    guard shape.byteCount == content.count else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "shape \(pickled.extents) needs \(shape.byteCount) bytes, but \(content.count) are available"
      )
    }
    let layout = BinaryLayout(
      elementByteCount: type.byteCount, isBigEndian: type.isBigEndian,
      strides: pickled.isColumnMajor ? ArrayShape.columnMajorStrides(pickled.extents) : nil, text: type.text)
    return .success(
      array(name, pickled.extents, type.elementType, .binary(.mapped(content), layout)))
  }

  // MARK: Containers

  mutating func collect(
    _ elements: [PickleValue], ofDictionary keys: [String], depth: Int
  ) throws(FeatureFileError) {
    try spend(elements.count, depth: depth, name: "")
    let values = stride(from: 1, to: elements.count, by: 2).map { elements[$0] }
    let siblings = try siblings(values)
    for (index, value) in values.enumerated() {
      let key = key(elements[2 * index]) ?? "key \(index)"
      try collect(value, keys: keys + [key], depth: depth + 1, beside: siblings)
    }
  }

  /// The text of a string or number; nil for any other value.
  func key(_ value: PickleValue) -> String? {
    switch value {
    case .integer(let integer): return String(integer)
    case .number(let number): return String(number)
    case .boolean(let value): return value ? "True" : "False"
    case .none: return "None"
    case .container(let number) where machine.containers[number].kind == .tuple:
      let elements = machine.containers[number].elements
      guard elements.count <= Self.recordLimit else { return nil }
      let parts = elements.compactMap { element -> String? in
        if case .container = element { nil } else { key(element) }
      }
      return parts.count == elements.count ? "(\(parts.joined(separator: ", ")))" : nil
    default: return machine.text(value)
    }
  }

  mutating func collect(
    _ elements: [PickleValue], isRecord: Bool, keys: [String], depth: Int, beside siblings: Siblings
  ) throws(FeatureFileError) {
    let name = keys.isEmpty ? fileName : keys.joined(separator: ".")
    try spend(elements.count, depth: depth, name: name)
    if let values = vector(elements, name: name) {
      arrays.append(array(name, [elements.count], values.elementType, values.storage))
      return
    }
    if !isRecord {
      if let parts = try parts(elements, name: name) {
        switch try join(parts, name: name, beside: siblings) {
        case .success(let array)?:
          arrays.append(array)
          return
        case .failure(let reason)?:
          unreadable.append((name, reason))
          return
        case nil: break
        }
      } else if let columns = columns(elements) {
        let beside = try self.siblings(columns.map(\.values))
        for column in columns {
          try collectColumn(column.values, keys: keys + [column.key], depth: depth + 1, beside: beside)
        }
        return
      }
    }
    let beside = try self.siblings(elements)
    for (index, element) in elements.enumerated() {
      try collect(element, keys: keys + [String(index)], depth: depth + 1, beside: beside)
    }
  }

  /// The values at one index of all tuples, or under one key of all dicts, of a list.
  mutating func collectColumn(
    _ values: [PickleValue], keys: [String], depth: Int, beside siblings: Siblings
  ) throws(FeatureFileError) {
    if values.allSatisfy({ if case .none = $0 { true } else { false } }) { return }
    try collect(values, isRecord: false, keys: keys, depth: depth, beside: siblings)
  }

  /// Processes a list of tuples of the same length, or of dicts with the same keys, by column.
  mutating func columns(_ elements: [PickleValue]) -> [(key: String, values: [PickleValue])]? {
    var rows: [PickleContainer] = []
    rows.reserveCapacity(elements.count)
    for element in elements {
      guard case .container(let number) = element else { return nil }
      let row = machine.containers[number]
      guard row.kind != .set, row.elements.count == rows.first?.elements.count ?? row.elements.count,
        row.isDictionary == rows.first?.isDictionary ?? row.isDictionary
      else { return nil }
      rows.append(row)
    }
    guard let first = rows.first, !first.elements.isEmpty else { return nil }
    remainingCount -= rows.count * first.elements.count
    guard remainingCount >= 0 else { return nil }
    if !first.isDictionary {
      // Lists that each contain one kind of array are joined separately, such as lists of features and of labels.
      if rows.allSatisfy({ $0.kind == .list }), rows.allSatisfy({ isOfOneKind($0.elements) }) { return nil }
      return first.elements.indices.map { index in (String(index), rows.map { $0.elements[index] }) }
    }
    var columns: [(key: String, values: [PickleValue])] = []
    for place in stride(from: 0, to: first.elements.count, by: 2) {
      guard let key = key(first.elements[place]) else { return nil }
      var values: [PickleValue] = []
      values.reserveCapacity(rows.count)
      for row in rows {
        // Usually in the same order.
        guard let found = self.key(row.elements[place]), found == key else { return nil }
        values.append(row.elements[place + 1])
      }
      columns.append((key, values))
    }
    return columns
  }

  /// Whether values are arrays with the same number of dimensions.
  func isOfOneKind(_ elements: [PickleValue]) -> Bool {
    guard let first = elements.first.flatMap(extents)?.count else { return false }
    return elements.allSatisfy { extents($0)?.count == first }
  }

  /// The shape of a tensor or NumPy array.
  func extents(_ value: PickleValue) -> [Int]? {
    switch value {
    case .tensor(let number): machine.tensors[number].extents
    case .array(let number): machine.arrays[number].extents
    default: nil
    }
  }

  mutating func siblings(_ values: [PickleValue]) throws(FeatureFileError) -> Siblings {
    try siblings(values.compactMap(machine.sequence))
  }

  mutating func siblings(_ lists: [[PickleValue]]) throws(FeatureFileError) -> Siblings {
    var siblings = Siblings()
    for list in lists {
      try spend(list.count, depth: 0, name: "")
      note(list, in: &siblings)
    }
    return siblings
  }

  func note(_ elements: [PickleValue], in siblings: inout Siblings) {
    var rowCounts: [Int] = []
    var scalarCount = 0
    for element in elements {
      if let extents = extents(element) {
        if extents.count >= 2 { rowCounts.append(extents[0]) }
        if extents.isEmpty { scalarCount += 1 }
      } else {
        switch element {
        case .integer, .number, .boolean, .text, .longText, .byteText: scalarCount += 1
        default: break
        }
      }
      guard rowCounts.count == 0 || scalarCount == 0 else { return }
    }
    if !elements.isEmpty, rowCounts.count == elements.count { siblings.batchRowCounts.insert(rowCounts) }
    if !elements.isEmpty, scalarCount == elements.count { siblings.scalarCounts.insert(scalarCount) }
  }
}
