public import OODData

/// Where the user is in choosing files to open.
public struct FileChooserState: Sendable, Equatable {
  /// A line of the chooser.
  public enum Row: Sendable, Equatable {
    case recent(RecentOpening)
    /// The folder above.
    case parent
    case entry(FolderEntry)
  }

  /// The folder as it was last read; nil before the first time.
  public internal(set) var listing: FolderListing?
  /// A folder that is being read, to take the place of ``listing``.
  public internal(set) var requestedFolder: String?
  public internal(set) var recent: [RecentOpening] = []
  /// The user's home, for short paths.
  public internal(set) var home: String?
  /// What rows must contain, each of its words; or, from `/` or `~` on, a path to go to.
  public internal(set) var filter = ""
  /// Recent openings, then the folder above, then the folder's entries: those that pass the filter.
  public private(set) var rows: [Row] = []
  /// A place in ``rows``; 0 where there is none.
  public internal(set) var selected = 0
  /// Paths to open together: the first to fit to, the others to score.
  public internal(set) var marks: [String] = []
  /// Whether samples with NaN or infinite features are left out instead of refused.
  public internal(set) var skipsNonFinite: Bool
  /// How arrays are to be used.
  var keys: ArrayKeys
  /// The folder that was left for the one above, which is chosen there.
  var leftFolder: String?

  init(keys: ArrayKeys = ArrayKeys(), skipsNonFinite: Bool = false) {
    self.keys = keys
    self.skipsNonFinite = skipsNonFinite
  }

  /// The folder shown or being read; nil before the first one is known.
  public var folder: String? { requestedFolder ?? listing?.path }

  public func shortened(_ path: String) -> String { FilePath.shortened(path, home: home) }

  /// How many of ``rows`` are recent openings; they come first.
  public var recentRowCount: Int {
    rows.prefix {
      if case .recent = $0 { true } else { false }
    }.count
  }

  public var selectedRow: Row? { rows.indices.contains(selected) ? rows[selected] : nil }

  /// The words that rows must contain, in lower case.
  public var filterWords: [String] {
    namesPath ? [] : filter.lowercased().split(separator: " ").map(String.init)
  }

  /// Whether what is typed is a path to go to instead of a filter.
  public var namesPath: Bool { filter.hasPrefix("/") || filter == "~" || filter.hasPrefix("~/") }

  /// The absolute path of a row; nil for a recent opening, which may be several files.
  public func path(of row: Row) -> String? {
    guard let folder = listing?.path else { return nil }
    switch row {
    case .recent: return nil
    case .parent: return FilePath.parent(of: folder)
    case .entry(let entry): return FilePath.joined(folder, entry.name)
    }
  }

  /// What opening these files together asks for: the first is fitted to, the others are scored.
  func request(for paths: [String]) -> DataRequest {
    DataRequest(
      train: Array(paths.prefix(1)), test: Array(paths.dropFirst()), keys: keys,
      skipsNonFinite: skipsNonFinite)
  }

  // MARK: Changes

  /// Takes a folder that was read. The selection goes to the folder that was just left, or to the top.
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

  /// Of what passes, the folder's own entries come before recent ones, except on opening.
  private mutating func selectFirst(preferringRecent: Bool) {
    let entry = rows.firstIndex { if case .entry = $0 { true } else { false } }
    selected = preferringRecent && recentRowCount > 0 ? 0 : entry ?? rows.firstIndex(of: .parent) ?? 0
  }
}
