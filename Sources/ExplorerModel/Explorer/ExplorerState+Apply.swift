extension ExplorerState {
  /// Applies an action and returns the work that it requests. All state changes happen here. Performs no I/O.
  public mutating func apply(_ action: Action) -> [Effect] {
    var effects = change(by: action)
    effects += workForCurrentScreen()
    return effects
  }

  private mutating func change(by action: Action) -> [Effect] {
    if let effects = choosing(action) { return effects }
    switch action {
    case .open, .reload, .chooseFiles, .toParentFolder, .toggleNonFinite, .assign, .cancelTask, .quit:
      return lifecycle(action)

    case .stepRegularization, .setRegularization, .takeProposedRegularization, .undoRegularization,
      .redoRegularization, .toggleScore:
      return setting(action)

    case .show, .showNextScreen, .back, .enter, .jumpToClass, .move, .moveColumn, .selectRow, .selectPair,
      .sortByNeighbor, .sortClasses, .sortOutliers, .invertSort, .findNext:
      return navigation(action)

    case .moveThreshold, .setThreshold, .resetThreshold, .toggleLogCounts, .cycleScoreRange,
      .cycleClassFilter, .cycleSubset, .toggleMark, .clearMarks, .togglePin, .copySelection:
      return screenAction(action)

    case .openOverlay, .closeOverlay, .ask, .editText, .scrollHelp, .movePaletteSelection, .submitPrompt:
      return overlayAction(action)

    case .dismissNotice:
      notice = nil
      return []

    case .loaded, .scanned, .fitted, .factored, .scored, .swept, .detailedOutliers, .explained, .comparedPair,
      .exported,
      .foundExistingFile, .listed, .foundFile, .remembered, .foundArrays, .progressed, .failed, .cancelled,
      .noticed:
      return report(action)
    }
  }

  mutating func say(_ severity: Message.Severity, _ text: String) {
    say(Message(severity, text))
  }

  mutating func say(_ message: Message) {
    notice = message
    messages.append(message)
  }

  /// Shows an error that ends the current work.
  mutating func fail(_ text: String) {
    say(.error, text)
    failure = notice
  }
}
