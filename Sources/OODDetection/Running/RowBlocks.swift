/// The ranges that cut `count` rows into blocks of at most `size`.
struct RowBlocks: RandomAccessCollection {
  let rowCount: Int
  let size: Int

  init(count: Int, size: Int) {
    rowCount = count
    self.size = Swift.max(1, size)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { (rowCount + size - 1) / size }

  subscript(position: Int) -> Range<Int> {
    position * size..<Swift.min(rowCount, (position + 1) * size)
  }
}
