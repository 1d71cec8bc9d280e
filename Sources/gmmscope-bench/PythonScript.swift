import Foundation

/// A script that is part of this program, run by an interpreter of the user's. It prints JSON, and ends with status 3
/// where a package that it needs is not installed.
struct PythonScript: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// A path, or a name to be found on PATH.
  let interpreter: String
  let source: String
  /// What it runs, for errors.
  let name: String
  /// How to install that.
  let installation: String

  /// What it prints, when called with `arguments`.
  ///
  /// - Throws: ``Failure`` with what went wrong, or what to install.
  func output<Value: Decodable>(
    _ arguments: [String], adding environment: [String: String] = [:]
  ) async throws -> Value {
    let outcome: ChildProcess.Outcome
    do {
      outcome = try await ChildProcess.run(interpreter, ["-c", source] + arguments, adding: environment)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw Failure(description: "\(interpreter) does not start: \(error.localizedDescription)")
    }
    let lastLine = outcome.errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    switch outcome.status {
    case 0: return try JSONDecoder().decode(Value.self, from: outcome.output)
    case 3, 127: throw Failure(description: "\(name) is not installed (\(lastLine)): \(installation)")
    default: throw Failure(description: "\(name) failed with status \(outcome.status): \(lastLine)")
    }
  }
}
