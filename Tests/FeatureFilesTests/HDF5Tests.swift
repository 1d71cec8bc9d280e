import Testing

@testable import FeatureFiles

/// What is particular to HDF5; its values are checked with those of the other formats.
struct HDF5Tests {
  @Test func onlyWhatIsInOnePieceIsMapped() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/layouts.h5"))
    for array in file.arrays where array.elementCount > 0 {
      #expect(array.isMemoryMapped == ["contiguous", "empty_group/inside", "scalar"].contains(array.name))
    }
    // Neither the link inside of the file nor the one to another file is an array of its own.
    #expect(file["a/link"] == nil && file["elsewhere"] == nil)
  }

  /// As larger datasets are read: by rows, out of order too.
  @Test func rowsAreReadWithoutTheRest() throws {
    let path = try Fixtures.path("arrays/layouts.h5")
    let whole = try FeatureFile.open(path).array(named: "gzip").integers()
    let rows = HDF5Rows(
      path: path, dataset: "gzip", rowCount: 7, rowByteCount: 60, isColumnMajor: false, isLastDimension: false
    )
    let layout = BinaryLayout(elementByteCount: 4)
    let blocks = try rows.blocks(of: RowSelection([5, 6, 0, 3]), [7, 5, 3], layout)
    #expect(blocks.map(\.firstRow) == [5, 0, 3])
    let values = blocks.flatMap { $0.values(StoredInteger<Int32>.self, rowLength: 15) { Int($0) } }
    let expected: [Int] = [5, 6, 0, 3].flatMap { (row: Int) in whole[row * 15..<(row + 1) * 15] }
    #expect(values == expected)
    #expect(try rows.blocks(of: RowSelection([]), [7, 5, 3], layout).isEmpty)
  }

  /// In order, then not, then in order again: each time the same values.
  @Test func rowsAreReadAhead() throws {
    for (file, name, isMATLAB) in [
      ("dataset/chunked.h5", "images", false), ("dataset/compressed73.mat", "images", true),
    ] {
      let path = try Fixtures.path(file)
      let images = try FeatureFile.open(path).array(named: name).integers()
      let rows = HDF5Rows(
        path: path, dataset: name, rowCount: 7, rowByteCount: 4, isColumnMajor: isMATLAB,
        isLastDimension: isMATLAB)
      for run in [0..<2, 2..<5, 5..<7, 3..<4, 6..<7, 0..<7, 1..<2] {
        let blocks = try rows.blocks(of: RowSelection(run), [7, 2, 2], BinaryLayout(elementByteCount: 1))
        let values = blocks.flatMap { $0.values(StoredInteger<UInt8>.self, rowLength: 4) { Int($0) } }
        #expect(values == Array(images[run.lowerBound * 4..<run.upperBound * 4]), "\(file) \(run)")
      }
    }
  }

  @Test func rowsOfMATLABAreInTheLastDimension() throws {
    let path = try Fixtures.path("dataset/compressed73.mat")
    let images = try FeatureFile.open(path).array(named: "images").integers()
    let rows = HDF5Rows(
      path: path, dataset: "images", rowCount: 7, rowByteCount: 4, isColumnMajor: true, isLastDimension: true)
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

  @Test func typesThatAreNotReadAreNoError() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.h5"))
    #expect(file.arrays.map(\.name) == ["features"])
    let reasons = file.unreadable.mapValues(\.description)
    for (name, reason) in [
      ("compound", "records (a compound type); write it as numbers or text"),
      ("complex", "records (a compound type); write it as numbers or text"),
      ("opaque", "raw bytes; write it as numbers or text"),
      ("lists", "lists of different lengths; write it as numbers or text"),
      ("reference", "references to other datasets; write it as numbers or text"),
      ("nothing", "no values (a null dataspace); write it as numbers or text"),
      ("lzf", "values compressed by 'lzf' (filter 32000); write it with compression=\"gzip\""),
      ("external", "values of other files (external storage); copy the values into this file"),
      ("virtual", "values of other files (a virtual dataset); copy the values into this file"),
    ] {
      #expect(
        reasons[name]?.hasSuffix("‘\(name)’ holds \(reason)") == true, "\(String(describing: reasons[name]))")
    }
    #expect(reasons.count == 9)
  }

  /// libhdf5 is not thread-safe; each read has a process of its own.
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

  @Test func aMissingLibraryIsNamedWithItsPackage() {
    let error = FeatureFileError.missingLibrary(
      path: "a.h5", library: "libhdf5 1.10 or newer", remedy: "install it (apt install hdf5-tools)")
    #expect(
      error.description
        == "a.h5: needs libhdf5 1.10 or newer, which is not found; install it (apt install hdf5-tools)")
  }
}
