import FeatureFiles
import Foundation
import SystemSupport

/// Times the explorer where its user sits: from a start, and from a key, to the bytes of the frame in the terminal.
struct UIBenchmark {
  /// One set of files, and when keys are pressed.
  struct Scenario {
    var name: String
    var files: [String]
    /// Whether keys are pressed while the first fit goes on to spectra and path, on all cores, or when nothing runs.
    var whileComputing: Bool
  }

  var productPath: String
  var runCount: Int
  var keyCount = 200
  var width = 120
  var height = 40

  /// Keys that change what is seen in many cells, so that their frames are told from the gauge's. They end where they
  /// begin: at the end of a table, a key has nothing to change.
  private static let keys = ["j", "j", "2", "3", "j", "k", "1", "k", "j", "5", "1", "k", "k"]

  /// A frame of at least so many bytes answers a key. The gauge of running work sends less.
  static let answerByteCount = 120

  /// How long a key may stay unanswered before it counts as such.
  private static let patience = Duration.seconds(2)

  func run(_ scenario: Scenario) throws -> UIReport.Row {
    var firstPaints: [Double] = []
    for _ in 1..<max(runCount, 1) {
      let terminal = try start(scenario)
      firstPaints.append(try firstPaint(of: terminal))
      try awaitScores(in: terminal)
      try terminal.quit()
    }
    let terminal = try start(scenario)
    firstPaints.append(try firstPaint(of: terminal))
    try awaitScores(in: terminal)
    if !scenario.whileComputing { settle(terminal) }
    var row = pressKeys(in: terminal, name: scenario.name)
    row.firstPaint = Spread(firstPaints)
    if !scenario.whileComputing {
      settle(terminal)
      let idle = Self.watch(terminal, for: .seconds(3))
      row.idleCores = idle.cores
      row.idleByteCount = idle.byteCount
    }
    row.peakBytes = PeakMemory.ofProcess(terminal.process)
    try terminal.quit()
    return row
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
    var byteCount = 0
    while let burst = terminal.burst(within: .seconds(30)) {
      byteCount += burst.byteCount
      // What precedes it, such as switching to the other screen, is short.
      if byteCount >= width * 4 { return (burst.end - terminal.start).seconds }
    }
    throw PseudoTerminal.Failure(description: "no frame came within 30 s")
  }

  /// Waits until the sample table is there, which needs scores; before it is, nothing can move in it.
  private func awaitScores(in terminal: PseudoTerminal) throws {
    terminal.type("3")
    let deadline = ContinuousClock.now + .seconds(600)
    while ContinuousClock.now < deadline {
      guard let burst = terminal.burst(within: .milliseconds(200)) else { continue }
      // The notice in its place is a line of text; a table fills half of the cells at least.
      if burst.byteCount >= width * height / 2 {
        terminal.type("1")
        while terminal.burst(within: .milliseconds(100)) != nil, ContinuousClock.now < deadline {}
        return
      }
    }
    throw PseudoTerminal.Failure(description: "no sample table came within ten minutes")
  }

  /// Waits until nothing is drawn and nothing computed for a second.
  private func settle(_ terminal: PseudoTerminal) {
    var second = Self.watch(terminal, for: .seconds(1))
    while second.byteCount > 0 || second.cores ?? 0 > 0.02 {
      second = Self.watch(terminal, for: .seconds(1))
    }
  }

  private func pressKeys(in terminal: PseudoTerminal, name: String) -> UIReport.Row {
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
      let key = Self.keys[index % Self.keys.count]
      terminal.type(key)
      var answer: PseudoTerminal.Burst?
      while answer == nil, ContinuousClock.now - pressed < Self.patience {
        guard let burst = terminal.burst(within: Self.patience) else { break }
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
