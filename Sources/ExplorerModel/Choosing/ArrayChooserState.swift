public import OODData
import OODDetection

/// The state of the array chooser, where the user chooses how the arrays of a file are used.
public struct ArrayChooserState: Sendable, Equatable {
  /// The request to open once the arrays are chosen.
  public let request: DataRequest
  public let inventory: ArrayInventory
  /// An index into the entries of the inventory.
  public internal(set) var selected = 0
  /// The index of the array chosen for each use.
  public internal(set) var chosen: [ArrayUse: Int] = [:]

  init(request: DataRequest, inventory: ArrayInventory) {
    self.request = request
    self.inventory = inventory
    func place(_ name: String?) -> Int? { inventory.entries.firstIndex { $0.array.name == name } }
    chosen[.features] = place(inventory.suggestion.features)
    chosen[.labels] = place(inventory.suggestion.labels)
    chosen[.ids] = place(inventory.suggestion.ids)
    if inventory.entries.contains(where: { $0.uses.contains(.testFeatures) }) {
      chosen[.testFeatures] = place(request.testKeys.features)
      chosen[.testLabels] = place(request.testKeys.labels)
    }
    selected = chosen[.features] ?? inventory.entries.firstIndex { $0.uses.contains(.features) } ?? 0
  }

  /// The chosen use of an entry.
  public func use(of place: Int) -> ArrayUse? { chosen.first { $0.value == place }?.key }

  public func entry(for use: ArrayUse) -> ArrayInventory.Entry? { chosen[use].map { inventory.entries[$0] } }

  /// The uses that at least one array of the file allows.
  public var possibleUses: [ArrayUse] {
    ArrayUse.allCases.filter { use in inventory.entries.contains { $0.uses.contains(use) } }
  }

  /// The request, with the names of the chosen arrays.
  public var completedRequest: DataRequest {
    var request = request
    func name(_ use: ArrayUse) -> String? { entry(for: use)?.array.name }
    let keys = ArrayKeys(features: name(.features), labels: name(.labels), ids: name(.ids))
    switch inventory.part {
    case .train: request.keys = keys
    case .test: request.testKeys = keys
    case .outOfDistribution: request.outOfDistributionKeys = keys
    }
    if inventory.part == .train, let features = name(.testFeatures) {
      request.test = [inventory.path]
      request.testKeys = ArrayKeys(features: features, labels: name(.testLabels))
    } else if inventory.part == .train, request.test == [inventory.path], request.testKeys.features != nil {
      request.test = []
      request.testKeys = ArrayKeys()
    }
    request.testKeys.oodSets = self.request.testKeys.oodSets
    return request
  }

  /// Why the choice cannot be loaded; `nil` if it can.
  var problem: String? {
    guard let features = entry(for: .features) else {
      return "No features are marked: select their row and press f."
    }
    for use in [ArrayUse.labels, .ids] {
      if let problem = mismatch(use, features) { return problem }
    }
    if inventory.part == .train, chosen[.labels] == nil,
      inventory.entries.contains(where: { $0.uses.contains(.labels) && $0.rowCount == features.rowCount })
    {
      return "Fitting needs one label per sample: select the labels and press l."
    }
    guard let testFeatures = entry(for: .testFeatures) else {
      return chosen[.testLabels] == nil
        ? nil : "Test labels need test features: select their row and press F."
    }
    return mismatch(.testLabels, testFeatures)
  }

  private func mismatch(_ use: ArrayUse, _ features: ArrayInventory.Entry) -> String? {
    guard let entry = entry(for: use), entry.rowCount != features.rowCount else { return nil }
    return "‘\(entry.array.name)’ has \(entry.rowCount) entries for \(features.rowCount) samples of "
      + "‘\(features.array.name)’; every sample needs one."
  }

  // MARK: Changes

  /// Assigns a use to the selected array, or removes it if it is already assigned.
  ///
  /// - Returns: Why the array does not allow the use; `nil` if it does.
  mutating func assign(_ use: ArrayUse) -> String? {
    guard inventory.entries.indices.contains(selected) else { return nil }
    let entry = inventory.entries[selected]
    guard entry.uses.contains(use) else {
      return "‘\(entry.array.name)’ (\(entry.array.outline)) cannot be used as \(use.rawValue): \(use.needs)."
    }
    let isAssigned = chosen[use] == selected
    for (other, place) in chosen where place == selected { chosen[other] = nil }
    if !isAssigned { chosen[use] = selected }
    return nil
  }

  /// Switches the selected array to its next possible use; after the last one, to none.
  mutating func assignNext() {
    guard inventory.entries.indices.contains(selected) else { return }
    let uses = inventory.entries[selected].uses
    let current = use(of: selected)
    let next = current.flatMap { uses.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    if let current { chosen[current] = nil }
    if uses.indices.contains(next) { chosen[uses[next]] = selected }
  }
}

extension ArrayInventory.Entry {
  var rowCount: Int { array.shape.first ?? 1 }
}

extension ArrayUse {
  fileprivate var needs: String {
    switch self {
    case .features, .testFeatures: "features are numbers of shape [samples, dimensions]"
    case .labels, .testLabels: "labels are one number or string per sample"
    case .ids: "ids are one string or integer per sample"
    }
  }
}

extension DataRequest {
  /// The command-line options that name the arrays of this request.
  public var keyArguments: String {
    let options = [
      ("--features", keys.features), ("--labels", keys.labels), ("--ids", keys.ids),
      ("--test-features", testKeys.features), ("--test-labels", testKeys.labels),
      ("--test-ids", testKeys.ids), ("--ood-features", outOfDistributionKeys.features),
      ("--ood-sets", testKeys.oodSets),
    ]
    return options.compactMap { option, name in name.map { "\(option) \(ArrayCandidates.quoted($0))" } }
      .joined(separator: " ")
  }
}
