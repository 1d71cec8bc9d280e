import Foundation
import TestData
import Testing

@testable import OODData

@Suite struct FolderListingTests {
  @Test func foldersComeFirstAndFilesOfKnownFormatsInNaturalOrder() throws {
    let folder = try ScratchFolder()
    for name in [
      "part-10.npy", "part-2.npy", "Part-1.npy", "model.safetensors", "table.csv.gz", "archive.npz.gz",
      "notes.md", "train_labels.npy", "train.npy", "lonely_labels.npy", ".hidden.npz", ".profile",
    ] { _ = try folder.write("abc", to: name) }
    for name in ["runs", "Archive"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    let listing = try FolderReader.listing(of: folder.path)
    #expect(
      listing.entries.map(\.name) == [
        "Archive", "runs", ".hidden.npz", "lonely_labels.npy", "model.safetensors", "Part-1.npy",
        "part-2.npy",
        "part-10.npy", "table.csv.gz", "train.npy",
      ])
    #expect(listing.entries.prefix(2).allSatisfy { $0.isFolder })
    #expect(listing.entries.dropFirst(2).allSatisfy { !$0.isFolder && $0.byteCount == 3 })
    // notes.md, archive.npz.gz and the labels that are read with train.npy; hidden ones do not count.
    #expect(listing.otherCount == 3)
    #expect(listing.problem == nil)
  }

  @Test func aFolderThatCannotBeReadSaysWhy() throws {
    let folder = try ScratchFolder()
    let listing = try FolderReader.listing(of: folder.file("nowhere"))
    #expect(listing.problem == "No such file or directory")
    #expect(listing.entries.isEmpty)
  }

  @Test func aLinkToNowhereIsLeftOut() throws {
    let folder = try ScratchFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("gone.npz"), withDestinationPath: folder.file("nothing"))
    _ = try folder.write("abc", to: "there.npz")
    #expect(try FolderReader.listing(of: folder.path).entries.map(\.name) == ["there.npz"])
  }

  @Test func thousandsOfEntriesAreListedInOrder() throws {
    let folder = try ScratchFolder()
    for index in 0..<3000 {
      #expect(FileManager.default.createFile(atPath: folder.file("part-\(index).npy"), contents: nil))
    }
    let names = try FolderReader.listing(of: folder.path).entries.map(\.name)
    #expect(names == (0..<3000).map { "part-\($0).npy" })
  }

  @Test func pathsAreMadeAbsoluteAsText() {
    #expect(FilePath.absolute("../b/./c//d", in: "/a/x") == "/a/b/c/d")
    #expect(FilePath.absolute("../../..", in: "/a") == "/")
    #expect(FilePath.absolute("~/x", in: "/a", home: "/home/ada") == "/home/ada/x")
    #expect(FilePath.absolute("~x", in: "/a", home: "/home/ada") == "/a/~x")
    #expect(FilePath.parent(of: "/a/b") == "/a" && FilePath.parent(of: "/a") == "/")
    #expect(FilePath.parent(of: "/") == nil)
    #expect(FilePath.shortened("/home/ada/x", home: "/home/ada") == "~/x")
    #expect(FilePath.shortened("/home/adam", home: "/home/ada") == "/home/adam")
  }
}
