/// What `torch.save` writes since PyTorch 1.6: a zip file of a pickle and one member per storage.
///
/// Tensors, alone or in dicts, lists and tuples, are arrays; so are lists of text or of numbers, and single
/// ones. Names are keys and indices joined by `.`; a tensor alone has the file's name. The pickle is run by
/// `PickleMachine`, which can build nothing else. Storages are mapped, and compared with their checksums as npz's
/// members are, but for a checksum of 0: PyTorch leaves them out where it is told to save without
/// (`set_crc32_options(False)`, `skip_data`), and compares none itself.
///
/// The format: pytorch.org/docs/stable/notes/serialization.html
enum TorchReader: FormatReader {
  static var formats: [FileFormat] { [.pt] }
  private static let pickleName = "data.pkl"
  /// Far more than names and texts of any data set take.
  private static let pickleByteCountLimit = 1 << 28

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    guard NPZReader.recognizes(bytes) else { return false }
    // PyTorch writes the pickle first, so its name is near the beginning even if the directory is lost.
    if let first = ZipDirectory.firstName(in: bytes) { if first.hasSuffix("/\(pickleName)") { return true } }
    let members = (try? ZipDirectory.members(of: bytes, path: "")) ?? []
    return members.contains { $0.name.hasSuffix("/\(pickleName)") }
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let members = try ZipDirectory.members(of: bytes, path: path)
    guard let pickle = members.first(where: { $0.name.hasSuffix("/\(pickleName)") }) else {
      throw .malformedHeader(path: path, place: "the archive", problem: "has no \(pickleName)")
    }
    let folder = String(pickle.name.dropLast(pickleName.count))
    if members.contains(where: { $0.name == folder + "constants.pkl" }) {
      throw .unsupportedFormat(
        path: path, format: "a TorchScript program", remedy: "save its tensors with torch.save")
    }
    // Compressed it could be a thousand times larger than the file; torch.save never compresses.
    guard pickle.method == .stored, pickle.byteCount <= pickleByteCountLimit else {
      throw .impossibleSize(
        path: path, place: pickleName, problem: "is compressed, or of more than \(pickleByteCountLimit) bytes"
      )
    }
    if pickle.checksum != 0 {
      try StoredChecksum(path: path, member: pickle, valuesOffset: 0).confirm()
    }
    var machine = PickleMachine(pickle.content.prefix(pickle.content.count), path: path)
    let root = try machine.run(stage: stage)
    var collector = TorchArrays(
      machine: machine, archive: try archive(members, in: folder, path: path),
      byteCount: pickle.byteCount)
    try collector.collect(root, name: NPYReader.arrayName(path: path))
    return try FeatureFile(
      path: path, format: .pt, byteCount: bytes.count, arrays: collector.arrays,
      unreadable: collector.unreadable)
  }

  private static func archive(
    _ members: [ZipMember], in folder: String, path: String
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
      throw .malformedHeader(path: path, place: "byteorder", problem: "is neither little nor big")
    }
    return TorchArchive(path: path, isBigEndian: byteOrder == "big", members: storages)
  }
}
