import ArgumentParser
import Foundation

/// `gmmscope-bench ui`.
struct UIBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui",
    abstract:
      "Times the explorer in a pseudo-terminal: first paint, key to paint, bytes per frame, idle time.",
    discussion: """
      A key is answered by the frame that it changes: the time ends with the last byte of that frame. Keys are \
      pressed while nothing runs, for the cifar100-like workload while a fit runs on all cores, and for the \
      many-classes workload while samples are scored and, once more, while the path is computed.
      """)

  enum Workload: String, ExpressibleByArgument, CaseIterable {
    case digits
    case cifar100Like = "cifar100-like"
    case million
    case manyClasses = "many-classes"
  }

  @Argument(help: "Workloads to run (default: all).")
  var workloads: [Workload] = Workload.allCases

  @Option(help: "How often the explorer is started for the first paint.")
  var runs = 5

  @Option(help: "How many keys are pressed.")
  var keys = 200

  @Option(help: "The directory of the digits files.")
  var digits = "SampleData/digits"

  @Option(help: "Where generated files are kept (default: gmmscope-bench in the XDG cache directory).")
  var cache: String?

  @Option(help: "The gmmscope binary to measure (default: the one beside this program).")
  var gmmscope: String?

  @Option(help: "table for people, json for programs.")
  var format: GmmscopeBench.Format = .table

  func validate() throws {
    if runs < 1 { throw ValidationError("--runs must be at least 1.") }
    if keys < 1 { throw ValidationError("--keys must be at least 1.") }
  }

  func run() async throws {
    let path = gmmscope ?? GmmscopeBench.neighbor ?? "gmmscope"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw GmmscopeBench.fail("\(path) is not there: swift build -c release --product gmmscope builds it")
    }
    let benchmark = UIBenchmark(productPath: path, runCount: runs, keyCount: keys)
    let line = ProgressLine()
    var report = UIReport()
    do {
      for workload in workloads {
        line.show("\(workload.rawValue): files")
        let scenario = try scenario(workload)
        line.show("\(workload.rawValue): keys")
        report.rows += try benchmark.run(scenario)
      }
    } catch {
      line.clear()
      throw GmmscopeBench.fail("\(error)")
    }
    line.clear()
    switch format {
    case .table: print(report.text, terminator: "")
    case .json: try GmmscopeBench.print(report)
    }
    if !report.isResponsive { throw ExitCode(1) }
  }

  private func scenario(_ workload: Workload) throws -> UIBenchmark.Scenario {
    let files = WorkloadFiles(
      digitsDirectory: digits, glyphsDirectory: nil,
      cacheDirectory: cache ?? WorkloadFiles.defaultCacheDirectory, imagenetClassCount: 2)
    func generated(_ size: SyntheticSize) throws -> [String] {
      let (train, test) = try files.paths(of: size)
      return [train, test]
    }
    let (paths, moments): ([String], [UIBenchmark.Moment]) =
      switch workload {
      case .digits: ([digits + "/train.npz", digits + "/test.npz"], [.idle])
      case .cifar100Like: (try generated(.cifar100Like), [.computing])
      case .million: (try generated(.million), [.idle])
      // The path over so many classes takes longer than anyone waits.
      case .manyClasses: (try generated(.manyClasses), [.scoring, .computing])
      }
    return UIBenchmark.Scenario(name: workload.rawValue, files: paths, moments: moments)
  }
}
