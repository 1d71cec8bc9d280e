/// The format of `torch.save`: since PyTorch 1.6, a zip file with a pickle and one member per storage; before that,
/// `LegacyTorchFile`.
///
/// `PickledArrays` determines the arrays and their names. Storages are memory-mapped and verified against their
/// checksums, like the members of npz files, unless the checksum is 0: PyTorch can omit checksums
/// (`set_crc32_options(False)`, `skip_data`), and never verifies them.
///
/// The format: pytorch.org/docs/stable/notes/serialization.html
enum TorchReader: FormatReader {
  static var formats: [FileFormat] { [.pt] }
  private static let pickleName = "data.pkl"

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    guard NPZReader.recognizes(bytes) else { return LegacyTorchFile.recognizes(bytes) }
    // PyTorch writes the pickle first, so its name is near the beginning even if the directory is missing.
    if let first = ZipDirectory.firstName(in: bytes) { if isPickle(first) { return true } }
    let members = (try? ZipDirectory.members(of: bytes, path: "")) ?? []
    return members.contains { isPickle($0.name) }
  }

  private static func isPickle(_ name: String) -> Bool {
    name == pickleName || name.hasSuffix("/\(pickleName)")
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    guard NPZReader.recognizes(bytes) else {
      let file = try LegacyTorchFile(bytes, path: path, stage: stage, memory: stage.memory)
      let archive = TorchArchive(path: path, isBigEndian: false, memory: stage.memory)
      return try PickledArrays.file(
        of: file.root, machine: file.machine, archive: archive, format: .pt, byteCount: bytes.count)
    }
    let members = try ZipDirectory.members(of: bytes, path: path)
    guard let pickle = members.first(where: { isPickle($0.name) }) else {
      throw .malformedHeader(path: path, place: "the archive", problem: "\(pickleName) is missing")
    }
    let folder = String(pickle.name.dropLast(pickleName.count))
    if members.contains(where: { $0.name == folder + "constants.pkl" }) {
      throw .unsupportedFormat(
        path: path, format: "a TorchScript program", remedy: "save its tensors with torch.save")
    }
    // A compressed pickle could be a thousand times larger than the file; torch.save never compresses it.
    guard pickle.method == .stored else {
      throw .impossibleSize(
        path: path, place: pickleName, problem: "a compressed pickle is not supported")
    }
    if pickle.checksum != 0 {
      try StoredChecksum(path: path, member: pickle, valuesOffset: 0).confirm()
    }
    var machine = PickleMachine(pickle.content, path: path, memory: stage.memory)
    let root = try machine.run(stage: stage)
    return try PickledArrays.file(
      of: root, machine: machine, archive: try archive(members, in: folder, path: path, memory: stage.memory),
      format: .pt, byteCount: bytes.count)
  }

  private static func archive(
    _ members: [ZipMember], in folder: String, path: String, memory: DecompressionMemory
  ) throws(FeatureFileError) -> TorchArchive {
    var storages: [String: ZipMember] = [:]
    var byteOrder = "little"
    for member in members where member.name.hasPrefix(folder) {
      let name = String(member.name.dropFirst(folder.count))
      if name == "byteorder" {
        byteOrder = String(decoding: member.content.prefix(16), as: UTF8.self)
      } else if name.hasPrefix("data/") {
        let key = String(name.dropFirst("data/".count))
        guard storages.updateValue(member, forKey: key) == nil else {
          throw .duplicateName(path: path, name: name)
        }
      }
    }
    guard ["little", "big"].contains(byteOrder) else {
      throw .malformedHeader(path: path, place: "byteorder", problem: "expected little or big")
    }
    return TorchArchive(path: path, isBigEndian: byteOrder == "big", members: storages, memory: memory)
  }
}

/// Python pickles of NumPy arrays, tensors or plain values. A file may contain several consecutive pickles.
///
/// The format: docs.python.org/3/library/pickle.html
enum PickleReader: FormatReader {
  static var formats: [FileFormat] { [.pkl] }
  private static let place = "the pickle"

  /// Recognizes the first bytes of protocols 2 to 5.
  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(2)
    return start.count == 2 && start[0] == PickleOpcode.proto.rawValue && (2...5).contains(start[1])
  }

  /// Whether a file with the extension of a pickle can have protocol 0 or 1, which have no signature: it begins with a
  /// value and ends with an end marker.
  static func mayBeTextual(_ bytes: ByteRegion) -> Bool {
    guard let first = bytes.prefix(1).first, bytes.count > 1 else { return false }
    return bytes.integer(UInt8.self, at: bytes.count - 1) == PickleOpcode.stop.rawValue
      && "(])}cIKJMGFLSTUVXN".utf8.contains(first)
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let (root, machine) = try value(of: bytes, path: path, stage: stage)
    let archive = TorchArchive(path: path, isBigEndian: false, memory: stage.memory)
    return try PickledArrays.file(
      of: root, machine: machine, archive: archive, format: .pkl, byteCount: bytes.count)
  }

  /// The value of a pickle, or the tuple of the values of several.
  static func value(
    of bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> (PickleValue, PickleMachine) {
    var machine = PickleMachine(bytes, place: place, path: path, memory: stage.memory)
    var roots = [try machine.run(stage: stage)]
    // Several calls of `pickle.dump` write consecutive pickles. Other trailing data are ignored, as in Python;
    // protocols 0 and 1 must be tried to find out.
    while let next = bytes.integer(UInt8.self, at: machine.offset) {
      if next == PickleOpcode.proto.rawValue {
        roots.append(try machine.run(stage: stage))
      } else {
        var attempt = machine
        guard let root = try? attempt.run(stage: stage) else { break }
        machine = attempt
        roots.append(root)
      }
    }
    return (roots.count == 1 ? roots[0] : try machine.newContainer(.tuple, roots), machine)
  }
}
