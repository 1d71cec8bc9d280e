/// A value that a pickle made.
///
/// Containers, storages and tensors are numbers into the machine's tables: a container may hold itself, and
/// tables need no recursion to be released.
enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// An integer of more than 64 bits.
  case hugeInteger
  case number(Double)
  case text(String)
  /// Raw bytes, which nobody needs here.
  case bytes
  case global(PickleGlobal)
  case container(Int)
  case storage(Int)
  case tensor(Int)
}

/// A list, tuple, set or dictionary.
struct PickleContainer: Sendable {
  enum Kind: Sendable {
    case list, tuple, set, dictionary
    /// It may be given attributes, which are left alone.
    case orderedDictionary
  }

  let kind: Kind
  /// In a dictionary keys and values take turns.
  var elements: [PickleValue] = []

  var isDictionary: Bool { kind == .dictionary || kind == .orderedDictionary }
}

/// What a pickle may name. Whatever is not here is refused by its name.
enum PickleGlobal: Equatable, Sendable {
  case orderedDictionary
  case set
  /// How protocol 2 spells bytes.
  case encode
  case size
  case device
  case storageType(TorchElementType)
  case elementType(TorchElementType)
  case rebuildTensor
  /// The same with the element type as a further argument.
  case rebuildTypedTensor
  case rebuildParameter

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("__builtin__", "set"), ("builtins", "set"): self = .set
    case ("__builtin__", "frozenset"), ("builtins", "frozenset"): self = .set
    case ("_codecs", "encode"): self = .encode
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"):
      guard let type = TorchElementType(storageName: "ByteStorage") else { return nil }
      self = .storageType(type)
    case ("torch", _):
      if let type = TorchElementType(storageName: name) {
        self = .storageType(type)
      } else if let type = TorchElementType(name: name) {
        self = .elementType(type)
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// What to do instead of saving an object that is refused.
  static func remedy(module: String, name: String) -> String {
    if module.hasPrefix("numpy") { return "save arrays as tensors, torch.from_numpy(array)" }
    if name.contains("sparse") { return "save it dense, tensor.to_dense()" }
    if name.contains("qtensor") { return "save it as numbers, tensor.dequantize()" }
    return "save only tensors, lists of text and numbers, as in torch.save({\"features\": features}, path)"
  }
}

/// The type of a tensor's elements by PyTorch's name.
struct TorchElementType: Equatable, Sendable, CustomStringConvertible {
  /// Its place among all, which keeps pickled values small.
  private let number: UInt8

  /// As in `torch.float32`.
  var name: String { Self.names[Int(number)] }

  var description: String { name }

  /// `nil` for types that are not read.
  var elementType: ElementType? { ElementType(rawValue: name).flatMap { $0 == .string ? nil : $0 } }

  /// Every `torch.dtype`.
  static let names = [
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128",
    "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
    "float4_e2m1fn_x2", "qint8", "quint8", "qint32", "quint4x2", "quint2x4",
  ]

  private static let storages: [String: String] = [
    "BoolStorage": "bool", "ByteStorage": "uint8", "CharStorage": "int8", "ShortStorage": "int16",
    "IntStorage": "int32", "LongStorage": "int64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32", "DoubleStorage": "float64", "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128", "QInt8Storage": "qint8", "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
  ]

  /// `nil` for a name that is no `torch.dtype`'s.
  init?(name: String) {
    guard let number = Self.names.firstIndex(of: name) else { return nil }
    self.number = UInt8(number)
  }

  /// From the name of a storage class such as `FloatStorage`.
  init?(storageName: String) {
    guard let name = Self.storages[storageName] else { return nil }
    self.init(name: name)
  }

  /// What to do with a tensor of a type that is not read.
  var remedy: String {
    if name.hasPrefix("complex") { return "save tensor.real and tensor.imag" }
    return name.hasPrefix("q") ? "save tensor.dequantize()" : "save tensor.float()"
  }
}

/// A stretch of numbers in a member of the archive; tensors are views of it.
struct TorchStorage: Sendable {
  let type: TorchElementType
  /// The member's name.
  let key: String
  let elementCount: Int
}

/// A view of a storage.
struct TorchTensor: Sendable {
  /// Its number in the machine's table.
  let storage: Int
  let type: TorchElementType
  /// In elements, as are the strides.
  let offset: Int
  let extents: [Int]
  let strides: [Int]
  /// Whether its values are those in the storage negated or conjugated, which PyTorch does when asked for
  /// them.
  let isLazy: Bool
}
