import Foundation
import TestData
import Testing

/// A program run to its end, with what it wrote and how it ended.
enum Command {
  struct Result {
    /// 128 and the signal's number for a program that a signal ended, as shells count.
    var status: Int32
    var output: String
    var errors: String
  }

  struct NotFound: Error, CustomStringConvertible {
    var name: String
    var description: String { "\(name) could not be started" }
  }

  /// A program's place in `PATH`, nil if it has none.
  static func path(of name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program without a terminal and without input.
  ///
  /// - Parameters:
  ///   - program: A path, or a name to look up in `PATH`.
  ///   - environment: Added to this process's own.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) async throws -> Result {
    guard let path = program.contains("/") ? program : path(of: program) else {
      throw NotFound(name: program)
    }
    let temporary = try ScratchFolder()
    let inFolder = folder.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0] } ?? []
    let process = try spawn(
      inFolder + [path] + arguments,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
      output: temporary.file("output"), errors: temporary.file("errors"))
    let status = await withCheckedContinuation { end in
      DispatchQueue.global().async {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR { continue }
        end.resume(returning: status)
      }
    }
    let signal = status & 0x7F
    return Result(
      status: signal == 0 ? status >> 8 & 0xFF : 128 + signal,
      output: try temporary.text(of: "output"), errors: try temporary.text(of: "errors"))
  }

  /// Foundation's `Process` does not see the end of a program that leaves a daemon behind, as tmux does. Output
  /// goes to files: they hold any amount, and no daemon keeps them from ending.
  private static func spawn(
    _ arguments: [String], environment: [String: String], output: String, errors: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (descriptor, path) in [(Int32(1), output), (2, errors)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT, 0o600)
    }
    // The threads that tests run on block every signal, and a program would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let argumentStrings = arguments.map { strdup($0) }
    let environmentStrings = environment.map { strdup("\($0)=\($1)") }
    defer { (argumentStrings + environmentStrings).forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawn(
      &process, arguments[0], &actions, &attributes, argumentStrings + [nil], environmentStrings + [nil])
    guard failure == 0 else { throw NotFound(name: arguments[0]) }
    return process
  }
}

extension Command.Result {
  /// The JSON that a program wrote, which is expected to have succeeded.
  func json() throws -> [String: Any] {
    #expect(status == 0, "\(errors)")
    return try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }
}
