import FeatureFiles
import Testing

/// Errors of files that are too large for a fixture; see `MalformedFileTests` for other malformed tables.
struct TableErrorTests {
  @Test func tooManyColumns() throws {
    let error = try errorOpening("x.csv", String(repeating: ",", count: 1_100_000).utf8)
    guard case .impossibleSize(_, "line 1", "more than 1048576 columns") = error else { throw error }
  }
}
