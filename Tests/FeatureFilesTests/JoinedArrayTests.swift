import TestData
import Testing

@testable import FeatureFiles

/// Lists of arrays as one array. The tests of expected values check their values.
struct JoinedArrayTests {
  private func file() throws -> FeatureFile { try FeatureFile.open(Fixtures.path("arrays/lists.pt")) }

  /// Parts of a list are not arrays, since their labels might be mistaken for those of the whole.
  @Test func partsAreNotListed() throws {
    let file = try file()
    let names = Set(file.arrays.map(\.name))
    #expect(names.contains("batches.features") && names.contains("batches.labels"))
    let parts = names.filter { $0.split(separator: ".").count > 2 }
    #expect(parts.isEmpty, "\(parts)")
    for name in ["halves.0", "widths.1", "one.0", "arrays.2"] { #expect(file[name] == nil) }
  }

  @Test func unjoinableListsHaveReasons() throws {
    expectUnreadable(
      in: try file(),
      [
        "halves":
          "a list of 2 arrays of different types; convert and join them before saving, torch.cat(list)",
        "widths":
          "a list of 2 arrays of different shapes; give them one shape and join them before saving, torch.cat(list)",
        "complex": "elements of type torch.complex64; save tensor.real and tensor.imag",
      ])
  }

  /// Element (i, j) of every `features` is (3 i + j) / 8.
  @Test(arguments: ["batches", "samples", "ones", "dicts"]) func rowsAcrossParts(_ group: String) throws {
    let features = try file().array(named: "\(group).features")
    #expect(features.shape == [14, 3])
    #expect(features.isMemoryMapped)
    for rows in [
      [13, 0, 5, 6, 7, 11, 12], [5, 6], [], [3, 3, 3], Array(0..<14), Array((0..<14).reversed()),
    ] {
      let expected = rows.flatMap { row in (0..<3).map { Double(3 * row + $0) / 8 } }
      #expect(try features.doubles(rows: rows) == expected)
    }
    #expect(
      throws: FeatureFileError.noSuchRow(path: features.path, array: features.name, row: 14, rowCount: 14)
    ) {
      try features.doubles(rows: [0, 14])
    }
  }

  @Test func vectorsAsMatrices() throws {
    let vector = try file().array(named: "batches.certainty")
    #expect(vector.shape == [14])
    let column = vector.asColumn()
    #expect(column.shape == [14, 1])
    #expect(try column.doubles(rows: [13, 0, 6]) == [39, 0, 18].map { $0 / 8 })
    let row = try vector.asRow()
    #expect(row.shape == [1, 14])
    #expect(try row.doubles(rows: [0]) == (0..<14).map { Double(3 * $0) / 8 })
  }

  @Test func integersThatLoseDigits() throws {
    func part(_ values: [Int]) -> NamedArray {
      NamedArray(
        name: "x", shape: [values.count, 1], elementType: .int64, path: "x.pkl", storage: .integers(values))
    }
    let exact = 1 << 53
    let joined = NamedArray(
      name: "x", shape: [4, 1], elementType: .int64, path: "x.pkl",
      storage: .joined(JoinedArrays([part([1, exact]), part([-exact, exact + 1])])))
    let found = try #require(try joined.firstInexactInteger())
    #expect(found.row == 3 && found.column == 0 && found.text == "9007199254740993")
    #expect(try part([exact, .min]).firstInexactInteger() == nil)
    #expect(try part([0, .max]).firstInexactInteger()?.row == 1)
  }

  @Test func rowsOfPartsWithoutAny() throws {
    let joined = try file().array(named: "none")
    #expect(joined.rowCount == 14)
    #expect(try joined.doubles(rows: [5, 6]) == [15, 16, 17, 18, 19, 20].map { $0 / 8 })
  }

  @Test func picturesOfParts() throws {
    let pictures = try file().array(named: "pictures")
    #expect(pictures.shape == [4, 2, 2])
    #expect(try pictures.bytes(rows: [3, 0]) == [4, 5, 6, 7, 0, 1, 2, 3])
  }

  /// Each part has its own checksum; reading all values verifies all of them.
  @Test func checksumsOfParts() throws {
    var bytes = try Fixtures.bytes("arrays/batches.pt")
    let intact = try FeatureFile.open(Fixtures.path("arrays/batches.pt")).arrays[0]
    try #require(IntegrityCheck(of: intact)).finish()
    // The last element of the last part, 41 / 8.
    let last = withUnsafeBytes(of: (41.0 / 8).bitPattern.littleEndian) { Array($0) }
    let place = try #require(bytes.firstOffset(of: last))
    bytes[place] ^= 1
    let directory = try ScratchFolder()
    let damaged = try FeatureFile.open(directory.file("batches.pt", bytes)).arrays[0]
    #expect(try damaged.doubles(rows: [0]).count == 3)
    var check = try #require(IntegrityCheck(of: damaged))
    check.didRead(rowsBefore: 14)
    #expect(throws: FeatureFileError.self) { try check.finish() }
    #expect(throws: FeatureFileError.self) { try damaged.doubles() }
  }

  @Test func objectsBesideArraysAreReported() throws {
    for file in ["arrays/values.pt", "arrays/values0.pkl", "arrays/values1.pkl", "arrays/values4.pkl"] {
      let reasons = try FeatureFile.open(Fixtures.path(file)).unreadable.mapValues(\.description)
      for (name, reason) in [
        ("args", "holds a Python object (argparse.Namespace); save only tensors, arrays, text and numbers"),
        ("kind", "holds a Python class or function (collections.namedtuple)"),
        ("complex", "holds a complex number; save its real and imaginary parts"),
        ("records", "holds records (a structured type); save each field as an array of its own"),
        ("dates", "holds dates or time spans (NumPy type '<M8')"),
        ("long_double", "holds floating-point numbers of an unusual width (NumPy type '<f16')"),
        ("masked", "holds a masked array; save array.filled()"),
        ("others", "holds Python objects; save it as an array of text, array.astype(str), or of numbers"),
        ("data", "holds raw bytes"),
      ] {
        #expect(
          reasons[name]?.contains("‘\(name)’ \(reason)") == true,
          "\(file): \(String(describing: reasons[name]))")
      }
      #expect(reasons.count == 9, "\(file)")
    }
  }
}
