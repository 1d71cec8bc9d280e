import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import Synchronization
import TestData
import Testing

@testable import OODData

/// Opening reads headers and labels; features are read once, afterwards, before anything is computed of them.
@Suite struct LazyOpeningTests {
  private static let rowCount = 5000
  private static let dimension = 16

  /// `x.npy` of float32 with labels beside it.
  private func write(_ folder: ScratchFolder, bad: [Int: Float] = [:]) throws -> String {
    var values = (0..<Self.rowCount * Self.dimension).map { Float(($0 * 7919) % 1009) / 100 }
    for (place, value) in bad { values[place] = value }
    try NPYWriter.write(
      OutputArray(name: "x", shape: [Self.rowCount, Self.dimension], values: .float32(values)),
      to: folder.file("x.npy"))
    try NPYWriter.write(
      OutputArray(name: "y", shape: [Self.rowCount], values: .int64((0..<Self.rowCount).map { $0 % 3 })),
      to: folder.file("x_labels.npy"))
    return folder.file("x.npy")
  }

  private func countingBytes<Result>(_ body: () throws -> Result) rethrows -> (Result, Int) {
    let meter = ReadMeter()
    let result = try ReadMeter.$current.withValue(meter) { try body() }
    return (result, meter.byteCount)
  }

  private func countingBytes<Result>(_ body: () async throws -> Result) async rethrows -> (Result, Int) {
    let meter = ReadMeter()
    let result = try await ReadMeter.$current.withValue(meter) { try await body() }
    return (result, meter.byteCount)
  }

  @Test func piecesOfAFileAddUpToAllOfIt() throws {
    let folder = try ScratchFolder()
    let bad: [Int: Float] = [3: .nan, 16 * 2499: .infinity, 16 * 2500 + 1: .nan, 16 * 4999 + 15: 7000]
    let array = try #require(try FeatureFile.open(write(folder, bad: bad)).arrays.first)
    let whole = try FeatureScan(array)
    #expect(whole.nonFiniteRows == [0, 2499, 2500])
    #expect(whole.nonFiniteValueCount == 3 && whole.nanCount == 2 && whole.range?.maximum == 7000)
    #expect(FeatureScan.pieces(of: array) == [0..<5000])
    for elementCount in [1, 16 * 2500, 16 * 1999, 16 * 5001] {
      let pieces = FeatureScan.pieces(of: array, elementCount: elementCount)
      #expect(pieces.flatMap { $0 } == Array(0..<5000))
      var scan = try FeatureScan(array, piece: pieces[0]) { _ in }
      for piece in pieces.dropFirst() { scan.append(try FeatureScan(array, piece: piece) { _ in }) }
      #expect(scan.nonFiniteRows == whole.nonFiniteRows && scan.nanCount == whole.nanCount)
      #expect(scan.nonFiniteValueCount == whole.nonFiniteValueCount)
      #expect(scan.range?.minimum == whole.range?.minimum && scan.range?.maximum == whole.range?.maximum)
      let (found, expected) = (scan.range?.mean ?? 0, whole.range?.mean ?? 1)
      #expect(abs(found - expected) < 1e-12 * expected)
    }
  }

  @Test func openingReadsLabelsOnlyAndTheScanEveryFeatureOnce() async throws {
    let folder = try ScratchFolder()
    let path = try write(folder)
    let (data, opened) = try countingBytes { try DataSetAssembly(DataRequest(train: [path])).assemble() }
    #expect(opened == Self.rowCount * 8)
    #expect(!data.isScanned)
    #expect(data.train?.labels?.count == Self.rowCount)
    #expect(data.files.first?.labelCounts.map(\.count) == [1667, 1667, 1666])
    #expect(data.files.first?.arrays.first?.range == nil)
    let fractions = Mutex<[Double]>([])
    let scan = DataSetScan { step in fractions.withLock { $0.append(step.fraction) } }
    let (scanned, read) = try await countingBytes { try await scan.run(data) }
    #expect(read == Self.rowCount * Self.dimension * 4)
    #expect(scanned.isScanned)
    #expect(scanned.files.first?.arrays.first?.nonFiniteCount == 0)
    #expect(scanned.files.first?.arrays.first?.range?.maximum == Double(Float(10.08)))
    let progress = fractions.withLock { $0 }
    #expect(progress == progress.sorted() && progress.last == 1)
  }

  /// A file that nothing could read as a whole: terabytes of zeros that take no place on the disk.
  @Test func terabytesOpenByTheirHeaders() throws {
    let folder = try ScratchFolder()
    let path = folder.file("vast.npy")
    let (rows, dimension) = (1 << 30, 512)
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(dimension)), }"
    let padded = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    try (Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(padded.utf8))
      .write(to: URL(fileURLWithPath: path))
    try #require(truncate(path, off_t(128 + rows * dimension * 4)) == 0)
    let (data, read) = try countingBytes { try DataSetAssembly(DataRequest(test: [path])).assemble() }
    #expect(read == 0)
    #expect(data.test?.count == rows)
    #expect(data.dimension == dimension)
    let (row, rowBytes) = try countingBytes { try data.test?.rows.matrix(at: [rows - 1]) }
    #expect(row?.elements == [Double](repeating: 0, count: dimension))
    #expect(rowBytes == dimension * 4)
  }

  @Test func badFeaturesAreFoundByScanning() async throws {
    let folder = try ScratchFolder()
    let path = try write(folder, bad: [Self.dimension * 4321 + 3: .nan])
    let data = try DataSetAssembly(DataRequest(train: [path])).assemble()
    await #expect(throws: DataSetError.nonFinite(path: path, rowCount: 1, firstRows: [4321])) {
      try await DataSetScan { _ in }.run(data)
    }
    let kept = try DataSetAssembly(DataRequest(train: [path], skipsNonFinite: true)).assemble()
    let scanned = try await DataSetScan { _ in }.run(kept)
    #expect(scanned.train?.count == Self.rowCount - 1)
    #expect(scanned.train?.originalIndices?[4321] == 4322)
    #expect(
      scanned.remarks.last?.description.hasSuffix("excluded 1 sample with NaN or infinite features") == true
    )
  }

  @Test func damagedBytesOfAnArchiveAreFoundBeforeAnythingIsFitted() async throws {
    let folder = try ScratchFolder()
    let path = try folder.npz(
      "a.npz",
      [
        OutputArray(name: "features", shape: [4, 2], values: .float64([1, 2, 3, 4, 5, 6, 7, 9])),
        OutputArray(name: "labels", shape: [4], values: .int64([0, 1, 0, 1])),
      ])
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let seven = withUnsafeBytes(of: 7.0) { Data($0) }
    let place = try #require(bytes.range(of: seven))
    bytes[place.lowerBound] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let opening = await Opening(DataRequest(train: [path]), fits: true)
    #expect(
      opening.failure
        == "\(path): ‘features.npy’ does not match its checksum; the file is damaged, copy it again")
    #expect(opening.detector == nil)
  }
}
