/// Where the bytes of an array come from.
enum ByteSource: Sendable {
  /// They are in the mapped file.
  case mapped(ByteRegion)

  /// The bytes, from the first element on.
  func region() throws(FeatureFileError) -> ByteRegion {
    switch self {
    case .mapped(let region): region
    }
  }
}
