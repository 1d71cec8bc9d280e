/// A member of a zip file, located and checked against the file's size.
struct ZipMember {
  enum Method: Equatable {
    case stored, deflated
    case encrypted
    case other(Int)
  }

  let name: String
  let method: Method
  let checksum: UInt32
  /// The bytes in the file.
  let content: ByteRegion
  /// Bytes it holds once decompressed, as claimed.
  let byteCount: Int
  /// Its header and content.
  let range: Range<Int>

  /// Its bytes: mapped where they are stored, decompressed when asked for where they are not.
  ///
  /// - Throws: `impossibleSize` where its sizes contradict each other, `unsupportedCompression`.
  func source(path: String, memory: DecompressionMemory) throws(FeatureFileError) -> ByteSource {
    switch method {
    case .stored:
      guard content.count == byteCount else {
        throw .impossibleSize(
          path: path, place: FeatureFileError.quoted(name),
          problem: "claims to hold \(byteCount) bytes in \(content.count) uncompressed ones")
      }
      return .mapped(content)
    case .deflated:
      let deflated = try DeflatedMember(
        compressed: content, byteCount: byteCount, checksum: checksum, name: name, path: path,
        memory: memory)
      return .deflated(deflated, 0..<byteCount)
    case .encrypted: throw .unsupportedCompression(path: path, member: name, method: "encrypted")
    case .other(let code):
      throw .unsupportedCompression(path: path, member: name, method: "compressed by zip method \(code)")
    }
  }
}
