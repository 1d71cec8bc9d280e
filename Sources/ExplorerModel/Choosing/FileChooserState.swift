public import OODData
import OODDetection

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

/// Choosing files to open. The chooser stays open while files load and closes when they are loaded. Until
/// then, the open data is unchanged.
extension ExplorerState {
  /// Applies an action while a chooser is open. Returns `nil` if the chooser does not handle the action.
  mutating func choosing(_ action: Action) -> [Effect]? {
    guard overlay == nil else { return nil }
    return arrayChooser == nil ? fileChoosing(action) : arrayChoosing(action)
  }

  /// Opens the file chooser in the folder of the open files, or else in the working directory.
  mutating func chooseFiles() -> [Effect] {
    // The keys of open files do not apply to other files. Keys of a command line without files do.
    let keys = request.isEmpty ? request.keys : ArrayKeys()
    fileChooser = FileChooserState(keys: keys, skipsNonFinite: request.skipsNonFinite)
    return [start(.listFolder(request.folder ?? "."))]
  }

  private mutating func fileChoosing(_ action: Action) -> [Effect]? {
    guard var chooser = fileChooser else { return nil }
    switch action {
    case .move(let motion):
      chooser.selected = moved(from: chooser.selected, by: motion, count: chooser.rows.count)
    case .selectRow(let row):
      if chooser.rows.indices.contains(row) { chooser.selected = row }
    case .editText(let edit):
      chooser.setFilter(edited(chooser.filter, by: edit))
    case .toggleMark:
      guard let row = chooser.selectedRow, case .entry = row, let path = chooser.path(of: row) else {
        return []
      }
      if let place = chooser.marks.firstIndex(of: path) {
        chooser.marks.remove(at: place)
      } else {
        chooser.marks.append(path)
      }
      chooser.selected = moved(from: chooser.selected, by: .lines(1), count: chooser.rows.count)
    case .toggleNonFinite:
      chooser.skipsNonFinite.toggle()
      let what = chooser.skipsNonFinite ? "are skipped" : "are rejected"
      say(.info, "Samples with NaN or infinite features \(what).")
    case .toParentFolder:
      // Starts from the folder that is being read, so that pressing the key twice goes up two levels.
      guard let folder = chooser.folder, let parent = FilePath.parent(of: folder) else { return [] }
      chooser.leftFolder = FilePath.name(of: folder)
      return list(parent, &chooser)
    case .enter:
      return choose(&chooser)
    case .cancelTask:
      guard tasks[.load] != nil else {
        say(.info, "Nothing is loading. Press Esc to \(canLeaveChooser ? "go back" : "quit").")
        return []
      }
      return cancelLoading()
    case .back:
      if tasks[.load] != nil { return cancelLoading() }
      if !chooser.filter.isEmpty {
        chooser.setFilter("")
      } else if !chooser.marks.isEmpty {
        chooser.marks = []
      } else {
        return leaveChooser()
      }
    case .chooseFiles:
      return []
    default:
      return nil
    }
    fileChooser = chooser
    return []
  }

  /// Goes to the selected folder, or opens the selected file or all marked files.
  private mutating func choose(_ chooser: inout FileChooserState) -> [Effect] {
    if chooser.namesPath {
      return list(FilePath.absolute(chooser.filter, in: "/", home: chooser.home), &chooser)
    }
    // Until a folder is read, the rows are those of the previous one.
    guard chooser.requestedFolder == nil, let row = chooser.selectedRow else { return [] }
    switch row {
    case .parent:
      return fileChoosing(.toParentFolder) ?? []
    case .entry(let entry):
      guard let path = chooser.path(of: row) else { return [] }
      // A marked folder is a data set of several files.
      if entry.isFolder, !chooser.marks.contains(path) { return list(path, &chooser) }
      return lifecycle(.open(chooser.request(for: chooser.marks.isEmpty ? [path] : chooser.marks)))
    case .recent(let opening):
      var request = chooser.marks.isEmpty ? opening.request : chooser.request(for: chooser.marks)
      if chooser.skipsNonFinite { request.skipsNonFinite = true }
      return lifecycle(.open(request))
    }
  }

  private mutating func list(_ folder: String, _ chooser: inout FileChooserState) -> [Effect] {
    chooser.requestedFolder = folder
    chooser.setFilter("")
    fileChooser = chooser
    return [start(.listFolder(folder))]
  }

  /// Whether there is a screen to go back to: open data, or a failure.
  public var canLeaveChooser: Bool { data != nil || detector != nil || failure != nil }

  /// Cancels loading. The chooser and the open data stay unchanged.
  mutating func cancelLoading() -> [Effect] {
    say(.info, "Cancelled loading.")
    opening = nil
    return discard(.load)
  }

  private mutating func leaveChooser() -> [Effect] {
    guard canLeaveChooser else { return lifecycle(.quit) }
    fileChooser = nil
    return discard(.list)
  }

  // MARK: Reports

  mutating func take(_ listing: FolderListing, recent: [RecentOpening], home: String?) {
    tasks[.list] = nil
    if fileChooser?.listing == nil { fileChooser?.recent = recent }
    fileChooser?.home = home
    fileChooser?.show(listing)
  }

  /// Opens the file of a typed path.
  mutating func take(file path: String) -> [Effect] {
    tasks[.list] = nil
    guard var chooser = fileChooser else { return [] }
    chooser.requestedFolder = nil
    fileChooser = chooser
    return lifecycle(.open(chooser.request(for: [path])))
  }
}
