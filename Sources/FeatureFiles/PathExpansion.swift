#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns what a user names (files, folders, patterns) into files.
public enum PathExpansion {
  /// What one thing that a user names stands for.
  public struct Files: Sendable, Equatable {
    /// Whether the user named this very file.
    public var isNamed: Bool
    /// Files that are named like data, in natural order (`part-2` before `part-10`).
    public var data: [String]
    /// The folder's other files, or the other ones that match.
    public var others: [String]
  }

  /// The files that `paths` stand for, one after the other; see ``expand(_:)``.
  public static func files(for paths: [String]) throws(FeatureFileError) -> [String] {
    var files: [String] = []
    for path in paths { files += try expand(path).data }
    return files
  }

  /// The files that `path` stands for: a folder for the data files in it, a pattern with `*`, `?` or `[…]` for the files
  /// it matches; anything else for itself, whether or not it exists. Folders in a folder are left alone.
  ///
  /// `*_labels.npy` in a folder or matched by a pattern belongs to the array it labels where that is there too.
  ///
  /// - Throws: `fileNotFound` for a pattern, `notAFile` for a folder, that stands for no data file.
  public static func expand(_ path: String) throws(FeatureFileError) -> Files {
    let exists = kind(of: path) != nil
    let found: [String]
    if kind(of: path) == S_IFDIR {
      found = matches(of: escaped(path.hasSuffix("/") ? path : path + "/") + "*")
    } else if !exists, path.contains(where: { "*?[".contains($0) }) {
      found = matches(of: path)
    } else {
      return Files(isNamed: true, data: [path], others: [])
    }
    let files = withoutLabels(found.filter { kind(of: $0) != S_IFDIR }).sorted(by: isNaturallyOrdered)
    // A text file may be a table, but in a folder it is more often a note.
    let isData = { (file: String) in
      FileFormat(fileExtensionOf: file) != nil && !(exists && file.lowercased().hasSuffix(".txt"))
    }
    let data = files.filter(isData)
    guard !data.isEmpty else {
      throw exists ? .notAFile(path: path, kind: "folder without data files") : .fileNotFound(path: path)
    }
    return Files(isNamed: false, data: data, others: files.filter { !isData($0) })
  }

  /// The kind of what is there, as `stat` names it; nil where nothing is.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return FileName.withBytes(of: path) { stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
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

  /// Digits compare as numbers, everything else as it stands.
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

  /// Runs of digits and runs of anything else, in turn.
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
