/// NumPy's archive of named arrays: a zip file of `.npy` members, uncompressed or deflated. Other members are ignored.
///
/// Uncompressed members are memory-mapped. Their checksums are verified when all of an array, or the first of its
/// images, is read, and not on opening, which would read the whole file. Single rows of numbers are read without
/// verification; see `IntegrityCheck`.
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
    let arrayMembers = members.filter { $0.name.hasSuffix(".npy") && !isLeftByFinder($0.name) }
    guard !arrayMembers.isEmpty || members.isEmpty else { throw foreignArchive(members, path: path) }
    var arrays: [NamedArray] = []
    var unreadable: [(name: String, reason: FeatureFileError)] = []
    for member in arrayMembers {
      let name = String(member.name.dropLast(".npy".count))
      do throws(FeatureFileError) {
        if let type = try foreignContent(of: member, path: path, memory: stage.memory) {
          throw .unsupportedElementType(
            path: path, array: name, type: type, remedy: "write it again with numpy.savez")
        }
        let source = try member.source(path: path, memory: stage.memory)
        let place = "the header of \(FeatureFileError.quoted(name))"
        do throws(FeatureFileError) {
          var array = try NPYReader.array(
            in: source, name: name, headerPlace: place, place: FeatureFileError.quoted(name), path: path)
          array.storedChecksum = storedChecksum(of: member, array, path: path)
          arrays.append(array)
        } catch {
          guard let pickle = try NPYReader.pickle(in: source, after: error, place: place, path: path) else {
            throw error
          }
          let found = try objects(in: pickle, of: member, named: name, path: path, stage: stage)
          guard found.arrays.count + found.unreadable.count > 0 else { throw error }
          arrays += found.arrays
          unreadable += found.unreadable
        }
      } catch {
        // An unsupported array does not prevent reading the others.
        switch error {
        case .unsupportedElementType, .unsupportedCompression: unreadable.append((name, error))
        default: throw error
        }
      }
    }
    return try FeatureFile(
      path: path, format: .npz, byteCount: bytes.count, arrays: arrays, unreadable: unreadable)
  }

  /// The arrays in the pickle of a member of Python objects.
  private static func objects(
    in pickle: ByteRegion, of member: ZipMember, named name: String, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> (arrays: [NamedArray], unreadable: [(name: String, reason: FeatureFileError)])
  {
    if member.method == .stored, member.checksum != 0, let offset = member.content.offset(of: pickle) {
      try StoredChecksum(path: path, member: member, valuesOffset: offset).confirm()
    }
    let (root, machine) = try PickleReader.value(of: pickle, path: path, stage: stage)
    return try PickledArrays.collect(
      root, named: name, machine: machine,
      archive: TorchArchive(path: path, isBigEndian: false, memory: stage.memory), byteCount: pickle.count)
  }

  /// Whether macOS added the member: `__MACOSX/._features.npy` is not an array.
  private static func isLeftByFinder(_ name: String) -> Bool {
    name.hasPrefix("__MACOSX/") || name.split(separator: "/").last?.hasPrefix("._") == true
  }

  /// The content of a member with the extension of an array that is not an array; nil for an array.
  private static func foreignContent(
    of member: ZipMember, path: String, memory: DecompressionMemory
  ) throws(FeatureFileError) -> String? {
    if member.byteCount == 0, member.content.count <= 2 { return "nothing" }
    guard member.method == .stored else { return nil }
    let start = member.content.prefix(NPYHeader.signature.count)
    return start == NPYHeader.signature ? nil : "no array in NumPy format"
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
