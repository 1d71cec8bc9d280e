import TestData
import Testing

@testable import FeatureFiles

/// Every reader gives the same data set from a file in its format.
struct ConformanceTests {
  struct Written: CustomTestStringConvertible {
    let file: String
    let format: FileFormat
    var arrays: Set<String> = ["features", "labels", "ids", "class_names", "images"]
    var testDescription: String { file }
  }

  static let files = [
    Written(file: "dataset/stored.npz", format: .npz),
    Written(file: "dataset/deflated.npz", format: .npz),
    Written(file: "dataset/full.safetensors", format: .safetensors),
    Written(file: "dataset/full.pt", format: .pt),
    Written(file: "dataset/protocol5.pth", format: .pt),
    Written(file: "dataset/unchecked.pt", format: .pt),
    Written(file: "dataset/legacy.pt", format: .pt),
    Written(file: "dataset/full.pkl", format: .pkl),
    Written(file: "dataset/protocol5.pkl.gz", format: .pkl),
    Written(file: "dataset/full.h5", format: .h5),
    Written(file: "dataset/chunked.h5", format: .h5),
    Written(file: "dataset/latest.h5", format: .h5),
    Written(file: "dataset/full.mat", format: .mat),
    Written(file: "dataset/compressed.mat", format: .mat),
    Written(file: "dataset/full73.mat", format: .mat),
    Written(file: "dataset/compressed73.mat", format: .mat),
    Written(file: "dataset/features.npy", format: .npy, arrays: ["features"]),
    Written(file: "dataset/features.npy.gz", format: .npy, arrays: ["features"]),
    Written(file: "dataset/features.npy.xz", format: .npy, arrays: ["features"]),
    Written(file: "dataset/table.csv.gz", format: .csv, arrays: ["features", "labels", "ids"]),
    Written(file: "dataset/table.csv.zst", format: .csv, arrays: ["features", "labels", "ids"]),
    Written(file: "dataset/table.tsv.xz", format: .tsv, arrays: ["features", "labels", "ids"]),
    Written(file: "dataset/table.csv", format: .csv, arrays: ["features", "labels", "ids"]),
    Written(file: "dataset/table_crlf_bom.csv", format: .csv, arrays: ["features", "labels", "ids"]),
    Written(file: "dataset/table.tsv", format: .tsv, arrays: ["features", "labels", "ids"]),
  ]

  @Test func everyFormatIsCovered() {
    #expect(Set(Self.files.map(\.format)) == Set(FileFormat.allCases))
    #expect(Set(FormatRegistry.readers.flatMap { $0.formats }) == Set(FileFormat.allCases))
  }

  @Test(arguments: files) func givesTheDataSet(_ written: Written) throws {
    let path = try Fixtures.path(written.file)
    let file = try FeatureFile.open(path)
    #expect(file.path == path)
    #expect(file.format == written.format)
    #expect(try file.byteCount == Fixtures.bytes(written.file).count)
    #expect(Set(file.arrays.map(\.name)) == written.arrays)

    let features = try #require(file["features"])
    #expect(features.shape == [7, 3])
    #expect(features.rowCount == 7 && features.rowLength == 3)
    let values = try features.doubles()
    let exact = (0..<21).map { Double($0) * 0.375 - 2 }
    for (position, value) in values.enumerated() where position != 7 && position != 12 {
      #expect(value == exact[position])
    }
    #expect(Float(values[7]) == Float(1) / 3)
    #expect(Float(values[12]) == 1e-30)
    #expect(
      try features.doubles(rows: [5, 1, 2, 2]) == [5, 1, 2, 2].flatMap { values[$0 * 3..<$0 * 3 + 3] })

    if written.arrays.contains("labels") {
      #expect(try file.array(named: "labels").integers() == [0, 1, 2, 0, 1, -1, -1])
      #expect(
        try file.array(named: "ids").strings() == [
          "a/1.png", "a/2.png", "größe, \"x\"", "日本", "e", "f g", "h",
        ])
    }
    if written.arrays.contains("images") {
      #expect(try file.array(named: "class_names").strings() == ["zero", "one", "two"])
      let images = try file.array(named: "images")
      #expect(images.shape == [7, 2, 2])
      #expect(try images.bytes(rows: [6, 0]) == [216, 225, 234, 243, 0, 9, 18, 27])
    }
  }

  @Test(arguments: files) func rejectsRowsOutside(_ written: Written) throws {
    let features = try FeatureFile.open(Fixtures.path(written.file)).array(named: "features")
    for row in [-1, 7, Int.max] {
      let error = #expect(throws: FeatureFileError.self) { try features.doubles(rows: [0, row]) }
      #expect(
        error == .noSuchRow(path: features.path, array: "features", row: row, rowCount: 7))
    }
    #expect(try features.doubles(rows: []) == [])
  }

  @Test(arguments: files) func recognizesContentUnderAnyName(_ written: Written) throws {
    let directory = try ScratchFolder()
    let path = try directory.file("anything", Fixtures.bytes(written.file))
    #expect(try FeatureFile.open(path).format == written.format)
  }

  @Test(arguments: files) func missingArrayMessageListsTheAvailableOnes(_ written: Written) throws {
    let file = try FeatureFile.open(Fixtures.path(written.file))
    #expect(file["embeddings"] == nil)
    let error = #expect(throws: FeatureFileError.self) { try file.array(named: "embeddings") }
    let names = file.arrays.map { "‘\($0.name)’" }.joined(separator: ", ")
    #expect(error?.description == "\(file.path): has no array named ‘embeddings’; available arrays: \(names)")
  }

  @Test func mapsWhatIsNotCompressed() throws {
    for (file, isMapped) in [
      ("dataset/stored.npz", true), ("dataset/features.npy", true), ("dataset/full.safetensors", true),
      ("dataset/full.pt", true), ("dataset/legacy.pt", true), ("dataset/full.pkl", true),
      ("dataset/protocol0.pkl", false), ("dataset/protocol5.pkl.gz", false), ("dataset/full.h5", true),
      ("dataset/full73.mat", true),
      ("dataset/full.mat", true), ("dataset/compressed.mat", false),
      ("dataset/chunked.h5", false), ("dataset/features.npy.gz", false),
      ("dataset/deflated.npz", false), ("dataset/table.csv", false),
    ] {
      let features = try FeatureFile.open(Fixtures.path(file)).array(named: "features")
      #expect(features.isMemoryMapped == isMapped, "\(file)")
    }
  }
}
