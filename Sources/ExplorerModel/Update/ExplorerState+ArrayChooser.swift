import OODData
import OODDetection

/// Choosing which array of a file is used as what, where the files do not tell. The chooser stays while files load.
extension ExplorerState {
  mutating func arrayChoosing(_ action: Action) -> [Effect]? {
    guard var chooser = arrayChooser else { return nil }
    switch action {
    case .move(let motion):
      chooser.selected = moved(from: chooser.selected, by: motion, count: chooser.inventory.entries.count)
    case .selectRow(let row):
      if chooser.inventory.entries.indices.contains(row) { chooser.selected = row }
    case .assign(let use):
      if let problem = chooser.assign(use) { say(.warning, problem) }
    case .toggleMark:
      chooser.assignNext()
    case .enter:
      if let problem = chooser.problem {
        say(.warning, problem)
        return []
      }
      return lifecycle(.open(chooser.completedRequest))
    case .cancelTask:
      guard tasks[.load] != nil else {
        say(.info, "Nothing is loading. Esc goes back.")
        return []
      }
      return cancelLoading()
    case .back:
      return tasks[.load] != nil ? cancelLoading() : leaveArrayChooser(chooser)
    case .chooseFiles:
      arrayChooser = nil
      return fileChooser == nil ? chooseFiles() : []
    default:
      return nil
    }
    arrayChooser = chooser
    return []
  }

  /// Back to where the files were chosen; to a failure where a command line had named them.
  private mutating func leaveArrayChooser(_ chooser: ArrayChooserState) -> [Effect] {
    arrayChooser = nil
    if fileChooser == nil, data == nil, detector == nil { fail(chooser.inventory.reason) }
    return []
  }

  mutating func take(_ inventory: ArrayInventory) {
    tasks[.load] = nil
    tasks[.list] = nil
    arrayChooser = ArrayChooserState(request: opening ?? request, inventory: inventory)
    opening = nil
  }
}
