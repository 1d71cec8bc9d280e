import ArgumentParser
import CProcessStart
import Foundation
import OODData
import OODDetection

/// What a command computes with: the pipeline, one step of it after another with its progress on standard error, and
/// the remarks that belong beside the results.
final class CommandRun {
  let pipeline: DetectorPipeline
  private let setting: SettingOptions
  private let progress: ProgressLine?

  /// - Throws: exit status 1 after one line, where the process has no room to compute in.
  init(_ setting: SettingOptions) throws {
    self.setting = setting
    pipeline = try setting.pipeline()
    progress = !setting.quiet && StandardError.isTerminal ? ProgressLine() : nil
    // Files get their names when they are whole, so nothing half-written is left behind.
    process_end_at_signals(progress != nil)
  }

  isolated deinit { progress?.clear() }

  /// One step of the pipeline, off the main actor, which shows how far it is.
  func step<Result: Sendable>(
    _ title: String,
    _ body: @concurrent @escaping (DetectorPipeline, @escaping ProgressHandler) async throws -> Result
  ) async throws -> Result {
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

  func show(_ title: String, _ report: WorkProgress) { progress?.show(title, report) }

  /// Opens the files of a request and checks their features.
  func open(_ request: DataRequest) async throws -> OpenedData {
    try await step("loading") { try await $0.open(request, progress: $1) }
  }

  /// The detector at the λ of the options: a model's, or fitted for this λ alone.
  func detector(for opened: OpenedData) async throws -> DetectorAtSetting {
    let regularization = setting.reg
    return try await step("fitting") { try await $0.detector(for: opened, at: regularization, progress: $1) }
  }

  /// Scores of the samples that a command was given.
  func scores(of opened: OpenedData, by detector: DetectorAtSetting) async throws -> ScoredData {
    try await step("scoring") { try await $0.scores(of: opened.data, [.test], by: detector, progress: $1) }
  }

  /// Class by class with spectra: a model's, or fitted.
  func fitted(_ opened: OpenedData, pathCount: Int = 0) async throws -> FittedDetector {
    if let model = opened.model { return model.detector }
    return try await step("fitting") { try await $0.fit(opened.data, pathCount: pathCount, progress: $1) }
  }

  /// λ of the options, else of a model, else the standard one.
  func regularization(for opened: OpenedData) -> Regularization {
    setting.reg ?? opened.model?.regularization ?? .standard
  }

  /// Says on standard error what belongs beside the results.
  ///
  /// - Parameters:
  ///   - detector: Nil along a path, where each λ has its own remarks.
  ///   - scores: Whether scores were computed, so that an unsuitable λ matters.
  func remark(on data: DataSet, _ detector: DetectorAtSetting? = nil, scores: Bool = false) {
    progress?.clear()
    guard !setting.quiet else { return }
    for remark in data.remarks { StandardError.writeLine("gmmscope: \(remark.statement.line(\.options))") }
    guard let detector else { return }
    let check = RegularizationCheck(detector, of: data)
    if scores, setting.reg == nil, let caution = check.caution {
      StandardError.writeLine("gmmscope: \(caution); gmmscope tune proposes a λ, --reg sets it")
    }
    if let remark = check.precisionRemark { StandardError.writeLine("gmmscope: \(remark)") }
  }
}

/// Ends the process at once. Work that was abandoned may still be inside a library, and must not find that the library
/// has cleaned up.
nonisolated func leave(status: Int32) -> Never {
  fflush(nil)
  _exit(status)
}

/// Ends a command: one line on standard error, exit status 1.
nonisolated func fail(_ text: String) -> ExitCode {
  StandardError.writeLine("gmmscope: \(text)")
  return ExitCode(1)
}

/// Runs a command's body so that every failure is one clear line and exit status 1.
func reportingFailures<Result>(_ body: () async throws -> Result) async throws -> Result {
  do {
    return try await body()
  } catch let exit as ExitCode {
    throw exit
  } catch let invalid as ValidationError {
    throw invalid
  } catch {
    throw fail(commandLine(error))
  }
}
