import OODData

/// The choosers, which replace the screen while they are open. They stay open while files load and close when
/// they are loaded. Until then, the open data is unchanged.
public struct ChoosingState: Sendable, Equatable {
  public internal(set) var files: FileChooserState?
  /// The array chooser, which also replaces the file chooser.
  public internal(set) var arrays: ArrayChooserState?

  public var isOpen: Bool { files != nil || arrays != nil }
}

extension ExplorerState {
  /// Applies an action while a chooser is open. Returns `nil` if the chooser does not handle the action.
  mutating func choose(_ action: Action) -> [Effect]? {
    guard overlay == nil else { return nil }
    return choosing.arrays == nil ? chooseFile(action) : chooseArrays(action)
  }

  /// Opens the file chooser in the folder of the open files, or else in the working directory.
  mutating func chooseFiles() -> [Effect] {
    // The keys of open files do not apply to other files. Keys of a command line without files do.
    let keys = data.request.isEmpty ? data.request.keys : ArrayKeys()
    choosing.files = FileChooserState(keys: keys, skipsNonFinite: data.request.skipsNonFinite)
    return [tasks.start(.listFolder(data.request.folder ?? "."))]
  }

  private mutating func chooseFile(_ action: Action) -> [Effect]? {
    guard var chooser = choosing.files else { return nil }
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
      messages.say(.info, "Samples with NaN or infinite features \(what).")
    case .toParentFolder:
      // Starts from the folder that is being read, so that pressing the key twice goes up two levels.
      guard let folder = chooser.folder, let parent = FilePath.parent(of: folder) else { return [] }
      chooser.leftFolder = FilePath.name(of: folder)
      return list(parent, &chooser)
    case .enter:
      return openSelection(&chooser)
    case .cancelTask:
      guard tasks[.load] != nil else {
        messages.say(.info, "Nothing is loading. Press Esc to \(canLeaveChooser ? "go back" : "quit").")
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
    choosing.files = chooser
    return []
  }

  /// Goes to the selected folder, or opens the selected file or all marked files.
  private mutating func openSelection(_ chooser: inout FileChooserState) -> [Effect] {
    if chooser.namesPath {
      return list(FilePath.absolute(chooser.filter, in: "/", home: chooser.home), &chooser)
    }
    // Until a folder is read, the rows are those of the previous one.
    guard chooser.requestedFolder == nil, let row = chooser.selectedRow else { return [] }
    switch row {
    case .parent:
      return chooseFile(.toParentFolder) ?? []
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
    choosing.files = chooser
    return [tasks.start(.listFolder(folder))]
  }

  /// Whether there is a screen to go back to: open data, or a failure.
  public var canLeaveChooser: Bool {
    data.dataSet != nil || classes.detector != nil || messages.failure != nil
  }

  /// Cancels loading. The chooser and the open data stay unchanged.
  mutating func cancelLoading() -> [Effect] {
    messages.say(.info, "Cancelled loading.")
    data.cancelOpening()
    return tasks.discard(.load)
  }

  private mutating func leaveChooser() -> [Effect] {
    guard canLeaveChooser else { return lifecycle(.quit) }
    choosing.files = nil
    return tasks.discard(.list)
  }

  // MARK: Reports

  mutating func take(_ listing: FolderListing, recent: [RecentOpening], home: String?) {
    tasks.finish(.list)
    if choosing.files?.listing == nil { choosing.files?.recent = recent }
    choosing.files?.home = home
    choosing.files?.show(listing)
  }

  /// Opens the file of a typed path.
  mutating func take(file path: String) -> [Effect] {
    tasks.finish(.list)
    guard var chooser = choosing.files else { return [] }
    chooser.requestedFolder = nil
    choosing.files = chooser
    return lifecycle(.open(chooser.request(for: [path])))
  }
}

/// Choosing how the arrays of a file are used, if the file does not determine it.
extension ExplorerState {
  mutating func chooseArrays(_ action: Action) -> [Effect]? {
    guard var chooser = choosing.arrays else { return nil }
    switch action {
    case .move(let motion):
      chooser.selected = moved(from: chooser.selected, by: motion, count: chooser.inventory.entries.count)
    case .selectRow(let row):
      if chooser.inventory.entries.indices.contains(row) { chooser.selected = row }
    case .assign(let use):
      if let problem = chooser.assign(use) { messages.say(.warning, problem) }
    case .toggleMark:
      chooser.assignNext()
    case .enter:
      if let problem = chooser.problem {
        messages.say(.warning, problem)
        return []
      }
      return lifecycle(.open(chooser.completedRequest))
    case .cancelTask:
      guard tasks[.load] != nil else {
        messages.say(.info, "Nothing is loading. Press Esc to go back.")
        return []
      }
      return cancelLoading()
    case .back:
      return tasks[.load] != nil ? cancelLoading() : leaveArrayChooser(chooser)
    case .chooseFiles:
      choosing.arrays = nil
      return choosing.files == nil ? chooseFiles() : []
    default:
      return nil
    }
    choosing.arrays = chooser
    return []
  }

  /// Goes back to the file chooser, or to a failure if the command line named the files.
  private mutating func leaveArrayChooser(_ chooser: ArrayChooserState) -> [Effect] {
    choosing.arrays = nil
    if choosing.files == nil, data.dataSet == nil, classes.detector == nil {
      messages.fail(chooser.inventory.reason)
    }
    return []
  }

  mutating func take(_ inventory: ArrayInventory) {
    tasks.finish(.load)
    tasks.finish(.list)
    choosing.arrays = ArrayChooserState(request: data.opening ?? data.request, inventory: inventory)
    data.cancelOpening()
  }
}
