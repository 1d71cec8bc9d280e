import FeatureFiles

/// A split that a file holds beside others, by the names of its arrays.
enum FileSplit: CaseIterable {
  case train, validation, test

  /// The words that name a split.
  var words: [String] {
    switch self {
    case .train: ["train", "training", "trainset", "tr", "trn"]
    case .validation: ["val", "valid", "validation", "valset", "dev"]
    case .test: ["test", "testing", "testset", "te", "tst"]
    }
  }

  init?(word: String) {
    guard let split = Self.allCases.first(where: { $0.words.contains(word) }) else { return nil }
    self = split
  }
}

/// The name of an array in nested data, such as `train/features` in HDF5 or `train.features` in nested
/// dictionaries.
struct NestedName {
  /// The name of the array within its group.
  let last: Substring
  /// The prefix before `last`, including the separator. Empty for a top-level array, and if the name ends with a
  /// separator.
  let group: Substring

  /// O(length), without an allocation: a network's state has thousands of names.
  init(_ name: String) {
    self.init(name[...])
  }

  init(_ name: Substring) {
    let bytes = name.utf8
    func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") }
    let end = bytes.lastIndex { !isSeparator($0) }.map(bytes.index(after:)) ?? bytes.startIndex
    let start = bytes[..<end].lastIndex(where: isSeparator).map(bytes.index(after:)) ?? bytes.startIndex
    last = name[start..<end]
    group = end == bytes.endIndex ? name[..<start] : ""
  }
}

/// The name of an array without the word that names its split: `X_train`, `trainFeatures`, `ytest`, `train.features` and
/// `features/train` are names of splits.
struct SplitName {
  /// Nil if no part of the name names a split.
  let split: FileSplit?
  /// What the array is, in lower case and without its group; empty if the name is that of the split alone, or without a
  /// split.
  let base: String

  init(_ name: String) {
    guard Self.mayNameSplit(name) else {
      (split, base) = (nil, "")
      return
    }
    let parts = name.split(whereSeparator: { $0 == "/" || $0 == "." })
    let (own, rest) = Self.parts(of: parts.last ?? "")
    let groups = parts.dropLast().map { $0.lowercased() }
    split = own ?? parts.dropLast().lazy.reversed().compactMap(Self.splitOfGroup).first
    base = own != nil && rest.isEmpty ? groups.last ?? "" : rest
  }

  /// The split that a group is named after: `train`, `test set`.
  private static func splitOfGroup(_ name: Substring) -> FileSplit? {
    let words = words(of: name).filter { !["set", "split", "data"].contains($0) }
    return words.count == 1 ? FileSplit(word: words[0]) : nil
  }

  /// Whether a word of the name, or its end, has the first letters of a word for a split. Few of the names in a network's
  /// state have.
  private static func mayNameSplit(_ name: String) -> Bool {
    let longestEnd = 10
    var (previous, beforePrevious) = (UInt8(0), UInt8(0))
    var rest = name.utf8.count
    for byte in name.utf8 {
      rest -= 1
      let isStart = !(0x61...0x7A).contains(beforePrevious) || (0x41...0x5A).contains(previous)
      if isStart || rest < longestEnd {
        switch (previous | 0x20, byte | 0x20) {
        case (UInt8(ascii: "t"), UInt8(ascii: "r")), (UInt8(ascii: "t"), UInt8(ascii: "e")),
          (UInt8(ascii: "t"), UInt8(ascii: "s")), (UInt8(ascii: "v"), UInt8(ascii: "a")),
          (UInt8(ascii: "d"), UInt8(ascii: "e")):
          return true
        default: break
        }
      }
      (beforePrevious, previous) = (previous, byte)
    }
    return false
  }

  private static func parts(of text: Substring) -> (FileSplit?, base: String) {
    let words = words(of: text)
    if let place = words.firstIndex(where: { FileSplit(word: $0) != nil }) {
      let rest = words[..<place] + words[(place + 1)...]
      return (FileSplit(word: words[place]), rest.joined(separator: "_"))
    }
    let lowered = text.lowercased()
    for split in FileSplit.allCases {
      for word in split.words {
        // Short words begin and end many other words.
        let names = word.count > 3 || word == "val" ? ArrayRoles.knownNames : ["x", "y"]
        if lowered.hasSuffix(word), names.contains(String(lowered.dropLast(word.count))) {
          return (split, String(lowered.dropLast(word.count)))
        }
        if word.count > 2, lowered.hasPrefix(word), names.contains(String(lowered.dropFirst(word.count))) {
          return (split, String(lowered.dropFirst(word.count)))
        }
      }
    }
    return (nil, lowered)
  }

  /// The words of `train_feats`, `train-feats` and `trainFeats`, in lower case.
  private static func words(of text: Substring) -> [String] {
    var words: [String] = []
    var word = ""
    let letters = Array(text)
    for (place, letter) in letters.enumerated() {
      let previous = place > 0 ? letters[place - 1] : "_"
      let next = place + 1 < letters.count ? letters[place + 1] : "_"
      let begins =
        letter.isUppercase
        && (previous.isLowercase || previous.isNumber || previous.isUppercase && next.isLowercase)
      if "_- ".contains(letter) || begins, !word.isEmpty {
        words.append(word.lowercased())
        word = ""
      }
      if !"_- ".contains(letter) { word.append(letter) }
    }
    return word.isEmpty ? words : words + [word.lowercased()]
  }
}

/// Finds the arrays of a file by name, including unreadable ones.
struct ArrayLookup {
  private let arrays: [String: NamedArray]
  private let unreadable: [String: FeatureFileError]
  /// The names of the arrays of each split, by ``SplitName/base``.
  private let ofSplit: [FileSplit: [String: [String]]]
  /// The names outside of splits by their lower case; nil for several.
  private let folded: [String: String?]
  /// The group and the split of the features.
  private(set) var group = ""
  private(set) var split: FileSplit?

  init(_ file: FeatureFile) {
    arrays = Dictionary(file.arrays.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    unreadable = file.unreadable
    var ofSplit: [FileSplit: [String: [String]]] = [:]
    var folded: [String: String?] = [:]
    for name in file.arrays.map(\.name) + file.unreadable.keys.sorted() {
      let parsed = SplitName(name)
      if let split = parsed.split {
        ofSplit[split, default: [:]][parsed.base, default: []].append(name)
      } else if name.utf8.contains(where: { (0x41...0x5A).contains($0) }) {
        // Names in lower case are found as they are.
        let key = name.lowercased()
        folded[key] = .some(folded[key] == nil ? name : nil)
      }
    }
    self.ofSplit = ofSplit
    self.folded = folded
  }

  /// Looks up other arrays beside the features: in their split, in their group, then at the top.
  mutating func look(beside features: NamedArray) {
    group = String(NestedName(features.name).group)
    split = SplitName(features.name).split
  }

  private func places(_ names: [String]) -> [String] {
    names.flatMap { name in
      (split.flatMap { ofSplit[$0]?[name.lowercased()] } ?? []).sorted { !outside($0) && outside($1) }
        + (group.isEmpty ? [] : [group + name])
    } + names
      + names.flatMap { name in
        [(group + name).lowercased(), name.lowercased()].compactMap { folded[$0] ?? nil }
      }
  }

  private func outside(_ name: String) -> Bool { NestedName(name).group != group }

  /// The first array with one of these names that fits, unless an unreadable one precedes it.
  func first(
    _ names: [String], where fits: (NamedArray) -> Bool = { _ in true }
  ) -> Result<NamedArray, FeatureFileError>? {
    for name in places(names) {
      if let array = arrays[name], fits(array) { return .success(array) }
      if let reason = unreadable[name] { return .failure(reason) }
    }
    return nil
  }

  func unreadableName(_ names: [String]) -> String? { places(names).first { unreadable[$0] != nil } }

  // MARK: Splits

  /// The splits of which the file has features.
  var splits: [FileSplit] { FileSplit.allCases.filter { features(of: $0) != nil } }

  /// The features of a split: the array with a usual name, one that is only called after the split, or the only matrix
  /// of a tuple.
  func features(of split: FileSplit) -> Result<NamedArray, FeatureFileError>? {
    guard let names = ofSplit[split] else { return nil }
    for name in ArrayRoles.featureNames.map({ $0.lowercased() }) + ["data", ""] {
      for place in names[name] ?? [] {
        if let array = arrays[place], Self.areFeatures(array) { return .success(array) }
        if let reason = unreadable[place] { return .failure(reason) }
      }
    }
    let numbered = names.filter { !$0.key.isEmpty && $0.key.allSatisfy(\.isNumber) }.values.flatMap(\.self)
      .compactMap { arrays[$0] }.filter { Self.areFeatures($0) && $0.elementType.isFloatingPoint }
    return numbered.count == 1 ? .success(numbered[0]) : nil
  }

  private static func areFeatures(_ array: NamedArray) -> Bool {
    let matrix = array.asMatrix
    return matrix.shape.count >= 2 && matrix.rowLength > 0 && matrix.elementType.isNumeric
      && ArrayRoles.isUsable(array)
  }

  /// The features for training, or else those to score, and whether their split is the one that is asked for: another
  /// split only stands in where the file has nothing else.
  func features(for wanted: Split) -> (array: Result<NamedArray, FeatureFileError>, isWanted: Bool)? {
    let found = splits
    let order: [FileSplit] = wanted == .train ? [.train] : [.test, .validation]
    if let split = order.first(where: found.contains), let array = features(of: split) {
      return (array, true)
    }
    guard found.count == 1, let array = features(of: found[0]) else { return nil }
    return (array, false)
  }
}
