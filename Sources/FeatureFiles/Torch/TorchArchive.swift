/// The storages of a PyTorch file, and tensors as arrays.
struct TorchArchive {
  let path: String
  let isBigEndian: Bool
  /// The members by key; empty if the file is not an archive.
  var members: [String: ZipMember] = [:]
  let memory: DecompressionMemory

  /// The largest ratio of values in a view to stored values. PyTorch stores expanded tensors as one value, so a small
  /// file could exhaust the memory.
  static let repetitionLimit = 64

  /// The array of a tensor, or the reason why its type is not supported.
  ///
  /// - Throws: If the tensor exceeds its storage, or the storage exceeds the file.
  func array(
    _ tensor: TorchTensor, of storage: TorchStorage, name: String
  ) throws(FeatureFileError) -> Result<NamedArray, FeatureFileError> {
    func unreadable(_ type: String, _ remedy: String) -> Result<NamedArray, FeatureFileError> {
      .failure(.unsupportedElementType(path: path, array: name, type: type, remedy: remedy))
    }
    guard let type = tensor.type.elementType, let size = type.byteCount else {
      return unreadable("elements of type torch.\(tensor.type.name)", tensor.type.remedy)
    }
    if tensor.isLazy { return unreadable("a view that PyTorch negates when read", "save tensor.clone()") }
    let place = FeatureFileError.quoted(name)
    let shape = try ArrayShape(tensor.extents, elementByteCount: size, place: place, path: path)
    let (member, bytes, elementCount) = try content(of: storage, elementByteCount: size, place: place)
    let range = try Self.range(of: tensor, shape, in: elementCount, place: place, path: path)
    guard shape.elementCount / Self.repetitionLimit <= elementCount else {
      return unreadable(
        "\(elementCount) values shown \(shape.elementCount) times", "save tensor.contiguous()")
    }
    guard let part = bytes.slice(at: range.lowerBound * size, count: range.count * size) else {
      throw .truncated(
        path: path, place: place, neededByteCount: range.upperBound * size, foundByteCount: bytes.count)
    }
    let isDense = tensor.strides == ArrayShape.rowMajorStrides(tensor.extents)
    let layout = BinaryLayout(
      elementByteCount: size, isBigEndian: isBigEndian, strides: isDense ? nil : tensor.strides)
    var array = NamedArray(
      name: name, shape: tensor.extents, elementType: type, path: path, storage: .binary(part, layout))
    array.storedChecksum = member.flatMap { storedChecksum(of: $0, part) }
    return .success(array)
  }

  /// The checksum of a tensor's storage; nil if there is none, or if the tensor is a small view, whose verification
  /// would read much more than the view.
  private func storedChecksum(of member: ZipMember, _ part: ByteSource) -> StoredChecksum? {
    guard member.method == .stored, member.checksum != 0, case .mapped(let values) = part,
      member.content.count / 2 <= values.count, let offset = member.content.offset(of: values)
    else { return nil }
    return StoredChecksum(path: path, member: member, valuesOffset: offset)
  }

  /// The member and the bytes of a storage, and their number of elements of the tensor's type.
  private func content(
    of storage: TorchStorage, elementByteCount: Int, place: String
  ) throws(FeatureFileError) -> (member: ZipMember?, bytes: ByteSource, elementCount: Int) {
    if case .region(let region) = storage.content {
      return (nil, .mapped(region), region.count / elementByteCount)
    }
    guard case .member(let key) = storage.content, let member = members[key] else {
      throw .malformedHeader(
        path: path, place: place, problem: "\(storage.name) is missing from the file")
    }
    let bytes = try member.source(path: path, memory: memory)
    let (needed, overflow) = storage.elementCount.multipliedReportingOverflow(
      by: storage.type.elementType?.byteCount ?? 1)
    guard !overflow, needed <= bytes.count else {
      throw .truncated(
        path: path, place: storage.name, neededByteCount: overflow ? .max : needed,
        foundByteCount: bytes.count)
    }
    return (member, bytes, needed / elementByteCount)
  }

  /// The range of elements in the storage that a tensor spans.
  private static func range(
    of tensor: TorchTensor, _ shape: ArrayShape, in storageCount: Int, place: String, path: String
  ) throws(FeatureFileError) -> Range<Int> {
    func impossible(_ problem: String) -> FeatureFileError {
      .impossibleSize(path: path, place: place, problem: problem)
    }
    var outside: String {
      "offset \(tensor.offset), shape \(tensor.extents) and strides \(tensor.strides) "
        + "reach outside its storage of \(storageCount) elements"
    }
    guard tensor.offset >= 0, tensor.offset <= storageCount, tensor.strides.allSatisfy({ $0 >= 0 }) else {
      throw impossible(outside)
    }
    guard shape.elementCount > 0 else { return tensor.offset..<tensor.offset }
    var last = tensor.offset
    for (extent, stride) in zip(tensor.extents, tensor.strides) {
      let (distance, isTooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      guard !isTooFar, distance < storageCount - last else { throw impossible(outside) }
      last += distance
    }
    guard last < storageCount else { throw impossible(outside) }
    return tensor.offset..<last + 1
  }
}
