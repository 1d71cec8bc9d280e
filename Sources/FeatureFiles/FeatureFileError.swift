/// What is wrong with a file: one case for each way in which it can be wrong.
///
/// `description` is one line that names the file, the place and what to try. Line, row and column numbers
/// in cases are as people count in that context: lines and columns of a table from 1, rows and indices of
/// an array from 0.
public enum FeatureFileError: Error, Equatable, Sendable {
  // MARK: The file as a whole

  /// There is no such file.
  case fileNotFound(path: String)
  /// The operating system refuses to open or read it; `reason` is its own words.
  case cannotRead(path: String, reason: String)
  /// A directory, pipe or device stands where a file is needed.
  case notAFile(path: String, kind: String)
  /// It has no bytes.
  case emptyFile(path: String)
  /// Neither content nor name belong to a format that can be read.
  case unknownFormat(path: String)
  /// A format that is recognized but not read; `remedy` is what to do instead.
  case unsupportedFormat(path: String, format: String, remedy: String)
  /// The library that reads this format is not installed; `remedy` says how to get it.
  case missingLibrary(path: String, library: String, remedy: String)
  /// The name promises `format`, and the first bytes are not its signature.
  case wrongSignature(path: String, format: FileFormat)

  /// Another program has written to it since it was opened.
  case changedSinceOpening(path: String)
  /// The task that reads it was cancelled.
  case cancelled(path: String)

  // MARK: Binary formats

  /// The file ends before `place` does.
  case truncated(path: String, place: String, neededByteCount: Int, foundByteCount: Int)
  /// A header cannot be understood.
  case malformedHeader(path: String, place: String, problem: String)
  /// Sizes that cannot be: overflowing, outside the file, contradicting each other.
  case impossibleSize(path: String, place: String, problem: String)
  /// What `place` holds takes more memory than is permitted; `permittedByteCount` is nil where the system refuses it.
  case memoryExceeded(
    path: String, place: String, neededByteCount: Int, permittedByteCount: Int?, remedy: String)
  /// Two arrays claim the same bytes.
  case overlappingArrays(path: String, first: String, second: String)
  /// Two arrays or columns have one name.
  case duplicateName(path: String, name: String)
  /// A legal element type that cannot be read as numbers or text.
  case unsupportedElementType(path: String, array: String, type: String, remedy: String)
  /// An array's values stand in other files, which are never read: its file would hand out what others hold.
  case valuesInOtherFiles(path: String, array: String, type: String, remedy: String)
  /// A zip member is encrypted or compressed by a method other than deflate.
  case unsupportedCompression(path: String, member: String, method: String)
  /// Compressed bytes that do not decompress to what was promised.
  case corruptCompression(path: String, member: String, problem: String)
  /// Bytes of an archive that are not those of which it keeps the checksum.
  case wrongChecksum(path: String, member: String)

  // MARK: Tables

  /// A row with more or fewer cells than the first.
  case raggedRow(path: String, line: Int, expectedCount: Int, foundCount: Int)
  /// Text in a column of numbers.
  case notANumber(path: String, line: Int, column: Int, name: String, text: String)
  /// A cell that breaks the rules of quoting or of UTF-8.
  case malformedCell(path: String, line: Int, column: Int, problem: String)
  /// Cells are separated by something other than commas or tabs.
  case unsupportedSeparator(path: String, separator: String)

  // MARK: Reading values

  /// No array of that name.
  case noSuchArray(path: String, name: String, available: [String])
  /// A row outside the array.
  case noSuchRow(path: String, array: String, row: Int, rowCount: Int)
  /// Values of another kind were asked for than the array holds.
  case wrongElementType(path: String, array: String, found: ElementType, wanted: String)
  /// A number with a fraction, NaN, or one too large where integers are needed.
  case notAnInteger(path: String, array: String, row: Int, value: Double)
  /// Text that is not valid Unicode.
  case invalidText(path: String, array: String, row: Int)

  // MARK: Writing

  /// The file cannot be written; whatever was there before still is.
  case cannotWrite(path: String, reason: String)
  /// Shape and values to be written contradict each other, or the format cannot hold them.
  case unwritableArray(path: String, array: String, problem: String)
}
