import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// File names are bytes: each has a unique text that converts back to the same bytes.
@Suite struct FileNameTests {
  private func text(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { FileName.text(ofBytes: $0) } }

  private func bytes(_ text: String) -> [UInt8] {
    FileName.withBytes(of: text) { path in
      UnsafeBufferPointer(start: path, count: strlen(path)).map { UInt8(bitPattern: $0) }
    }
  }

  @Test(
    arguments: [
      Array("plain".utf8), Array("λ/日本/😀/e\u{301}".utf8), Array("caf".utf8) + [0xE9], [0x80], [0xFF, 0xFE],
      // Truncated, overlong, surrogates, beyond Unicode.
      [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xE2, 0x82, 0x41, 0xE2, 0x82, 0xAC],
      // The scalars that represent bytes, as names themselves: U+10FF80, U+10FFE9, U+10FFFF; and a neighbour.
      [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xA9], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBD, 0xBF],
    ] as [[UInt8]])
  func bytesRoundTrip(name: [UInt8]) {
    #expect(bytes(text(name)) == name)
  }

  @Test func randomBytesRoundTripInjectively() {
    var generator = SystemRandomNumberGenerator()
    var names: [[UInt8]: [UInt8]] = [:]
    for _ in 0..<5000 {
      // Half of them are near the bytes that begin long sequences.
      let name = (0..<Int.random(in: 1...6, using: &generator)).map { _ -> UInt8 in
        Bool.random(using: &generator)
          ? .random(in: 1...255, using: &generator)
          : [0xF4, 0x8F, 0xBF, 0xBE, 0x80, 0xE2][Int.random(in: 0..<6, using: &generator)]
      }
      let text = text(name)
      #expect(bytes(text) == name)
      #expect(names.updateValue(name, forKey: Array(text.utf8)) ?? name == name)
    }
  }

  @Test func validUTF8IsUnchanged() {
    #expect(text(Array("é — 😀".utf8)) == "é — 😀")
    #expect(text(Array("caf".utf8) + [0xE9]).unicodeScalars.last?.value == 0x10FFE9)
  }

  @Test func fileWithAnInvalidUTF8NameIsFoundReadAndWritten() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/caf" + text([0xE9]) + ".npy"
    try NPYWriter.write(OutputArray(name: "", shape: [2], values: .float64([1, 2])), to: path)
    #expect(FileStatus(of: path)?.kind == .file)
    #expect(try PathExpansion.expand(folder.path).data == [path])
    #expect(try PathExpansion.expand(folder.path + "/*.npy").data == [path])
    #expect(try FeatureFile.open(path).arrays[0].doubles() == [1, 2])
    // The bytes of the name on the disk, as a shell sees it.
    let listing = try #require(opendir(folder.path))
    defer { closedir(listing) }
    var names: [[UInt8]] = []
    while let entry = readdir(listing) {
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
    }
    #expect(names.contains(Array("caf".utf8) + [0xE9] + Array(".npy".utf8)))
  }

  @Test func invalidNamesAreNotFound() {
    #expect(FileStatus(of: "") == nil)
    #expect(FileStatus(of: "/dev/null\u{0}x") == nil)
    #expect(FileStatus(of: "/dev/null")?.kind == .other)
    #expect(FileStatus(of: "/")?.kind == .folder)
  }
}
