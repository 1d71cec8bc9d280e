public import ArgumentParser
import ExplorerModel
import Foundation
public import OODDetection

extension WorkloadName: ExpressibleByArgument {}

extension MemoryBudget: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

@main
struct GmmscopeBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gmmscope-bench", abstract: "Measures gmmscope and checks its numbers in the same run.",
    subcommands: [DetectorBench.self, UIBench.self], defaultSubcommand: DetectorBench.self)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json
  }

  /// The `gmmscope` that was built beside this program.
  static var neighbor: String? {
    Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("gmmscope").path
  }

  static func print(_ report: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    Swift.print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  static func fail(_ text: String) -> ExitCode {
    FileHandle.standardError.write(Data("gmmscope-bench: \(text)\n".utf8))
    return ExitCode(1)
  }
}

/// `gmmscope-bench [detector]`.
struct DetectorBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detector",
    abstract: "Times the detector on fixed workloads and checks its numbers in the same run (the default).",
    discussion: """
      GFLOP/s are those of the direct method: covariances and Cholesky factorizations for a fit, a triangular solve \
      for each sample and class for scores. Work that is avoided raises the rate, work beyond it lowers it. \
      What is counted is what the library says it did.

      --compare needs Python with pytorch-ood:
        pip install torch numpy scipy
        pip install --no-deps pytorch-ood==0.4.0
      and for the csv workload, which is left out of the comparison without it:
        pip install pandas
      """)

  @Argument(help: "Workloads to run (default: all).")
  var workloads: [WorkloadName] = WorkloadName.allCases

  @Option(help: "How often each is run.")
  var runs = 3

  @Option(help: ArgumentHelp("λ of fits and scores.", valueName: "λ"))
  var reg = 1e-6

  @Option(help: "How many threads compute (default: one per core).")
  var threads: Int?

  @Option(help: "How many classes the imagenet-like workload has.")
  var classes = 20

  @Option(help: "The directory of the digits files.")
  var digits = "SampleData/digits"

  @Option(help: "A directory with train.npz and test.npz for the glyphs workload.")
  var glyphs: String?

  @Option(help: "Where generated files are kept (default: gmmscope-bench in the XDG cache directory).")
  var cache: String?

  @Flag(help: "Leave out the λ path and the λ steps.")
  var withoutPath = false

  @Flag(help: "Fit for one λ and score only, and run gmmscope score as a process: for large workloads.")
  var oneLambda = false

  @Flag(
    help:
      "Measure settings of the detector family instead, with --compare beside NumPy and pytorch-ood's Mahalanobis and RMD."
  )
  var settings = false

  @Option(help: ArgumentHelp("What --one-lambda may take, such as 4GiB.", valueName: "size"))
  var memory: MemoryBudget?

  @Flag(help: "Run the same workload with pytorch-ood in turn.")
  var compare = false

  @Option(help: "The Python interpreter that has pytorch-ood.")
  var python = "python3"

  @Option(help: "How many samples pytorch-ood scores at a time.")
  var peerBatch = 256

  @Option(help: "The gmmscope binary to compare (default: the one beside this program).")
  var gmmscope: String?

  @Option(help: "table for people, json for programs.")
  var format: GmmscopeBench.Format = .table

  func validate() throws {
    if runs < 1 { throw ValidationError("--runs must be at least 1.") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    if classes < 2 { throw ValidationError("--classes must be at least 2.") }
    if peerBatch < 1 { throw ValidationError("--peer-batch must be at least 1.") }
    if !(reg > 0 && reg.isFinite) { throw ValidationError("--reg must be above 0.") }
  }

  @MainActor func run() async throws {
    do {
      try await measure()
    } catch let exit as ExitCode {
      throw exit
    } catch {
      throw fail("\(error)")
    }
  }

  @MainActor private func measure() async throws {
    Engine.prepareProcess()
    let options = try benchmarkOptions()
    var peer: Peer?
    if compare || oneLambda || settings, workloads.contains(where: \.fitsDetector) {
      guard FileManager.default.isExecutableFile(atPath: options.productPath) else {
        throw fail("\(options.productPath) is not there: swift build -c release --product gmmscope builds it")
      }
      if compare {
        peer = Peer(python: python, threadCount: options.threadCount, batchSize: peerBatch)
      }
    }
    let engine = EngineReport(
      linearAlgebra: Engine.description, threadCount: options.threadCount,
      environment: ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS_") },
      matrixProduct: await MachineSpeed.measured(threadCount: options.threadCount),
      peer: try await peer?.versions())
    var report = BenchReport(engine: engine)
    show(engine.text)
    #if DEBUG
      show("This is a debug build: its times mean nothing.\n")
    #endif
    let files = WorkloadFiles(
      digitsDirectory: digits, glyphsDirectory: glyphs,
      cacheDirectory: cache ?? WorkloadFiles.defaultCacheDirectory, imagenetClassCount: classes)
    if workloads.contains(.csv) {
      let tables = try await runTables()
      report.tables = tables
      show(tables.text)
    }
    for name in workloads where name.fitsDetector {
      let workload = try await run(name, files, options, peer)
      report.workloads.append(workload)
      show(workload.text(engine.matrixProduct))
    }
    if format == .json {
      try GmmscopeBench.print(report)
    }
    if !report.isAccurate { throw fail("numbers are further from the reference than is promised") }
  }

  @MainActor private func run(
    _ name: WorkloadName, _ files: WorkloadFiles, _ options: BenchmarkOptions, _ peer: Peer?
  ) async throws -> WorkloadReport {
    var options = options
    if !name.includesSpectra { options.includesSpectra = false }
    let line = ProgressLine()
    defer { line.clear() }
    line.show("\(name.rawValue): files")
    do {
      var benchmark = Benchmark(try files.prepare(name), options: options) {
        line.show("\(name.rawValue): \($0)")
      }
      return try await benchmark.run(peer: peer)
    } catch let missing as WorkloadFiles.Missing {
      return WorkloadReport(name, regularization: reg, skipped: missing.description)
    }
  }

  @MainActor private func runTables() async throws -> TableReport {
    let line = ProgressLine()
    defer { line.clear() }
    let benchmark = TableBenchmark(
      directory: cache ?? WorkloadFiles.defaultCacheDirectory, runCount: runs,
      python: compare ? python : nil
    ) { line.show($0) }
    return try await benchmark.run()
  }

  private func benchmarkOptions() throws -> BenchmarkOptions {
    var options = BenchmarkOptions()
    options.runCount = runs
    if let threads { options.threadCount = threads }
    options.regularization = try Regularization(reg)
    options.includesExplorer = !withoutPath
    options.includesSpectra = !oneLambda
    options.includesProcess = oneLambda
    options.comparesSettings = settings
    options.memory = memory
    options.productPath = gmmscope ?? GmmscopeBench.neighbor ?? options.productPath
    return options
  }

  /// Prints what is for people, as soon as it is known.
  private func show(_ text: String) {
    guard format == .table else { return }
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  private func fail(_ text: String) -> ExitCode { GmmscopeBench.fail(text) }
}

/// What is running, on a standard error that is a terminal.
struct ProgressLine {
  private let isShown = isatty(STDERR_FILENO) == 1

  func show(_ text: String) { write("\r\u{1B}[K\(text)") }

  func clear() { write("\r\u{1B}[K") }

  private func write(_ text: String) {
    if isShown { FileHandle.standardError.write(Data(text.utf8)) }
  }
}
