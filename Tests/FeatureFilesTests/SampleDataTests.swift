import FeatureFiles
import Foundation
import Testing

/// The sample data have the same content in every format.
struct SampleDataTests {
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../SampleData/digits").standardized.path

  @Test(arguments: [("train", 1010), ("test", 787)]) func everyFormatAgrees(split: String, count: Int) throws
  {
    let archive = try FeatureFile.open("\(Self.directory)/\(split).npz")
    let features = try archive.array(named: "features").doubles()
    let labels = try archive.array(named: "labels").integers()
    let ids = try archive.array(named: "ids").strings()
    #expect(archive["features"]?.shape == [count, 64])
    #expect(labels.count == count && ids.count == count)
    #expect(labels.contains { $0 < 0 } == (split == "test"))

    let tensors = try FeatureFile.open("\(Self.directory)/\(split).safetensors")
    #expect(try tensors.array(named: "features").doubles() == features)
    #expect(try tensors.array(named: "labels").integers() == labels)
    #expect(try tensors.array(named: "ids").strings() == ids)
    #expect(
      try tensors.array(named: "class_names").strings() == archive.array(named: "class_names").strings())
    let all = Array(0..<count)
    #expect(
      try tensors.array(named: "images").bytes(rows: all) == archive.array(named: "images").bytes(rows: all))

    for ending in ["pt", "h5", "mat"] {
      let file = try FeatureFile.open("\(Self.directory)/\(split).\(ending)")
      for expected in archive.arrays {
        let array = try file.array(named: expected.name)
        #expect(array.shape == expected.shape)
        #expect(array.elementType == expected.elementType)
        #expect(try array.strings() == expected.strings())
      }
    }

    let table = try FeatureFile.open("\(Self.directory)/\(split).csv")
    // Nine decimal digits identify the float exactly, but not the double that the table gives.
    #expect(try table.array(named: "features").doubles().map { Float($0) } == features.map { Float($0) })
    #expect(try table.array(named: "labels").integers() == labels)
    #expect(try table.array(named: "ids").strings() == ids)

    let bare = try FeatureFile.open("\(Self.directory)/\(split).npy")
    #expect(try bare.array(named: split).doubles() == features)
    let bareLabels = try FeatureFile.open("\(Self.directory)/\(split)_labels.npy")
    #expect(try bareLabels.array(named: "\(split)_labels").integers() == labels)
  }
}
