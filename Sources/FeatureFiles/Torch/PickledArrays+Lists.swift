extension PickledArrays {
  // MARK: Lists of single values

  /// The values as one vector, if all are text or all are numbers.
  func vector(
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

  static func integer(_ value: PickleValue) -> Int? {
    switch value {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  func textOfBytes(_ value: PickleValue) -> String? {
    guard case .bytes(let number) = value else { return nil }
    return machine.contents[number].withBytes { String(validating: $0, as: UTF8.self) }
  }

  // MARK: Lists of arrays

  /// The elements as arrays, or the error of the first one; nil if one is neither an array nor a list of scalars.
  mutating func parts(
    _ elements: [PickleValue], name: String
  ) throws(FeatureFileError) -> Result<[NamedArray], FeatureFileError>? {
    for element in elements {
      switch element {
      case .tensor, .array, .integer, .number, .boolean: continue
      case .container(let number):
        let container = machine.containers[number]
        guard !container.isDictionary else { return nil }
        switch container.elements.first {
        // An empty batch.
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

  /// The parts as one array, or the reason why they cannot be joined; nil if they are separate arrays, such as
  /// `[features, labels]`.
  mutating func join(
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
        "give them one shape and join them before saving, torch.cat(list)")
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

  /// Lists of numbers, some of which happen to be integers, as float64; nil for any other arrays.
  static func numbers(of parts: [NamedArray]) -> [NamedArray]? {
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

  func tooOften(_ name: String) -> FeatureFileError {
    .impossibleSize(
      path: path, place: FeatureFileError.quoted(name),
      problem: "the same values are repeated too often in a list"
    )
  }

  /// Whether vectors are single samples rather than batches of numbers: fractions of equal length are samples, unless
  /// sibling batches have the same numbers of rows; integers are samples only with a sibling list of as many scalars.
  func areSamples(_ vectors: [NamedArray], lengths: [Int], beside siblings: Siblings) -> Bool {
    guard let length = lengths.first, lengths.allSatisfy({ $0 == length }), length > 0,
      vectors[0].elementType.isNumeric, !siblings.batchRowCounts.contains(lengths)
    else { return false }
    if vectors[0].elementType.isFloatingPoint { return true }
    return length > 1 && siblings.scalarCounts.contains(lengths.count)
  }

  /// Concatenates values in memory, and joins arrays in the file.
  static func storage(of parts: [NamedArray]) -> ArrayStorage {
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

  mutating func spend(_ count: Int, depth: Int, name: String) throws(FeatureFileError) {
    remainingCount -= count
    guard depth <= Self.depthLimit, remainingCount >= 0, name.utf8.count <= Self.nameByteCountLimit else {
      throw .impossibleSize(
        path: path, place: machine.place,
        problem:
          "containers are nested deeper than \(Self.depthLimit), contain themselves, or are repeated too often"
      )
    }
  }
}
