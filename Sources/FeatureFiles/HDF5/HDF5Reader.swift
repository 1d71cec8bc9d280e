/// HDF5, and MATLAB's format since version 7.3, which is HDF5 in another spelling.
///
/// Every dataset is an array by its path, without the first `/`. libhdf5 only says where things are, in a
/// child process (see `CHDF5`): values in one piece are mapped, those in chunks are read by rows when asked
/// for. Links to other files are not followed.
///
/// The format: support.hdfgroup.org/documentation/hdf5/latest
enum HDF5Reader: FormatReader {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let matlabSignature = Array("MATLAB 7.3 MAT-file".utf8)

  static var formats: [FileFormat] { [.h5] }

  /// The signature may follow a block that is none of HDF5's business; MATLAB puts its own there.
  static func recognizes(_ bytes: ByteRegion) -> Bool {
    [0, 512, 1024, 2048].contains { bytes.slice(at: $0, count: signature.count)?.prefix(8) == signature }
  }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let isMATLAB = bytes.prefix(matlabSignature.count) == matlabSignature
    let child = try HDF5Child.listing(path: path, fileByteCount: bytes.count)
    var arrays: [NamedArray] = []
    var unreadable: [(name: String, reason: FeatureFileError)] = []
    while let dataset = try HDF5Dataset(from: child, isMATLAB: isMATLAB) {
      switch try dataset.array(in: bytes, path: path) {
      case .success(let array): arrays.append(array)
      case .failure(let reason): unreadable.append((dataset.name, reason))
      }
    }
    return try FeatureFile(
      path: path, format: isMATLAB ? .mat : .h5, byteCount: bytes.count, arrays: arrays,
      unreadable: unreadable)
  }
}
