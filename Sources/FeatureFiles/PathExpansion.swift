#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Expands paths of files and folders, and glob patterns, to files.
public enum PathExpansion {
  /// The files that a path expands to.
  public struct Files: Sendable, Equatable {
    /// Whether the path names a single file.
    public var isNamed: Bool
    /// The files with a data file's extension, in natural order (`part-2` before `part-10`).
    public var data: [String]
    /// The other files of the folder or pattern.
    public var others: [String]
  }

  /// The data files that `paths` expand to, concatenated; see ``expand(_:)``.
  public static func files(for paths: [String]) throws(FeatureFileError) -> [String] {
    var files: [String] = []
    for path in paths { files += try expand(path).data }
    return files
  }

  /// Expands a folder to its data files, and a pattern with `*`, `?` or `[…]` to the files that it matches. Any other
  /// path stands for itself, whether or not it exists. Subfolders are ignored.
  ///
  /// In folders and patterns, `*_labels.npy` is omitted if the array that it labels is included.
  ///
  /// - Throws: `fileNotFound` for a pattern, or `notAFile` for a folder, without data files.
  public static func expand(_ path: String) throws(FeatureFileError) -> Files {
    let existing = FileStatus(of: path)?.kind
    let found: [String]
    if existing == .folder {
      found = matches(of: escaped(path.hasSuffix("/") ? path : path + "/") + "*")
    } else if existing == nil, path.contains(where: { "*?[".contains($0) }) {
      found = matches(of: path)
    } else {
      return Files(isNamed: true, data: [path], others: [])
    }
    let files = withoutLabels(found.filter { FileStatus(of: $0)?.kind != .folder }).sorted(
      by: isNaturallyOrdered)
    // A text file may be a table, but in a folder it is usually documentation.
    let isData = { (file: String) in
      FileFormat(fileExtensionOf: file) != nil && !(existing != nil && file.lowercased().hasSuffix(".txt"))
    }
    let data = files.filter(isData)
    guard !data.isEmpty else {
      throw existing != nil
        ? .notAFile(path: path, kind: "folder without data files") : .fileNotFound(path: path)
    }
    return Files(isNamed: false, data: data, others: files.filter { !isData($0) })
  }

  private static func matches(of pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard FileName.withBytes(of: pattern, { glob($0, 0, nil, &result) }) == 0 else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { FileName.text(of: $0) } }
  }

  private static func escaped(_ path: String) -> String {
    String(path.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
  }

  private static func withoutLabels(_ files: [String]) -> [String] {
    let all = Set(files)
    let ending = "_labels.npy"
    return files.filter { !($0.hasSuffix(ending) && all.contains($0.dropLast(ending.count) + ".npy")) }
  }

  /// Compares runs of digits as numbers and everything else as text.
  static func isNaturallyOrdered(_ left: String, _ right: String) -> Bool {
    let (first, second) = (pieces(of: left), pieces(of: right))
    for (one, other) in zip(first, second) where one != other {
      guard let digits = one.first?.isASCIIDigit, digits, other.first?.isASCIIDigit == true else {
        return one < other
      }
      let (a, b) = (one.drop { $0 == "0" }, other.drop { $0 == "0" })
      if a.count != b.count { return a.count < b.count }
      if a != b { return a < b }
    }
    return first.count == second.count ? left < right : first.count < second.count
  }

  /// The alternating runs of digits and non-digits.
  private static func pieces(of text: String) -> [Substring] {
    var pieces: [Substring] = []
    var rest = text[...]
    while let first = rest.first {
      let piece = rest.prefix { $0.isASCIIDigit == first.isASCIIDigit }
      pieces.append(piece)
      rest = rest[piece.endIndex...]
    }
    return pieces
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
