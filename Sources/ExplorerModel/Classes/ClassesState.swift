public import OODData
public import OODDetection

/// A column of the class table.
public enum ClassColumn: String, CaseIterable, Sendable {
  case name, count, ratio, rank, effectiveRank, condition, logDeterminant, trace, nearest, health
}

/// The fitted classes, their numbers at the current λ, and the class table.
public struct ClassesState: Sendable {
  /// `nil` until the spectra are computed.
  public private(set) var detector: SpectralDetector?
  /// A detector fitted for one λ without spectra, which is enough for scores.
  public private(set) var factored: CholeskyDetector?
  /// The classes in ascending order of label, with what is known before their spectra.
  public private(set) var outlines: [ClassOutline] = []
  var names: [String] = []
  var indexOfLabel: [Int: Int] = [:]
  /// The class numbers at ``numberedAt``, in the same order; empty until the spectra are computed.
  public private(set) var summaries: [ClassSummary] = []
  /// The health of each class at ``numberedAt``, in the same order; empty until the spectra are computed.
  public private(set) var healths: [ClassHealth] = []
  /// The λ of the class numbers: the current one, or of many classes an earlier one until those are computed.
  public private(set) var numberedAt: Regularization?
  /// The class with the largest condition number at the current λ; `nil` until the spectra are computed.
  public private(set) var worst: (index: Int, conditionNumber: Double)?
  /// The class whose scores normalization makes inexact, and about by how much; `nil` if it does not for any class, or if
  /// that is not known yet.
  public private(set) var rounded: (index: Int, error: Double)?
  /// The settings of the fits for which the user was told of ``rounded``.
  private var fitsToldOfRounding: Set<FitSetting> = []
  /// Why the spectra cannot be computed, such as too little memory; `nil` if they can. Classes and scores at
  /// one λ at a time do not need them.
  public internal(set) var spectraObstacle: String?

  /// The index of the selected class in the detector.
  public private(set) var selected = 0
  /// Whether the user selected the class. If not, the worst class is selected as soon as it is known.
  private var isSelectionChosen = false
  public private(set) var sort = ClassColumn.condition.order { didSet { refreshVisible() } }
  /// The condition that listed classes meet. While another one is typed, the last complete one applies.
  public private(set) var filter: FilterExpression? { didSet { refreshVisible() } }
  /// The class table as shown: class indices, filtered and sorted.
  public internal(set) var visible: [Int] = []
  public internal(set) var isDetailOpen = false
  /// The plot beside the table, and the one beside the spectrum in full.
  public private(set) var plot = ClassPlot.covariance
  /// The classes that are marked to be compared, at most two, the latest last.
  public private(set) var marked: [Int] = []
  /// Whether the marked classes are shown side by side.
  public private(set) var isComparing = false
  /// The dimension that the user chose in the mean profile; `nil` for the most unusual one.
  private var chosenDimension: Int?
  /// How often the dimensions of the mean profile are halved.
  private var dimensionZoom = 0
  /// The latest profiles, of one fit and one λ.
  private var profiles: (fit: FitSetting, regularization: Regularization, byClass: [Int: ClassProfile])?
}

/// A plot of the selected class.
public enum ClassPlot: CaseIterable, Sendable {
  case covariance, correlation
  /// Squared distances of samples that the class was not fitted on, against the quantiles of χ².
  case quantiles
}

// MARK: Values

extension ClassesState {
  /// The dimension D of the fitted detector.
  public var dimension: Int? { outlines.first?.mean.count }

  /// The label of the class with this index in the detector; `nil` if there is no such class.
  public func label(of index: Int) -> Int? {
    outlines.indices.contains(index) ? outlines[index].label : nil
  }

  /// The name of the class with this index in the detector.
  public func name(of index: Int) -> String { names.indices.contains(index) ? names[index] : "?" }

  /// The numbers of a class at the current λ; `nil` until its spectrum is computed.
  public func summary(of index: Int) -> ClassSummary? {
    summaries.indices.contains(index) ? summaries[index] : nil
  }

  /// log det (Σ_k + λI) of a class at the current λ; `nil` until it is known.
  public func logDeterminant(of index: Int) -> Double? {
    summary(of: index)?.logDeterminant
      ?? (outlines.indices.contains(index) ? outlines[index].logDeterminant : nil)
  }

  /// The health of a class at the current setting; `nil` until its spectrum is computed.
  public func health(of index: Int) -> ClassHealth? { healths.indices.contains(index) ? healths[index] : nil }

  /// The class with the largest condition number, if that number makes scores at λ inexact. `nil` if it does
  /// not, or if it is not known.
  public func untrusted(at setting: DetectorSetting) -> (index: Int, conditionNumber: Double)? {
    guard let worst else { return RegularizationCheck(outlines, [], at: setting, of: nil).untrustedClass }
    return worst.conditionNumber > RegularizationCheck.largestTrustedConditionNumber ? worst : nil
  }

  /// The largest condition number of any class; `nil` until the spectra are computed.
  public var worstConditionNumber: Double? { worst?.conditionNumber }

  /// The class with the largest condition number.
  public var worstConditioned: Int? { worst?.index }

  /// The profile of a class at a setting; `nil` until it is computed.
  public func profile(of index: Int, at setting: DetectorSetting) -> ClassProfile? {
    guard let profiles, profiles.fit == setting.fit, profiles.regularization == setting.regularization else {
      return nil
    }
    return profiles.byClass[index]
  }

  /// The classes that are shown side by side.
  public var comparedPair: (Int, Int)? { isComparing && marked.count == 2 ? (marked[0], marked[1]) : nil }

  /// The classes whose profiles the screen shows.
  var profiledClasses: [Int] { comparedPair.map { [$0, $1] } ?? [selected] }

  /// The dimension of the cursor in the mean profile of a class.
  public func dimension(of index: Int, at setting: DetectorSetting) -> Int {
    let last = max(0, (dimension ?? 1) - 1)
    return min(chosenDimension ?? profile(of: index, at: setting)?.unusualDimensions(1).first ?? 0, last)
  }

  /// The dimensions that the mean profile shows: all, or those around the cursor.
  public func shownDimensions(of index: Int, at setting: DetectorSetting) -> Range<Int> {
    let all = dimension ?? 0
    let count = max(min(all, Self.leastShownDimensions), all >> dimensionZoom)
    let first = max(0, min(dimension(of: index, at: setting) - count / 2, all - count))
    return first..<first + count
  }

  private static let leastShownDimensions = 8
}

// MARK: Changes

extension ClassesState {
  /// - Parameter isCurrent: Whether the detector was fitted for the current λ.
  mutating func take(_ factored: CholeskyDetector, isCurrent: Bool, name: (_ label: Int) -> String) {
    self.factored = factored
    outlines = factored.classes.map { ClassOutline($0, isCurrent: isCurrent) }
    begin(name)
  }

  mutating func take(_ detector: SpectralDetector, name: (_ label: Int) -> String) {
    self.detector = detector
    factored = nil
    outlines = detector.classes.map(ClassOutline.init)
    begin(name)
  }

  /// Names the classes that were taken.
  private mutating func begin(_ name: (_ label: Int) -> String) {
    names = outlines.map { name($0.label) }
    indexOfLabel = Dictionary(uniqueKeysWithValues: outlines.indices.map { (outlines[$0].label, $0) })
    refreshVisible()
  }

  mutating func take(_ numbers: ClassNumbers) {
    (summaries, healths, numberedAt) = (numbers.summaries, numbers.healths, numbers.regularization)
    refreshVisible()
  }

  /// Finds the class with the largest condition number at a λ. O(K).
  mutating func refreshWorstCondition(at regularization: Regularization) {
    worst = nil
    for (index, gaussian) in (detector?.classes ?? []).enumerated() {
      let conditionNumber = gaussian.conditionNumber(at: regularization)
      if worst.map({ conditionNumber > $0.conditionNumber }) ?? true { worst = (index, conditionNumber) }
    }
  }

  /// Finds the class that loses most to the rounding of normalized features. O(K).
  ///
  /// - Parameter setting: The setting that the numbers of the classes belong to.
  /// - Returns: What to tell the user, once for each fit; `nil` if nothing or told already.
  mutating func refreshRounding(at setting: DetectorSetting, of data: DataSet?) -> String? {
    let check = RegularizationCheck(outlines, summaries, at: setting, of: data)
    rounded = check.roundedClass
    guard rounded != nil, fitsToldOfRounding.insert(setting.fit).inserted else { return nil }
    return check.roundingRemark
  }

  /// Makes room for spectra. Keeping both would take twice the memory.
  mutating func forgetFactors() { factored = nil }

  /// Forgets the detector of another fit. The classes stay the same, and so does the view of them.
  mutating func forgetFit() {
    detector = nil
    factored = nil
    (summaries, healths, numberedAt, worst, rounded) = ([], [], nil, nil, nil)
    spectraObstacle = nil
    refreshVisible()
  }

  /// Forgets the numbers that factors gave at an earlier λ.
  mutating func forgetFactorNumbers() {
    for index in outlines.indices {
      outlines[index].logDeterminant = nil
      outlines[index].excessiveConditionNumber = nil
    }
    rounded = nil
    refreshVisible()
  }

  /// Selects the class with the largest condition number, unless the user selected another.
  mutating func selectWorst() {
    if !isSelectionChosen { selected = worstConditioned ?? 0 }
  }

  mutating func move(_ motion: Motion) {
    let visible = visible
    select(row: moved(from: visible.firstIndex(of: selected) ?? 0, by: motion, count: visible.count))
  }

  /// Selects a row of the visible table.
  mutating func select(row: Int) {
    let visible = visible
    guard visible.indices.contains(row) else { return }
    selected = visible[row]
    isSelectionChosen = true
  }

  /// Selects a class.
  mutating func select(_ index: Int) {
    selected = index
    isSelectionChosen = true
  }

  /// Selects a class wherever it is in the table.
  mutating func show(_ index: Int) {
    selected = index
    isSelectionChosen = true
    filter = nil
  }

  mutating func openDetail() {
    isDetailOpen = !outlines.isEmpty
    isSelectionChosen = true
  }

  /// Filters the classes by a typed condition; an empty text removes it. Returns what is wrong with an incomplete one,
  /// which changes nothing.
  mutating func setFilter(_ text: String) -> FilterExpression.Problem? {
    let columns = Self.filterColumns.indices.map { (Self.filterColumns[$0].name, $0) }
    do {
      filter = text.allSatisfy(\.isWhitespace) ? nil : try FilterExpression(text, columns: columns)
    } catch {
      return error
    }
    let visible = visible
    if let first = visible.first, !visible.contains(selected) { selected = first }
    return nil
  }

  /// Closes the innermost view. Returns whether one was open.
  mutating func goBack() -> Bool {
    guard isDetailOpen || filter != nil || isComparing else { return false }
    if isComparing {
      isComparing = false
    } else if isDetailOpen {
      isDetailOpen = false
    } else {
      filter = nil
    }
    return true
  }

  /// Brings back what was sorted and filtered.
  mutating func restore(_ order: SortOrder<ClassColumn>, filter text: String?) {
    sort = order
    if filter?.text != text { _ = setFilter(text ?? "") }
  }

  mutating func sort(by column: ClassColumn) { sort = column.order }

  /// - Parameter columns: The columns that are shown, in their order.
  mutating func sortByNeighbor(_ offset: Int, among columns: [ClassColumn]) {
    guard !columns.isEmpty else { return }
    sort = columns[wrapped((columns.firstIndex(of: sort.column) ?? 0) + offset, count: columns.count)].order
  }

  mutating func invertSort() { sort.isAscending.toggle() }

  mutating func cyclePlot() { plot = plot.neighbor(by: 1) }

  mutating func take(_ profile: ClassProfile, _ fit: FitSetting) {
    if profiles?.fit != fit || profiles?.regularization != profile.regularization {
      profiles = (fit, profile.regularization, [:])
    }
    // Those that are not looked at any more can be computed again.
    if (profiles?.byClass.count ?? 0) >= 16 { profiles?.byClass = [:] }
    profiles?.byClass[profile.classIndex] = profile
  }

  /// Marks the selected class, or removes its mark, and selects the next one. The mark of an earlier third class is
  /// dropped.
  mutating func toggleMark() {
    guard outlines.indices.contains(selected), !isComparing else { return }
    if let place = marked.firstIndex(of: selected) {
      marked.remove(at: place)
    } else {
      marked = marked.suffix(1) + [selected]
    }
    if !isDetailOpen { move(.lines(1)) }
  }

  mutating func markSelected() {
    if !marked.contains(selected) { marked.append(selected) }
  }

  mutating func openComparison() { isComparing = marked.count == 2 }

  mutating func moveDimension(_ steps: Int, from dimension: Int, shown: Int) {
    // The whole profile takes about as many steps as a screen is wide.
    let step = max(1, shown / 64)
    chosenDimension = clamp(dimension + steps * step, 0, max(0, (self.dimension ?? 1) - 1))
  }

  mutating func zoomDimensions(inwards: Bool, around dimension: Int) {
    let deepest = max(
      0, Int.bitWidth - ((self.dimension ?? 0) / Self.leastShownDimensions).leadingZeroBitCount)
    dimensionZoom = clamp(dimensionZoom + (inwards ? 1 : -1), 0, deepest)
    chosenDimension = dimensionZoom == 0 ? chosenDimension : dimension
  }
}

extension ClassColumn {
  /// The initial sort order: names, distances and health ascending, numbers descending.
  fileprivate var order: SortOrder<Self> {
    SortOrder(self, isAscending: [.name, .nearest, .health].contains(self))
  }
}

/// What a larger ridge does for a class.
public enum ClassCure: Sendable, Equatable {
  /// The class has no problem at the setting.
  case notNeeded
  /// The smallest λ or t that cures all or some of the problems, and those that it leaves.
  case regularization(Regularization, leaves: [ClassHealth])
  /// No λ helps.
  case impossible
}

extension ClassesState {
  /// What a larger λ or t does for a class; `nil` until its spectrum is computed.
  public func cure(of index: Int, at regularization: Regularization) -> ClassCure? {
    guard summary(of: index) != nil, let gaussian = detector?.classes[index] else { return nil }
    let problems = ClassHealth.problems(gaussian, at: regularization)
    guard !problems.isEmpty else { return .notNeeded }
    // What cures a part of the problems is better than nothing.
    let parts = [
      gaussian.remedy(forConditionFrom: regularization), gaussian.remedy(forInflationFrom: regularization),
    ]
    guard let remedy = parts.compactMap(\.self).max(), remedy > regularization else { return .impossible }
    let left = ClassHealth.problems(gaussian, at: remedy)
    return left.count < problems.count ? .regularization(remedy, leaves: left) : .impossible
  }
}
