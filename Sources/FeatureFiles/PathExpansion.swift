import SystemSupport

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
  /// In folders and patterns, files of labels are omitted if the arrays that they label are included; see
  /// ``labelFiles(of:)``.
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
    let labels = labelFiles(among: found)
    let files = found.filter { !labels.contains($0) && FileStatus(of: $0)?.kind != .folder }
      .map { (key: NaturalOrder($0), path: $0) }.sorted { $0.key < $1.key }.map(\.path)
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

  /// The folders in a folder, in natural order; none if the path is not a folder.
  public static func folders(in folder: String) -> [String] {
    guard FileStatus(of: folder)?.kind == .folder else { return [] }
    return matches(of: escaped(folder.hasSuffix("/") ? folder : folder + "/") + "*/").map {
      String($0.dropLast())
    }
    .map { (key: NaturalOrder($0), path: $0) }.sorted { $0.key < $1.key }.map(\.path)
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

  /// Whether the file of a name can be an array alone, which has no labels beside it.
  private static func mayBeOneArray(_ path: String) -> Bool {
    FileFormat(fileExtensionOf: path).map { [.npy, .pt, .pkl].contains($0) } ?? false
  }

  /// The files that can hold the labels of a file of one array by their names, in order of precedence:
  /// `train_labels.npy` for `train.npy`; and the name with a word for labels instead of one for features, such as
  /// `targets_train.pt` for `features_train.pt` and `y_test.npy` for `X_test.npy`, also in another format. Empty for
  /// formats that hold labels themselves.
  ///
  /// - Returns: The paths, and whether the name leaves no doubt.
  package static func labelFiles(of features: String) -> [(path: String, isCertain: Bool)] {
    guard mayBeOneArray(features), let dot = features.lastIndex(of: ".") else { return [] }
    let ending = String(features[features.index(after: dot)...])
    let start = features[..<dot].lastIndex(of: "/").map(features.index(after:)) ?? features.startIndex
    let (folder, name) = (features[..<start], features[start..<dot])
    var files = [(path: "\(folder)\(name)_labels.\(ending)", isCertain: ending == "npy")]
    for suffix in ["_labels", "_targets", "_label", "-labels", "-targets"] {
      for other in [ending, "npy", "txt"] { files.append(("\(folder)\(name)\(suffix).\(other)", false)) }
    }
    for stem in labelNames(of: name) {
      for other in [ending, "npy", "pt", "pth", "pkl", "txt", "csv", "tsv"] {
        files.append(("\(folder)\(stem).\(other)", false))
      }
    }
    var seen = Set([features])
    return files.filter { seen.insert($0.path).inserted }
  }

  private static let featureWords = [
    "features", "feature", "feats", "feat", "embeddings", "embedding", "embeds", "embs", "emb",
  ]
  private static let labelWords = ["labels", "labels_true", "targets", "label", "target", "lbls", "lbl", "y"]

  /// The name with words for labels instead of the one for features.
  private static func labelNames(of name: Substring) -> [String] {
    let lowered = name.lowercased()
    guard lowered.utf8.count == name.utf8.count else { return [] }
    for word in featureWords {
      guard let found = lowered.firstRange(of: word) else { continue }
      let range = lowered.utf8.distance(from: lowered.startIndex, to: found.lowerBound)
      let place = name.utf8.index(name.startIndex, offsetBy: range)
      let rest = name[name.utf8.index(place, offsetBy: word.utf8.count)...]
      let isCapitalized = name[place].isUppercase
      return labelWords.map {
        name[..<place] + (isCapitalized ? $0.prefix(1).uppercased() + $0.dropFirst() : $0) + rest
      }
    }
    // A single letter is a word of its own or before the name of a split: X, X_train, test-x, Xtrain.
    for (place, letter) in zip(name.indices, name) where letter == "X" || letter == "x" {
      let rest = name[name.index(after: place)...]
      let isStart = place == name.startIndex || "_-.".contains(name[name.index(before: place)])
      let follows =
        rest.isEmpty || "_-.".contains(rest.first ?? "_") || ["tr", "te", "va"].contains(rest.prefix(2))
      guard isStart, follows else { continue }
      return (["y", "Y"] + labelWords.dropLast()).map { name[..<place] + $0 + rest }
    }
    return []
  }

  /// The names of labels among `files`, each the one to use with another of them.
  package static func labelFiles(among files: [String]) -> Set<String> {
    let all = Set(files)
    return Set(files.compactMap { labelFiles(of: $0).lazy.map(\.path).first(where: all.contains) })
  }
}

/// A sort key for natural order: ignores case and compares runs of digits as numbers, so `part-2` precedes
/// `part-10`.
package struct NaturalOrder: Comparable {
  private let letters: [UInt8]
  private let name: String

  package init(_ name: String) {
    self.name = name
    letters = Array(name.lowercased().utf8)
  }

  package static func < (left: Self, right: Self) -> Bool {
    let (a, b) = (left.letters, right.letters)
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if isDigit(a[i]), isDigit(b[j]) {
        let (first, second) = (digits(a, &i), digits(b, &j))
        if first.count != second.count { return first.count < second.count }
        if first != second { return first.lexicographicallyPrecedes(second) }
      } else {
        if a[i] != b[j] { return a[i] < b[j] }
        (i, j) = (i + 1, j + 1)
      }
    }
    let (restLeft, restRight) = (a.count - i, b.count - j)
    return restLeft == restRight ? left.name < right.name : restLeft < restRight
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Parses the digits at `index` without leading zeros and advances `index` past them.
  private static func digits(_ text: [UInt8], _ index: inout Int) -> ArraySlice<UInt8> {
    let start = index
    while index < text.count, isDigit(text[index]) { index += 1 }
    return text[start..<index].drop { $0 == 0x30 }
  }
}
