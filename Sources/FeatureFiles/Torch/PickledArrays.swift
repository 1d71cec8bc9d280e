/// Gathers arrays from what a pickle made.
///
/// Tensors and NumPy arrays, alone or in dicts, lists and tuples, are arrays; so are lists of text or of numbers, and
/// single ones. Names are keys and indices joined by `.`; what is alone has the file's name.
///
/// Lists of arrays, as a loop appends them, are joined: batches along their rows (`torch.cat`), vectors of one sample
/// each as the rows of a matrix (`torch.stack`). Lists of tuples or of dicts are taken column by column. Where parts
/// cannot be joined, the list is an array that cannot be read, and says so: no part is offered as if it were all.
/// Tuples of up to four are records, such as `(features, labels)`, and are never joined.
struct PickledArrays {
  private let machine: PickleMachine
  private let archive: TorchArchive
  /// The file's, without directory and ending.
  private let fileName: String
  private(set) var arrays: [NamedArray] = []
  private(set) var unreadable: [(name: String, reason: FeatureFileError)] = []
  /// What may still be looked at: values that contain others twice, level upon level, would never end.
  private var remainingCount: Int
  /// What all joined arrays together may show: the same tensor in a list again and again is a small file that takes all
  /// memory.
  private var remainingJoinedByteCount: Int
  private var path: String { archive.path }

  private static let depthLimit = 64
  /// More are values that should have been a tensor.
  private static let arrayCountLimit = 1 << 16
  /// A longer name is none. Values in one container share their names' beginnings, so that all names together can be
  /// longer than the pickle: they count as what is looked at.
  private static let nameByteCountLimit = 1 << 20
  /// Longer tuples are sequences like lists, not records.
  private static let recordLimit = 4

  /// The file of the value `root`.
  static func file(
    of root: PickleValue, machine: PickleMachine, archive: TorchArchive, format: FileFormat, byteCount: Int
  ) throws(FeatureFileError) -> FeatureFile {
    var collector = PickledArrays(machine: machine, archive: archive, byteCount: byteCount)
    try collector.collect(root, keys: [], depth: 0, beside: Siblings())
    return try FeatureFile(
      path: archive.path, format: format, byteCount: byteCount, arrays: collector.arrays,
      unreadable: collector.unreadable)
  }

  private init(machine: PickleMachine, archive: TorchArchive, byteCount: Int) {
    self.machine = machine
    self.archive = archive
    fileName = NPYReader.arrayName(path: archive.path)
    remainingCount = 8 * byteCount + 1024
    let (most, overflow) = byteCount.multipliedReportingOverflow(by: TorchArchive.repetitionLimit)
    remainingJoinedByteCount = overflow ? .max : most + 1 << 20
  }

  /// What is known of the lists that stand beside a list under other keys: whether its vectors are batches of numbers
  /// or one sample each cannot be told from themselves.
  private struct Siblings {
    /// For each list of matrices, the row count of each.
    var batchRowCounts: Set<[Int]> = []
    /// The lengths of lists of single values.
    var scalarCounts: Set<Int> = []
  }

  // MARK: Values

  private mutating func collect(
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
    default:
      switch try array(value, name: name) {
      case .success(let array)?: arrays.append(array)
      case .failure(let reason)?: unreadable.append((name, reason))
      case nil: break
      }
    }
  }

  /// The array that a single value is, or why it cannot be read; nil for what holds nothing, such as a dtype.
  private mutating func array(
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

  private static let remedy = "save only tensors, arrays, text and numbers"

  private func array(
    _ name: String, _ shape: [Int], _ elementType: ElementType, _ storage: ArrayStorage
  ) -> NamedArray {
    NamedArray(name: name, shape: shape, elementType: elementType, path: path, storage: storage)
  }

  private func refused(
    _ name: String, _ type: String, _ remedy: String
  ) -> Result<NamedArray, FeatureFileError> {
    .failure(.unsupportedElementType(path: path, array: name, type: type, remedy: remedy))
  }

  /// A NumPy array: its bytes stay where they are in the pickle.
  ///
  /// - Throws: where it contradicts itself.
  private mutating func array(
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
          path: path, place: place, problem: "shape \(pickled.extents) of \(elements.count) objects")
      }
      guard let values = vector(elements, name: name) else {
        return refused(
          name, "Python objects", "save it as an array of text, array.astype(str), or of numbers")
      }
      return .success(array(name, pickled.extents, values.elementType, values.storage))
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
        problem: "shape \(pickled.extents) needs \(shape.byteCount) bytes, \(content.count) are there")
    }
    let layout = BinaryLayout(
      elementByteCount: type.byteCount, isBigEndian: type.isBigEndian,
      strides: pickled.isColumnMajor ? ArrayShape.columnMajorStrides(pickled.extents) : nil, text: type.text)
    return .success(
      array(name, pickled.extents, type.elementType, .binary(.mapped(content), layout)))
  }

  // MARK: Containers

  private mutating func collect(
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

  /// Text or a number as text; nil for any other value.
  private func key(_ value: PickleValue) -> String? {
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

  private mutating func collect(
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

  /// The values that stand at one place of all tuples, or under one key of all dicts, of a list.
  private mutating func collectColumn(
    _ values: [PickleValue], keys: [String], depth: Int, beside siblings: Siblings
  ) throws(FeatureFileError) {
    if values.allSatisfy({ if case .none = $0 { true } else { false } }) { return }
    try collect(values, isRecord: false, keys: keys, depth: depth, beside: siblings)
  }

  /// A list of tuples of one length, or of dicts with the same keys, taken column by column.
  private mutating func columns(_ elements: [PickleValue]) -> [(key: String, values: [PickleValue])]? {
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
      // Lists of arrays of one kind each are joined one by one: a list of features and one of labels.
      if rows.allSatisfy({ $0.kind == .list }), rows.allSatisfy({ isOfOneKind($0.elements) }) { return nil }
      return first.elements.indices.map { index in (String(index), rows.map { $0.elements[index] }) }
    }
    var columns: [(key: String, values: [PickleValue])] = []
    for place in stride(from: 0, to: first.elements.count, by: 2) {
      guard let key = key(first.elements[place]) else { return nil }
      var values: [PickleValue] = []
      values.reserveCapacity(rows.count)
      for row in rows {
        // Mostly in the same order.
        guard let found = self.key(row.elements[place]), found == key else { return nil }
        values.append(row.elements[place + 1])
      }
      columns.append((key, values))
    }
    return columns
  }

  /// Whether values are arrays of as many dimensions each.
  private func isOfOneKind(_ elements: [PickleValue]) -> Bool {
    guard let first = elements.first.flatMap(extents)?.count else { return false }
    return elements.allSatisfy { extents($0)?.count == first }
  }

  /// The shape of a tensor or NumPy array.
  private func extents(_ value: PickleValue) -> [Int]? {
    switch value {
    case .tensor(let number): machine.tensors[number].extents
    case .array(let number): machine.arrays[number].extents
    default: nil
    }
  }

  private mutating func siblings(_ values: [PickleValue]) throws(FeatureFileError) -> Siblings {
    try siblings(values.compactMap(machine.sequence))
  }

  private mutating func siblings(_ lists: [[PickleValue]]) throws(FeatureFileError) -> Siblings {
    var siblings = Siblings()
    for list in lists {
      try spend(list.count, depth: 0, name: "")
      note(list, in: &siblings)
    }
    return siblings
  }

  private func note(_ elements: [PickleValue], in siblings: inout Siblings) {
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

  // MARK: Lists of single values

  /// The values as one vector if they are all text or all numbers.
  private func vector(
    _ elements: [PickleValue], name: String
  ) -> (elementType: ElementType, storage: ArrayStorage)? {
    if let first = elements.first {
      switch first {
      case .text, .longText, .byteText, .bytes:
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
          guard let text = machine.text(element) ?? textOfBytes(element) else { return nil }
          texts.append(text)
        }
        return (.string, .strings(texts))
      case .integer, .boolean, .number: break
      default: return nil
      }
    }
    var integers: [Int] = []
    for element in elements {
      guard let value = Self.integer(element) else { break }
      integers.append(value)
    }
    if integers.count == elements.count { return (.int64, .integers(integers)) }
    var numbers: [Double] = []
    numbers.reserveCapacity(elements.count)
    for element in elements {
      switch element {
      case .integer(let value): numbers.append(Double(value))
      case .number(let value): numbers.append(value)
      default: return nil
      }
    }
    return (.float64, .doubles(numbers))
  }

  private static func integer(_ value: PickleValue) -> Int? {
    switch value {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  private func textOfBytes(_ value: PickleValue) -> String? {
    guard case .bytes(let number) = value else { return nil }
    return machine.contents[number].withBytes { String(validating: $0, as: UTF8.self) }
  }

  // MARK: Lists of arrays

  /// The elements as arrays, or what keeps the first of them from being read; nil where one is neither an array nor a
  /// list of single values.
  private mutating func parts(
    _ elements: [PickleValue], name: String
  ) throws(FeatureFileError) -> Result<[NamedArray], FeatureFileError>? {
    for element in elements {
      switch element {
      case .tensor, .array, .integer, .number, .boolean: continue
      case .container(let number):
        let container = machine.containers[number]
        guard !container.isDictionary else { return nil }
        switch container.elements.first {
        // A batch of none.
        case nil: continue
        case .text?, .longText?, .byteText?, .integer?, .number?, .boolean?: continue
        default: return nil
        }
      default: return nil
      }
    }
    var parts: [NamedArray] = []
    parts.reserveCapacity(elements.count)
    for element in elements {
      if case .container(let number) = element {
        let values = machine.containers[number].elements
        if values.isEmpty { continue }
        try spend(values.count, depth: 0, name: name)
        guard let vector = vector(values, name: name) else { return nil }
        parts.append(array(name, [values.count], vector.elementType, vector.storage))
        continue
      }
      switch try array(element, name: name) {
      case .success(let array)?: parts.append(array)
      case .failure(let reason)?: return .failure(reason)
      case nil: return nil
      }
    }
    return parts.isEmpty ? nil : .success(parts)
  }

  /// The parts as one array, or why they are none; nil where they are not parts of one but arrays beside each other, such
  /// as `[features, labels]`.
  private mutating func join(
    _ parts: Result<[NamedArray], FeatureFileError>, name: String, beside siblings: Siblings
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError>? {
    let arrays: [NamedArray]
    switch parts {
    case .success(let parts): arrays = parts
    case .failure(let reason): return .failure(reason)
    }
    guard let first = arrays.first else { return nil }
    let rank = first.shape.count
    guard arrays.allSatisfy({ $0.shape.count == rank }) else { return nil }
    guard arrays.allSatisfy({ $0.elementType == first.elementType }) else {
      if let numbers = Self.numbers(of: arrays) {
        return try join(.success(numbers), name: name, beside: siblings)
      }
      return refused(
        name, "a list of \(arrays.count) arrays of different types",
        "convert and join them before saving, torch.cat(list)")
    }
    let lengths = arrays.map(\.rowCount)
    let isStacked = rank == 1 && areSamples(arrays, lengths: lengths, beside: siblings)
    let trailing = first.shape.dropFirst()
    guard isStacked || arrays.allSatisfy({ $0.shape.dropFirst() == trailing }) else {
      return refused(
        name, "a list of \(arrays.count) arrays of different shapes",
        "make them alike and join them before saving, torch.cat(list)")
    }
    let rows =
      isStacked ? try arrays.map { (vector) throws(FeatureFileError) in try vector.asRow() } : arrays
    var count = 0
    for part in rows {
      let (sum, overflow) = count.addingReportingOverflow(rank == 0 ? 1 : part.rowCount)
      guard !overflow else { throw tooOften(name) }
      count = sum
    }
    let shape = try ArrayShape(
      [count] + (isStacked ? first.shape : Array(trailing)),
      elementByteCount: first.elementType.byteCount ?? 1,
      place: FeatureFileError.quoted(name), path: path)
    remainingJoinedByteCount -= shape.byteCount
    guard remainingJoinedByteCount >= 0 else { throw tooOften(name) }
    return .success(
      array(name, shape.extents, first.elementType, Self.storage(of: rows)))
  }

  /// Lists of numbers of which some happen to be whole, all as float64; nil for any other arrays.
  private static func numbers(of parts: [NamedArray]) -> [NamedArray]? {
    var numbers: [NamedArray] = []
    for part in parts {
      switch part.storage {
      case .doubles: numbers.append(part)
      case .integers(let values):
        numbers.append(
          NamedArray(
            name: part.name, shape: part.shape, elementType: .float64, path: part.path,
            storage: .doubles(values.map(Double.init))))
      default: return nil
      }
    }
    return numbers
  }

  private func tooOften(_ name: String) -> FeatureFileError {
    .impossibleSize(
      path: path, place: FeatureFileError.quoted(name), problem: "the same values are in a list over and over"
    )
  }

  /// Whether vectors are one sample each rather than batches of numbers: fractions of one length, unless batches of
  /// other values with as many rows stand beside them; whole numbers only beside as many single values.
  private func areSamples(_ vectors: [NamedArray], lengths: [Int], beside siblings: Siblings) -> Bool {
    guard let length = lengths.first, lengths.allSatisfy({ $0 == length }), length > 0,
      vectors[0].elementType.isNumeric, !siblings.batchRowCounts.contains(lengths)
    else { return false }
    if vectors[0].elementType.isFloatingPoint { return true }
    return length > 1 && siblings.scalarCounts.contains(lengths.count)
  }

  /// Values in memory as one stretch, and arrays in the file one after the other.
  private static func storage(of parts: [NamedArray]) -> ArrayStorage {
    var integers: [Int] = []
    var doubles: [Double] = []
    var strings: [String] = []
    for part in parts {
      switch part.storage {
      case .integers(let values): integers += values
      case .doubles(let values): doubles += values
      case .strings(let values): strings += values
      default: return .joined(JoinedArrays(parts))
      }
    }
    if !doubles.isEmpty { return integers.isEmpty ? .doubles(doubles) : .joined(JoinedArrays(parts)) }
    return strings.isEmpty ? .integers(integers) : .strings(strings)
  }

  private mutating func spend(_ count: Int, depth: Int, name: String) throws(FeatureFileError) {
    remainingCount -= count
    guard depth <= Self.depthLimit, remainingCount >= 0, name.utf8.count <= Self.nameByteCountLimit else {
      throw .impossibleSize(
        path: path, place: machine.place,
        problem: "containers are nested deeper than \(Self.depthLimit), in themselves, or over and over")
    }
  }
}
