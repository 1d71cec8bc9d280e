import FeatureFiles
import Testing

/// One test for each way in which a `.npz` file can lie.
struct NPZErrorTests {
  private static let directoryEntry: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
  private static let endRecord: [UInt8] = [0x50, 0x4B, 0x05, 0x06]

  private func entryOffset(_ bytes: [UInt8]) throws -> Int {
    try #require(bytes.firstOffset(of: Self.directoryEntry))
  }

  @Test func cutShort() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    for count in [4, 100, whole.count - 1] {
      let error = try errorOpening("x.npz", whole.prefix(count))
      guard case .malformedHeader(_, "the zip directory", let problem) = error else { throw error }
      #expect(problem == "is missing, as in a file that was cut short")
    }
  }

  @Test func directoryOutsideTheFile() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let end = try #require(whole.firstOffset(of: Self.endRecord))
    let error = try errorOpening("x.npz", whole.overwriting(at: end + 16, [0xFF, 0xFF, 0xFF, 0x7F]))
    guard case .impossibleSize(_, "the zip directory", let problem) = error else { throw error }
    #expect(problem.contains("at 2147483647 of a file of \(whole.count)"))
  }

  @Test func entryCountWrong() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let end = try #require(whole.firstOffset(of: Self.endRecord))
    let error = try errorOpening("x.npz", whole.overwriting(at: end + 10, [9, 0]))
    #expect(error.description.contains("has 5 entries where 9 are announced"))
  }

  @Test func entryDamaged() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let error = try errorOpening("x.npz", whole.overwriting(at: try entryOffset(whole), [0]))
    #expect(error.description.contains("entry 1 is damaged"))
  }

  @Test func memberOutsideTheFile() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let offset = try entryOffset(whole) + 42
    let outside = try errorOpening("x.npz", whole.overwriting(at: offset, [0, 0, 0, 0x70]))
    guard case .impossibleSize(_, "‘features.npy’", _) = outside else { throw outside }
    let elsewhere = try errorOpening("x.npz", whole.overwriting(at: offset, [1]))
    #expect(elsewhere.description.contains("‘features.npy’: no zip member is at byte 1"))
  }

  @Test func memberLongerThanTheFile() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let error = try errorOpening(
      "x.npz", whole.overwriting(at: try entryOffset(whole) + 20, [0, 0, 0, 0x70]))
    guard case .truncated(_, "‘features.npy’", 0x7000_0000, _) = error else { throw error }
  }

  @Test func storedSizesDisagree() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let error = try errorOpening("x.npz", whole.overwriting(at: try entryOffset(whole) + 24, [1, 0]))
    #expect(error.description.contains("claims to hold 1 bytes in 212 uncompressed ones"))
  }

  @Test func claimsMoreThanDeflateCanHold() throws {
    let whole = try Fixtures.bytes("dataset/deflated.npz")
    let error = try errorOpening(
      "x.npz", whole.overwriting(at: try entryOffset(whole) + 24, [0, 0, 0, 0x70]))
    guard case .impossibleSize(_, "‘features.npy’", let problem) = error else { throw error }
    #expect(problem.contains("claims to hold 1879048192 bytes in"))
  }

  @Test func membersOverlap() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    // The second entry points at the first member.
    let second = try #require(
      whole.indices.dropFirst(try entryOffset(whole) + 1).first {
        whole[$0...].starts(with: Self.directoryEntry)
      })
    let error = try errorOpening("x.npz", whole.overwriting(at: second + 42, [0, 0, 0, 0]))
    guard case .overlappingArrays = error else { throw error }
  }

  @Test func nameTwice() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let content = whole.replacing(Array("labels.npy".utf8), by: Array("images.npy".utf8), last: true)
    let error = try errorOpening("x.npz", content)
    guard case .duplicateName(_, "images") = error else { throw error }
  }

  @Test func encrypted() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let error = try errorOpening("x.npz", whole.overwriting(at: try entryOffset(whole) + 8, [1]))
    guard case .unsupportedCompression(_, "features.npy", "encrypted") = error else { throw error }
  }

  @Test func compressedOtherwise() throws {
    let path = try Fixtures.path("refused/bzip2.npz")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedCompression(_, "features.npy", "compressed by zip method 12") = error else {
      throw error
    }
  }

  @Test func memberIsNoArray() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let error = try errorOpening("x.npz", whole.replacing([0x93, 0x4E], by: [0x92, 0x4E]))
    #expect(error.description.contains("the header of ‘features’: does not begin like a NumPy array"))
  }

  /// What is only found when the values are decompressed.
  private func errorReading(_ content: [UInt8]) throws -> FeatureFileError {
    let directory = try ScratchDirectory()
    let path = try directory.file("x.npz", content)
    return try #require(throws: FeatureFileError.self) {
      _ = try FeatureFile.open(path).array(named: "features").doubles()
    }
  }

  @Test func checksumWrong() throws {
    let whole = try Fixtures.bytes("dataset/deflated.npz")
    let error = try errorReading(whole.overwriting(at: try entryOffset(whole) + 16, [1, 2, 3, 4]))
    guard case .corruptCompression(_, "features.npy", "its checksum is wrong") = error else { throw error }
  }

  @Test func longerOrShorterThanClaimed() throws {
    let whole = try Fixtures.bytes("dataset/deflated.npz")
    let size = try entryOffset(whole) + 24
    #expect(Array(whole[size..<size + 4]) == [212, 0, 0, 0])
    let shorter = try errorReading(whole.overwriting(at: size, [213]))
    guard case .corruptCompression(_, "features.npy", "it ends too early") = shorter else { throw shorter }
    let longer = try errorReading(whole.overwriting(at: size, [211]))
    guard case .truncated(_, "‘features’", 84, 83) = longer else { throw longer }
  }

  @Test func compressedBytesDamaged() throws {
    let whole = try Fixtures.bytes("dataset/deflated.npz")
    let name = Array("features.npy".utf8)
    let start = try #require(whole.firstOffset(of: name)) + name.count
    let error = try errorReading(whole.overwriting(at: start, [0xFF, 0xFF, 0xFF]))
    guard case .corruptCompression(_, "features.npy", _) = error else { throw error }
  }

  @Test func oneArrayNotReadIsNoError() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.npz"))
    #expect(file.arrays.map(\.name) == ["features"])
    #expect(Array(file.unreadable.keys) == ["ids"])
    let error = #expect(throws: FeatureFileError.self) { try file.array(named: "ids") }
    #expect(error?.description.contains("‘ids’ holds Python objects") == true)
  }

  @Test func otherArchives() throws {
    let path = try Fixtures.path("refused/plain.zip")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    #expect(error.description.contains("is a zip archive without arrays"))
  }
}
