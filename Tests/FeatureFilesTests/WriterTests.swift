import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// Written files are read back, and failed writes leave everything unchanged.
struct WriterTests {
  private static let arrays = [
    OutputArray(
      name: "double", shape: [2, 2], values: .float64([0.1, -.infinity, .leastNonzeroMagnitude, .pi])),
    OutputArray(
      name: "pieces", shape: [3, 2],
      values: .float64Pieces(count: 6, pieceCount: 3, piece: { [Double($0), -.infinity] })),
    OutputArray(name: "single", shape: [3], values: .float32([0.1, -2, 3e38])),
    OutputArray(name: "count", shape: [2, 1], values: .int64([.min, .max])),
    OutputArray(name: "image", shape: [1, 2, 2], values: .uint8([0, 1, 254, 255])),
    OutputArray(name: "text", shape: [3], values: .strings(["", "größe \"\\\n\u{1}", "日本 \u{1F600}"])),
    OutputArray(name: "empty", shape: [0, 4], values: .float64([])),
    OutputArray(name: "scalar", shape: [], values: .int64([7])),
  ]

  private func checkArrays(_ file: FeatureFile) throws {
    #expect(Set(file.arrays.map(\.name)) == Set(Self.arrays.map(\.name)))
    for written in Self.arrays {
      let array = try file.array(named: written.name)
      #expect(array.shape == written.shape)
      switch written.values {
      case .float64(let values): #expect(try array.doubles() == values)
      case .float64Pieces(let count, let pieceCount, let piece):
        #expect(try array.doubles() == (0..<pieceCount).flatMap(piece) && array.elementCount == count)
      case .float32(let values): #expect(try array.doubles() == values.map(Double.init))
      case .int64(let values): #expect(try array.integers() == values)
      case .uint8(let values): #expect(try array.bytes(rows: [0]) == values)
      case .strings(let values): #expect(try array.strings() == values)
      }
    }
  }

  @Test func npyRoundTrip() throws {
    let directory = try ScratchFolder()
    for array in Self.arrays {
      let path = "\(directory.path)/\(array.name).npy"
      try NPYWriter.write(array, to: path)
      let read = try FeatureFile.open(path).array(named: array.name)
      #expect(read.shape == array.shape)
      if case .float64(let values) = array.values { #expect(try read.doubles() == values) }
      if case .strings(let values) = array.values { #expect(try read.strings() == values) }
      let header = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))).firstOffset(of: [0x0A])
      #expect(header.map { ($0 + 1) % 64 } == 0)
    }
  }

  @Test func npyIsWhatNumPyWrites() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/features.npy"
    let file = try FeatureFile.open(Fixtures.path("dataset/features.npy"))
    let values = try file.arrays[0].doubles().map { Float($0) }
    try NPYWriter.write(OutputArray(name: "features", shape: [7, 3], values: .float32(values)), to: path)
    let written = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(try written == Fixtures.bytes("dataset/features.npy"))
  }

  @Test(arguments: [0xFFFF_FFFF, 100, 0]) func npzRoundTrip(zip64From limit: Int) throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x.npz"
    try NPZWriter.write(Self.arrays, to: path, zip64From: limit)
    let file = try FeatureFile.open(path)
    try checkArrays(file)
    #expect(file.arrays.allSatisfy { $0.isMemoryMapped })
  }

  @Test func safetensorsRoundTrip() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x.safetensors"
    try SafetensorsWriter.write(Self.arrays, metadata: ["note": "a \"b\" \u{7}"], to: path)
    let file = try FeatureFile.open(path)
    try checkArrays(file)
    #expect(file.metadata["note"] == "a \"b\" \u{7}")
    #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))[0] % 8 == 0)
  }

  @Test func csvRoundTrip() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x.csv"
    let ids = ["plain", "a,b", "say \"x\"", "two\nlines", "carriage\r\nreturn", "größe"]
    try CSVWriter.write(header: ["id", "f0"], rows: ids.map { [$0, "1.5"] }, to: path)
    let file = try FeatureFile.open(path)
    #expect(try file.array(named: "ids").strings() == ids)
    #expect(try file.array(named: "features").doubles() == ids.map { _ in 1.5 })
    #expect(CSVWriter.line(["a", "b,c"]) == "a,\"b,c\"\n")
    #expect(CSVWriter.line(["a,b", "c\td", "e"], separator: "\t") == "a,b\t\"c\td\"\te\n")
  }

  @Test func contradictionsAreRejected() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x"
    let wrong = OutputArray(name: "a", shape: [2, 3], values: .float64([1]))
    let negative = OutputArray(name: "a", shape: [-1, -1], values: .float64([1]))
    let huge = OutputArray(name: "a", shape: [.max, .max], values: .float64([1]))
    let short = OutputArray(
      name: "a", shape: [2, 3], values: .float64Pieces(count: 6, pieceCount: 2, piece: { _ in [1, 2] }))
    for array in [wrong, negative, huge, short] {
      #expect(throws: FeatureFileError.self) { try NPYWriter.write(array, to: path) }
      #expect(throws: FeatureFileError.self) { try NPZWriter.write([array], to: path) }
      #expect(throws: FeatureFileError.self) { try SafetensorsWriter.write([array], to: path) }
    }
    let one = OutputArray(name: "a", shape: [1], values: .float64([1]))
    #expect(throws: FeatureFileError.duplicateName(path: path, name: "a")) {
      try NPZWriter.write([one, one], to: path)
    }
    #expect(throws: FeatureFileError.duplicateName(path: path, name: "text")) {
      try SafetensorsWriter.write(
        [try #require(Self.arrays.first { $0.name == "text" })], metadata: ["text": "x"], to: path)
    }
    #expect(directory.entries == [])
  }

  // MARK: Atomic writes

  private struct Interruption: Error {}

  @Test func failureLeavesTheOldFile() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.npy", Array("old".utf8))
    let error = #expect(throws: FeatureFileError.self) {
      try AtomicFile.write(to: path) { writer in
        try writer.write([UInt8](repeating: 0, count: 1 << 20))
        throw Interruption()
      }
    }
    #expect(error == .cannotWrite(path: path, reason: "Interruption()"))
    #expect(directory.entries == ["x.npy"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
  }

  @Test func replacesAndKeepsPermissions() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.txt", Array("old".utf8))
    try #require(chmod(path, 0o640) == 0)
    let link = "\(directory.path)/link.txt"
    try #require(symlink("x.txt", link) == 0)
    try AtomicFile.write(to: link) { try $0.write("new") }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o640)
    #expect(directory.entries == ["link.txt", "x.txt"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "x.txt")
  }

  @Test(arguments: ["x.txt", "sub/x.txt", "../D/x.txt", "second"])
  func danglingLinkLeadsToTheNewFile(target: String) throws {
    let directory = try ScratchFolder()
    let inner = "\(directory.path)/D"
    try FileManager.default.createDirectory(atPath: "\(inner)/sub", withIntermediateDirectories: true)
    try #require(symlink(target, "\(inner)/link") == 0)
    try #require(symlink("\(inner)/end.txt", "\(inner)/second") == 0)
    try AtomicFile.write(to: "\(inner)/link") { try $0.write("new") }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(inner)/link") == target)
    #expect(try String(contentsOfFile: "\(inner)/link", encoding: .utf8) == "new")
    let end = target == "second" ? "\(inner)/end.txt" : "\(inner)/\(target)"
    #expect(
      try FileManager.default.attributesOfItem(atPath: end)[.type] as? FileAttributeType == .typeRegular)
  }

  @Test func cyclicLinksAreAnError() throws {
    let directory = try ScratchFolder()
    try #require(symlink("b", "\(directory.path)/a") == 0)
    try #require(symlink("a", "\(directory.path)/b") == 0)
    let error = try #require(throws: FeatureFileError.self) {
      try AtomicFile.write(to: "\(directory.path)/a") { try $0.write("x") }
    }
    guard case .cannotWrite = error else { throw error }
    #expect(directory.entries == ["a", "b"])
  }

  #if os(Linux)
    /// A killed process leaves the current content of the folder.
    @Test func unfinishedFilesAreNotVisible() throws {
      let directory = try ScratchFolder()
      let path = try directory.file("x.txt", Array("old".utf8))
      for target in [path, "\(directory.path)/new.txt"] {
        let before = directory.entries
        try AtomicFile.write(to: target) { writer in
          try writer.write([UInt8](repeating: 0x61, count: 1 << 20))
          #expect(directory.entries == before)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)).count == 1 << 20)
      }
      #expect(directory.entries == ["new.txt", "x.txt"])
    }
  #endif

  @Test func longestNameIsWritten() throws {
    let directory = try ScratchFolder()
    let name = String(repeating: "n", count: 251) + ".txt"
    for text in ["one", "two"] {
      try AtomicFile.write(to: "\(directory.path)/\(name)") { try $0.write(text) }
    }
    #expect(directory.entries == [name])
  }

  /// Appends to existing content, as after `>>` in a shell.
  @Test func ownDescriptorsAreWrittenAtTheirPosition() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("log", Array("first\n".utf8))
    let descriptor = open(path, O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    for name in ["/dev/fd/\(descriptor)", "/proc/self/fd/\(descriptor)"] {
      #expect(AtomicFile.isStream(name))
      try AtomicFile.write(to: name) { try $0.write("more\n") }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "first\nmore\nmore\n")
    #expect(throws: FeatureFileError.self) { try AtomicFile.write(to: "/dev/fd/9999") { try $0.write("x") } }
    #expect(!AtomicFile.isStream(path))
    #expect(AtomicFile.isStream("/dev/null"))
  }

  @Test func openedFileIsKnownByEveryName() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x.npy"
    try NPYWriter.write(OutputArray(name: "", shape: [1], values: .float64([1])), to: path)
    let other = "\(directory.path)/other.npy"
    try NPYWriter.write(OutputArray(name: "", shape: [1], values: .float64([1])), to: other)
    #expect(!OpenedFiles.include(path))
    _ = try FeatureFile.open(path)
    try #require(symlink("x.npy", "\(directory.path)/soft") == 0)
    try #require(link(path, "\(directory.path)/hard") == 0)
    for name in ["x.npy", "./x.npy", "soft", "hard"] {
      #expect(OpenedFiles.include("\(directory.path)/\(name)"))
    }
    #expect(!OpenedFiles.include(other))
    #expect(!OpenedFiles.include("\(directory.path)/none"))
  }

  @Test func unwritablePaths() throws {
    let directory = try ScratchFolder()
    for (path, reason) in [
      ("\(directory.path)/none/x.npy", "no such directory"),
      (directory.path, "it is a directory; give the path of a file in it"),
      ("", "the path is not a valid file name"),
    ] {
      let error = #expect(throws: FeatureFileError.self) {
        try AtomicFile.write(to: path) { try $0.write("x") }
      }
      #expect(error == .cannotWrite(path: path, reason: reason))
    }
    #expect(directory.entries == [])
  }

  @Test func devicesAreWrittenThrough() throws {
    try AtomicFile.write(to: "/dev/null") { try $0.write("x") }
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"))) func fullDiskIsAnError() throws {
    let error = try #require(throws: FeatureFileError.self) {
      try AtomicFile.write(to: "/dev/full") { try $0.write("x") }
    }
    guard case .cannotWrite("/dev/full", _) = error else { throw error }
  }
}
