import OODData

extension ExplorerState {
  /// Applies an action that means something on several screens: navigation, selection, order and copies.
  mutating func useScreen(_ action: Action) -> [Effect] {
    switch action {
    case .show(let screen):
      self.screen = screen
      if screen == .tuning { refreshComparisons() }
      if screen == .compare { compare.resume() }
      return resumeForScreen()
    case .showNextScreen(let offset):
      return useScreen(.show(screen.neighbor(by: offset)))
    case .back(let mayQuit):
      return goBack(mayQuit: mayQuit)
    case .enter:
      return enter()
    case .jumpToClass:
      jumpToClass()
    case .move(let motion):
      move(motion)
    case .moveColumn(let offset):
      if screen == .distances { distances.moveColumn(offset) }
      if screen == .compare { compare.moveColumn(offset) }
    case .selectRow(let row):
      selectRow(row)
    case .selectPair(let row, let column):
      distances.select(row: row, column: column)
    case .sortByNeighbor(let offset):
      if screen == .classes { classes.sortByNeighbor(offset, among: shownClassColumns) }
      if screen == .outliers { outliers.sortByNeighbor(offset, among: shownSampleColumns) }
      if screen == .compare { compare.sortByNeighbor(offset) }
    case .sortClasses(let column):
      classes.sort(by: column)
    case .sortOutliers(let column):
      outliers.sort(by: column)
    case .sortComparison(let column):
      compare.sort(by: column)
    case .invertSort:
      if screen == .classes { classes.invertSort() }
      if screen == .outliers { outliers.invertSort() }
      if screen == .compare { compare.invertSort() }
    case .cycleClassFilter(let offset):
      cycleClassFilter(offset)
    case .findNext(let forward):
      find(forward: forward)
    case .copySelection:
      return copyText.map { [.copy($0)] } ?? []
    case .copyRow:
      guard let text = rowText else {
        messages.say(.info, "There is no row to copy yet.")
        return []
      }
      return [.copy(text)]
    default:
      break
    }
    return []
  }

  /// Applies an action of a single screen: threshold, histogram, outlier table and pin.
  mutating func useSingleScreen(_ action: Action) {
    switch action {
    case .moveThreshold(let fraction):
      scores.moveThreshold(by: fraction, of: data.dataSet)
    case .setThreshold(let value):
      scores.setThreshold(value, of: data.dataSet)
    case .aimThreshold(let target):
      aimThreshold(at: target)
    case .resetThreshold:
      scores.setThreshold(nil, of: data.dataSet)
    case .toggleLogCounts:
      scores.toggleLogCounts()
    case .toggleCounts:
      scores.toggleCounts()
    case .cycleScoreRange:
      scores.cycleRange()
    case .cycleSet(let offset):
      if screen == .scores { scores.cycleSet(offset, of: data.dataSet) }
      if screen == .outliers { cycleOutlierSet(offset) }
    case .togglePrecisionRecall:
      scores.togglePrecisionRecall()
    case .toggleScatter:
      scores.toggleScatter()
    case .cycleScatterScore(let offset):
      scores.cycleScatterScore(offset, beside: setting.score)
    case .cycleSubset(let offset):
      outliers.cycleSubset(offset, of: data.dataSet)
      refreshSubset()
    case .showSubset(let subset):
      outliers.show(subset, of: data.dataSet)
      if outliers.subset == subset {
        screen = .outliers
        refreshSubset()
      } else {
        messages.say(.info, "The files hold no samples for the list “\(subset.title)”.")
      }
    case .toggleMark:
      if screen == .outliers { outliers.toggleMark() }
      if screen == .classes { classes.toggleMark() }
    case .toggleFrequencies:
      if screen == .outliers { outliers.toggleFrequencies() }
    case .togglePictures:
      if screen == .outliers, hasPictures {
        outliers.toggleSheet()
      } else if screen == .outliers {
        messages.say(.info, "The files hold no pictures of these samples.")
      }
    case .togglePictureSize:
      if showsSheet { outliers.toggleSheetSize() }
    case .markRows(let count):
      if screen == .outliers { outliers.mark(rowCount: count) }
    case .clearMarks:
      outliers.setMarks([:])
    case .followNeighbor:
      guard screen == .outliers, let scored = scores.scored, let samples = data.dataSet else { return }
      outliers.follow(in: samples, scored, by: setting.score)
    case .cycleComparedMetric(let offset):
      compare.cycleMetric(by: offset)
    case .cycleClassPlot:
      classes.cyclePlot()
    case .compareClasses:
      compareClasses()
    case .moveDimension(let steps):
      moveDimension(steps)
    case .zoomDimensions(let inwards):
      zoomDimensions(inwards: inwards)
    case .listClassSamples:
      listClassSamples()
    case .pin:
      pinSetting()
    case .unpin:
      unpinSetting()
    case .cyclePin(let offset):
      if tuning.pane == .histograms {
        tuning.cyclePair(offset, count: histogramPairCount)
      } else {
        tuning.pins.cycleCompared(offset)
        refreshComparisons()
      }
    case .toggleTuningPane(let pane):
      tuning.toggle(pane)
    case .zoomTuning(let offset):
      tuning.zoom(by: offset)
    case .resetTuningZoom:
      tuning.resetZoom()
    case .cycleMapMeasure:
      tuning.cycleMapMeasure()
    case .placeMapCursor(let cell):
      tuning.placeMapCursor(cell)
    case .moveMapCursor(let rows, let steps):
      tuning.moveMapCursor(rows: rows, steps: steps, at: setting.current)
    default:
      break
    }
    outliers.take(threshold: scores.threshold)
  }

  private mutating func refreshSubset() {
    // A cancelled audit starts again when its view is shown again.
    if tasks[.audit] == nil { tasks.requested.audit = nil }
    if tasks[.duplicates] == nil { tasks.requested.duplicates = nil }
    refreshOutliers()
  }

  /// Lists the samples of the next OOD set alone; after the last one, those of all sets.
  private mutating func cycleOutlierSet(_ offset: Int) {
    let sets = data.dataSet?[outliers.subset.split(of: data.dataSet)]?.oodSets?.sets ?? []
    guard sets.count > 1 else { return }
    outliers.setSetFilter(nextClassFilter(after: outliers.setFilter, by: offset, count: sets.count))
  }

  private mutating func enter() -> [Effect] {
    switch screen {
    case .classes where classes.isDetailOpen && !classes.isComparing:
      listClassSamples()
    case .classes:
      classes.openDetail()
    case .outliers where outliers.showsFrequencies:
      if !outliers.filterByFrequency() { messages.say(.info, "No filter lists the samples without a value.") }
    case .outliers:
      outliers.isDetailOpen = outliers.selected != nil
    case .distances where distances.plane.isOpen:
      return usePlane(.openSample)
    case .distances:
      jumpToClass()
    case .data:
      if !data.request.isEmpty, data.dataSet?.files.isEmpty == false {
        return [tasks.start(.listArrays(data.request))]
      }
    case .compare:
      return takeComparedSetting()
    case .tuning where tuning.pane == .classes:
      jumpToClass()
    case .tuning:
      return choose(tuning.settingUnderCursor(at: setting.current))
    case .scores:
      useSingleScreen(.showSubset(.nearThreshold))
    }
    return []
  }

  /// Sets the threshold to a target, and says what that means for the rates.
  private mutating func aimThreshold(at target: ThresholdTarget) {
    do {
      let value = try scores.threshold(target)
      scores.setThreshold(value, of: data.dataSet)
    } catch {
      messages.say(.warning, "The threshold stays: \(error.description).")
    }
  }

  /// Closes the innermost open view. At the top level, quits if `mayQuit`.
  private mutating func goBack(mayQuit: Bool) -> [Effect] {
    if overlay != nil {
      overlay = nil
    } else if screen == .classes, classes.goBack() {
      return []
    } else if screen == .outliers, outliers.unfollow() {
      return []
    } else if screen == .outliers, outliers.showsFrequencies {
      outliers.toggleFrequencies()
    } else if screen == .outliers, outliers.isDetailOpen {
      outliers.isDetailOpen = false
    } else if showsSheet {
      outliers.toggleSheet()
    } else if screen == .outliers, outliers.clearFilters() {
      return []
    } else if screen == .distances, distances.plane.isOpen {
      if distances.plane.isZoomed { distances.plane.resetZoom() } else { distances.plane.close() }
    } else if screen == .scores, scores.showsScatter {
      scores.toggleScatter()
    } else if screen == .tuning, tuning.pane != .curves {
      tuning.toggle(tuning.pane)
    } else if screen == .tuning, tuning.mapCursor != nil {
      tuning.placeMapCursor(nil)
    } else if screen == .scores, scores.classFilter != nil {
      scores.setClassFilter(nil, of: data.dataSet)
    } else if screen == .scores, scores.setFilter != nil {
      scores.setSetFilter(nil, of: data.dataSet)
    } else if mayQuit {
      return lifecycle(.quit)
    }
    return []
  }

  private mutating func move(_ motion: Motion) {
    switch screen {
    case .classes: classes.move(motion)
    case .outliers: outliers.move(motion)
    case .distances: distances.moveRow(motion)
    case .compare: compare.move(motion)
    case .data: data.scroll(motion, messageCount: messages.all.count)
    case .tuning: tuning.moveClass(motion)
    case .scores: break
    }
  }

  private mutating func selectRow(_ row: Int) {
    if screen == .classes { classes.select(row: row) }
    if screen == .outliers { outliers.select(row: row) }
    if screen == .compare { compare.select(row: row) }
    if screen == .tuning { tuning.selectClass(row: row) }
  }

  private mutating func jumpToClass() {
    switch screen {
    case .distances:
      classes.show(distances.row)
    case .outliers:
      guard let row = outliers.shown else { return }
      classes.show(row.nearestClass)
    case .tuning:
      guard let optima = tuning.classOptima, optima.rows.indices.contains(tuning.classRow) else { return }
      classes.show(optima.rows[tuning.classRow].index)
    default: return
    }
    screen = .classes
  }

  private mutating func cycleClassFilter(_ offset: Int) {
    func next(after filter: Int?) -> Int? {
      nextClassFilter(after: filter, by: offset, count: classes.outlines.count)
    }
    switch screen {
    case .scores:
      scores.setClassFilter(next(after: scores.classFilter), of: data.dataSet)
    case .outliers:
      outliers.setClassFilter(next(after: outliers.classFilter))
    default: break
    }
  }

  /// Moves to the next row whose name contains the last searched text, wrapping around at the ends.
  mutating func find(forward: Bool) {
    guard !lastSearch.isEmpty else { return }
    if !select(nextNamed: lastSearch, from: forward ? 1 : -1, by: forward ? 1 : -1) {
      messages.say(.info, "No name contains ‘\(lastSearch)’.")
    }
  }

  /// Selects the next row whose name contains a text.
  ///
  /// - Parameter start: The first row to look at, relative to the selected one.
  /// - Returns: Whether there is one.
  mutating func select(nextNamed text: String, from start: Int, by step: Int) -> Bool {
    let count: Int
    let place: Int
    let name: (Int) -> String
    switch screen {
    case .classes:
      let visible = classes.visible
      count = visible.count
      name = { [classes] in classes.name(of: visible[$0]) }
      place = visible.firstIndex(of: classes.selected) ?? 0
    case .outliers:
      count = outliers.rows.count
      name = outliers.name(ofRow:)
      place = outliers.selectedRow
    case .compare:
      let titles = compare.columns.map { $0.title(among: compare.sets) }
      count = titles.count
      name = { titles[$0] }
      place = compare.columns.firstIndex(of: compare.sort.column) ?? 0
    default: return false
    }
    let row = (0..<count).lazy.map { wrapped(place + start + step * $0, count: count) }
      .first { matches(text, name($0)) }
    guard let row else { return false }
    if screen != .compare {
      selectRow(row)
    } else if row != place {
      compare.sort(by: compare.columns[row])
    }
    return true
  }

  /// The text that `y` copies, such as the ids of the marked outliers or the name of the selected class.
  private var copyText: String? {
    switch screen {
    case .outliers: outliers.namesToCopy.isEmpty ? nil : outliers.namesToCopy.joined(separator: "\n")
    case .classes: classes.outlines.isEmpty ? nil : classes.name(of: classes.selected)
    case .distances: "\(classes.name(of: distances.row)) \(classes.name(of: distances.column))"
    case .scores: scores.threshold.map { "\($0)" }
    case .compare: comparedCommandLine
    case .tuning: commandLine(at: setting.current)
    case .data: data.dataSet?.files.map(\.path).joined(separator: "\n")
    }
  }
}
