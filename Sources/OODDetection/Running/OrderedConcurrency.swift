/// Runs `body` for 0 ..< `count` in at most `threadCount` child tasks and hands the values to `consume` in
/// ascending order, so that sums over them do not depend on timing. At most `ahead` values per thread are under way or
/// wait for their turn. Throws the first error of `body` or `consume`, having cancelled the rest.
func forEachInOrder<Value: Sendable>(
  _ count: Int, threadCount: Int, ahead: Int = 4,
  body: @escaping @Sendable (Int) async throws -> Value,
  consume: (Int, Value) throws -> Void
) async throws {
  let width = max(1, min(threadCount, count))
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var (launched, finished, consumed) = (0, 0, 0)
    var waiting: [Int: Value] = [:]
    while consumed < count {
      while launched < count, launched - finished < width, launched - consumed < ahead * width {
        let index = launched
        group.addTask {
          try Task.checkCancellation()
          return (index, try await body(index))
        }
        launched += 1
      }
      guard let (index, value) = try await group.next() else { break }
      finished += 1
      waiting[index] = value
      while let next = waiting.removeValue(forKey: consumed) {
        try consume(consumed, next)
        consumed += 1
      }
    }
  }
}
