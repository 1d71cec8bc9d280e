import Foundation
import Testing

@testable import gmmscope_bench

@Suite("Tables") @MainActor
struct TableBenchmarkTests {
  @Test("reading a table is timed, checked number by number, and a missing pandas is said to be missing")
  func wholeRun() async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let kinds = [
      TableBenchmark.Kind(name: "small", rowCount: 50, dimension: 4, isDouble: false),
      TableBenchmark.Kind(name: "exact", rowCount: 50, dimension: 4, isDouble: true),
    ]
    let benchmark = TableBenchmark(directory: directory, runCount: 2, python: "no-such-python") { _ in }
    let report = try await benchmark.run(kinds)
    #expect(report.rows.map(\.name) == ["small", "exact"])
    #expect(report.rows.allSatisfy { $0.seconds.runCount == 2 && $0.byteCount > 1000 && $0.ratio == nil })
    #expect(report.isExact)
    #expect(report.peerSkipped?.contains("pip install pandas") == true)
    #expect(report.text.contains("pandas: skipped, "))
    let alone = try await TableBenchmark(directory: directory, runCount: 1, python: nil) { _ in }.run(kinds)
    #expect(alone.peerSkipped == nil && alone.peer == nil)
  }
}
