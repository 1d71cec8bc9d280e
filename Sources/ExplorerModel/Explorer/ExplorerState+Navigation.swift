import OODData
import OODDetection

extension ExplorerState {
  mutating func navigation(_ action: Action) -> [Effect] {
    switch action {
    case .show(let screen):
      self.screen = screen
      if screen == .tuning { refreshSettingComparison() }
      return resumeForScreen()
    case .showNextScreen(let offset):
      return navigation(.show(screen.neighbor(by: offset)))
    case .back(let mayQuit):
      return goBack(mayQuit: mayQuit)
    case .enter:
      switch screen {
      case .classes:
        classes.isDetailOpen = !outlines.isEmpty
        classes.isSelectionChosen = true
      case .outliers: outliers.isDetailOpen = selectedOutlier != nil
      case .distances: return navigation(.jumpToClass)
      case .data: return request.isEmpty || data?.files.isEmpty != false ? [] : [start(.listArrays(request))]
      case .scores, .tuning: break
      }
    case .jumpToClass:
      jumpToClass()
    case .move(let motion):
      move(motion)
    case .moveColumn(let offset):
      let count = detector?.classes.count ?? 0
      distances.column = moved(from: distances.column, by: .lines(offset), count: count)
    case .selectRow(let row):
      selectRow(row)
    case .selectPair(let row, let column):
      let last = (detector?.classes.count ?? 1) - 1
      distances = DistancesState(row: clamp(row, 0, last), column: clamp(column, 0, last))
    case .sortByNeighbor(let offset):
      sortByNeighbor(offset)
    case .sortClasses(let column):
      classes.sort = order(of: column)
    case .sortOutliers(let column):
      outliers.sort = order(of: column)
      refreshOutliers()
    case .invertSort:
      switch screen {
      case .classes: classes.sort.isAscending.toggle()
      case .outliers:
        outliers.sort.isAscending.toggle()
        refreshOutliers()
      default: break
      }
    case .findNext(let forward):
      find(forward: forward)
    default:
      break
    }
    return []
  }

  /// Closes the innermost open view. At the top level, quits if `mayQuit`.
  private mutating func goBack(mayQuit: Bool) -> [Effect] {
    if overlay != nil {
      overlay = nil
    } else if screen == .classes && classes.isDetailOpen {
      classes.isDetailOpen = false
    } else if screen == .outliers && outliers.isDetailOpen {
      outliers.isDetailOpen = false
    } else if screen == .classes && !classes.filter.isEmpty {
      classes.filter = ""
    } else if screen == .outliers && !(outliers.filter.isEmpty && outliers.classFilter == nil) {
      outliers.filter = ""
      outliers.classFilter = nil
      refreshOutliers()
    } else if screen == .scores && scoresView.classFilter != nil {
      scoresView.classFilter = nil
      refreshDistributions()
    } else if mayQuit {
      return lifecycle(.quit)
    }
    return []
  }

  private mutating func move(_ motion: Motion) {
    switch screen {
    case .classes:
      let visible = visibleClasses
      guard !visible.isEmpty else { return }
      let place = visible.firstIndex(of: classes.selected) ?? 0
      classes.selected = visible[moved(from: place, by: motion, count: visible.count)]
      classes.isSelectionChosen = true
    case .outliers:
      outliers.selectedRow = moved(from: outliers.selectedRow, by: motion, count: outlierRows.count)
    case .distances:
      let count = detector?.classes.count ?? 0
      distances.row = moved(from: distances.row, by: motion, count: count)
    case .data:
      dataView.scroll = moved(from: dataView.scroll, by: motion, count: dataLineCount)
    case .scores, .tuning:
      break
    }
  }

  /// An upper bound for the lines of the data screen, which limits scrolling.
  private var dataLineCount: Int {
    let files = data?.files.reduce(0) { $0 + $1.arrays.count + $1.labelCounts.count + 4 } ?? 0
    return files + messages.count + 4
  }

  private mutating func selectRow(_ row: Int) {
    switch screen {
    case .classes:
      let visible = visibleClasses
      guard visible.indices.contains(row) else { return }
      classes.selected = visible[row]
      classes.isSelectionChosen = true
    case .outliers:
      if outlierRows.indices.contains(row) { outliers.selectedRow = row }
    default: break
    }
  }

  private mutating func sortByNeighbor(_ offset: Int) {
    switch screen {
    case .classes:
      classes.sort = order(of: neighbor(of: classes.sort.column, by: offset))
    case .outliers:
      outliers.sort = order(of: neighbor(of: outliers.sort.column, by: offset))
      refreshOutliers()
    default: break
    }
  }

  /// The initial sort order of a column: names, distances and health ascending, numbers descending.
  private func order(of column: ClassColumn) -> SortOrder<ClassColumn> {
    SortOrder(column, isAscending: [.name, .nearest, .health].contains(column))
  }

  private func order(of column: OutlierColumn) -> SortOrder<OutlierColumn> {
    SortOrder(column, isAscending: ![.score, .margin].contains(column))
  }

  private mutating func jumpToClass() {
    switch screen {
    case .distances: classes.selected = distances.row
    case .outliers:
      guard let row = selectedOutlier else { return }
      classes.selected = row.nearestClass
    default: return
    }
    classes.filter = ""
    classes.isSelectionChosen = true
    screen = .classes
  }

  /// Moves to the next row whose name contains the last searched text, wrapping around at the ends.
  mutating func find(forward: Bool) {
    guard !lastSearch.isEmpty else { return }
    let names: [String]
    let place: Int
    switch screen {
    case .classes:
      let visible = visibleClasses
      names = visible.map(className)
      place = visible.firstIndex(of: classes.selected) ?? 0
    case .outliers:
      names = outlierRows.map(\.name)
      place = outliers.selectedRow
    default: return
    }
    let steps = names.isEmpty ? [] : Array(1...names.count)
    for step in steps {
      let row = ((place + (forward ? step : -step)) % names.count + names.count) % names.count
      guard matches(lastSearch, names[row]) else { continue }
      selectRow(row)
      return
    }
    say(.info, "No name contains ‘\(lastSearch)’.")
  }
}

func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int { max(low, min(high, value)) }

/// The index of the selection after a motion in a list of `count` rows.
func moved(from place: Int, by motion: Motion, count: Int) -> Int {
  guard count > 0 else { return 0 }
  switch motion {
  case .lines(let offset), .page(let offset): return clamp(place + offset, 0, count - 1)
  case .toStart: return 0
  case .toEnd: return count - 1
  }
}

private func neighbor<Column: CaseIterable & Equatable>(of column: Column, by offset: Int) -> Column {
  let all = Array(Column.allCases)
  let place = (all.firstIndex(of: column) ?? 0) + offset
  return all[((place % all.count) + all.count) % all.count]
}
