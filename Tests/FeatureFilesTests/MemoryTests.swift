import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// The size of compressed data is checked against the memory limit before decompression.
struct MemoryTests {
  private func options(_ byteCount: Int) -> (ReadOptions, DecompressionMemory) {
    let memory = DecompressionMemory(byteCount: byteCount)
    return (ReadOptions(memory: memory), memory)
  }

  @Test func membersOfArchives() throws {
    // 84 bytes of values and 128 of header; 56 and 128.
    let (options, memory) = options(300)
    let file = try FeatureFile.open(Fixtures.path("dataset/deflated.npz"), options: options)
    #expect(memory.heldByteCount == 0)
    let (features, labels) = (try file.array(named: "features"), try file.array(named: "labels"))
    try features.checkMemory()
    #expect(try features.doubles(rows: [0]).count == 3)
    #expect(memory.heldByteCount == 212)
    let error = try #require(throws: FeatureFileError.self) { try labels.checkMemory() }
    guard case .memoryExceeded(_, "‘labels.npy’", 184, 300, _) = error else { throw error }
    #expect(
      error.description.hasSuffix(
        "‘labels.npy’ needs 184 bytes of memory, but the limit for decompressed data is 300 bytes; "
          + "raise the memory limit or save it uncompressed with numpy.savez"))
    #expect(throws: FeatureFileError.self) { try labels.integers() }
    features.releaseMemory()
    #expect(memory.heldByteCount == 0)
    // Arrays that are read as a whole are not kept.
    #expect(try labels.integers() == [0, 1, 2, 0, 1, -1, -1])
    #expect(memory.heldByteCount == 0)
    #expect(try features.doubles().count == 21)
  }

  /// The pages of mapped files that count as this process's memory, in MiB; nil where the system does not say.
  private static var mappedMebibytes: Int? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("RssFile:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1_024 }
  }

  /// Zeros as float32 (rows, 1024), without blocks on disk.
  private func sparseArray(_ name: String, rowCount: Int, in folder: ScratchFolder) throws -> NamedArray {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rowCount), 1024), }"
    let padded = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    let path = try folder.file(name, [0x93] + "NUMPY".utf8 + [1, 0, 118, 0] + padded.utf8)
    try #require(truncate(path, off_t(128 + rowCount * 4_096)) == 0)
    return try FeatureFile.open(path).arrays[0]
  }

  /// Reading many files, each of them small, must not fill the memory either.
  @Test(.enabled(if: mappedMebibytes != nil, "the system does not say how many pages are mapped"))
  func pagesOfManyFilesAreReleased() throws {
    let folder = try ScratchFolder()
    let arrays = try (0..<50).map { try sparseArray("\($0).npy", rowCount: 2_048, in: folder) }
    let before = try #require(Self.mappedMebibytes)
    var most = 0
    for array in arrays {
      for start in stride(from: 0, to: 2_048, by: 256) {
        #expect(try array.doubles(rows: Array(start..<start + 256)).count == 256 * 1_024)
      }
      most = max(most, try #require(Self.mappedMebibytes) - before)
    }
    // Of 400 MiB; 64 MiB were read since pages were last released.
    #expect(most < 160)
    let last = try sparseArray("last.npy", rowCount: 12_288, in: folder)
    #expect(try last.doubles(rows: Array(0..<12_288)).count == 12_288 * 1_024)
    last.releaseMemory()
    for array in arrays { array.releaseMemory() }
    #expect(try #require(Self.mappedMebibytes) - before < 32)
  }

  /// Four megabytes of zeros in four kilobytes.
  @Test(arguments: ["gz", "xz", "zst"]) func wholeFiles(_ ending: String) throws {
    let directory = try ScratchFolder()
    let packed = try Fixtures.bytes("arrays/padded.npy.\(ending)")
    let path = try directory.file("x.npy.\(ending)", packed)
    let error = try #require(throws: FeatureFileError.self) {
      try FeatureFile.open(path, options: options(10_000).0)
    }
    guard case .memoryExceeded(path, _, _, 10_000, _) = error else { throw error }
    let (enough, memory) = options(1 << 30)
    do {
      let file = try FeatureFile.open(path, options: enough)
      #expect(try file.arrays[0].doubles().last == 1999)
      #expect(memory.heldByteCount >= 16_128)
      withExtendedLifetime(file) {}
    }
    #expect(memory.heldByteCount == 0)
  }

  @Test func highlyCompressibleZeros() throws {
    let directory = try ScratchFolder()
    let values = [UInt8](repeating: 0, count: 8 << 20)
    let path = try directory.file(
      "zeros.npy.gz", Deflate.gzip(Forged.npy("|u1", "(\(values.count),)", content: values)))
    #expect(throws: FeatureFileError.self) { try FeatureFile.open(path, options: options(1 << 20).0) }
    #expect(try FeatureFile.open(path, options: options(64 << 20).0).arrays[0].elementCount == values.count)
  }

  @Test func pickles() throws {
    let list = (0..<200_000).flatMap { _ in [0x4B, 1, 0x85] as [UInt8] }
    let directory = try ScratchFolder()
    let path = try directory.file("x.pkl", [0x80, 4, 0x5D, 0x28] + list + [0x65, 0x2E])
    let error = try #require(throws: FeatureFileError.self) {
      try FeatureFile.open(path, options: options(1 << 20).0)
    }
    guard case .memoryExceeded = error else { throw error }
    #expect(try FeatureFile.open(path).arrays.map(\.shape) == [[200_000]])
  }

  @Test func countsAreReturned() {
    let memory = DecompressionMemory(byteCount: 100)
    #expect(memory.reserve(101) == nil)
    do {
      let first = memory.reserve(60)
      #expect(first != nil && memory.reserve(41) == nil)
      #expect(memory.heldByteCount == 60 && memory.availableByteCount == 40)
      if let first, let second = memory.reserve(40) { first.absorb(second) }
      #expect(memory.heldByteCount == 100)
    }
    #expect(memory.heldByteCount == 0)
  }
}

/// The time to open a file is linear in the number of arrays.
struct ManyArrayTests {
  private static func seconds(_ path: String) throws -> Double {
    let clock = ContinuousClock()
    let times = try (0..<3).map { _ in
      try clock.measure {
        let file = try FeatureFile.open(path)
        // By name, as callers look up arrays.
        for array in file.arrays { _ = try file.array(named: array.name) }
      }
    }
    return (times.min() ?? .zero) / .seconds(1)
  }

  /// A zip file of uncompressed members with the same content.
  private static func archive(_ names: [String], content: [UInt8]) -> [UInt8] {
    let checksum = Int(content.withUnsafeBytes(Checksum.crc32))
    var members = LittleEndianBytes()
    var directory = LittleEndianBytes()
    for name in names {
      let offset = members.bytes.count
      func fields(_ bytes: inout LittleEndianBytes) {
        for value in [20, 0, 0, 0, 0] { bytes.append(value, UInt16.self) }
        for value in [checksum, content.count, content.count] { bytes.append(value, UInt32.self) }
        for value in [name.utf8.count, 0] { bytes.append(value, UInt16.self) }
      }
      members.append(0x0403_4B50, UInt32.self)
      fields(&members)
      members.bytes += Array(name.utf8) + content
      directory.append(0x0201_4B50, UInt32.self)
      directory.append(20, UInt16.self)
      fields(&directory)
      for value in [0, 0, 0, 0, 0] { directory.append(value, UInt16.self) }
      directory.append(offset, UInt32.self)
      directory.bytes += name.utf8
    }
    var end = LittleEndianBytes()
    end.append(0x0605_4B50, UInt32.self)
    for value in [0, 0, names.count, names.count] { end.append(value, UInt16.self) }
    for value in [directory.bytes.count, members.bytes.count] { end.append(value, UInt32.self) }
    end.append(0, UInt16.self)
    return members.bytes + directory.bytes + end.bytes
  }

  private static func pickle(_ names: [String]) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 4, 0x7D, 0x28]
    for name in names {
      bytes += [0x8C, UInt8(name.utf8.count)]
      bytes += name.utf8
      bytes += [0x5D, 0x4B, 1, 0x61]
    }
    return bytes + [0x75, 0x2E]
  }

  private static func safetensors(_ names: [String]) -> [UInt8] {
    let entries = names.enumerated().map {
      #""\#($1)":{"dtype":"U8","shape":[1],"data_offsets":[\#($0),\#($0 + 1)]}"#
    }
    return Forged.safetensors(
      "{" + entries.joined(separator: ",") + "}", content: [UInt8](repeating: 0, count: names.count))
  }

  @Test(arguments: ["npz", "pkl", "safetensors"]) func inLinearTime(_ format: String) throws {
    let directory = try ScratchFolder()
    let (few, many) = (1000, 16_000)
    let times = try [few, many].map { count in
      let names = (0..<count).map { "a\($0)" }
      let content: [UInt8] =
        switch format {
        case "npz": Self.archive(names.map { "\($0).npy" }, content: Forged.npy("|u1", "(1,)", content: [7]))
        case "pkl": Self.pickle(names)
        default: Self.safetensors(names)
        }
      let path = try directory.file("x\(count).\(format)", content)
      #expect(try FeatureFile.open(path).arrays.count == count)
      return try Self.seconds(path)
    }
    // 16 if linear, 256 if quadratic.
    #expect(times[1] < 80 * times[0] + 0.05, "\(times)")
  }

  @Test func aLongName() throws {
    let name = String(repeating: "n", count: 400_000)
    let directory = try ScratchFolder()
    let path = try directory.file("x.safetensors", Self.safetensors([name, "b"]))
    var values: [Double] = []
    let time = try ContinuousClock().measure {
      values = try FeatureFile.open(path).array(named: name).doubles()
    }
    #expect(values == [0])
    #expect(time < .seconds(60))
    let error = #expect(throws: FeatureFileError.self) { try FeatureFile.open(path).array(named: "c") }
    #expect((error?.description.utf8.count ?? 0) < 1000)
    // As a key, whose text is stored as bytes.
    var pickle: [UInt8] = [0x80, 4, 0x7D, 0x58] + [0x80, 0x1A, 0x06, 0]
    pickle += name.utf8
    let file = try FeatureFile.open(directory.file("x.pkl", pickle + [0x5D, 0x4B, 7, 0x61, 0x73, 0x2E]))
    #expect(try file.array(named: name).integers() == [7])
  }

  @Test func onlyTheFirstOfManyNamesAreListed() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.safetensors", Self.safetensors((0..<500).map { "a\($0)" }))
    let error = #expect(throws: FeatureFileError.self) { try FeatureFile.open(path).array(named: "c") }
    #expect(error?.description.hasSuffix("‘a18’, ‘a19’ and 480 more") == true)
  }
}
