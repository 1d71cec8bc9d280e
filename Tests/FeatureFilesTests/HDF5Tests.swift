import CHDF5
import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import FeatureFiles

/// Tests specific to HDF5. The conformance tests check its values.
struct HDF5Tests {
  @Test func onlyContiguousValuesAreMapped() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/layouts.h5"))
    for array in file.arrays where array.elementCount > 0 {
      #expect(
        array.isMemoryMapped == ["contiguous", "a/link", "empty_group/inside", "scalar"].contains(array.name))
    }
  }

  // MARK: Links

  /// The tests of expected values check their values.
  @Test func everyNameWithinTheFileIsListed() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/links.h5"))
    let first = file.arrays.filter { $0.aliasOf == nil }.map(\.name)
    #expect(first == ["labels", "latin\\xE9"])
    for (name, other) in [
      ("run/z", "latin\\xE9"), ("features", "latin\\xE9"), ("latest/z", "latin\\xE9"),
      ("run/deep/gt", "labels"), ("run/again", "labels"), ("chain", "labels"), ("latest/deep/gt", "labels"),
    ] {
      #expect(file[name]?.aliasOf == other)
    }
    let reasons = file.unreadable.mapValues(\.description)
    #expect(Set(reasons.keys) == ["nowhere", "to_itself", "elsewhere", "through"])
    for name in ["nowhere", "to_itself", "through"] {
      #expect(
        reasons[name]?.hasSuffix(
          "‘\(name)’ holds a link without a target in this file; remove the link or restore its target"
        )
          == true)
    }
    #expect(
      reasons["elsewhere"]?.hasSuffix(
        "‘elsewhere’ holds a link to another file; links to other files are not followed, so copy the dataset into "
          + "this one") == true)
  }

  @Test func linksToOtherFilesAreReported() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/layouts.h5"))
    #expect(file["elsewhere"] == nil)
    #expect(file.unreadable["elsewhere"]?.description.contains("a link to another file") == true)
  }

  // MARK: Other files

  @Test func noOtherFileIsRead() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/elsewhere.h5"))
    #expect(file.arrays.map(\.name) == ["features"])
    expectUnreadable(
      in: file, count: 13,
      [
        "external": "values of other files (external storage); copy the values into this file",
        "other_file": "values of other files (a virtual dataset); copy the values into this file",
        "own_name": "values of other files (a virtual dataset); copy the values into this file",
        "missing":
          "values of a dataset that does not exist (a virtual dataset); write that dataset into this file",
        "of_external": "values of other files (external storage); copy the values into this file",
        "of_other_file": "values of other files (a virtual dataset); copy the values into this file",
        "of_link":
          "values of a dataset that does not exist (a virtual dataset); write that dataset into this file",
        "of_itself": "values of itself (a virtual dataset); copy the values into this file",
        "one": "values of itself (a virtual dataset); copy the values into this file",
        "two": "values of itself (a virtual dataset); copy the values into this file",
        "lzf": "values compressed by 'lzf' (filter 32001); write it with compression=\"gzip\"",
      ])
  }

  /// The contents of MATLAB 7.3 cells are in datasets that are read through references.
  @Test func cellsHoldNoOtherFileEither() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly73.mat"))
    #expect(try file.array(named: "good").strings() == ["a", "b"])
    let external = "values of other files (external storage); copy the values into this file"
    for (name, reason) in [
      ("later_external", "a cell with \(external)"),
      ("later_number", "cells that hold values other than text; write it as numbers or text"),
      ("first_external", "a cell with \(external)"),
    ] {
      let error = #expect(throws: FeatureFileError.self) { try file.array(named: name).strings() }
      #expect(
        error?.description.hasSuffix("‘\(name)’ holds \(reason)") == true, "\(String(describing: error))")
    }
    expectUnreadable(
      in: file,
      [
        "first_number": "cells that hold values other than text; write it as numbers or text",
        "of_cells": "cells that hold values other than text; write it as numbers or text",
        "sparse": "a sparse matrix; save full(sparse)",
        "complex": "complex numbers; save its real and imaginary parts",
        "categorical": "a categorical array; save cellstr(categorical)",
        "string": "a string array; save cellstr(string)",
        "table": "an object of class 'table'; save its values as arrays",
      ])
  }

  /// String and categorical arrays, written by a program other than MATLAB.
  @Test func objectsOfTextAreRead() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/objects73.mat"))
    let labels = ["dog", "größe", "cat", "日本", "cat", "<undefined>", "dog"]
    #expect(try file.array(named: "labels").strings() == labels)
    #expect(file["labels"]?.shape == [7])
    #expect(
      try file.array(named: "ids").strings() == ["a", "", "größe", "日本語", "e f", "<missing>", "\u{1F600}!"])
    #expect(try file.array(named: "one").strings() == ["hello"])
    #expect(file["one"]?.shape == [])
    #expect(try file.array(named: "data/group").strings() == ["x", "y", "x"])
    #expect(
      file.unreadable["when"]?.description.hasSuffix(
        "‘when’ holds an object of class 'datetime'; save its values as arrays") == true)
    #expect(
      file.unreadable["square"]?.description.hasSuffix("‘square’ holds a string array; save cellstr(square)")
        == true)
  }

  /// The child can open only its file, so neither a pipe nor anything else can block it.
  @Test func pipeReplacingTheFileDoesNotBlock() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.h5", Fixtures.bytes("dataset/chunked.h5"))
    let array = try FeatureFile.open(path).array(named: "features")
    try FileManager.default.removeItem(atPath: path)
    try #require(mkfifo(path, 0o600) == 0)
    let start = ContinuousClock.now
    #expect(throws: FeatureFileError.changedSinceOpening(path: path)) { try array.doubles() }
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  /// Chunks are located in the file again for each read; a file that replaced it is not read.
  @Test func filesThatWereReplacedAreNotRead() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.h5", Fixtures.bytes("dataset/chunked.h5"))
    let file = try FeatureFile.open(path)
    #expect(try file.array(named: "labels").integers().count == 7)
    let other = try directory.file("other.h5", Fixtures.bytes("dataset/chunked.h5"))
    try #require(rename(other, path) == 0)
    #expect(throws: FeatureFileError.changedSinceOpening(path: path)) {
      try file.array(named: "features").doubles()
    }
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: FeatureFileError.changedSinceOpening(path: path)) {
      try file.array(named: "features").doubles()
    }
  }

  // MARK: Damage and time

  /// One text makes libhdf5 run forever; nothing else of the file is read after that.
  @Test func timeoutsAreNotRepeated() throws {
    let file = try FeatureFile.open(Fixtures.path("malformed/h5/endless.h5"))
    let ids = try file.array(named: "ids")
    let start = ContinuousClock.now
    let first = #expect(throws: FeatureFileError.self) { try ids.strings() }
    let middle = ContinuousClock.now
    #expect(middle - start < .seconds(120))
    let second = #expect(throws: FeatureFileError.self) { try ids.strings() }
    #expect(first == second)
    #expect(ContinuousClock.now - middle < (middle - start) / 2)
  }

  @Test func filesThatAWriterHasOpen() throws {
    let open = try FeatureFile.open(Fixtures.path("arrays/swmr.h5"))
    #expect(try open.array(named: "labels").integers() == [0, 1, 2, 0, 1, -1, -1])
    let path = try Fixtures.path("malformed/h5/not_closed.h5")
    let error = #expect(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    #expect(
      error?.description
        == "\(path): cannot be read: it is open for writing, or the program that wrote it did not close it; "
        + "close it there, or clear the flag with h5clear -s FILE")
  }

  // MARK: LZF

  /// Literals, a copy that overlaps its output, and a long copy.
  @Test func lzfIsDecompressed() {
    func decompressed(_ input: [UInt8], room: Int) -> [UInt8]? {
      var output = [UInt8](repeating: 0xAA, count: room + 8)
      let count = Int(gmmscope_lzf_decompress(input, UInt64(input.count), &output, UInt64(room)))
      #expect(output[room...].allSatisfy { $0 == 0xAA })
      return count > 0 ? Array(output[..<count]) : nil
    }
    #expect(decompressed([2, 1, 2, 3], room: 3) == [1, 2, 3])
    #expect(decompressed([1, 7, 8, 0x20, 1], room: 5) == [7, 8, 7, 8, 7])
    #expect(decompressed([0, 9, 0xE0, 10, 0], room: 20) == [UInt8](repeating: 9, count: 20))
    // Too small an output, too short an input, a distance before the beginning.
    for input in [[2, 1, 2, 3], [0, 9, 0xE0, 10, 0]] as [[UInt8]] {
      #expect(decompressed(input, room: 2) == nil)
      for count in 1..<input.count { _ = decompressed(Array(input[..<count]), room: 20) }
    }
    #expect(decompressed([5, 1, 2], room: 20) == nil)
    #expect(decompressed([0, 1, 0x20, 1], room: 20) == nil)
    #expect(decompressed([0, 1, 0xE0], room: 20) == nil)
    var generator = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let input = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      _ = decompressed(input, room: Int.random(in: 1...300, using: &generator))
    }
  }

  // MARK: Rows

  private static func rows(_ name: String, of file: String) throws -> HDF5Rows {
    let array = try FeatureFile.open(Fixtures.path(file)).array(named: name)
    guard case .binary(.rows(let rows), _) = array.storage else { throw Missing() }
    return rows
  }

  private struct Missing: Error {}

  /// Reads by rows, as for larger datasets, also out of order.
  @Test func rowsAreReadWithoutTheRest() throws {
    let path = try Fixtures.path("arrays/layouts.h5")
    let whole = try FeatureFile.open(path).array(named: "gzip").integers()
    let rows = try Self.rows("gzip", of: "arrays/layouts.h5")
    let layout = BinaryLayout(elementByteCount: 4)
    let blocks = try rows.blocks(of: RowSelection([5, 6, 0, 3]), [7, 5, 3], layout)
    #expect(blocks.map(\.firstRow) == [5, 0, 3])
    let values = blocks.flatMap { $0.values(StoredInteger<Int32>.self, rowLength: 15) { Int($0) } }
    let expected: [Int] = [5, 6, 0, 3].flatMap { (row: Int) in whole[row * 15..<(row + 1) * 15] }
    #expect(values == expected)
    #expect(try rows.blocks(of: RowSelection([]), [7, 5, 3], layout).isEmpty)
  }

  /// In order, out of order, and in order again, always with the same values.
  @Test func rowsAreReadAhead() throws {
    for file in ["dataset/chunked.h5", "dataset/compressed73.mat"] {
      let images = try FeatureFile.open(Fixtures.path(file)).array(named: "images").integers()
      let rows = try Self.rows("images", of: file)
      for run in [0..<2, 2..<5, 5..<7, 3..<4, 6..<7, 0..<7, 1..<2] {
        let blocks = try rows.blocks(of: RowSelection(run), [7, 2, 2], BinaryLayout(elementByteCount: 1))
        let values = blocks.flatMap { $0.values(StoredInteger<UInt8>.self, rowLength: 4) { Int($0) } }
        #expect(values == Array(images[run.lowerBound * 4..<run.upperBound * 4]), "\(file) \(run)")
      }
    }
  }

  @Test func rowsOfMATLABAreInTheLastDimension() throws {
    let images = try FeatureFile.open(Fixtures.path("dataset/compressed73.mat")).array(named: "images")
      .integers()
    let rows = try Self.rows("images", of: "dataset/compressed73.mat")
    let blocks = try rows.blocks(
      of: RowSelection([6, 2, 3]), [7, 2, 2], BinaryLayout(elementByteCount: 1, strides: [1, 7, 14]))
    let values = blocks.flatMap { $0.values(StoredInteger<UInt8>.self, rowLength: 4) { Int($0) } }
    let expected: [Int] = [6, 2, 3].flatMap { (row: Int) in images[row * 4..<(row + 1) * 4] }
    #expect(values == expected)
  }

  @Test func compressedMATLABFilesAreCompressed() throws {
    for (file, isMapped) in [("dataset/full73.mat", true), ("dataset/compressed73.mat", false)] {
      #expect(try FeatureFile.open(Fixtures.path(file)).array(named: "features").isMemoryMapped == isMapped)
    }
  }

  @Test func unsupportedTypesAreNotErrors() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.h5"))
    #expect(file.arrays.map(\.name) == ["features", "lzf"])
    expectUnreadable(
      in: file,
      [
        "compound": "records (a compound type); write it as numbers or text",
        "complex": "complex numbers; save its real and imaginary parts",
        "opaque": "raw bytes; write it as numbers or text",
        "lists": "lists of different lengths; write it as numbers or text",
        "reference": "references to other datasets; write it as numbers or text",
        "nothing": "no values (a null dataspace); write it as numbers or text",
        "external": "values of other files (external storage); copy the values into this file",
        "virtual": "values of other files (a virtual dataset); copy the values into this file",
      ])
  }

  /// libhdf5 is not thread-safe, so each read has its own process.
  @Test func readsMayBeConcurrent() async throws {
    let path = try Fixtures.path("dataset/chunked.h5")
    let expected = try FeatureFile.open(path).array(named: "features").doubles()
    try await withThrowingTaskGroup(of: [Double].self) { group in
      for _ in 0..<16 {
        group.addTask { try FeatureFile.open(path).array(named: "features").doubles() }
      }
      for try await values in group { #expect(values == expected) }
    }
  }

  @Test func missingLibraryMessageNamesThePackage() {
    let error = FeatureFileError.missingLibrary(
      path: "a.h5", library: "libhdf5 1.10 or newer", remedy: "install it (apt install hdf5-tools)")
    #expect(
      error.description
        == "a.h5: needs libhdf5 1.10 or newer, which was not found; install it (apt install hdf5-tools)")
  }
}
