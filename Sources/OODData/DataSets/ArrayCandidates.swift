import FeatureFiles

/// Arrays of one file that form a valid data set when selected by the options in ``arguments``.
public struct ArrayCandidates: Sendable, Equatable {
  public var features: ArrayReport
  /// Nil if no array of the file can be labels.
  public var labels: ArrayReport?
  public var arguments: String

  /// Finds up to three of the most promising selections. Prefers selections with labels. Reads label
  /// candidates, but no features.
  ///
  /// - Parameters:
  ///   - features: The array already used as features; if given, only labels are searched.
  ///   - part: The files that the options apply to.
  static func find(
    in file: FeatureFile, features: NamedArray? = nil, for part: OptionPart = .all
  ) -> [ArrayCandidates] {
    let candidates = features.map { [$0] } ?? featureCandidates(of: file)
    let tried = candidates.prefix(tryCount)
    let labels = file.labelCandidates.map(LabelCandidate.init)
    let labelled = tried.lazy.compactMap {
      withLabels($0, among: labels, of: file, isFound: features != nil, part)
    }
    let found = Array(labelled.prefix(shownCount))
    // Without labels, shape alone is weak evidence. Many candidates, such as network weights, yield no
    // suggestion.
    if part == .outOfDistribution, !found.isEmpty { return found.map { $0.withoutLabels(part) } }
    guard found.isEmpty, features == nil, candidates.count <= shownCount else { return found }
    return tried.compactMap { alone($0, of: file, part) }
  }

  private static let shownCount = 3
  private static let tryCount = 32

  /// Numeric matrices. Integer matrices, which may be images, are used only if there are no floating-point
  /// ones.
  private static func featureCandidates(of file: FeatureFile) -> [NamedArray] {
    let matrices = file.arrays.filter {
      $0.shape.count >= 2 && $0.rowCount > 0 && $0.rowLength > 0 && $0.elementType.isNumeric
    }
    let floats = matrices.filter(\.elementType.isFloatingPoint)
    return floats.isEmpty ? matrices : floats
  }

  private static func withLabels(
    _ features: NamedArray, among labels: [LabelCandidate], of file: FeatureFile, isFound: Bool,
    _ part: OptionPart
  ) -> ArrayCandidates? {
    let group = NestedName(features.name).group
    let candidates = labels.indices
      .filter { place in
        let array = labels[place].array
        return array.rowCount == features.rowCount && array.shape.count >= 1 && array.rowLength == 1
          && array.name != features.name
      }
      .map { (rank: labels[$0].rank + (labels[$0].group == group ? 0 : 8), place: $0) }
      .sorted { $0 < $1 }
    for candidate in candidates.prefix(tryCount).map({ labels[$0.place] }) {
      guard let labels = try? candidate.array.labels(of: features.rowCount, path: file.path) else { continue }
      // If every label is distinct, the array more likely numbers the samples.
      let isNamedSo = ArrayRoles.labelNames.contains(NestedName(candidate.array.name).last.lowercased())
      let isRepeated = labels.count == 1 || labels.distinctCount < labels.count
      guard isNamedSo || isRepeated else { continue }
      let arguments =
        (isFound ? [] : [part.option("features"), quoted(features.name)])
        + [part.option("labels"), quoted(candidate.array.name)]
      return ArrayCandidates(
        features: ArrayReport(features, role: .features), labels: ArrayReport(candidate.array, role: .labels),
        arguments: arguments.joined(separator: " "))
    }
    return nil
  }

  private static func alone(
    _ features: NamedArray, of file: FeatureFile, _ part: OptionPart
  ) -> ArrayCandidates? {
    guard let roles = try? ArrayRoles(file, keys: ArrayKeys(features: features.name)),
      roles.labels == nil, roles.unreadableLabels == nil
    else { return nil }
    return ArrayCandidates(features: ArrayReport(features, role: .features), arguments: "").withoutLabels(
      part)
  }

  /// The same features without labels.
  private func withoutLabels(_ part: OptionPart) -> ArrayCandidates {
    ArrayCandidates(
      features: features, labels: nil,
      arguments: "\(part.option("features")) \(Self.quoted(features.name))")
  }

  /// An array that may be labels, whatever the features are.
  private struct LabelCandidate {
    let array: NamedArray
    let group: Substring
    /// Lower is more likely; features in another group make it less likely by 8.
    let rank: Int

    init(_ array: NamedArray) {
      self.array = array
      let nested = NestedName(array.name)
      group = nested.group
      let name = nested.last.lowercased()
      let isNamedSo = ArrayRoles.labelNames.contains(name)
      let isNamedLikeIt = ["label", "target", "class"].contains(where: name.contains)
      rank =
        (isNamedSo ? 0 : isNamedLikeIt ? 2 : 4)
        + (array.elementType.isFloatingPoint ? 1 : array.elementType == .string ? 3 : 0)
    }
  }

  /// The name quoted for a shell.
  package static func quoted(_ name: String) -> String {
    let plain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_./:@%+=,-".contains($0)) }
    if plain, !name.isEmpty, !name.hasPrefix("-") { return name }
    return "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}

extension ArrayCandidates: CustomStringConvertible {
  /// For example "‘x’ (5000×64 float32) would fit with labels ‘y’ (5000 int64)".
  public var description: String {
    guard let labels else { return "‘\(features.name)’ (\(features.outline)) would fit, without labels" }
    if [OptionPart.all, .test].contains(where: { arguments.hasPrefix($0.option("labels")) }) {
      return "‘\(labels.name)’ (\(labels.outline)) would fit as labels"
    }
    return
      "‘\(features.name)’ (\(features.outline)) would fit with labels ‘\(labels.name)’ (\(labels.outline))"
  }
}

extension FeatureFile {
  /// Arrays that may be labels. For a table, these include integer feature columns if there are few of them
  /// or if they are named like labels.
  var labelCandidates: [NamedArray] {
    guard let table else { return arrays }
    let names = Set(arrays.map(\.name))
    let integers = table.columns.indices.filter {
      table.columns[$0].content == .integers && !names.contains(table.columns[$0].name)
    }
    let isNamedSo = Set(columnRemarks.filter { $0.reason == .namedLikeLabels }.map(\.column))
    let few = 8
    return arrays
      + integers.filter { integers.count <= few || isNamedSo.contains(table.columns[$0].name) }
      .map { table.array(ofColumn: $0, named: table.columns[$0].name) }
  }
}

extension ArrayReport {
  init(_ array: NamedArray, role: ArrayRole) {
    self.init(name: array.name, shape: array.shape, elementType: array.elementType.rawValue, role: role)
    byteCount = array.byteCount
  }

  /// Shape and element type, such as "5000×64 float32".
  package var outline: String {
    (shape.isEmpty ? "" : shape.map(String.init).joined(separator: "×") + " ") + elementType
  }
}
