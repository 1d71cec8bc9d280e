/// The ranges that cut `count` rows into blocks of at most `size`.
struct RowBlocks: RandomAccessCollection {
  let rowCount: Int
  let size: Int

  init(count: Int, size: Int) {
    rowCount = count
    self.size = Swift.max(1, size)
  }

  /// Equal blocks of at most `size` rows, as many as keep all workers busy to the end.
  init(count: Int, size: Int, workerCount: Int) {
    let workers = Swift.max(1, workerCount)
    let roundCount = RowBlocks(count: count, size: size * workers).count
    // Fewer rows at a time would make matrix products slow.
    let least = Swift.min(size, 32)
    self.init(
      count: count,
      size: Swift.max(least, RowBlocks(count: count, size: Swift.max(1, roundCount * workers)).count))
  }

  var startIndex: Int { 0 }
  var endIndex: Int { (rowCount + size - 1) / size }

  subscript(position: Int) -> Range<Int> {
    position * size..<Swift.min(rowCount, (position + 1) * size)
  }
}
