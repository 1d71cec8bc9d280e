/// A value of a pickle.
///
/// Large values are indices into the machine's tables: a container may contain itself, and tables are released without
/// recursion.
enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// An integer of more than 64 bits.
  case hugeInteger
  case number(Double)
  case text(String)
  /// Long text, as UTF-8 in `contents`.
  case longText(Int)
  /// Raw bytes in `contents`.
  case bytes(Int)
  /// A string of Python 2 in `contents`: bytes in an unknown encoding.
  case byteText(Int)
  case global(PickleGlobal)
  case container(Int)
  case storage(Int)
  case tensor(Int)
  /// A NumPy array, or a scalar as an array without dimensions.
  case array(Int)
  /// A NumPy dtype.
  case arrayType(Int)
  /// An instance of a class that is not loaded, as the index of the class's name.
  case object(Int)
}

/// A list, tuple, set or dictionary.
struct PickleContainer: Sendable {
  enum Kind: Sendable {
    case list, tuple, set, dictionary
  }

  let kind: Kind
  /// In a dictionary, keys and values alternate.
  var elements: [PickleValue] = []

  var isDictionary: Bool { kind == .dictionary }
}

/// A class or function that a pickle names. Nothing is imported or called: `PickleMachine` reimplements those listed
/// here, and any other gives objects that are not loaded.
enum PickleGlobal: Equatable, Sendable {
  /// `dict` and subclasses with the same content: `OrderedDict`, `defaultdict`, `Counter`.
  case dictionary
  case list, tuple, set
  /// The representation of bytes in protocols 0 to 2.
  case encode
  case bytes
  /// `pathlib`: the file system's separator is `/` or, on Windows, `\`.
  case path(isWindows: Bool)
  /// `copyreg.__newobj__` and, in protocols 0 and 1, `copyreg._reconstructor`: which create an instance.
  case newObject, newInstance

  case array, arrayType, reconstruct, scalar, fromBuffer

  case size, device
  case storageType(TorchElementType)
  case elementType(TorchElementType)
  case rebuildTensor
  /// `rebuildTensor` with the element type as an additional argument.
  case rebuildTypedTensor
  /// The value is the first argument. Parameters, and tensors of devices without storages, such as XLA's.
  case rebuildParameter
  /// A function and its arguments, for tensors with attributes.
  case rebuildFromType
  case loadStorage

  /// Any other, as the index of its name.
  case unknown(Int)

  /// Nil for a name that is not listed.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"),
      ("__builtin__", "dict"), ("builtins", "dict"), ("sklearn.utils._bunch", "Bunch"),
      ("sklearn.utils", "Bunch"):
      self = .dictionary
    case ("__builtin__", "list"), ("builtins", "list"), ("collections", "deque"): self = .list
    case ("__builtin__", "tuple"), ("builtins", "tuple"): self = .tuple
    case ("__builtin__", "set"), ("builtins", "set"), ("__builtin__", "frozenset"), ("builtins", "frozenset"):
      self = .set
    case ("_codecs", "encode"): self = .encode
    case ("__builtin__", "bytes"), ("builtins", "bytes"), ("__builtin__", "bytearray"),
      ("builtins", "bytearray"):
      self = .bytes
    case ("pathlib", _), ("pathlib._local", _):
      switch name {
      case "PosixPath", "PurePosixPath", "Path", "PurePath": self = .path(isWindows: false)
      case "WindowsPath", "PureWindowsPath": self = .path(isWindows: true)
      default: return nil
      }
    case ("copyreg", "__newobj__"), ("copy_reg", "__newobj__"): self = .newObject
    case ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"): self = .newInstance
    case ("numpy", "ndarray"), ("numpy", "memmap"), ("numpy.core.memmap", "memmap"),
      ("numpy._core.memmap", "memmap"), ("numpy", "matrix"), ("numpy.matrixlib.defmatrix", "matrix"):
      self = .array
    case ("numpy", "dtype"): self = .arrayType
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .reconstruct
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .scalar
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"): self = .fromBuffer
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"),
      ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("torch._utils", "_rebuild_xla_tensor"),
      ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch.storage", "_load_from_bytes"): self = .loadStorage
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

  /// The name in messages about unsupported arguments.
  var name: String {
    switch self {
    case .dictionary: "dict"
    case .list: "list"
    case .tuple: "tuple"
    case .set: "set"
    case .encode, .bytes: "bytes"
    case .path: "pathlib.Path"
    case .newObject, .newInstance: "object"
    case .array, .reconstruct, .fromBuffer: "numpy.ndarray"
    case .arrayType: "numpy.dtype"
    case .scalar: "numpy.generic"
    case .size: "torch.Size"
    case .device: "torch.device"
    case .storageType(let type): "a storage of torch.\(type)"
    case .elementType(let type): "torch.\(type)"
    case .rebuildTensor, .rebuildTypedTensor, .rebuildFromType: "torch.Tensor"
    case .rebuildParameter: "torch.nn.Parameter"
    case .loadStorage: "torch.storage"
    case .unknown: "object"
    }
  }

  /// The description of an object that is not loaded, and what to save instead.
  ///
  /// - Parameter name: The module and name of its class, or of the function that creates it.
  static func description(ofObject name: String) -> (type: String, remedy: String) {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    if name.hasPrefix("pandas.") {
      return (
        "a pandas object (\(last))",
        "save its columns as arrays, frame[column].to_numpy(), or write it with to_csv"
      )
    }
    if name.hasPrefix("scipy.sparse") { return ("a sparse matrix (\(name))", "save matrix.toarray()") }
    if name.hasPrefix("torch") {
      if last.contains("sparse") { return ("a sparse tensor", "save tensor.to_dense()") }
      if last.contains("qtensor") { return ("a quantized tensor", "save tensor.dequantize()") }
      if last.contains("nested") { return ("a nested tensor", "save tensor.to_padded_tensor(0)") }
      if last.contains("meta") { return ("a tensor without values", "save it from a device that holds them") }
    }
    if name.hasPrefix("numpy.ma") { return ("a masked array", "save array.filled()") }
    if name.hasPrefix("numpy") {
      return ("a NumPy object (\(name))", "save it as a plain array, numpy.asarray(value)")
    }
    if last == "complex" { return ("a complex number", "save its real and imaginary parts") }
    return ("a Python object (\(name))", "save only tensors, arrays, text and numbers")
  }
}

/// A pickled NumPy array. Its elements are bytes of the pickle, or a list if they are Python objects.
struct PickledNumPyArray: Sendable {
  enum Content: Sendable {
    /// In `contents`.
    case bytes(Int)
    /// In `containers`.
    case objects(Int)
  }

  /// In `arrayTypes`.
  var type: Int
  var extents: [Int]
  var isColumnMajor: Bool
  var content: Content
}

/// A pickled NumPy dtype.
struct PickledNumPyType: Sendable {
  /// As in `f8`.
  let code: String
  /// `<`, `>`, `|`, or `=` until it is set.
  var byteOrder = "="
  /// Whether it has fields or array elements.
  var isStructured = false
}

/// The type of a tensor's elements, with PyTorch's name.
struct TorchElementType: Equatable, Sendable, CustomStringConvertible {
  /// The index among all types, which keeps pickled values small.
  private let number: UInt8

  /// As in `torch.float32`.
  var name: String { Self.names[Int(number)] }

  var description: String { name }

  /// The number of bytes of an element in a storage.
  var byteCount: Int {
    if let size = elementType?.byteCount { return size }
    switch name {
    case "complex128": return 16
    case "complex64": return 8
    case "complex32", "qint32": return 4
    default: return 1
    }
  }

  /// The element type; nil for unsupported types.
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

  /// Nil if there is no `torch.dtype` with this name.
  init?(name: String) {
    guard let number = Self.names.firstIndex(of: name) else { return nil }
    self.number = UInt8(number)
  }

  /// From the name of a storage class such as `FloatStorage`.
  init?(storageName: String) {
    guard let name = Self.storages[storageName] else { return nil }
    self.init(name: name)
  }

  /// The remedy for a tensor of an unsupported type.
  var remedy: String {
    if name.hasPrefix("complex") { return "save tensor.real and tensor.imag" }
    return name.hasPrefix("q") ? "save tensor.dequantize()" : "save tensor.float()"
  }
}

/// A contiguous range of numbers, of which tensors are views.
struct TorchStorage: Sendable {
  enum Content: Sendable {
    /// The member of an archive.
    case member(String)
    case region(ByteRegion)
  }

  let type: TorchElementType
  var content: Content
  let elementCount: Int
  /// The origin of tensors' offsets, in elements. Above 0 only for views of storages, which PyTorch no longer writes.
  var origin = 0

  /// The name in messages.
  var name: String {
    if case .member(let key) = content { "data/\(key)" } else { "in the pickle" }
  }
}

/// A view of a storage.
struct TorchTensor: Sendable {
  /// The index in the machine's table.
  let storage: Int
  let type: TorchElementType
  /// In elements, like the strides.
  let offset: Int
  let extents: [Int]
  let strides: [Int]
  /// Whether its values are those of the storage, negated or conjugated on access.
  let isLazy: Bool
}
