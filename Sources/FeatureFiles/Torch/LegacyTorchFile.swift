/// The format of `torch.save` before PyTorch 1.6, which is still available as an option: pickles of a magic number, a
/// version, system information, the value, and the keys of its storages, followed by the storages.
///
/// Each storage consists of its element count in eight bytes and its elements, little-endian.
struct LegacyTorchFile {
  let machine: PickleMachine
  let root: PickleValue

  private static let place = "the pickle"
  private static let magicNumber: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  /// The magic number in the textual protocols 0 and 1.
  private static let magicLine = Array("L119547037146038801333356L\n".utf8)

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(32)
    if start.starts(with: magicLine) { return true }
    guard start.first == PickleOpcode.proto.rawValue else { return false }
    return start.indices.contains { start[$0...].starts(with: magicNumber) }
  }

  /// - Throws: The errors of the pickles and of the storages' positions.
  init(
    _ bytes: ByteRegion, path: String, stage: ReadStage, memory: DecompressionMemory, isNested: Bool = false
  ) throws(FeatureFileError) {
    var machine = PickleMachine(bytes, place: Self.place, path: path, memory: memory)
    machine.isNested = isNested
    // The magic number, the version and the system information, whose byte order is not that of the storages.
    for _ in 0..<3 { _ = try machine.run(stage: stage) }
    root = try machine.run(stage: stage)
    let keyList = try machine.run(stage: stage)
    guard let keys = machine.sequence(keyList) else {
      throw .malformedHeader(path: path, place: Self.place, problem: "the storage keys are missing")
    }
    // Several references may share a storage.
    var elementByteCounts: [String: Int] = [:]
    for storage in machine.storages {
      if case .member(let key) = storage.content { elementByteCounts[key] = storage.type.byteCount }
    }
    var regions: [String: ByteRegion] = [:]
    var offset = machine.offset
    for key in keys {
      guard let key = machine.text(key), let size = elementByteCounts[key] else {
        throw .malformedHeader(path: path, place: Self.place, problem: "a key refers to no storage")
      }
      guard let count = bytes.integer(Int64.self, at: offset) else {
        throw .truncated(
          path: path, place: "storage \(key)", neededByteCount: 8,
          foundByteCount: max(0, bytes.count - offset))
      }
      let (byteCount, overflow) = Int(count).multipliedReportingOverflow(by: size)
      guard count >= 0, !overflow, let region = bytes.slice(at: offset + 8, count: byteCount) else {
        throw .truncated(
          path: path, place: "storage \(key)", neededByteCount: overflow || count < 0 ? .max : byteCount,
          foundByteCount: max(0, bytes.count - offset - 8))
      }
      regions[key] = region
      offset += 8 + byteCount
    }
    for index in machine.storages.indices {
      if case .member(let key) = machine.storages[index].content, let region = regions[key] {
        machine.storages[index].content = .region(region)
      }
    }
    self.machine = machine
  }
}
