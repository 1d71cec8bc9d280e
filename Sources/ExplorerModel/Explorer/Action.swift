public import OODData
public import OODDetection

/// Everything that can happen: what the user does, and what background work reports.
public enum Action: Sendable {
  // Opening and ending.
  case open(DataRequest)
  case reload
  /// Show the files there are, to open others.
  case chooseFiles
  /// In choosing files, to the folder above.
  case toParentFolder
  /// In choosing files, leave out samples with NaN or infinite features, or refuse them again.
  case toggleNonFinite
  /// In choosing arrays, use the selected one so, or no longer.
  case assign(ArrayUse)
  /// Out one level; at the top the end, if that is allowed (`q`) or nothing (Esc).
  case back(mayQuit: Bool)
  case quit
  case cancelTask

  // The setting.
  case stepRegularization(tenths: Int)
  case setRegularization(Regularization)
  case takeProposedRegularization
  case undoRegularization
  case redoRegularization
  case toggleScore

  // Moving about.
  case show(Screen)
  case showNextScreen(offset: Int)
  case move(Motion)
  /// To another column of the map of class pairs.
  case moveColumn(Int)
  /// Select the row with this place in the table as shown.
  case selectRow(Int)
  case enter
  case sortByNeighbor(offset: Int)
  case sortClasses(by: ClassColumn)
  case sortOutliers(by: OutlierColumn)
  case invertSort

  // Scores.
  case moveThreshold(fractionOfRange: Double)
  case setThreshold(Double)
  case resetThreshold
  case toggleLogCounts
  case cycleScoreRange
  case cycleClassFilter(offset: Int)

  // Outliers.
  case cycleSubset
  case toggleMark
  case clearMarks
  case copySelection

  // Tuning and distances.
  case togglePin
  case selectPair(row: Int, column: Int)
  /// From a pair of classes to the first one in the class table, or from an outlier to its nearest class.
  case jumpToClass

  // Overlays and text.
  case openOverlay(Overlay)
  case closeOverlay
  case ask(Prompt.Purpose)
  case editText(TextEdit)
  case scrollHelp(Int)
  case movePaletteSelection(Int)
  case submitPrompt
  case findNext(forward: Bool)
  case dismissNotice

  // Reports of background work.
  /// A model's λ replaces the standard one unless the user named one.
  case loaded(DataSet, model: ModelFile?)
  /// All features of what was loaded have been looked at: the data set that is computed with.
  case scanned(DataSet, model: ModelFile?)
  case fitted(FittedDetector)
  case factored(FactoredDetector)
  case scored(ScoredData)
  case swept(Sweep)
  case detailedOutliers([SampleReference: OutlierDetail], regularization: Regularization, score: ScoreKind)
  case explained(ExplainedSample)
  case comparedPair(PairComparison)
  case exported(path: String, rowCount: Int)
  /// The file is there already: the user decides.
  case foundExistingFile(ExportRequest)
  /// A folder for the chooser, with what was opened lately and the user's home.
  case listed(FolderListing, recent: [RecentOpening], home: String?)
  /// What was to be listed is a file.
  case foundFile(path: String)
  case remembered
  /// It is not clear which array is which: the user decides.
  case foundArrays(ArrayInventory)
  case progressed(TaskKind, WorkProgress)
  case failed(TaskKind, any Error)
  case cancelled(TaskKind)
  case noticed(Message)
}

/// A move through a list.
public enum Motion: Sendable, Equatable {
  case lines(Int)
  /// Up or down by the given number of rows, as many as the list shows.
  case page(Int)
  case toStart
  case toEnd
}

/// A change of the line of text being edited.
public enum TextEdit: Sendable, Equatable {
  case insert(String)
  case deleteBackward
  case deleteWord
  case clear
}
