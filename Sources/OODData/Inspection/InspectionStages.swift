import FeatureFiles
import OODDetection

/// What a look into a file goes through, one after the other: opening it, every number in it, and its checksum.
struct InspectionStages {
  private(set) var opening: OpeningProgress
  private let path: String
  private let progress: ProgressHandler
  private let openingShare: Double
  /// Elements that were looked at.
  private var scannedCount = 0.0
  /// Elements that there are to look at.
  private var totalCount: Double?

  /// It reads what was read just before.
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

  /// Looks at an array of the file; nil where it holds no numbers.
  ///
  /// - Throws: what is wrong with the array; `CancellationError`.
  mutating func scan(_ array: NamedArray, of file: FeatureFile) throws -> FeatureScan? {
    guard Self.isScanned(array) else { return nil }
    let total = totalCount ?? Double(file.arrays.filter(Self.isScanned).reduce(0) { $0 + $1.elementCount })
    totalCount = total
    let (start, count) = (scannedCount, Double(array.elementCount))
    scannedCount += count
    let share = 1 - Self.checksumShare - openingShare
    // Arrays are looked at one after the other, so that they need not all be in memory at once.
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
  /// - Throws: why it cannot be read; `CancellationError`.
  func checksum() throws -> UInt32 {
    let start = 1 - Self.checksumShare
    let options = ReadOptions { [progress] completed, count in
      let fraction = start + Self.checksumShare * Double(completed) / Double(max(1, count))
      progress(WorkProgress(completed: fraction, planned: 1))
    }
    return try readingFiles { try Checksum.crc32(ofFileAt: path, options: options) }
  }
}
