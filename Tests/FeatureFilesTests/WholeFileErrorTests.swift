import FeatureFiles
import Foundation
import TestData
import Testing

/// Missing files, and files of unsupported formats.
struct WholeFileErrorTests {
  @Test func missing() throws {
    let error = #expect(throws: FeatureFileError.self) { try FeatureFile.open("/nowhere/train.npz") }
    #expect(error == .fileNotFound(path: "/nowhere/train.npz"))
    #expect(error?.description == "/nowhere/train.npz: no such file")
    #expect(throws: FeatureFileError.fileNotFound(path: "")) { try FeatureFile.open("") }
    #expect(throws: FeatureFileError.fileNotFound(path: "a\0b")) { try FeatureFile.open("a\0b") }
  }

  @Test func longPathIsNotTruncated() {
    let path = String(repeating: "/a-long-folder", count: 60) + "/train.npz"
    let error = #expect(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    #expect(error?.description == "\(path): no such file")
  }

  @Test func directoryPipeAndDevice() throws {
    let directory = try ScratchFolder()
    #expect(throws: FeatureFileError.notAFile(path: directory.path, kind: "directory")) {
      try FeatureFile.open(directory.path)
    }
    #expect(throws: FeatureFileError.notAFile(path: "/dev/zero", kind: "device or socket")) {
      try FeatureFile.open("/dev/zero")
    }
    let pipe = "\(directory.path)/pipe.npy"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(throws: FeatureFileError.notAFile(path: pipe, kind: "pipe")) { try FeatureFile.open(pipe) }
  }

  @Test func empty() throws {
    for name in ["a.npy", "a.npz", "a.csv", "a.safetensors", "a"] {
      let error = try errorOpening(name, [])
      guard case .emptyFile = error else { throw error }
    }
  }

  @Test func extensionOfAnotherFormat() throws {
    for (name, format) in [("a.npy", FileFormat.npy), ("a.npz", .npz), ("a.safetensors", .safetensors)] {
      let error = try errorOpening(name, "1,2,3\n4,5,6\n".utf8)
      guard case .wrongSignature(_, format) = error else { throw error }
      #expect(
        error.description.contains("is not in the format that its extension indicates, \(format.displayName)")
      )
    }
  }

  @Test func unrecognizedFormat() throws {
    let error = try errorOpening("a.bin", [0, 1, 2, 3])
    guard case .unknownFormat = error else { throw error }
    // PyTorch files, and many others, have these extensions.
    for name in ["a.ckpt", "a.BIN"] {
      guard case .unknownFormat = try errorOpening(name, [0, 1, 2, 3]) else { throw error }
    }
    #expect(error.description.contains("(npy, npz, csv, tsv, safetensors, pt, pkl, h5, mat)"))
  }

  @Test(
    arguments: [
      (
        "a.csv.bz2", Array("BZh91AY".utf8),
        "is compressed with bzip2, which is not supported; unpack it with bunzip2"
      ),
      ("a.lz4", [0x04, 0x22, 0x4D, 0x18, 0], "unpack it with unlz4"),
    ] as [(String, [UInt8], String)])
  func unsupportedFormat(name: String, content: [UInt8], message: String) throws {
    let error = try errorOpening(name, content)
    guard case .unsupportedFormat = error else { throw error }
    #expect(error.description.contains(message))
  }

  @Test func messagesAreOneLine() {
    let error = FeatureFileError.notANumber(
      path: "a\nb.csv", line: 3, column: 2, name: "f\u{1B}[31m1",
      text: "x\r\n" + String(repeating: "y", count: 500))
    #expect(
      error.description.hasPrefix(
        "a\\nb.csv: line 3, column 2 (f\\u{1B}[31m1): expected a number, but found ‘x\\r\\nyyy"))
    #expect(error.description.utf8.count < 350)
    #expect(error.path == "a\nb.csv")
  }
}
