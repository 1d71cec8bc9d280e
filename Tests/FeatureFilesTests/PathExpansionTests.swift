import TestData
import Testing

@testable import FeatureFiles

@Suite struct PathExpansionTests {
  private func inFolder(_ names: [String], _ body: (String) throws -> Void) throws {
    let folder = try ScratchFolder()
    for name in names { _ = try folder.file(name, "x".utf8) }
    try withExtendedLifetime(folder) { try body($0.path) }
  }

  @Test func folderExpandsToItsDataFilesInNaturalOrder() throws {
    let names = ["part-10.npz", "part-2.npz", "part-1.npz", "notes.txt", ".hidden.npz"]
    try inFolder(names) { (folder: String) throws in
      let expected = ["part-1.npz", "part-2.npz", "part-10.npz"].map { "\(folder)/\($0)" }
      #expect(try PathExpansion.files(for: [folder]) == expected)
      #expect(try PathExpansion.files(for: [folder + "/"]) == expected)
      let found = try PathExpansion.expand(folder)
      #expect(!found.isNamed && found.others == ["\(folder)/notes.txt"])
    }
  }

  @Test func folderWithoutDataIsAnError() throws {
    try inFolder(["notes.txt"]) { (folder: String) throws in
      #expect(throws: FeatureFileError.notAFile(path: folder, kind: "folder without data files")) {
        try PathExpansion.files(for: [folder])
      }
    }
  }

  @Test func patternExpandsToItsMatches() throws {
    try inFolder(["a.npy", "a_labels.npy", "b.npy", "alone_labels.npy"]) { (folder: String) throws in
      #expect(
        try PathExpansion.files(for: ["\(folder)/*.npy"])
          == ["a.npy", "alone_labels.npy", "b.npy"].map { "\(folder)/\($0)" })
      #expect(try PathExpansion.files(for: ["\(folder)/[b].npy"]) == ["\(folder)/b.npy"])
      #expect(throws: FeatureFileError.fileNotFound(path: "\(folder)/*.csv")) {
        try PathExpansion.files(for: ["\(folder)/*.csv"])
      }
    }
  }

  @Test func filePathStandsForItself() throws {
    try inFolder(["odd*name.npz"]) { (folder: String) throws in
      let names = ["\(folder)/odd*name.npz", "\(folder)/missing.npz"]
      #expect(try PathExpansion.files(for: names) == names)
    }
  }

  @Test func naturalOrderIsAnOrder() {
    let ordered = ["a", "a1", "a01b", "A2", "a10", "a10b", "b1", "B1.5", "b1.10"]
    for (place, one) in ordered.enumerated() {
      #expect(!(NaturalOrder(one) < NaturalOrder(one)))
      for other in ordered[(place + 1)...] {
        #expect(NaturalOrder(one) < NaturalOrder(other), "\(one) before \(other)")
        #expect(!(NaturalOrder(other) < NaturalOrder(one)))
      }
    }
  }
}
