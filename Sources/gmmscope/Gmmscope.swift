import ArgumentParser
import CProcessStart
import OODData
import FeatureFiles
import Foundation
import OODDetection

@main
struct Gmmscope: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "gmmscope",
    abstract: "Explores class-conditional Gaussian out-of-distribution detectors in the terminal.",
    discussion: """
      One Gaussian with its own covariance is fitted per class; a sample's outlier score is its negative \
      log-likelihood under the mixture. Labels below 0 mark out-of-distribution samples. Higher scores are more \
      out-of-distribution, everywhere.
      """,
    subcommands: [
      Explore.self, Fit.self, Classes.self, Score.self, Evaluate.self, Outliers.self, Tune.self,
      Inspect.self, Export.self, Snapshot.self,
    ],
    defaultSubcommand: Explore.self)

  static func main() async {
    process_occupy_standard_descriptors()
    let arguments = CommandLineArguments.all
    do {
      if let text = versionText(arguments) { return try StandardOutput.write(drawing: text) }
      try requireFiles()
      try requireThreads()
      process_report_exhausted_memory()
      Engine.prepareProcess()
      try CommandName.check(arguments)
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      exit(reporting: error, arguments)
    }
  }

  /// Ends the process with what went wrong, or with the help that was asked for. `exit(withError:)` would print
  /// arguments as they are.
  private static func exit(reporting error: any Error, _ arguments: [String]) -> Never {
    let status = exitCode(for: error)
    let message = fullMessage(for: error)
    if status == .success, !message.isEmpty {
      do {
        // Help and completion scripts quote no arguments.
        try StandardOutput.write(drawing: message)
      } catch {
        StandardError.writeLine("gmmscope: \(error)")
        leave(status: 1)
      }
    } else if !message.isEmpty {
      // Empty where a command has said already what failed.
      for line in CommandLineArguments.lines(of: message, quoting: arguments) {
        StandardError.writeLine(line)
      }
    }
    leave(status: status.rawValue)
  }

  /// The pools that work runs on open descriptors of their own and trap where they cannot.
  ///
  /// - Throws: exit status 1 after one line that says so.
  private static func requireFiles() throws {
    let wanted: Int32 = 12
    let openable = process_openable_files(wanted)
    guard openable < wanted else { return }
    throw fail("only \(openable) of \(wanted) files can be opened; raise the limit on open files (ulimit -n)")
  }

  /// The pools that work runs on start threads when they need them and wait for ever where they cannot.
  ///
  /// - Throws: exit status 1 after one line that says so.
  private static func requireThreads() throws {
    // A pool for each of two priorities with a thread for each core, and single ones: for timers and descriptors, for
    // work that may have to be abandoned.
    let wanted = Int32(2 * ProcessInfo.processInfo.activeProcessorCount + 4)
    let startable = process_startable_threads(wanted)
    guard startable < wanted else { return }
    throw fail(
      "only \(startable) of \(wanted) threads can be started; raise the limit on processes (ulimit -u) or on address "
        + "space (ulimit -v), or the container's limit on processes")
  }

  /// What `--version` prints, with `--verbose` the linear algebra below too; nil for other command lines.
  private static func versionText(_ arguments: [String]) -> String? {
    guard arguments.contains("--version"), Set(arguments).isSubset(of: ["--version", "--verbose"]) else {
      return nil
    }
    guard arguments.contains("--verbose") else { return version }
    Engine.prepareProcess()
    return """
      gmmscope \(version)
      linear algebra: \(Engine.description)
      threads: \(DetectorPipeline.defaultThreadCount) (--threads)
      """
  }
}

/// What the program was called with.
nonisolated enum CommandLineArguments {
  /// Without the program's own name. `CommandLine.arguments` would replace bytes that are no UTF-8, and with them the
  /// names of files.
  static var all: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { FileName.text(of: $0) }
    }
  }

  /// A message of the argument parser as lines. Line breaks within the arguments that it quotes, or their values, are
  /// none of the message's.
  static func lines(of message: String, quoting arguments: [String]) -> [String] {
    var message = message
    let quoted = arguments.flatMap { argument in
      [argument]
        + (argument.firstIndex(of: "=").map { [String(argument[argument.index(after: $0)...])] } ?? [])
    }
    for text in quoted where text.contains(where: \.isNewline) {
      message = message.replacing(text, with: text.split(whereSeparator: \.isNewline).joined(separator: "␊"))
    }
    return message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

/// Tells a mistyped command from a file that the explorer is to open.
nonisolated enum CommandName {
  /// - Throws: where the first argument is neither a command nor a file, and looks like a command.
  static func check(_ arguments: [String]) throws {
    guard let word = arguments.first, isWord(word), FileStatus(of: word) == nil else { return }
    let commands = Gmmscope.configuration.subcommands.map { $0._commandName } + ["help"]
    guard !commands.contains(word) else { return }
    if let meant = commands.first(where: { isMistyped(word, for: $0) }) {
      throw ValidationError("unknown command '\(word)'; did you mean '\(meant)'?")
    }
    throw ValidationError("'\(word)' is neither a command nor a file.")
  }

  /// Names of commands are words; most names of files have a dot or a slash.
  private static func isWord(_ text: String) -> Bool {
    text.first?.isLetter == true && text.allSatisfy { $0.isLetter || $0 == "-" || $0 == "_" }
  }

  /// Whether one comes from the other by a few letters, or is its beginning.
  private static func isMistyped(_ word: String, for command: String) -> Bool {
    let (word, command) = (Array(word.lowercased()), Array(command))
    if word.count >= 3, command.starts(with: word) { return true }
    guard abs(word.count - command.count) <= 2 else { return false }
    return distance(word, command) <= (command.count < 5 ? 1 : 2)
  }

  /// How many letters to insert, remove, replace or swap with the next one lead from one word to the other.
  private static func distance(_ word: [Character], _ other: [Character]) -> Int {
    var rows = [Array(0...other.count)]
    for (i, letter) in word.enumerated() {
      var row = [i + 1]
      for (j, otherLetter) in other.enumerated() {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == otherLetter ? 0 : 1))
        if i > 0, j > 0, letter == other[j - 1], word[i - 1] == otherLetter {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[word.count][other.count]
  }
}
