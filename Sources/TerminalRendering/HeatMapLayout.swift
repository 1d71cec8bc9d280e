/// The layout of a heat map: labels, elements and scale. The elements share the room evenly, so that their sizes differ
/// by at most one cell.
struct HeatMapLayout {
  /// The number of elements per bucket, down and across.
  let rowBucket: Int
  let columnBucket: Int
  let rowBuckets: Int
  let columnBuckets: Int
  /// Whether rows of buckets begin and end in the middle of cells.
  let usesHalves: Bool
  /// The width of the row labels and the height of the column labels.
  let gutter: Int
  let top: Int
  /// The area of the elements.
  let plot: Rect

  /// The size beyond which an element does not grow, in cells.
  private static let largestElement = Size(width: 24, height: 10)

  /// Creates a layout in coordinates from (0, 0). Returns `nil` if there is nothing to draw or no room.
  init?(_ map: HeatMap, size: Size, usesHalves: Bool) {
    guard map.rowCount > 0, map.columnCount > 0 else { return nil }
    let longest = map.rowLabels.prefix(10_000).map(DisplayText.width).max() ?? 0
    let needsMarks = map.cursor != nil
    gutter = size.width < 12 ? 0 : longest > 0 ? min(longest, size.width / 4) + 1 : needsMarks ? 2 : 0
    top = size.height < 6 ? 0 : !map.columnLabels.isEmpty || needsMarks ? 1 : 0
    let scale = map.showsScale && size.height >= 6 ? 1 : 0
    let room = Rect(size: size).inset(left: gutter, top: top, bottom: scale)
    guard !room.isEmpty else { return nil }
    // Use whole cells if they suffice, else half cells, else several elements per cell.
    self.usesHalves = usesHalves && map.rowCount > room.height
    rowBucket = Self.share(map.rowCount, room.height * (self.usesHalves ? 2 : 1))
    columnBucket = Self.share(map.columnCount, room.width)
    rowBuckets = Self.share(map.rowCount, rowBucket)
    columnBuckets = Self.share(map.columnCount, columnBucket)
    plot = Rect(
      x: room.x, y: room.y, width: min(room.width, columnBuckets * Self.largestElement.width),
      height: min(room.height, rowBuckets * Self.largestElement.height))
  }

  /// The cells of a column of buckets, from the left edge of the plot.
  func columns(_ bucket: Int) -> Range<Int> {
    bucket * plot.width / columnBuckets..<(bucket + 1) * plot.width / columnBuckets
  }

  /// The half cells of a row of buckets, from the top of the plot.
  func halfRows(_ bucket: Int) -> Range<Int> {
    usesHalves
      ? bucket * plot.height * 2 / rowBuckets..<(bucket + 1) * plot.height * 2 / rowBuckets
      : bucket * plot.height / rowBuckets * 2..<(bucket + 1) * plot.height / rowBuckets * 2
  }

  /// The bucket in a column of cells of the plot.
  func columnBucket(at column: Int) -> Int { ((column + 1) * columnBuckets - 1) / plot.width }

  /// The bucket in a half row of the plot.
  func rowBucket(at halfRow: Int) -> Int {
    usesHalves
      ? ((halfRow + 1) * rowBuckets - 1) / (plot.height * 2)
      : ((halfRow / 2 + 1) * rowBuckets - 1) / plot.height
  }

  /// Integer division, rounded up.
  private static func share(_ count: Int, _ parts: Int) -> Int {
    count / parts + (count % parts == 0 ? 0 : 1)
  }

  /// The value of each bucket that stands out most, row by row: of the largest magnitude, the largest or the least. NaN if no value is finite. A bucket of more than 8×8 elements is sampled.
  func values(_ map: HeatMap) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(rowBuckets * columnBuckets)
    let (rowStep, columnStep) = (max(1, rowBucket / 8), max(1, columnBucket / 8))
    for row in 0..<rowBuckets {
      let rows = stride(from: row * rowBucket, to: min((row + 1) * rowBucket, map.rowCount), by: rowStep)
      for column in 0..<columnBuckets {
        let columns = stride(
          from: column * columnBucket, to: min((column + 1) * columnBucket, map.columnCount), by: columnStep)
        var most = Double.nan
        for row in rows {
          for column in columns {
            let value = map.value(row, column)
            guard value.isFinite else { continue }
            let isMore =
              switch map.ramp {
              case .sequential: value > most
              case .descending: value < most
              case .diverging: value.magnitude > most.magnitude
              }
            if most.isNaN || isMore { most = value }
          }
        }
        values.append(most)
      }
    }
    return values
  }
}
