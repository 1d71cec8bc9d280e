public import OODData
public import OODDetection

/// An event: an action of the user, or a report of background work.
public enum Action: Sendable {
  // Opening and quitting.
  case open(DataRequest)
  case reload
  /// Open the file chooser.
  case chooseFiles
  /// Go to the parent folder in the file chooser.
  case toParentFolder
  /// In the file chooser, switch between skipping and rejecting samples with NaN or infinite features.
  case toggleNonFinite
  /// In the array chooser, assign a use to the selected array, or remove it.
  case assign(ArrayUse)
  /// Go back one level. At the top level, quit if that is allowed (`q`), or do nothing (Esc).
  case back(mayQuit: Bool)
  case quit
  case cancelTask

  // The setting.
  case stepRegularization(tenths: Int)
  case setRegularization(Regularization)
  case takeProposal
  /// Undo the last change of setting, threshold, order, filter or marks.
  case undo
  case redo
  /// Go to the next kind of score.
  case cycleScore
  case stepPooling(Int)
  case stepNormalization(Int)
  case stepRidgeRule(Int)
  /// Take these parts of a setting.
  case choose(SettingChoice)

  // Navigation.
  case show(Screen)
  case showNextScreen(offset: Int)
  case move(Motion)
  /// Move to another column of the map of class pairs.
  case moveColumn(Int)
  /// Select the row at this index of the visible table.
  case selectRow(Int)
  case enter
  case sortByNeighbor(offset: Int)
  case sortClasses(by: ClassColumn)
  case sortOutliers(by: OutlierColumn)
  case sortComparison(by: CompareState.Column)
  case invertSort

  // Scores.
  case moveThreshold(fractionOfRange: Double)
  case setThreshold(Double)
  /// Set the threshold to a score, or to where a rate is reached.
  case aimThreshold(ThresholdTarget)
  case resetThreshold
  case toggleLogCounts
  /// Switch between shares of the samples and counts.
  case toggleCounts
  case cycleScoreRange
  case cycleClassFilter(offset: Int)
  /// Show the next OOD set alone, or all sets.
  case cycleSet(offset: Int)
  /// Switch between ROC and precision–recall curves.
  case togglePrecisionRecall
  /// Show a scatter of two scores, or the histograms again.
  case toggleScatter
  /// Put the next score on the vertical axis of the scatter.
  case cycleScatterScore(offset: Int)

  // Outliers.
  case cycleSubset(offset: Int)
  case showSubset(SampleSubset)
  /// Show the nearest training sample of the shown sample that was not shown on the way.
  case followNeighbor
  case toggleMark
  /// Mark a number of rows from the selected one on.
  case markRows(Int)
  case clearMarks
  /// Show how often each value of the column that sorts the samples occurs, or the samples again.
  case toggleFrequencies
  /// Show the pictures of the listed samples, or the table again.
  case togglePictures
  /// Draw pictures as large as they are, or so that many fit.
  case togglePictureSize
  case copySelection
  /// Copy the selected row with all its columns, or the setting as Python.
  case copyRow

  // Classes.
  /// Show another plot of the selected class.
  case cycleClassPlot
  /// Take the smallest λ or t at which the selected class is healthy.
  case cureClass
  /// Show the two marked classes side by side.
  case compareClasses
  /// Move the cursor of the mean profile by steps.
  case moveDimension(Int)
  /// Show half of the dimensions around the cursor, or twice as many.
  case zoomDimensions(inwards: Bool)
  /// List the training samples of the class, most atypical first.
  case listClassSamples

  // Tuning and distances.
  /// Show another figure in the map over pooling and t.
  case cycleMapMeasure
  /// Move the cursor of the map by rows of α and steps of t.
  case moveMapCursor(rows: Int, steps: Int)
  case placeMapCursor(TuningState.MapCell)
  /// Pin the setting under the next free letter.
  case pin
  /// Unpin the shown setting, or else the last pinned one.
  case unpin
  /// Refer rank changes to the next pin, or overlay the histograms of the next two settings.
  case cyclePin(offset: Int)
  /// Show classes or histograms in place of the curves, or the curves again.
  case toggleTuningPane(TuningPane)
  /// Zoom the curves in or out by halves of the decades.
  case zoomTuning(Int)
  case resetTuningZoom
  case selectPair(row: Int, column: Int)
  case plane(PlaneAction)
  /// Show the first class of a pair, or the nearest class of an outlier, in the class table.
  case jumpToClass

  // Comparing settings.
  /// Compare by another metric.
  case cycleComparedMetric(offset: Int)

  // Overlays and text.
  /// Open the list of the columns of the table.
  case chooseColumns
  case editColumns(ColumnEdit)
  case openOverlay(Overlay)
  case closeOverlay
  case ask(Prompt.Purpose)
  case editText(TextEdit)
  case scrollHelp(Int)
  case showHelpPage(HelpView.Page)
  /// Type a text to find in the help, or end typing.
  case searchHelp(isTyping: Bool)
  case movePaletteSelection(Int)
  /// In the prompt of an export, go to the next thing that the screen can export.
  case cycleExport(offset: Int)
  case submitPrompt
  case findNext(forward: Bool)
  case dismissNotice
  case setTheme(DisplayPreferences.Theme)

  // Reports of background work.
  /// The λ of a model replaces the default unless the user chose one.
  case loaded(DataSet, model: ModelFile?)
  /// All features have been checked. Computations use this data set.
  case scanned(DataSet, model: ModelFile?)
  case fitted(SpectralDetector)
  case factored(CholeskyDetector)
  case numberedClasses(ClassNumbers)
  /// A setting that needed another fit is ready to be shown.
  case prepared(DetectorSetting, DetectorAtSetting, ScoredData)
  case scored(ScoredData)
  case swept(Sweep)
  /// A row of the map, under a normalization and a ridge rule.
  case mapped(PoolingMap.Row, FitSetting)
  /// A place between the steps of a complete map with a lower leave-one-out NLL; `nil` if there is none.
  case refined(PoolingMap.Place?, FitSetting)
  /// Scores between two λ of the path; `nil` if the λ lies outside the path.
  case interpolated(ScoredData?)
  case detailedOutliers([SampleReference: OutlierDetail], DetectorSetting)
  /// A list of samples with counts of a column if they were asked for, and the details that were computed for them.
  case listedSamples(SampleList, FrequencyTable?, version: Int, details: [SampleReference: OutlierDetail])
  case explained(ExplainedSample)
  case readPictures([SampleReference: Picture])
  case comparedPair(PairComparison)
  /// A class of a fit.
  case profiledClass(ClassProfile, FitSetting)
  case planed(ClassPlane)
  /// The numbers of a pinned setting.
  case measuredPin(PinMeasures?, DetectorSetting)
  case scattered(ScoreScatter)
  /// A row of a comparison that goes on.
  case comparedRow(Comparison.Row)
  case compared(Comparison)
  case audited(AuditedData)
  /// The near duplicates among the features under a normalization.
  case foundDuplicates(NearDuplicates, Normalization)
  case checkedFits(ClassFits)
  /// A file was written, with what it holds in words, such as "12 rows".
  case exported(path: String, String)
  /// The file exists already, so the user decides.
  case foundExistingFile(ExportRequest)
  /// A folder for the chooser, with the recent openings and the user's home folder.
  case listed(FolderListing, recent: [RecentOpening], home: String?)
  /// The path to list is a file.
  case foundFile(path: String)
  /// The opened files were noted, with the problem of a session that cannot be gone back to.
  case remembered(Message?)
  /// The front end copied a text.
  case copied(String, Clipboard)
  /// Go back to where the user was in these files.
  case resume(ExplorerSession)
  /// The use of the arrays is ambiguous, so the user decides.
  case foundArrays(ArrayInventory)
  case progressed(TaskKind, WorkProgress)
  case failed(TaskKind, any Error)
  case cancelled(TaskKind)
  case noticed(Message)
}

/// A change of the line of text being edited.
public enum TextEdit: Sendable, Equatable {
  case insert(String)
  case deleteBackward
  case deleteWord
  case clear
}
