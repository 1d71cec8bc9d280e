import FeatureFiles
import Foundation
import SystemSupport

/// Times the explorer where its user sits: from a start, and from a key, to the bytes of the frame in the terminal.
struct UIBenchmark {
  /// One set of files, and when keys are pressed.
  struct Scenario {
    var name: String
    var files: [String]
    /// In their order; each is a row of the report.
    var moments: [Moment]
  }

  /// What runs while keys are pressed.
  enum Moment: String {
    /// The samples are being scored on all cores; the class table is there.
    case scoring
    /// Scores are there; spectra and path are being computed on all cores.
    case computing
    /// Nothing runs.
    case idle

    /// Keys that change what is seen in many cells, so that their frames are told from the gauge's. They end where
    /// they begin: at the end of a table, a key has nothing to change. Before there are scores, nothing can move in
    /// the sample table.
    var keys: [String] {
      switch self {
      case .scoring: ["j", "j", "2", "1", "k", "j", "5", "1", "k", "k"]
      case .computing, .idle: ["j", "j", "2", "3", "j", "k", "1", "k", "j", "5", "1", "k", "k"]
      }
    }
  }

  var productPath: String
  var runCount: Int
  var keyCount = 200
  var width = 120
  var height = 40

  /// A frame of at least so many bytes answers a key. The gauge of running work sends less.
  static let answerByteCount = 120

  /// How long a key may stay unanswered before it counts as such.
  private static let patience = Duration.seconds(2)

  /// How long output may pause inside a frame. The system writes a frame in pieces, and where all cores are busy, the
  /// explorer may have to wait for a core between two of them. Longer than 3 ms, so that no frame is cut.
  private static let pauseInFrame = Duration.milliseconds(10)

  func run(_ scenario: Scenario) throws -> [UIReport.Row] {
    var firstPaints: [Double] = []
    for _ in 1..<max(runCount, 1) {
      let terminal = try start(scenario)
      firstPaints.append(try firstPaint(of: terminal))
      try terminal.quit()
    }
    let terminal = try start(scenario)
    firstPaints.append(try firstPaint(of: terminal))
    var rows: [UIReport.Row] = []
    for moment in scenario.moments {
      try wait(for: moment, in: terminal)
      let name = scenario.moments.count == 1 ? scenario.name : "\(scenario.name), \(moment.rawValue)"
      var row = pressKeys(moment.keys, in: terminal, name: name)
      if moment == .idle {
        settle(terminal)
        let idle = Self.watch(terminal, for: .seconds(3))
        row.idleCores = idle.cores
        row.idleByteCount = idle.byteCount
      }
      row.peakBytes = PeakMemory.ofProcess(terminal.process)
      rows.append(row)
    }
    rows[0].firstPaint = Spread(firstPaints)
    try terminal.quit()
    return rows
  }

  private func start(_ scenario: Scenario) throws -> PseudoTerminal {
    let environment = [
      "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": "", "LINES": "", "COLUMNS": "",
    ]
    return try PseudoTerminal(
      productPath, scenario.files + ["--no-session"], environment: environment, width: width, height: height)
  }

  /// Seconds until the first whole frame is there, start-up of the process included.
  private func firstPaint(of terminal: PseudoTerminal) throws -> Double {
    var (byteCount, text) = (0, "")
    while let burst = terminal.burst(within: .seconds(30)) {
      byteCount += burst.byteCount
      // What precedes it, such as switching to the other screen, is short.
      if byteCount >= width * 4 { return (burst.end - terminal.start).seconds }
      text += burst.text
    }
    throw PseudoTerminal.Failure(
      description: terminal.hasOutputEnded
        ? "it ended before its first frame: \(text.trimmingCharacters(in: .whitespacesAndNewlines))"
        : "no frame came within 30 s")
  }

  private func wait(for moment: Moment, in terminal: PseudoTerminal) throws {
    switch moment {
    case .scoring: try awaitTable(on: "1", from: "2", in: terminal)
    case .computing: try awaitTable(on: "3", from: "1", in: terminal)
    case .idle:
      try awaitTable(on: "3", from: "1", in: terminal)
      settle(terminal)
    }
    terminal.type("1")
    while terminal.burst(within: .milliseconds(100)) != nil {}
  }

  /// Waits until a screen has its table, by going to it from another one. Before it has, nothing can move in it.
  private func awaitTable(on screen: String, from other: String, in terminal: PseudoTerminal) throws {
    let deadline = ContinuousClock.now + .seconds(600)
    while ContinuousClock.now < deadline {
      terminal.type(other)
      while terminal.burst(within: .milliseconds(50)) != nil, ContinuousClock.now < deadline {}
      terminal.type(screen)
      // The notice in its place is a line of text; a table fills half of the cells at least.
      while let burst = terminal.burst(within: .milliseconds(200), pause: Self.pauseInFrame) {
        if burst.byteCount >= width * height / 2 { return }
      }
    }
    throw PseudoTerminal.Failure(description: "no table came within ten minutes")
  }

  /// Waits until nothing is drawn and nothing computed for a second.
  private func settle(_ terminal: PseudoTerminal) {
    var second = Self.watch(terminal, for: .seconds(1))
    while second.byteCount > 0 || second.cores ?? 0 > 0.02 {
      second = Self.watch(terminal, for: .seconds(1))
    }
  }

  private func pressKeys(_ keys: [String], in terminal: PseudoTerminal, name: String) -> UIReport.Row {
    var (answers, frameBytes, unprompted): ([Double], [Double], [Double]) = ([], [], [])
    var unanswered: [String] = []
    var slowest: (key: String, seconds: Double)?
    let (began, processorSeconds) = (ContinuousClock.now, terminal.processorSeconds)
    for index in 0..<keyCount {
      // People take time between keys; what comes in it nobody asked for.
      let next = ContinuousClock.now + .milliseconds(40 + index * 7 % 23)
      while ContinuousClock.now < next {
        if let burst = terminal.burst(within: next - .now) { unprompted.append(Double(burst.byteCount)) }
      }
      let pressed = ContinuousClock.now
      let key = keys[index % keys.count]
      terminal.type(key)
      var answer: PseudoTerminal.Burst?
      while answer == nil, ContinuousClock.now - pressed < Self.patience {
        guard let burst = terminal.burst(within: Self.patience, pause: Self.pauseInFrame) else { break }
        if burst.byteCount >= Self.answerByteCount {
          answer = burst
        } else {
          unprompted.append(Double(burst.byteCount))
        }
      }
      if let answer {
        let seconds = (answer.end - pressed).seconds
        answers.append(seconds)
        if seconds > slowest?.seconds ?? 0 { slowest = (key, seconds) }
        frameBytes.append(Double(answer.byteCount))
      } else {
        unanswered.append(key)
      }
    }
    let seconds = (ContinuousClock.now - began).seconds
    var row = UIReport.Row(name: name)
    row.keyToPaint = Spread(answers)
    row.slowKeyToPaint = Self.quantile(0.95, of: answers)
    row.frameBytes = Spread(frameBytes)
    row.unpromptedBytes = Spread(unprompted)
    row.unansweredKeys = unanswered
    row.slowestKey = slowest?.key
    if let before = processorSeconds, let after = terminal.processorSeconds {
      row.busyCores = (after - before) / seconds
    }
    return row
  }

  private static func watch(_ terminal: PseudoTerminal, for duration: Duration) -> (
    cores: Double?, byteCount: Int
  ) {
    let (end, before) = (ContinuousClock.now + duration, terminal.processorSeconds)
    var byteCount = 0
    while ContinuousClock.now < end {
      byteCount += terminal.burst(within: end - .now)?.byteCount ?? 0
    }
    guard let before, let after = terminal.processorSeconds else { return (nil, byteCount) }
    return ((after - before) / duration.seconds, byteCount)
  }

  /// The smallest value that a share `share` of all is at most (nearest rank); nil of none.
  static func quantile(_ share: Double, of values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
  }
}
