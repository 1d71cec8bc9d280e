import ArgumentParser
import CProcessStart
import ExplorerModel
import Foundation
import OODDetection

/// Drives the view-model for a command: opens, waits until all work is done, shows progress meanwhile.
final class Session {
  let store: ExplorerStore
  private let quiet: Bool
  private var progress: ProgressLine?

  /// - Throws: exit status 1 after one line, where the process has no room to compute in.
  init(_ state: ExplorerState, setting: SettingOptions) throws {
    store = ExplorerStore(state: state, runner: try setting.runner())
    quiet = setting.quiet
    if !quiet && StandardError.isTerminal { progress = ProgressLine() }
  }

  /// The state after everything that `request` and the state's goal ask for.
  ///
  /// - Throws: exit status 1 after one line that says what failed, 130 or 143 after a signal.
  static func finished(
    _ request: DataRequest, goal: ExplorerState.Goal, setting: SettingOptions, path: [Regularization]? = nil,
    prepare: (inout ExplorerState) -> Void = { _ in }
  ) async throws -> ExplorerState {
    var state = ExplorerState(
      request: request, regularization: setting.reg, scoreKind: setting.scoreKind, goal: goal)
    if let path { state.path = path }
    prepare(&state)
    let session = try Session(state, setting: setting)
    return try await session.finish()
  }

  func finish() async throws -> ExplorerState {
    // Files get their names when they are whole, so nothing half-written is left behind.
    process_end_at_signals(progress != nil)
    store.onChange = { [unowned store, progress] in
      guard let task = store.state.longTask else { return }
      progress?.show(task.kind.title, task.progress)
    }
    store.send(.open(store.state.request))
    await store.settle()
    progress?.clear()
    let state = store.state
    if let failure = state.failure { throw fail(failure.text) }
    if !quiet {
      for remark in state.data?.remarks ?? [] { StandardError.writeLine("gmmscope: \(remark)") }
      if state.goal == .score, let caution = state.regularizationCaution {
        StandardError.writeLine("gmmscope: \(caution)")
      }
      // Of a path each λ has its own.
      if state.goal != .sweep, let remark = state.precisionRemark {
        StandardError.writeLine("gmmscope: \(remark)")
      }
    }
    return state
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
    throw fail("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
  }
}
