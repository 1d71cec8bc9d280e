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
    let roundCount = Swift.max(1, (count + size * workers - 1) / (size * workers))
    let share = (count + roundCount * workers - 1) / (roundCount * workers)
    // Whole multiples of what a product takes at a time; fewer rows would make it slow.
    self.init(count: count, size: Swift.max(Swift.min(size, 48), Swift.min(size, (share + 23) / 24 * 24)))
  }

  var startIndex: Int { 0 }
  var endIndex: Int { (rowCount + size - 1) / size }

  subscript(position: Int) -> Range<Int> {
    position * size..<Swift.min(rowCount, (position + 1) * size)
  }
}
