import FeatureFiles

/// A named set of out-of-distribution samples, perhaps in a group such as `near`.
public struct OODSet: Hashable, Sendable {
  /// The name, without the group.
  public let name: String
  public let group: String?

  public init(name: String, group: String? = nil) {
    self.name = name
    self.group = group
  }

  /// A set by its full name: `ninco`, or `near/ninco` in the group `near`. Surrounding spaces do not count.
  public init(_ text: String) {
    let trimmed = Self.trimmed(text)
    let parts = trimmed.split(separator: "/", maxSplits: 1).map { Self.trimmed(String($0)) }
    if parts.count == 2, !trimmed.hasPrefix("/"), parts.allSatisfy({ !$0.isEmpty }) {
      self.init(name: parts[1], group: parts[0])
    } else {
      self.init(name: trimmed)
    }
  }

  /// `near/ninco`, or the name without a group.
  public var fullName: String { group.map { "\($0)/\(name)" } ?? name }

  /// The set of OOD samples that nothing else names.
  static let unnamed = OODSet(name: "OOD")

  private static func trimmed(_ text: String) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.lastIndex { !$0.isWhitespace }.map { rest[...$0] } ?? "")
  }
}

/// The OOD set of each sample of a split.
public struct OODSets: Sendable, Equatable {
  /// The sets in the order in which they are shown. Each has at least one sample.
  public let sets: [OODSet]
  /// The index of each sample's set, (N,); −1 for an in-distribution sample.
  public let indices: [Int32]

  /// - Parameter membership: The set of each sample; nil for an in-distribution sample.
  public init(_ membership: [OODSet?]) {
    var numbers = OODSetNumbers()
    let found = membership.map { numbers.number(of: $0) }
    self.init(numbers, of: found, order: [])
  }

  /// - Parameters:
  ///   - found: The number of each sample's set, (N,); −1 for an in-distribution sample.
  ///   - order: Sets that come first. The others follow in natural order of their names.
  fileprivate init(_ numbers: OODSetNumbers, of found: [Int32], order: [OODSet]) {
    var isPresent = [Bool](repeating: false, count: numbers.sets.count)
    for number in found where number >= 0 { isPresent[Int(number)] = true }
    let present = Set(numbers.sets.indices.lazy.filter { isPresent[$0] }.map { numbers.sets[$0] })
    var sets: [OODSet] = []
    var places: [OODSet: Int32] = [:]
    let rest = present.subtracting(order).map { (NaturalOrder($0.fullName), $0) }.sorted { $0.0 < $1.0 }
    for set in order.filter(present.contains) + rest.map(\.1) where places[set] == nil {
      places[set] = Int32(sets.count)
      sets.append(set)
    }
    self.sets = sets
    let placeOfNumber = numbers.sets.map { places[$0] ?? -1 }
    indices = found.map { $0 < 0 ? -1 : placeOfNumber[Int($0)] }
  }

  /// The groups in the order of their first set.
  public var groups: [String] {
    var seen = Set<String>()
    return sets.compactMap(\.group).filter { seen.insert($0).inserted }
  }

  /// The number of samples of each set, (S,).
  public var counts: [Int] {
    indices.reduce(into: [Int](repeating: 0, count: sets.count)) { if $1 >= 0 { $0[Int($1)] += 1 } }
  }

  /// How many scores the metrics of all sets, and those of all OOD samples together, are computed from. Each set is
  /// judged against all ID samples.
  package var judgedScoreCount: Int {
    let outCount = indices.count { $0 >= 0 }
    let bySet = sets.count * (indices.count - outCount) + outCount
    return sets.count > 1 ? bySet + indices.count : bySet
  }
}

extension OODSets {
  /// Sets by distinct labels below 0, or one set where all such labels are equal. Nil without OOD samples.
  init?(labels: [Int]) { self.init(joining: [], labels: labels, kept: nil) }

  /// The sets of joined shards. A name that the user gives a file comes before a name in an array, which comes before
  /// the name of a file of OOD samples, and that before the label. Nil without OOD samples.
  ///
  /// - Parameters:
  ///   - labels: The labels of the kept samples.
  ///   - kept: The rows that are kept, counted over all shards; nil if all are.
  init?(joining shards: [OpenedShard], labels: [Int], kept: [Int]?) {
    guard labels.contains(where: { $0 < 0 }) else { return nil }
    var numbers = OODSetNumbers()
    var named: [Int32] = []
    for shard in shards {
      let ofShard = numbers.number(of: shard.oodSet)
      if !shard.isOODSetNamed, let byName = shard.oodSetsByName() {
        named += byName.map { $0 == nil ? ofShard : numbers.number(of: $0) }
      } else {
        named += [Int32](repeating: ofShard, count: shard.count)
      }
    }
    if let kept, !named.isEmpty { named = kept.map { named[$0] } }
    if named.isEmpty { named = [Int32](repeating: -1, count: labels.count) }
    var (least, most) = (Int.max, Int.min)
    for (label, set) in zip(labels, named) where label < 0 && set < 0 {
      (least, most) = (min(least, label), max(most, label))
    }
    let unnamed = least == most ? numbers.number(of: .unnamed) : nil
    var byLabel: [Int: Int32] = [:]
    for (index, label) in labels.enumerated() {
      if label >= 0 {
        named[index] = -1
      } else if named[index] < 0 {
        let number = unnamed ?? byLabel[label] ?? numbers.number(of: OODSet(name: "label \(label)"))
        if unnamed == nil { byLabel[label] = number }
        named[index] = number
      }
    }
    self.init(numbers, of: named, order: shards.compactMap(\.oodSet))
  }
}

/// Numbers for sets, since comparing and hashing the names of every sample would take longer than reading its features.
private struct OODSetNumbers {
  /// By number.
  private(set) var sets: [OODSet] = []
  private var numbers: [OODSet: Int32] = [:]

  /// −1 for no set.
  mutating func number(of set: OODSet?) -> Int32 {
    guard let set else { return -1 }
    if let known = numbers[set] { return known }
    numbers[set] = Int32(sets.count)
    sets.append(set)
    return Int32(sets.count) - 1
  }
}

/// Files of OOD samples as the user names them: `FILE`, `NAME=FILE` or `GROUP/NAME=FILE`.
///
/// A name applies to the file, folder or pattern behind it, whose files form one set. Without a name, each file is a
/// set that is named after the file, and the folders of a folder are groups. Files of a folder that only a number tells
/// apart, such as `part-0.npz` and `part-1.npz`, are one set, which is named after the folder.
struct OODSource {
  /// The set of all files; nil if each file is a set.
  var set: OODSet?
  /// The group of the sets that are named after files.
  var group: String?
  var path: String
  /// Whether the user named ``set``.
  private(set) var isNamed = false

  /// A path that exists, or a pattern that files match, is a path even if it contains `=`.
  init(_ argument: String) {
    path = argument
    guard let sign = argument.firstIndex(of: "="), !Self.isFound(argument) else { return }
    let named = OODSet(String(argument[..<sign]))
    let rest = String(argument[argument.index(after: sign)...])
    if !named.name.isEmpty, !rest.isEmpty { (set, path, isNamed) = (named, rest, true) }
  }

  private init(set: OODSet? = nil, group: String? = nil, path: String) {
    (self.set, self.group, self.path) = (set, group, path)
  }

  private static func isFound(_ path: String) -> Bool {
    FileStatus(of: path) != nil
      || path.contains { "*?[".contains($0) } && (try? PathExpansion.expand(path)) != nil
  }

  /// The argument that names this source with another path.
  func argument(withPath path: String) -> String { set.map { "\($0.fullName)=\(path)" } ?? path }

  /// The set of the samples in one of the source's files.
  func set(ofFile path: String) -> OODSet {
    if let set { return set }
    return OODSet(name: Self.name(of: path), group: group)
  }

  /// The name of a file or folder up to the extensions of its format, such as `ninco.v2` for `ninco.v2.csv.gz`.
  private static func name(of path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    while let dot = name.lastIndex(of: "."), dot > name.startIndex, FileFormat.isOpened(byNameOf: name) {
      name = String(name[..<dot])
    }
    return name
  }

  /// This source, or those in the folders of a folder: a folder there is a group of its files, and one below it a set.
  var parts: [OODSource] {
    guard set == nil else { return [self] }
    guard FileStatus(of: path)?.kind == .folder else { return [self] }
    let folders = PathExpansion.folders(in: path)
    let own = Self.files(of: path, group: nil)
    // Opening the folder says that it has no data files.
    guard own != nil || !folders.isEmpty else { return [self] }
    return (own.map { [$0] } ?? [])
      + folders.flatMap { folder in
        let group = Self.name(of: folder)
        return (Self.files(of: folder, group: group).map { [$0] } ?? [])
          + PathExpansion.folders(in: folder).map { set in
            OODSource(set: OODSet(name: Self.name(of: set), group: group), path: set)
          }
      }
  }

  /// The data files of a folder: a set each, or one set if they are numbered. Nil if there are none.
  private static func files(of folder: String, group: String?) -> OODSource? {
    guard let files = try? PathExpansion.expand(folder).data else { return nil }
    guard areNumbered(files.map(name)) else { return OODSource(group: group, path: folder) }
    return OODSource(set: OODSet(name: name(of: folder)), path: folder)
  }

  /// Whether names differ in one number only, which counts up from 0 or 1.
  private static func areNumbered(_ names: [String]) -> Bool {
    let runs = names.map { name in
      name.reduce(into: [""]) { runs, character in
        let isDigit = character.isASCII && character.isNumber
        if let last = runs.last?.last, (last.isASCII && last.isNumber) != isDigit { runs.append("") }
        runs[runs.count - 1].append(character)
      }
    }
    guard names.count > 1, runs.allSatisfy({ $0.count == runs[0].count }) else { return false }
    let differing = runs[0].indices.filter { place in runs.contains { $0[place] != runs[0][place] } }
    guard differing.count == 1 else { return false }
    let numbers = runs.compactMap { Int($0[differing[0]]) }.sorted()
    return numbers.count == names.count && [0, 1].contains(numbers[0])
      && numbers.elementsEqual(numbers[0]..<numbers[0] + numbers.count)
  }
}

extension DataRequest {
  /// The set, such as `near/ninco`, that an entry of ``outOfDistribution`` names; nil if it is a path alone.
  package static func oodSetName(in argument: String) -> String? { OODSource(argument).set?.fullName }

  /// The paths of ``outOfDistribution``, without the names of sets.
  package var outOfDistributionPaths: [String] { outOfDistribution.map { OODSource($0).path } }

  /// ``outOfDistribution`` with other paths under the same names.
  package func mappingOutOfDistributionPaths(_ map: (String) -> String) -> [String] {
    outOfDistribution.map(OODSource.init).map { $0.argument(withPath: map($0.path)) }
  }

  /// The files of OOD samples by set.
  var outOfDistributionSources: [OODSource] { outOfDistribution.flatMap { OODSource($0).parts } }
}
