import SystemSupport
import TerminalRendering

/// What reading tables took.
struct TableReport: Codable, Sendable {
  struct Row: Codable, Sendable {
    let name: String
    let byteCount: Int
    let rowCount: Int
    let columnCount: Int
    let seconds: Spread
    /// Numbers that are not the ones that were written, to the bit.
    let wrongValueCount: Int
    var peerSeconds: Spread?

    /// How many times faster than pandas.
    var ratio: Double? { peerSeconds.map { $0.median / seconds.median } }
    func megabytesPerSecond(_ seconds: Spread) -> Double { Double(byteCount) / 1e6 / seconds.median }
  }

  var rows: [Row] = []
  /// The version of pandas.
  var peer: String?
  /// Why it was not measured.
  var peerSkipped: String?

  var isExact: Bool { rows.allSatisfy { $0.wrongValueCount == 0 } }

  var text: String {
    let numbers = NumberFormat()
    func cells(_ row: Row, _ seconds: Spread?) -> [String] {
      guard let seconds else { return ["", ""] }
      return [
        WorkloadReport.duration(seconds.median),
        numbers.significant(row.megabytesPerSecond(seconds)) + " MB/s",
      ]
    }
    let header = [
      "csv of", "size", "cells", "gmmscope", "", peer.map { "pandas \($0)" } ?? "pandas", "", "ratio",
    ]
    let lines = rows.map { row in
      [row.name, row.byteCount.byteCountText, numbers.grouped(row.rowCount * row.columnCount)]
        + cells(row, row.seconds) + cells(row, row.peerSeconds)
        + [row.ratio.map { numbers.significant($0) + "×" } ?? ""]
    }
    var text = "\n" + alignedTable([header] + lines)
    if let peerSkipped { text += "pandas: skipped, \(peerSkipped)\n" }
    for row in rows where row.wrongValueCount > 0 {
      text +=
        "BROKEN PROMISE: \(row.wrongValueCount) numbers of \(row.name) are not those that were written\n"
    }
    return text
  }
}
