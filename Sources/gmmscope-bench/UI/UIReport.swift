import SystemSupport
import TerminalRendering

/// How fast the explorer answers in a terminal.
struct UIReport: Codable, Sendable {
  struct Row: Codable, Sendable {
    let name: String
    /// Seconds from the start of the process to its first whole frame.
    var firstPaint: Spread?
    /// Seconds from a key to the last byte of the frame that answers it.
    var keyToPaint: Spread?
    /// The same at the 95th percentile.
    var slowKeyToPaint: Double?
    /// Bytes of such a frame.
    var frameBytes: Spread?
    /// Bytes of the frames that no key asked for: the gauge of running work.
    var unpromptedBytes: Spread?
    /// The key of the slowest answer.
    var slowestKey: String?
    var unansweredKeys: [String] = []
    /// Processor time over time while keys were pressed: as many as there are cores where a fit runs on all.
    var busyCores: Double?
    /// The same where nobody touches anything, and the bytes then.
    var idleCores: Double?
    var idleByteCount: Int?
    var peakBytes: Int?

    init(name: String) { self.name = name }
  }

  var rows: [Row] = []

  /// Whether every key was answered and nothing is done while nothing is asked.
  var isResponsive: Bool {
    rows.allSatisfy { $0.unansweredKeys.isEmpty && ($0.idleByteCount ?? 0) == 0 }
  }

  var text: String {
    let numbers = NumberFormat()
    func time(_ seconds: Double?) -> String { seconds.map(WorkloadReport.duration) ?? "" }
    func cores(_ value: Double?) -> String { value.map { numbers.fixed($0, places: 2) } ?? "" }
    let header = [
      "explorer", "first paint", "key to paint", "95 %", "slowest", "bytes a frame", "cores busy", "idle",
      "memory",
    ]
    let lines = rows.map { row in
      [
        row.name, time(row.firstPaint?.median), time(row.keyToPaint?.median), time(row.slowKeyToPaint),
        [time(row.keyToPaint?.maximum), row.slowestKey.map { "(\($0))" }].compactMap { $0 }.joined(
          separator: " "), row.frameBytes.map { numbers.grouped(Int($0.median)) } ?? "",
        cores(row.busyCores), cores(row.idleCores), row.peakBytes?.byteCountText ?? "",
      ]
    }
    var text = "\n" + alignedTable([header] + lines)
    for row in rows where !row.unansweredKeys.isEmpty {
      text += "BROKEN PROMISE: \(row.name): no answer to \(row.unansweredKeys.joined(separator: " "))\n"
    }
    for row in rows where (row.idleByteCount ?? 0) > 0 {
      text +=
        "BROKEN PROMISE: \(row.name): \(row.idleByteCount ?? 0) bytes were drawn while nothing happened\n"
    }
    return text
  }
}
