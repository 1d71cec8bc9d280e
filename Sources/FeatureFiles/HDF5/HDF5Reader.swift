import CHDF5

/// HDF5, and MATLAB's format since version 7.3, which is based on HDF5.
///
/// Every dataset is an array, named by its path without the first `/` and by every other path that links give it.
/// libhdf5 runs in a child process (see `CHDF5`) and only locates values: contiguous ones are memory-mapped, chunked
/// ones are read by rows on demand. Links to other files are not followed.
///
/// The format: support.hdfgroup.org/documentation/hdf5/latest
enum HDF5Reader: FormatReader {
  private static let matlabSignature = Array("MATLAB 7.3 MAT-file".utf8)
  /// The version, which identifies files whose header text differs.
  private static let matlabVersion: [UInt8] = [0, 2, 0x49, 0x4D]

  static var formats: [FileFormat] { [.h5] }

  static func recognizes(_ bytes: ByteRegion) -> Bool { HDF5Superblock.place(in: bytes) != nil }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    let isMATLAB =
      bytes.prefix(matlabSignature.count) == matlabSignature
      || bytes.slice(at: 124, count: 4)?.prefix(4) == matlabVersion
    let superblock = HDF5Superblock(bytes)
    let file = HDF5File(path: path, byteCount: bytes.count, isSWMR: superblock.isSWMR)
    let child = try HDF5Child.listing(file)
    var found = HDF5Arrays(file: file, bytes: bytes)
    do throws(FeatureFileError) {
      while let dataset = try HDF5Dataset(from: child, file: file, isMATLAB: isMATLAB) {
        found.take(dataset)
      }
    } catch {
      throw error == child.unreadable ? superblock.reason(for: file) ?? error : error
    }
    found.takeObjects()
    return try FeatureFile(
      path: path, format: isMATLAB ? .mat : .h5, byteCount: bytes.count, arrays: found.arrays,
      unreadable: found.unreadable)
  }
}

/// Collects the arrays of an HDF5 file.
private struct HDF5Arrays {
  let file: HDF5File
  let bytes: ByteRegion
  var arrays: [NamedArray] = []
  var unreadable: [(name: String, reason: FeatureFileError)] = []
  /// The first name of each dataset.
  var names: [UInt64: String] = [:]
  var objects: [HDF5Dataset] = []
  var objectParts: [Int: NamedArray] = [:]

  mutating func take(_ dataset: HDF5Dataset) {
    switch dataset.role {
    case GMMSCOPE_HDF5_OBJECT: objects.append(dataset)
    case GMMSCOPE_HDF5_OBJECT_PART:
      if let place = Int(dataset.name) { objectParts[place] = try? dataset.array(in: bytes) }
    default: add(dataset, Result { () throws(FeatureFileError) in try dataset.array(in: bytes) })
    }
  }

  /// Adds MATLAB's objects, after all their parts are known.
  mutating func takeObjects() {
    guard !objects.isEmpty else { return }
    let parts = MATLABObjects(parts: objectParts)
    for object in objects {
      add(object, Result { () throws(FeatureFileError) in try object.object(of: parts, in: bytes) })
    }
  }

  /// Records the error of one array, which does not prevent reading the others.
  private mutating func add(_ dataset: HDF5Dataset, _ result: Result<NamedArray, FeatureFileError>) {
    switch result {
    case .success(var array):
      array.aliasOf = names[dataset.address]
      if array.aliasOf == nil { names[dataset.address] = array.name }
      arrays.append(array)
    case .failure(let reason): unreadable.append((dataset.name, reason))
    }
  }
}

/// The part of an HDF5 superblock that explains why libhdf5 rejects a file.
struct HDF5Superblock {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Whether a writer has the file open or did not close it.
  private(set) var isMarkedAsOpen = false
  /// Whether that writer permits concurrent readers.
  private(set) var isSWMR = false
  /// The end of the file when it was last closed; nil if unknown.
  private(set) var end: UInt64?

  /// The offset of the signature, which may follow a user block such as MATLAB's header.
  static func place(in bytes: ByteRegion) -> Int? {
    [0, 512, 1024, 2048].first { bytes.slice(at: $0, count: signature.count)?.prefix(8) == signature }
  }

  init(_ bytes: ByteRegion) {
    guard let place = Self.place(in: bytes), let part = bytes.slice(at: place, count: 48) else { return }
    let header = part.prefix(48)
    func word(at offset: Int) -> UInt64 {
      header[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    switch header[8] {
    case 0, 1:
      // Version 1 has four more bytes before the addresses.
      if header[13] == 8, header[8] == 0 { end = word(at: 40) }
    case 2, 3:
      if header[9] == 8 { end = word(at: 28) }
      isMarkedAsOpen = header[8] == 3 && header[11] & 1 != 0
      isSWMR = isMarkedAsOpen && header[11] & 4 != 0
    default: break
    }
  }

  /// The reason why libhdf5 does not open the file; nil if it is unknown.
  func reason(for file: HDF5File) -> FeatureFileError? {
    // What permits concurrent readers is damaged if it cannot be read.
    if isSWMR { return nil }
    if isMarkedAsOpen {
      return .cannotRead(
        path: file.path,
        reason: "it is open for writing, or the program that wrote it did not close it; "
          + "close it there, or clear the flag with h5clear -s FILE")
    }
    guard let end, end > UInt64(file.byteCount), end < UInt64.max else { return nil }
    return .truncated(
      path: file.path, place: "the HDF5 structure", neededByteCount: Int(clamping: end),
      foundByteCount: file.byteCount)
  }
}
