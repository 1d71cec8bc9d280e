import ArgumentParser
import CProcessStart
import Foundation
import MessagePassing
import OODData
import OODDetection
import Synchronization

/// Runs the steps of a command on the pipeline, with progress and remarks on standard error.
final class CommandRun {
  let pipeline: DetectorPipeline
  private let setting: SettingOptions?
  private let isQuiet: Bool
  private let progress: ProgressLine?
  /// The number of steps so far: a rank may be in a later one than another.
  private var stepCount = 0

  /// - Throws: exit status 1 after one line if the address space is too small to compute in.
  convenience init(_ setting: SettingOptions) throws { try self.init(setting.resources, setting) }

  /// For a command without a setting.
  ///
  /// - Throws: likewise.
  convenience init(_ resources: ResourceOptions) throws { try self.init(resources, nil) }

  private init(_ resources: ResourceOptions, _ setting: SettingOptions?) throws {
    self.setting = setting
    isQuiet = resources.quiet
    var pipeline = try resources.pipeline()
    pipeline.ranks = RankProcess.ranks
    self.pipeline = pipeline
    progress = resources.quiet ? nil : ProgressLine.standard
    // Output files are renamed into place when complete, so a signal leaves nothing half-written.
    process_end_at_signals(progress?.isErasable ?? false)
  }

  isolated deinit { progress?.clear() }

  /// Runs one step of the pipeline off the main actor, which shows its progress meanwhile.
  func step<Result: Sendable>(
    _ title: String,
    _ body: @concurrent @escaping (DetectorPipeline, @escaping ProgressHandler) async throws -> Result
  ) async throws -> Result {
    stepCount += 1
    if let job = RankProcess.job { return try await sharedStep(title, job, body) }
    let limited = ProgressLimiter { [progress] report in
      Task { @MainActor in progress?.show(title, report) }
    }
    do {
      return try await body(pipeline, limited.handler)
    } catch {
      progress?.clear()
      throw error
    }
  }

  /// The same for one of several ranks: rank 0 shows the progress of all of them.
  private func sharedStep<Result: Sendable>(
    _ title: String, _ job: any RankJob,
    _ body: @concurrent @escaping (DetectorPipeline, @escaping ProgressHandler) async throws -> Result
  ) async throws -> Result {
    guard !isQuiet else { return try await body(pipeline) { _ in } }
    let own = LatestProgress()
    let step = stepCount
    let teller = Task { [progress] in
      while !Task.isCancelled {
        if let all = job.sharing(own.value, ofStep: step) { progress?.show(title, all) }
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
    defer { teller.cancel() }
    let result = try await body(pipeline) { own.value = $0 }
    _ = job.sharing(own.value, ofStep: step)
    progress?.finish(title)
    return result
  }

  func show(_ title: String, _ report: WorkProgress) { progress?.show(title, report) }

  /// Opens the files of a request and checks their features.
  func open(_ request: DataRequest) async throws -> OpenedData {
    if RankProcess.job != nil, request.inputPaths.contains(where: { $0 == "-" || $0 == "/dev/stdin" }) {
      throw fail("standard input reaches rank 0 only; name files that every rank can read")
    }
    return try await step("loading") { try await $0.open(request, progress: $1) }
  }

  /// The detector at the setting of the options: that of the model, or one fitted for this setting alone.
  func detector(for opened: OpenedData) async throws -> DetectorAtSetting {
    let choice = choice
    return try await step("fitting") { try await $0.detector(for: opened, at: choice, progress: $1) }
  }

  /// Scores the samples that the command names.
  func scores(of opened: OpenedData, by detector: DetectorAtSetting) async throws -> ScoredData {
    try await step("scoring") { try await $0.scores(of: opened.data, [.test], by: detector, progress: $1) }
  }

  /// The detector with spectra: that of the model, or a fitted one.
  func fitted(_ opened: OpenedData, pathCount: Int = 0) async throws -> SpectralDetector {
    let fit = setting(for: opened).fit
    return try await step("fitting") {
      try await $0.spectral(opened, setting: fit, pathCount: pathCount, progress: $1)
    }
  }

  private var choice: SettingChoice { setting?.choice ?? SettingChoice() }

  /// The setting of the options; the model, else the defaults provide what they do not name.
  func setting(for opened: OpenedData) -> DetectorSetting {
    choice.resolved(with: opened.model?.setting ?? .standard)
  }

  /// Writes the remarks on the data and on λ to standard error.
  ///
  /// - Parameters:
  ///   - detector: The detector to check; nil for a path, which has many λ.
  ///   - scores: Whether the command prints scores, to which an unsuitable λ matters.
  func remark(on data: DataSet, _ detector: DetectorAtSetting? = nil, scores: Bool = false) {
    progress?.clear()
    guard !isQuiet else { return }
    for remark in data.remarks { StandardError.writeLine("gmmscope: \(remark.statement.line(\.options))") }
    guard let detector else { return }
    let check = RegularizationCheck(detector, of: data)
    if scores, setting?.setsRidge == false, let caution = check.caution {
      let proposal =
        detector.setting.fit.ridgeRule == .absolute ? "a λ, and set it with --reg" : "another setting"
      StandardError.writeLine("gmmscope: \(caution); let gmmscope tune propose \(proposal)")
    }
    if let remark = check.precisionRemark { StandardError.writeLine("gmmscope: \(remark)") }
  }
}

/// The last progress that a step has reported.
private nonisolated final class LatestProgress: Sendable {
  private let state = Mutex(WorkProgress(completed: 0, planned: 1))

  var value: WorkProgress {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

/// Ends the process at once, without cleanup: abandoned work may still run inside a library. Ranks end together.
nonisolated func leave(status: Int32) -> Never {
  let status = RankProcess.end(status: status)
  fflush(nil)
  _exit(status)
}

/// Writes one line to standard error and returns exit status 1.
nonisolated func fail(_ text: String) -> ExitCode {
  StandardError.writeLine("gmmscope: \(text)")
  return ExitCode(1)
}

/// Runs the body of a command. Every failure becomes one line on standard error and exit status 1.
func reportingFailures<Result>(_ body: () async throws -> Result) async throws -> Result {
  do {
    return try await body()
  } catch let exit as ExitCode {
    throw exit
  } catch let invalid as ValidationError {
    throw invalid
  } catch is PeerFailure {
    throw ExitCode(RankProcess.followsPeer)
  } catch {
    throw fail(commandLine(error))
  }
}
