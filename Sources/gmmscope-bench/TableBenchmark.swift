import FeatureFiles
import Foundation
import LinearAlgebra

/// Reading a large table: what it takes, whether every number is the one that was written, and what pandas takes.
@MainActor
struct TableBenchmark {
  /// A generated table: (rowCount, dimension) numbers, labels and ids.
  nonisolated struct Kind: Sendable {
    let name: String
    let rowCount: Int
    let dimension: Int
    /// Numbers as float64, of about 17 digits, instead of float32, of about 8.
    let isDouble: Bool

    static let all = [
      Kind(name: "float32", rowCount: 40_000, dimension: 128, isDouble: false),
      Kind(name: "float64", rowCount: 40_000, dimension: 128, isDouble: true),
    ]

    func values(ofRow row: Int) -> [Double] {
      var generator = SplitMix64(3, UInt64(row))
      return (0..<dimension).map { _ in
        let value = generator.normal()
        return isDouble ? value : Double(Float(value))
      }
    }

    /// As short as can be read back to the same number.
    func line(_ row: Int) -> String {
      let numbers = values(ofRow: row).map { isDouble ? "\($0)" : "\(Float($0))" }
      return (["sample-\(row)", "\(row % 10)"] + numbers).joined(separator: ",") + "\n"
    }
  }

  let directory: String
  let runCount: Int
  /// The interpreter that has pandas; nil to measure only ours.
  let python: String?
  let progress: (String) -> Void

  func run(_ kinds: [Kind] = Kind.all) async throws -> TableReport {
    var report = TableReport()
    for kind in kinds {
      progress("csv, \(kind.name): file")
      let path = try file(kind)
      progress("csv, \(kind.name): reading")
      var seconds: [Double] = []
      var wrongCount = 0
      for turn in 1...runCount {
        let start = ContinuousClock.now
        let file = try FeatureFile.open(path)
        seconds.append((ContinuousClock.now - start).seconds)
        if turn == runCount { wrongCount = try wrongValueCount(in: file, kind) }
      }
      guard let spread = Spread(seconds) else { throw BenchFailure(description: "nothing was read") }
      let byteCount = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      var row = TableReport.Row(
        name: kind.name, byteCount: byteCount, rowCount: kind.rowCount, columnCount: kind.dimension + 2,
        seconds: spread, wrongValueCount: wrongCount)
      if let python, report.peerSkipped == nil {
        progress("csv, \(kind.name): pandas")
        do {
          let outcome = try await Self.pandas(python, path, runCount: runCount)
          report.peer = outcome.version
          row.peerSeconds = Spread(outcome.seconds)
        } catch let failure as PythonScript.Failure {
          report.peerSkipped = failure.description
        }
      }
      report.rows.append(row)
    }
    return report
  }

  private func file(_ kind: Kind) throws -> String {
    let path = "\(directory)/table-1-\(kind.name)-n\(kind.rowCount)-d\(kind.dimension).csv"
    if FileManager.default.fileExists(atPath: path) { return path }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try AtomicFile.write(to: path) { writer in
      let names = (0..<kind.dimension).map { "f\($0)" }
      try writer.write((["id", "label"] + names).joined(separator: ",") + "\n")
      for row in 0..<kind.rowCount { try writer.write(kind.line(row)) }
    }
    return path
  }

  /// How many numbers are not, to the bit, those that were written.
  private func wrongValueCount(in file: FeatureFile, _ kind: Kind) throws -> Int {
    let features = try file.array(named: "features")
    guard features.shape == [kind.rowCount, kind.dimension] else { return kind.rowCount * kind.dimension }
    var count = 0
    for row in 0..<kind.rowCount {
      for (read, written) in zip(try features.doubles(rows: [row]), kind.values(ofRow: row)) {
        let isSame = kind.isDouble ? read == written : Float(read) == Float(written)
        if !isSame { count += 1 }
      }
    }
    return count
  }

  private nonisolated struct Outcome: Codable {
    let version: String
    let seconds: [Double]
    let rows: Int
  }

  private static func pandas(_ python: String, _ path: String, runCount: Int) async throws -> Outcome {
    let script = PythonScript(
      interpreter: python, source: String(decoding: PackageResources.pandas_peer_py, as: UTF8.self),
      name: "pandas", installation: "pip install pandas")
    return try await script.output([path, "\(runCount)"])
  }
}
