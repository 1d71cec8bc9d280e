/// NumPy's archive of named arrays: a zip file of `.npy` members, stored or deflated. Other members are
/// left alone.
///
/// Stored members are mapped. Their checksums are compared when all of an array is read, or the first of its pictures,
/// not on opening, which would read all of the file; single rows of numbers are read without: see `IntegrityCheck`.
enum NPZReader: FormatReader {
  static var formats: [FileFormat] { [.npz] }

  static func recognizes(_ bytes: ByteRegion) -> Bool {
    let start = bytes.prefix(4)
    return start == [0x50, 0x4B, 0x03, 0x04] || start == [0x50, 0x4B, 0x05, 0x06]
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let members = try ZipDirectory.members(of: bytes, path: path)
    let arrayMembers = members.filter { $0.name.hasSuffix(".npy") }
    guard !arrayMembers.isEmpty || members.isEmpty else { throw foreignArchive(members, path: path) }
    var arrays: [NamedArray] = []
    var unreadable: [(name: String, reason: FeatureFileError)] = []
    for member in arrayMembers {
      let name = String(member.name.dropLast(".npy".count))
      do {
        let source = try member.source(path: path)
        var array = try NPYReader.array(
          in: source, name: name, headerPlace: "the header of \(FeatureFileError.quoted(name))",
          place: FeatureFileError.quoted(name), path: path)
        array.storedChecksum = storedChecksum(of: member, array, path: path)
        arrays.append(array)
      } catch .unsupportedElementType(let path, let array, let type, let remedy) {
        let reason = FeatureFileError.unsupportedElementType(
          path: path, array: array, type: type, remedy: remedy)
        unreadable.append((name, reason))
      }
    }
    return try FeatureFile(
      path: path, format: .npz, byteCount: bytes.count, arrays: arrays, unreadable: unreadable)
  }

  private static func storedChecksum(
    of member: ZipMember, _ array: NamedArray, path: String
  ) -> StoredChecksum? {
    guard member.method == .stored, case .binary(.mapped(let values), _) = array.storage,
      let offset = member.content.offset(of: values)
    else { return nil }
    return StoredChecksum(path: path, member: member, valuesOffset: offset)
  }

  private static func foreignArchive(_ members: [ZipMember], path: String) -> FeatureFileError {
    if members.contains(where: { $0.name == "[Content_Types].xml" }) {
      return .unsupportedFormat(path: path, format: "an office document", remedy: "save the table as CSV")
    }
    return .unsupportedFormat(
      path: path, format: "a zip archive without arrays", remedy: "write it with numpy.savez")
  }
}
