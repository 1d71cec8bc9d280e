import Foundation
import Synchronization

/// Runs another program to its end.
enum ChildProcess {
  struct Outcome: Sendable {
    let status: Int32
    let output: Data
    let errors: String
    /// From start to end, start-up included.
    let seconds: Double
    /// The most memory it held, looked at every few milliseconds; nil where the system does not say.
    let peakBytes: Int?
  }

  /// - Parameter program: a path, or a name to be found on PATH.
  /// - Throws: what starting it threw.
  static func run(
    _ program: String, _ arguments: [String], adding environment: [String: String] = [:]
  ) async throws -> Outcome {
    let process = Process()
    if program.contains("/") {
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
    } else {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [program] + arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice

    let ending = Ending()
    process.terminationHandler = { _ in ending.note() }
    let start = ContinuousClock.now
    try process.run()
    var peakBytes: Int?
    while ending.instant == nil {
      // A count that only grows, so the last look is the one that matters.
      peakBytes = PeakMemory.ofProcess(process.processIdentifier) ?? peakBytes
      try await Task.sleep(for: .milliseconds(3))
    }
    return Outcome(
      status: process.terminationStatus, output: output.fileHandleForReading.readDataToEndOfFile(),
      errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
      seconds: ((ending.instant ?? .now) - start).seconds, peakBytes: peakBytes)
  }

  private final class Ending: Sendable {
    private let noted = Mutex<ContinuousClock.Instant?>(nil)

    var instant: ContinuousClock.Instant? { noted.withLock { $0 } }

    func note() { noted.withLock { $0 = .now } }
  }
}
