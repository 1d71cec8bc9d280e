import TestData
import Testing

@testable import FeatureFiles

/// Archives with unsupported members; see `MalformedFileTests` for malformed ones.
struct NPZErrorTests {
  @Test func compressedOtherwise() throws {
    let path = try Fixtures.path("refused/bzip2.npz")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedCompression(_, "features.npy", "compressed by zip method 12") = error else {
      throw error
    }
  }

  @Test func oneUnreadableArrayIsNotAnError() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.npz"))
    #expect(file.arrays.map(\.name) == ["features"])
    #expect(Array(file.unreadable.keys) == ["ids"])
    let error = #expect(throws: FeatureFileError.self) { try file.array(named: "ids") }
    #expect(error?.description.contains("‘ids’ holds Python objects") == true)
  }

  /// Foreign members, and members that are not arrays, do not prevent reading the arrays.
  @Test func foreignMembers() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/foreign.npz"))
    #expect(file.arrays.map(\.name) == ["train/features", "labels"])
    let reasons = file.unreadable.mapValues(\.description)
    for (name, reason) in [
      ("empty", "‘empty’ holds nothing; write it again with numpy.savez"),
      ("notes", "‘notes’ holds no array in NumPy format; write it again with numpy.savez"),
      ("bzip2", "‘bzip2.npy’ is compressed by zip method 12"),
    ] {
      #expect(reasons[name]?.contains(reason) == true, "\(String(describing: reasons[name]))")
    }
    #expect(reasons.count == 3)
  }

  @Test func otherArchives() throws {
    let path = try Fixtures.path("refused/plain.zip")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    #expect(error.description.contains("is a zip archive without arrays"))
  }

  /// Uncompressed members are verified once, piece by piece, when all of them are read, and not on opening.
  @Test func checksumsAreComparedOnTheWay() throws {
    let path = try Fixtures.path("malformed/npz/stored_value_flipped.npz")
    let damaged = try FeatureFile.open(path).array(named: "features")
    #expect(try damaged.doubles(rows: [3]).count == 3)
    #expect(throws: FeatureFileError.wrongChecksum(path: path, member: "features.npy")) {
      try damaged.doubles()
    }
    for array in [
      damaged, try FeatureFile.open(Fixtures.path("dataset/stored.npz")).array(named: "features"),
    ] {
      var check = try #require(IntegrityCheck(of: array))
      for row in 1...array.rowCount { check.didRead(rowsBefore: row) }
      #expect((try? check.finish()) != nil || array.path == path)
      let unread = try #require(IntegrityCheck(of: array))
      #expect(((try? unread.finish()) != nil) == (array.path != path))
    }
    // Non-contiguous rows, and arrays without a checksum.
    let shapes = try FeatureFile.open(Fixtures.path("arrays/shapes.npz"))
    for array in shapes.arrays {
      var check = try #require(IntegrityCheck(of: array))
      check.didRead(rowsBefore: array.rowCount / 2)
      try check.finish()
    }
    #expect(IntegrityCheck(of: try FeatureFile.open(Fixtures.path("dataset/features.npy")).arrays[0]) == nil)
  }

  /// Images are read one by one, and verified as a whole with the first one.
  @Test func picturesAreComparedToo() throws {
    let whole = try Fixtures.bytes("dataset/stored.npz")
    let pixels = (0..<28).map { UInt8(truncatingIfNeeded: $0 * 9) }
    let place = try #require(whole.firstOffset(of: pixels))
    var damaged = whole
    damaged[place + 27] ^= 1
    let directory = try ScratchFolder()
    let path = try directory.file("damaged.npz", damaged)
    let images = try FeatureFile.open(path).array(named: "images")
    #expect(throws: FeatureFileError.wrongChecksum(path: path, member: "images.npy")) {
      try images.bytes(rows: [0])
    }
    let intact = try FeatureFile.open(Fixtures.path("dataset/stored.npz")).array(named: "images")
    #expect(try intact.bytes(rows: [1]) == [36, 45, 54, 63])
  }
}
