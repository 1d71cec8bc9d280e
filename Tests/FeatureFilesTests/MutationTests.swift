import FeatureFiles
import LinearAlgebra
import TestData
import Testing

/// Files with random damage are read or give an error, and never take long.
struct MutationTests {
  static let files = [
    "dataset/stored.npz", "dataset/deflated.npz", "dataset/full.safetensors", "dataset/features.npy",
    "dataset/table.csv", "dataset/table_crlf_bom.csv", "arrays/shapes.npz", "arrays/wide.npz",
    "arrays/types.npz", "arrays/types.safetensors", "arrays/version3.npy",
    "refused/partly.npz", "refused/structured.npy", "dataset/full.pt", "arrays/views.pt",
    "arrays/containers4.pt", "arrays/big_endian.pt", "arrays/lists.pt", "arrays/values.pt",
    "dataset/legacy.pt", "arrays/legacy0.pt", "dataset/full.pkl", "arrays/values0.pkl", "arrays/values2.pkl",
    "arrays/values5.pkl", "arrays/loop.pkl", "arrays/python2.pkl", "arrays/foreign.npz",
    "arrays/padded.npy.gz", "arrays/padded.npy.xz", "arrays/padded.npy.zst", "dataset/full.h5",
    "dataset/chunked.h5", "dataset/compressed73.mat", "arrays/links.h5", "arrays/lzf.h5",
    "arrays/virtual.h5", "arrays/objects73.mat", "refused/partly73.mat",
    "arrays/version4.mat", "arrays/types4.mat", "dataset/full.mat",
    "dataset/compressed.mat", "arrays/types.mat",
    "dataset/features.npy.gz", "dataset/table.csv.zst", "dataset/table.tsv.xz",
    "arrays/objects.npz", "arrays/dictionary.npy", "arrays/german16.csv", "arrays/spaces.txt",
  ]

  private static func withoutChecksums(_ archive: [UInt8]) -> [UInt8] {
    var bytes = archive
    for place in bytes.indices where bytes[place...].starts(with: [0x50, 0x4B, 1, 2]) {
      bytes.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
    }
    return bytes
  }

  @Test(arguments: files) func damagedFiles(_ file: String) throws {
    var original = try Fixtures.bytes(file)
    // Checksums would hide damage from the pickle machine; some files have none.
    if file.hasSuffix(".pt") { original = Self.withoutChecksums(original) }
    let directory = try ScratchFolder()
    let ending = file.split(separator: ".").last ?? ""
    var generator = SplitMix64(seed: 2026)
    var (readCount, refusedCount) = (0, 0)
    // Each read by libhdf5 needs a process.
    let count = file.hasSuffix(".h5") || file.hasSuffix("73.mat") ? 300 : 1200
    for _ in 0..<count {
      let path = try directory.file("x.\(ending)", Self.damaged(original, &generator))
      do throws(FeatureFileError) {
        try Reading.everything(path)
        readCount += 1
      } catch {
        refusedCount += 1
        #expect(error.path == path)
        #expect(!error.description.contains("\n"))
      }
    }
    // Undetected damage is in values; some damage must have affected headers.
    #expect(readCount + refusedCount == count)
    #expect(refusedCount > count / 8)
  }

  /// One to four changes: replaced bytes, flipped bits, truncation, extension, moved parts.
  private static func damaged(_ original: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeLast(min(bytes.count, bytes.count - place))
      case 3:
        bytes += (0..<Int.random(in: 1...64, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
      case 4: bytes.removeSubrange(place..<min(bytes.count, place + 5))
      case 5: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
      default:
        for offset in place..<min(bytes.count, place + 4) {
          bytes[offset] = UInt8.random(in: 0...255, using: &generator)
        }
      }
    }
    return bytes
  }
}
