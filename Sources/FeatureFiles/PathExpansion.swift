#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns what a user names (files, folders, patterns) into files.
public enum PathExpansion {
  /// The files that `paths` stand for: a folder for the data files in it, a pattern with `*`, `?` or `[…]` for the files
  /// it matches, both in natural order (`part-2` before `part-10`); anything else for itself, whether or not it exists.
  ///
  /// `*_labels.npy` in a folder or matched by a pattern is left out where the array it labels is there too.
  ///
  /// - Throws: `fileNotFound` for a pattern, `notAFile` for a folder, that stands for no data file.
  public static func files(for paths: [String]) throws(FeatureFileError) -> [String] {
    var files: [String] = []
    for path in paths {
      var status = stat()
      let exists = stat(path, &status) == 0
      let found: [String]
      if exists, status.st_mode & S_IFMT == S_IFDIR {
        // A text file may be a table, but in a folder it is more often a note.
        found = matches(of: escaped(path.hasSuffix("/") ? path : path + "/") + "*")
          .filter { !$0.lowercased().hasSuffix(".txt") }
      } else if !exists, path.contains(where: { "*?[".contains($0) }) {
        found = matches(of: path)
      } else {
        files.append(path)
        continue
      }
      let data = withoutLabels(found.filter { FileFormat(fileExtensionOf: $0) != nil })
      guard !data.isEmpty else {
        throw exists ? .notAFile(path: path, kind: "folder without data files") : .fileNotFound(path: path)
      }
      files += data.sorted(by: isNaturallyOrdered)
    }
    return files
  }

  private static func matches(of pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0 else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
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
