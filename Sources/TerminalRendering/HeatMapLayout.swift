/// The layout of a heat map: labels, elements and scale.
struct HeatMapLayout {
  /// The size of one element, or of one bucket of elements: in cells across and half cells down.
  let cellWidth: Int
  let halfRows: Int
  /// The number of elements per bucket in each direction.
  let bucket: Int
  let rowBuckets: Int
  let columnBuckets: Int
  /// The width of the row labels and the height of the column labels.
  let gutter: Int
  let top: Int
  /// The area of the elements.
  let plot: Rect

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
    // Use the largest square elements of whole cells that fit, else half cells, else several elements per
    // cell.
    let square = [6, 4, 2].first {
      $0 * map.columnCount <= room.width && $0 / 2 * map.rowCount <= room.height
    }
    if let square {
      (cellWidth, halfRows, bucket) = (square, square, 1)
    } else if usesHalves {
      (cellWidth, halfRows) = (1, 1)
      bucket = max(1, Self.share(map.columnCount, room.width), Self.share(map.rowCount, room.height * 2))
    } else {
      (cellWidth, halfRows) = (1, 2)
      bucket = max(1, Self.share(map.columnCount, room.width), Self.share(map.rowCount, room.height))
    }
    rowBuckets = Self.share(map.rowCount, bucket)
    columnBuckets = Self.share(map.columnCount, bucket)
    plot = Rect(
      x: room.x, y: room.y, width: min(room.width, columnBuckets * cellWidth),
      height: min(room.height, (rowBuckets * halfRows + 1) / 2))
  }

  /// Integer division, rounded up.
  private static func share(_ count: Int, _ parts: Int) -> Int {
    count / parts + (count % parts == 0 ? 0 : 1)
  }

  /// The bucket in a half row of the plot.
  func rowBucket(halfRow: Int) -> Int? {
    let row = halfRow / halfRows
    return row < rowBuckets ? row : nil
  }

  /// The value of the largest magnitude in each bucket, or the largest value for a sequential map, row by
  /// row. NaN if no value is finite. A bucket of more than 8×8 elements is sampled.
  func values(_ map: HeatMap) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(rowBuckets * columnBuckets)
    let step = max(1, bucket / 8)
    for row in 0..<rowBuckets {
      let rows = stride(from: row * bucket, to: min((row + 1) * bucket, map.rowCount), by: step)
      for column in 0..<columnBuckets {
        let columns = stride(from: column * bucket, to: min((column + 1) * bucket, map.columnCount), by: step)
        var most = Double.nan
        for row in rows {
          for column in columns {
            let value = map.value(row, column)
            guard value.isFinite else { continue }
            let isMore = map.ramp == .diverging ? value.magnitude > most.magnitude : value > most
            if most.isNaN || isMore { most = value }
          }
        }
        values.append(most)
      }
    }
    return values
  }
}
