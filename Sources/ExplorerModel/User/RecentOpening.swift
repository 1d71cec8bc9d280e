public import OODData

/// Files that were opened together, to be opened again.
public struct RecentOpening: Sendable, Equatable {
  /// With absolute paths.
  public var request: DataRequest
  public var opened: LocalTime

  public init(request: DataRequest, opened: LocalTime) {
    self.request = request
    self.opened = opened
  }

  /// The folder of its first file.
  public var folder: String { request.folder ?? "/" }
}

extension DataRequest {
  /// Whether it names no file.
  public var isEmpty: Bool { (train + test + outOfDistribution).isEmpty && model == nil }

  /// The names of its files: `train.npz + test.npz`.
  public var title: String {
    let parts = [[model].compactMap(\.self), train, test, outOfDistribution]
    return parts.filter { !$0.isEmpty }.map { paths in
      let name = FilePath.name(of: paths[0])
      return paths.count > 1 ? "\(name) and \(paths.count - 1) more" : name
    }.joined(separator: " + ")
  }

  /// Whether both name the same files, however their arrays are used.
  func opensSameFiles(as other: DataRequest) -> Bool {
    model == other.model && train == other.train && test == other.test
      && outOfDistribution == other.outOfDistribution
  }

  /// The folder of the first file.
  var folder: String? {
    ([model].compactMap(\.self) + train + test + outOfDistribution).first.map {
      FilePath.parent(of: $0) ?? ($0.hasPrefix("/") ? "/" : ".")
    }
  }

  /// With every path made absolute; labels that name a file too, where `isFile` says so.
  func absolute(in folder: String, isFile: (String) -> Bool) -> DataRequest {
    func absolute(_ path: String) -> String { FilePath.absolute(path, in: folder) }
    var request = self
    request.train = train.map(absolute)
    request.test = test.map(absolute)
    request.outOfDistribution = outOfDistribution.map(absolute)
    request.model = model.map(absolute)
    if let labels = keys.labels, isFile(labels) { request.keys.labels = absolute(labels) }
    if let labels = testKeys.labels, isFile(labels) { request.testKeys.labels = absolute(labels) }
    return request
  }
}
