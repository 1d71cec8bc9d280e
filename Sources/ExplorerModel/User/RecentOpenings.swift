import FeatureFiles
import Foundation
public import OODData

/// Files that were opened together, to reopen them.
public struct RecentOpening: Sendable, Equatable {
  /// The request, with absolute paths.
  public var request: DataRequest
  public var opened: LocalTime

  /// The folder of the first file.
  public var folder: String { request.folder ?? "/" }
}

extension DataRequest {
  /// Whether the request names no files.
  public var isEmpty: Bool { (train + test + outOfDistribution).isEmpty && model == nil }

  /// The names of the files: `train.npz + test.npz`.
  public var title: String {
    let parts = [[model].compactMap(\.self), train, test, outOfDistributionPaths]
    return parts.filter { !$0.isEmpty }.map { paths in
      let name = FilePath.name(of: paths[0])
      return paths.count > 1 ? "\(name) and \(paths.count - 1) more" : name
    }.joined(separator: " + ")
  }

  /// Whether both requests name the same files, regardless of the chosen arrays.
  func opensSameFiles(as other: DataRequest) -> Bool {
    model == other.model && train == other.train && test == other.test
      && outOfDistribution == other.outOfDistribution
  }

  /// The folder of the first file.
  var folder: String? {
    ([model].compactMap(\.self) + train + test + outOfDistributionPaths).first.map {
      FilePath.parent(of: $0) ?? ($0.hasPrefix("/") ? "/" : ".")
    }
  }

  /// A copy with absolute paths. Labels are treated as a path if `isFile` says that they name a file.
  func absolute(in folder: String, isFile: (String) -> Bool) -> DataRequest {
    func absolute(_ path: String) -> String { FilePath.absolute(path, in: folder) }
    var request = self
    request.train = train.map(absolute)
    request.test = test.map(absolute)
    request.outOfDistribution = mappingOutOfDistributionPaths(absolute)
    request.model = model.map(absolute)
    if let labels = keys.labels, isFile(labels) { request.keys.labels = absolute(labels) }
    if let labels = testKeys.labels, isFile(labels) { request.testKeys.labels = absolute(labels) }
    if let sets = testKeys.oodSets, isFile(sets) { request.testKeys.oodSets = absolute(sets) }
    return request
  }
}

/// The recent openings on disk: `recent.json` in the state folder, newest first.
///
/// Problems with the file are never errors: an unreadable file counts as empty, and write errors are ignored.
/// A file that is damaged or of another version is set aside before it is rewritten.
struct RecentOpeningsFile {
  static let limit = 20

  private struct Content: Codable {
    var schemaVersion = 1
    var recent: [Entry]
  }

  private struct Entry: Codable {
    var request: DataRequest
    /// The time of opening, in seconds since 1970.
    var opened: Int
  }

  /// `nil` if there is no state folder.
  private let path: String?

  init(_ folders: UserFolders) { path = folders.state.map { FilePath.joined($0, "recent.json") } }

  func read() -> [RecentOpening] {
    entries().map {
      RecentOpening(request: $0.request, opened: LocalTime(secondsSince1970: $0.opened))
    }
  }

  private func entries() -> [Entry] {
    guard case .entries(let entries) = state() else { return [] }
    return Array(entries.prefix(Self.limit))
  }

  private enum State {
    case entries([Entry])
    case unreadable(String)
    case damaged
  }

  private func state() -> State {
    guard let path else { return .entries([]) }
    switch UserFile(path: path).read() {
    case .absent: return .entries([])
    case .unreadable(let reason): return .unreadable(reason)
    case .content(let data):
      guard let content = try? JSONDecoder().decode(Content.self, from: data), content.schemaVersion == 1
      else {
        return .damaged
      }
      return .entries(content.recent)
    }
  }

  /// Sets a damaged file aside and returns its problem; `nil` if there is none.
  func problem() -> UserSettingsProblem? {
    guard let path else { return nil }
    switch state() {
    case .entries: return nil
    case .unreadable(let reason):
      return UserSettingsProblem(path: path, problem: "cannot read the list of recent files: \(reason)")
    case .damaged:
      return UserSettingsProblem(
        path: path,
        problem: "not a list of recent files, \(UserFile(path: path).setAside()); a new list is started")
    }
  }

  /// Adds an opening at the front and removes an earlier one of the same files. Recent files are not essential, so write
  /// errors are ignored.
  ///
  /// - Parameter time: Seconds since 1970.
  func add(_ request: DataRequest, at time: Int) {
    guard let path else { return }
    if case .damaged = state() { _ = UserFile(path: path).setAside() }
    let others = entries().filter { !$0.request.opensSameFiles(as: request) }
    let content = Content(
      recent: Array(([Entry(request: request, opened: time)] + others).prefix(Self.limit)))
    try? UserFile(path: path).write(content)
  }
}
