import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The pictures of the listed samples, as many as fit, each above its label and score. Like the table, it scrolls by
/// pages, so that a clicked picture stays under the pointer.
struct ContactSheetView {
  /// The size of the pictures in cells.
  let picture: Size
  let columns: Int
  let rows: Int
  private let captionHeight: Int
  private let state: ExplorerState
  private let appearance: Appearance

  /// The fewest pictures to show before they are drawn smaller than they are.
  private static let leastCount = 12
  /// The smallest picture that can be told apart.
  private static let smallest = Size(width: 8, height: 4)

  /// - Parameter size: The size of the screen's canvas.
  init(_ state: ExplorerState, size: Size, appearance: Appearance) {
    self.state = state
    self.appearance = appearance
    let images = state.listedImages
    let pixels = Size(width: max(1, images?.width ?? 1), height: max(1, images?.height ?? 1))
    let area = Self.area(of: size)
    func cells(_ scale: Double) -> Size {
      Size(
        width: max(1, Int((Double(pixels.width) * scale).rounded())),
        height: max(1, Int((Double(pixels.height) * scale / 2).rounded(.up))))
    }
    func count(_ picture: Size) -> (columns: Int, rows: Int) {
      (
        max(1, (area.width + 1) / (max(picture.width, Self.smallest.width) + 1)),
        max(1, area.height / (picture.height + Self.captionHeight(picture)))
      )
    }
    // At full size each pixel is half a cell. Smaller pictures have whole pixels per half cell, too, where possible.
    let native = cells(1)
    var chosen = native
    if state.outliers.sheet.isLarge {
      let scale = max(1, min(area.width / native.width, (area.height - 2) / native.height, 4))
      let doubled = min(scale, 2)
      chosen = cells(count(native).columns * count(native).rows < Self.leastCount ? 1 : Double(doubled))
    } else {
      var divisor = 1
      while count(chosen).columns * count(chosen).rows < Self.leastCount || chosen.width > area.width
        || chosen.height + 1 > area.height
      {
        divisor += 1
        let next = cells(1 / Double(divisor))
        guard next.width >= Self.smallest.width, next.height >= Self.smallest.height else { break }
        chosen = next
      }
    }
    picture = Size(width: min(chosen.width, area.width), height: max(1, min(chosen.height, area.height - 1)))
    captionHeight = Self.captionHeight(picture)
    (columns, rows) = count(picture)
  }

  /// Wide pictures have room for a name.
  private static func captionHeight(_ picture: Size) -> Int { picture.width >= 12 ? 2 : 1 }

  /// The part of the screen between its caption and the line about the selected sample.
  private static func area(of size: Size) -> Rect { Rect(size: size).inset(top: 1, bottom: 1) }

  /// The number of pictures on a page.
  var capacity: Int { columns * rows }

  private var firstPlace: Int { state.outliers.selectedRow / max(1, capacity) * max(1, capacity) }

  private var tile: Size {
    Size(width: max(picture.width, Self.smallest.width), height: picture.height + captionHeight)
  }

  func draw(into canvas: inout Canvas) {
    let area = Self.area(of: canvas.size)
    OutlierCaption(state: state, appearance: appearance).draw(
      into: &canvas, rect: Rect(size: canvas.size).split(rows: [.fixed(1), .fill])[0])
    let samples = state.outliers.rows
    for place in (firstPlace..<min(samples.count, firstPlace + capacity)) {
      let offset = place - firstPlace
      let rect = Rect(
        x: area.x + offset % columns * (tile.width + 1), y: area.y + offset / columns * tile.height,
        width: tile.width, height: tile.height)
      draw(samples[place], isSelected: place == state.outliers.selectedRow, into: &canvas, rect: rect)
    }
    drawSelected(
      into: &canvas, rect: Rect(x: 0, y: canvas.size.height - 1, width: canvas.size.width, height: 1))
  }

  private func draw(_ row: OutlierRow, isSelected: Bool, into canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    let place = Rect(origin: rect.origin, size: picture)
    if let picture = state.outliers.sheet.pictures[row.reference] {
      ImageView(picture).draw(into: &canvas, rect: place, appearance: appearance)
    } else {
      canvas.write(
        "\(appearance.glyphs.ellipsis)", at: Point(x: place.x, y: place.y + place.height / 2),
        style: theme.muted,
        maxWidth: place.width, alignment: .center)
    }
    let isMarked = state.outliers.marks[row.reference] != nil
    let cursor = isSelected ? appearance.glyphs.cursor : isMarked ? appearance.glyphs.mark : ""
    var line = Point(x: rect.x, y: rect.y + picture.height)
    let caption = Rect(x: line.x, y: line.y, width: rect.width, height: captionHeight)
    canvas.fill(caption)
    let used = cursor.isEmpty ? 0 : DisplayText.width(cursor)
    canvas.write(cursor, at: line, style: isMarked ? theme.mark : theme.emphasis)
    line.x += used
    if captionHeight > 1 {
      canvas.write(
        row.name, at: line, style: isSelected ? theme.emphasis : theme.muted, maxWidth: rect.width - used,
        ellipsis: appearance.glyphs.ellipsis)
      line = Point(x: rect.x, y: line.y + 1)
    }
    let room = rect.maxX - line.x
    let score = state.scoresAreCurrent ? appearance.numbers.score(row.score) : ""
    let label = classes(of: row)
    let width = label.reduce(0) { $0 + DisplayText.width($1.text) }
    canvas.write(label, at: line, maxWidth: room)
    if width > room {
      canvas.write(appearance.glyphs.ellipsis, at: Point(x: rect.maxX - 1, y: line.y), style: theme.muted)
    }
    // A number is shown in full or not at all.
    if width + 1 + DisplayText.width(score) <= room {
      canvas.write(
        score, at: line, style: theme.muted, maxWidth: room, alignment: .trailing)
    }
    if isSelected { canvas.restyle(caption) { _ in theme.selection } }
  }

  /// The label of a sample, and its nearest class if that is another.
  private func classes(of row: OutlierRow) -> [StyledText] {
    let theme = appearance.theme
    let nearest = StyledText(state.classes.name(of: row.nearestClass))
    guard let label = row.label else { return [nearest] }
    let name = StyledText(
      state.data.name(ofLabel: label), style: label < 0 ? theme.outOfDistribution : theme.inDistribution)
    guard label < 0 || label != state.classes.label(of: row.nearestClass) else { return [name] }
    return [name, StyledText(appearance.glyphs.isUnicode ? "→" : ">", style: theme.muted), nearest]
  }

  /// One line about the selected sample, since captions have little room.
  private func drawSelected(into canvas: inout Canvas, rect: Rect) {
    guard let row = state.outliers.selected else { return }
    let theme = appearance.theme
    var parts = [[StyledText(row.name, style: theme.title)]]
    if let label = row.label {
      parts.append([
        StyledText("label ", style: theme.muted),
        StyledText(
          state.data.name(ofLabel: label), style: label < 0 ? theme.outOfDistribution : theme.inDistribution),
      ])
    }
    parts.append([
      StyledText("nearest ", style: theme.muted), StyledText(state.classes.name(of: row.nearestClass)),
    ])
    if state.scoresAreCurrent {
      let score = StyledText(appearance.numbers.score(row.score), style: theme.emphasis)
      parts += [
        [StyledText("score ", style: theme.muted), score],
        [StyledText("rank \(appearance.numbers.grouped(row.rank))", style: theme.muted)],
      ]
      if let pValue = row.detail?.pValue {
        parts.append([StyledText("p = \(appearance.numbers.pValue(pValue.value))", style: theme.muted)])
      }
    }
    if let tag = state.outliers.marks[row.reference] {
      parts.append([StyledText(tag.isEmpty ? "marked" : tag, style: theme.mark)])
    }
    let separator = StyledText(" \(appearance.glyphs.separator) ", style: theme.muted)
    func line() -> [StyledText] { Array(parts.joined(separator: [separator])) }
    // Whole parts only: a cut number would be another number.
    while parts.count > 1, line().reduce(0, { $0 + DisplayText.width($1.text) }) > rect.width {
      parts.removeLast()
    }
    canvas.write(line(), at: rect.origin, maxWidth: rect.width)
  }

  /// The place in the list of the picture at a position of the screen's canvas; `nil` if there is none.
  func place(at position: Point, size: Size) -> Int? {
    let area = Self.area(of: size)
    guard area.contains(position) else { return nil }
    let column = (position.x - area.x) / (tile.width + 1)
    let row = (position.y - area.y) / tile.height
    guard column < columns, row < rows, (position.x - area.x) % (tile.width + 1) < tile.width else {
      return nil
    }
    let place = firstPlace + row * columns + column
    return state.outliers.rows.indices.contains(place) ? place : nil
  }
}
