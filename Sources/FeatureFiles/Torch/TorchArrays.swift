/// Gathers arrays from what a pickle made.
struct TorchArrays {
  private let machine: PickleMachine
  private let archive: TorchArchive
  private(set) var arrays: [NamedArray] = []
  private(set) var unreadable: [(name: String, reason: FeatureFileError)] = []
  /// What may still be looked at: values that contain others twice, level upon level, would never end.
  private var remainingCount: Int
  private var path: String { archive.path }

  private static let depthLimit = 64
  /// More are values that should have been a tensor.
  private static let arrayCountLimit = 1 << 16
  /// Values in one container share their names' beginnings, so names can be longer than the pickle.
  private static let nameByteCountLimit = 4096

  init(machine: PickleMachine, archive: TorchArchive, byteCount: Int) {
    self.machine = machine
    self.archive = archive
    remainingCount = 2 * byteCount + 1024
  }

  /// Takes a value with all that is in it; `name` is the file's.
  mutating func collect(_ root: PickleValue, name: String) throws(FeatureFileError) {
    if case .container(let number) = root {
      let container = machine.containers[number]
      if !container.isDictionary, addVector(container.elements, name: name) { return }
      try collect(root, keys: [], depth: 0)
    } else {
      try collect(root, keys: [name], depth: 0)
    }
  }

  private mutating func collect(
    _ value: PickleValue, keys: [String], depth: Int
  ) throws(FeatureFileError) {
    let name = keys.joined(separator: ".")
    try spend(1 + name.utf8.count / 8, depth: depth, name: name)
    guard arrays.count + unreadable.count < Self.arrayCountLimit else {
      throw .unsupportedFormat(
        path: path, format: "a list of more than \(Self.arrayCountLimit) values of different kinds",
        remedy: "stack tensors before they are saved, torch.stack(list)")
    }
    switch value {
    case .none, .global: break
    case .boolean(let value): add(name, [], .bool, .integers([value ? 1 : 0]))
    case .integer(let value): add(name, [], .int64, .integers([value]))
    case .number(let value): add(name, [], .float64, .doubles([value]))
    case .text(let text): add(name, [], .string, .strings([text]))
    case .hugeInteger: refuse(name, "an integer of more than 64 bits", "save it as text")
    case .bytes: refuse(name, "raw bytes", "save them as text or as a tensor of uint8")
    case .storage: refuse(name, "a storage without a shape", "save the tensor")
    case .tensor(let number):
      let tensor = machine.tensors[number]
      switch try archive.array(tensor, of: machine.storages[tensor.storage], name: name) {
      case .success(let array): arrays.append(array)
      case .failure(let reason): unreadable.append((name, reason))
      }
    case .container(let number): try collect(machine.containers[number], keys: keys, depth: depth)
    }
  }

  private mutating func collect(
    _ container: PickleContainer, keys: [String], depth: Int
  ) throws(FeatureFileError) {
    let elements = container.elements
    if container.isDictionary {
      for position in stride(from: 0, to: elements.count, by: 2) {
        try collect(elements[position + 1], keys: keys + [try key(elements[position])], depth: depth + 1)
      }
      return
    }
    try spend(elements.count, depth: depth, name: keys.joined(separator: "."))
    if !keys.isEmpty, addVector(elements, name: keys.joined(separator: ".")) { return }
    for (index, element) in elements.enumerated() {
      try collect(element, keys: keys + [String(index)], depth: depth + 1)
    }
  }

  /// Adds the values as one array if they are all text or all numbers.
  private mutating func addVector(_ elements: [PickleValue], name: String) -> Bool {
    let texts = elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
    if texts.count == elements.count, !elements.isEmpty {
      add(name, [texts.count], .string, .strings(texts))
      return true
    }
    let integers: [Int] = elements.compactMap {
      switch $0 {
      case .integer(let value): value
      case .boolean(let value): value ? 1 : 0
      default: nil
      }
    }
    if integers.count == elements.count {
      add(name, [integers.count], .int64, .integers(integers))
      return true
    }
    let numbers: [Double] = elements.compactMap {
      switch $0 {
      case .integer(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    }
    guard numbers.count == elements.count else { return false }
    add(name, [numbers.count], .float64, .doubles(numbers))
    return true
  }

  private func key(_ value: PickleValue) throws(FeatureFileError) -> String {
    switch value {
    case .text(let text): text
    case .integer(let integer): String(integer)
    case .number(let number): String(number)
    case .boolean(let value): value ? "True" : "False"
    case .none: "None"
    default:
      throw .malformedHeader(
        path: path, place: PickleMachine.place, problem: "a key of a dict is neither text nor a number")
    }
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ elementType: ElementType, _ storage: ArrayStorage
  ) {
    arrays.append(
      NamedArray(name: name, shape: shape, elementType: elementType, path: path, storage: storage))
  }

  private mutating func refuse(_ name: String, _ type: String, _ remedy: String) {
    unreadable.append(
      (name, .unsupportedElementType(path: path, array: name, type: type, remedy: remedy)))
  }

  private mutating func spend(_ count: Int, depth: Int, name: String) throws(FeatureFileError) {
    remainingCount -= count
    guard depth <= Self.depthLimit, remainingCount >= 0, name.utf8.count <= Self.nameByteCountLimit else {
      throw .impossibleSize(
        path: path, place: PickleMachine.place,
        problem: "containers are nested deeper than \(Self.depthLimit), in themselves, or over and over")
    }
  }
}
