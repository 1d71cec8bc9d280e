import OODData
import OODDetection

/// Choosing files to open. The chooser stays while files load and closes when they are there: what was open before is
/// as it was until then.
extension ExplorerState {
  /// What a user's action does while something is being chosen; nil where it does what it does everywhere.
  mutating func choosing(_ action: Action) -> [Effect]? {
    guard overlay == nil else { return nil }
    return arrayChooser == nil ? fileChoosing(action) : arrayChoosing(action)
  }

  /// Opens the chooser in the folder of what is open, or else in the working directory.
  mutating func chooseFiles() -> [Effect] {
    // What is open has its own keys; only those of a command line that named no file are for files to come.
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
      let what = chooser.skipsNonFinite ? "are left out" : "are refused"
      say(.info, "Samples with NaN or infinite features \(what).")
    case .toParentFolder:
      // From the folder that is being read, so that going up twice goes up twice.
      guard let folder = chooser.folder, let parent = FilePath.parent(of: folder) else { return [] }
      chooser.leftFolder = FilePath.name(of: folder)
      return list(parent, &chooser)
    case .enter:
      return choose(&chooser)
    case .cancelTask:
      guard tasks[.load] != nil else {
        say(.info, "Nothing is loading. Esc \(canLeaveChooser ? "closes the chooser" : "quits").")
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

  /// Goes into the chosen folder, or opens the chosen file, or all that are marked.
  private mutating func choose(_ chooser: inout FileChooserState) -> [Effect] {
    if chooser.namesPath {
      return list(FilePath.absolute(chooser.filter, in: "/", home: chooser.home), &chooser)
    }
    // Until a folder is read, the rows are those of another.
    guard chooser.requestedFolder == nil, let row = chooser.selectedRow else { return [] }
    switch row {
    case .parent:
      return fileChoosing(.toParentFolder) ?? []
    case .entry(let entry):
      guard let path = chooser.path(of: row) else { return [] }
      // A marked folder is a data set in several files.
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

  /// Whether there is something to go back to: what is open, or what failed to open.
  public var canLeaveChooser: Bool { data != nil || detector != nil || failure != nil }

  /// Everything is as it was before, the chooser included.
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

  /// A path that was typed names a file: it is opened.
  mutating func take(file path: String) -> [Effect] {
    tasks[.list] = nil
    guard var chooser = fileChooser else { return [] }
    chooser.requestedFolder = nil
    fileChooser = chooser
    return lifecycle(.open(chooser.request(for: [path])))
  }
}
