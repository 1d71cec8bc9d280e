import FeatureFiles
import OODDetection

/// The stages of a file inspection: opening, scanning every number, and computing the checksum.
struct InspectionStages {
  private(set) var opening: OpeningProgress
  private let path: String
  private let progress: ProgressHandler
  private let openingShare: Double
  /// The number of elements scanned so far.
  private var scannedCount = 0.0
  /// The total number of elements to scan.
  private var totalCount: Double?

  /// The checksum takes little time, because the file was read just before.
  private static let checksumShare = 0.1

  init(path: String, threadCount: Int?, memory: DecompressionMemory, progress: @escaping ProgressHandler) {
    self.path = path
    self.progress = progress
    let share = (1 - Self.checksumShare) * OpeningProgress.openingShare(of: [path])
    openingShare = share
    opening = OpeningProgress(of: [path], threadCount: threadCount) {
      progress(WorkProgress(completed: share * $0.fraction, planned: 1))
    }
    opening.memory = memory
  }

  /// Scans an array of the file. Returns nil if the array is not numeric or is empty.
  ///
  /// - Throws: An error if the array cannot be read; `CancellationError`.
  mutating func scan(_ array: NamedArray, of file: FeatureFile) throws -> FeatureScan? {
    guard Self.isScanned(array) else { return nil }
    let total = totalCount ?? Double(file.arrays.filter(Self.isScanned).reduce(0) { $0 + $1.elementCount })
    totalCount = total
    let (start, count) = (scannedCount, Double(array.elementCount))
    scannedCount += count
    let share = 1 - Self.checksumShare - openingShare
    // Arrays are scanned one at a time and released, so that they need not all fit in memory together.
    defer { array.discardDecompressed() }
    return try readingFiles {
      try FeatureScan(array) {
        let fraction = openingShare + share * (start + $0 * count) / total
        progress(WorkProgress(completed: fraction, planned: 1))
      }
    }
  }

  private static func isScanned(_ array: NamedArray) -> Bool {
    array.elementType.isNumeric && array.elementCount > 0
  }

  /// CRC-32 of the whole file.
  ///
  /// - Throws: An error if the file cannot be read; `CancellationError`.
  func checksum() throws -> UInt32 {
    let start = 1 - Self.checksumShare
    let options = ReadOptions { [progress] completed, count in
      let fraction = start + Self.checksumShare * Double(completed) / Double(max(1, count))
      progress(WorkProgress(completed: fraction, planned: 1))
    }
    return try readingFiles { try Checksum.crc32(ofFileAt: path, options: options) }
  }
}
