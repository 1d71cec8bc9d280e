public import OODData

/// The open data, and the data screen.
public struct DataState: Sendable {
  public private(set) var request: DataRequest
  /// The request that is being opened and will replace ``request``.
  public private(set) var opening: DataRequest?
  public private(set) var dataSet: DataSet?
  /// The first visible line.
  public private(set) var scroll = 0
  /// Increases with every data set that is shown.
  private(set) var generation = 0

  init(request: DataRequest) { self.request = request }

  /// The split that metrics and threshold are computed on: the test split, if there is one.
  public var evaluatedSplit: Split { dataSet?.evaluatedSplit ?? .train }

  /// Whether the evaluated split has labels.
  public var evaluatedSamplesAreLabelled: Bool { dataSet?[evaluatedSplit]?.labels != nil }

  /// The name of a label: the name in the data, or else "OOD" for negative labels and the number for others.
  public func name(ofLabel label: Int) -> String {
    dataSet?.name(ofLabel: label) ?? (label < 0 ? "OOD" : String(label))
  }

  // MARK: Changes

  /// - Parameter keeps: Whether ``request`` stays until the new one is open. If not, it becomes the current
  ///   one, so that the user can retry.
  mutating func open(_ request: DataRequest, keeps: Bool) {
    if !keeps { self.request = request }
    opening = request
  }

  mutating func cancelOpening() { opening = nil }

  /// Makes the opened request the current one and returns it; `nil` if none is being opened.
  mutating func takeOpened(asModel: Bool) -> DataRequest? {
    guard var opened = opening else { return nil }
    opening = nil
    // The chooser cannot recognize a model file before it is opened.
    if asModel, opened.model == nil {
      opened.model = opened.train.first
      opened.train = []
    }
    request = opened
    return opened
  }

  /// Shows another data set from its first line.
  mutating func show(_ dataSet: DataSet) {
    self.dataSet = dataSet
    scroll = 0
    generation += 1
  }

  /// Replaces the data set by the same one after its features have been checked. Returns what was found.
  mutating func update(_ scanned: DataSet) -> [DataSetRemark] {
    let known = dataSet?.remarks.count ?? 0
    dataSet = scanned
    return Array(scanned.remarks.dropFirst(known))
  }

  mutating func scroll(_ motion: Motion, messageCount: Int) {
    // An upper bound for the lines of the screen.
    let fileLines = dataSet?.files.reduce(0) { $0 + $1.arrays.count + $1.labelCounts.count + 4 } ?? 0
    let setLines = Split.allCases.reduce(0) { $0 + (dataSet?[$1]?.oodSets?.sets.count ?? 0) + 2 }
    scroll = moved(from: scroll, by: motion, count: fileLines + setLines + messageCount + 4)
  }
}

extension DataSet {
  var evaluatedSplit: Split { test != nil ? .test : .train }
}
