import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// A pipe gives the same content as a file.
struct PipeTests {
  /// A descriptor for reading `bytes`, which a separate thread writes.
  private func pipe(_ bytes: [UInt8]) throws -> Int32 {
    // The reader may stop before everything is written.
    signal(SIGPIPE, SIG_IGN)
    var descriptors: [Int32] = [0, 0]
    try #require(Foundation.pipe(&descriptors) == 0)
    let writing = FileHandle(fileDescriptor: descriptors[1], closeOnDealloc: true)
    Thread.detachNewThread {
      try? writing.write(contentsOf: Data(bytes))
      try? writing.close()
    }
    return descriptors[0]
  }

  @Test(arguments: [
    "dataset/table.csv", "dataset/table.csv.gz", "dataset/table.tsv", "dataset/stored.npz",
    "dataset/deflated.npz",
    "dataset/features.npy", "dataset/features.npy.gz", "dataset/full.safetensors", "dataset/full.pt",
    "dataset/full.mat",
  ])
  func everyFormatButHDF5(_ name: String) throws {
    let descriptor = try pipe(Fixtures.bytes(name))
    defer { close(descriptor) }
    let file = try FeatureFile.open(Fixtures.path(name))
    for path in ["/dev/fd/\(descriptor)", "/proc/self/fd/\(descriptor)"] {
      // The second time, the content is already in memory.
      #expect(FeatureFile.isPipe(path))
      let piped = try FeatureFile.open(path)
      #expect(piped.format == file.format && piped.byteCount == file.byteCount)
      for array in file.arrays {
        // A bare array has the name of its file.
        let other = try #require(file.format == .npy ? piped.arrays.first : piped[array.name])
        #expect(try other.shape == array.shape && other.strings() == array.strings())
      }
      #expect(try Checksum.crc32(ofFileAt: path) == Checksum.crc32(ofFileAt: Fixtures.path(name)))
    }
  }

  @Test func aTableOfOneColumn() throws {
    let descriptor = try pipe(Array("0\n1\n2\n".utf8))
    defer { close(descriptor) }
    #expect(try FeatureFile.open("/dev/fd/\(descriptor)").arrays[0].doubles() == [0, 1, 2])
  }

  @Test func unreadableValuesHaveReasons() throws {
    func error(_ bytes: [UInt8], memory: DecompressionMemory = .standard) throws -> FeatureFileError? {
      let descriptor = try pipe(bytes)
      defer { close(descriptor) }
      return #expect(throws: FeatureFileError.self) {
        try FeatureFile.open("/dev/fd/\(descriptor)", options: ReadOptions(memory: memory))
      }
    }
    #expect(try error([])?.description.contains("is empty") == true)
    #expect(try error(Fixtures.bytes("dataset/full.h5"))?.description.contains("save it to a file") == true)
    let large = try #require(
      try error(Array(repeating: 0x31, count: 100_000), memory: DecompressionMemory(byteCount: 50_000)))
    guard case .memoryExceeded(_, "the piped input", _, 50_000, _) = large else { throw large }
    #expect(throws: FeatureFileError.self) { try FeatureFile.open("/dev/fd/987654") }
    // A FIFO in a folder may never receive data.
    let directory = try ScratchFolder()
    let fifo = "\(directory.path)/a.csv"
    try #require(mkfifo(fifo, 0o600) == 0)
    #expect(throws: FeatureFileError.notAFile(path: fifo, kind: "pipe")) { try FeatureFile.open(fifo) }
  }

  @Test func fileBehindADescriptorIsMapped() throws {
    let path = try Fixtures.path("dataset/stored.npz")
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    let file = try FeatureFile.open("/dev/fd/\(descriptor)")
    #expect(!FeatureFile.isPipe("/dev/fd/\(descriptor)"))
    #expect(try file.array(named: "features").shape == [7, 3])
  }
}
