public import OODData

/// The state of the file chooser.
public struct FileChooserState: Sendable, Equatable {
  /// A row of the chooser.
  public enum Row: Sendable, Equatable {
    case recent(RecentOpening)
    /// The parent folder.
    case parent
    case entry(FolderEntry)
  }

  /// The last listing of the folder; `nil` before the first one.
  public internal(set) var listing: FolderListing?
  /// The folder that is being read and will replace ``listing``.
  public internal(set) var requestedFolder: String?
  public internal(set) var recent: [RecentOpening] = []
  /// The user's home folder, for abbreviated paths.
  public internal(set) var home: String?
  /// The words that every row must contain; or, if it starts with `/` or `~`, a path to go to.
  public internal(set) var filter = ""
  /// The rows that pass the filter: recent files, then the parent folder, then the entries of the folder.
  public private(set) var rows: [Row] = []
  /// An index into ``rows``; 0 if there are none.
  public internal(set) var selected = 0
  /// The paths to open together: the first for training, the others to score.
  public internal(set) var marks: [String] = []
  /// Whether samples with NaN or infinite features are skipped instead of rejected.
  public internal(set) var skipsNonFinite: Bool
  /// The names of the arrays to use.
  var keys: ArrayKeys
  /// The name of the folder that was left for its parent, to be selected there.
  var leftFolder: String?

  init(keys: ArrayKeys = ArrayKeys(), skipsNonFinite: Bool = false) {
    self.keys = keys
    self.skipsNonFinite = skipsNonFinite
  }

  /// The folder that is shown or being read; `nil` before the first one is known.
  public var folder: String? { requestedFolder ?? listing?.path }

  public func shortened(_ path: String) -> String { FilePath.shortened(path, home: home) }

  /// The number of recent files, which are the first ``rows``.
  public var recentRowCount: Int {
    rows.prefix {
      if case .recent = $0 { true } else { false }
    }.count
  }

  public var selectedRow: Row? { rows.indices.contains(selected) ? rows[selected] : nil }

  /// The words that every row must contain, in lowercase.
  public var filterWords: [String] {
    namesPath ? [] : filter.lowercased().split(separator: " ").map(String.init)
  }

  /// Whether the typed text is a path to go to instead of a filter.
  public var namesPath: Bool { filter.hasPrefix("/") || filter == "~" || filter.hasPrefix("~/") }

  /// The absolute path of a row; `nil` for a recent opening, which can have several files.
  public func path(of row: Row) -> String? {
    guard let folder = listing?.path else { return nil }
    switch row {
    case .recent: return nil
    case .parent: return FilePath.parent(of: folder)
    case .entry(let entry): return FilePath.joined(folder, entry.name)
    }
  }

  /// The request for these files: the first is for training, the others are scored.
  func request(for paths: [String]) -> DataRequest {
    DataRequest(
      train: Array(paths.prefix(1)), test: Array(paths.dropFirst()), keys: keys,
      skipsNonFinite: skipsNonFinite)
  }

  // MARK: Changes

  /// Shows the listing of a folder. Selects the folder that was just left, or else the first entry.
  mutating func show(_ listing: FolderListing) {
    let isFirst = self.listing == nil
    self.listing = listing
    requestedFolder = nil
    refreshRows()
    selectFirst(preferringRecent: isFirst)
    if let name = leftFolder,
      let row = rows.firstIndex(where: {
        if case .entry(let entry) = $0 { entry.name == name } else { false }
      })
    {
      selected = row
    }
    leftFolder = nil
  }

  mutating func setFilter(_ text: String) {
    guard text != filter else { return }
    filter = text
    refreshRows()
    selectFirst(preferringRecent: false)
  }

  private mutating func refreshRows() {
    guard !namesPath else {
      rows = []
      return
    }
    let words = filterWords
    func passes(_ text: String) -> Bool {
      guard !words.isEmpty else { return true }
      let text = text.lowercased()
      return words.allSatisfy { text.contains($0) }
    }
    let recentRows = recent.filter { passes($0.request.title + " " + shortened($0.folder)) }.map(Row.recent)
    let hasParent = words.isEmpty && listing.map { FilePath.parent(of: $0.path) != nil } ?? false
    let entries = (listing?.entries ?? []).filter {
      (!$0.name.hasPrefix(".") || filter.hasPrefix(".")) && passes($0.name)
    }
    rows = recentRows + (hasParent ? [.parent] : []) + entries.map(Row.entry)
  }

  /// Selects the first entry of the folder, or the first recent opening when the chooser opens.
  private mutating func selectFirst(preferringRecent: Bool) {
    let entry = rows.firstIndex { if case .entry = $0 { true } else { false } }
    selected = preferringRecent && recentRowCount > 0 ? 0 : entry ?? rows.firstIndex(of: .parent) ?? 0
  }
}
