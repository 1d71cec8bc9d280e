import ArgumentParser
import CProcessStart
import OODData
import FeatureFiles
import Foundation
import MessagePassing
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
      Explore.self, Fit.self, Moments.self, Classes.self, Score.self, Evaluate.self, Compare.self,
      Outliers.self,
      Audit.self,
      Tune.self, Inspect.self, Export.self, Snapshot.self,
    ],
    defaultSubcommand: Explore.self)

  /// The main thread itself runs the main actor. Dispatch would use a thread of its pools, and that inherits a lower
  /// priority where a thread that computes starts it.
  static func main() {
    process_occupy_standard_descriptors()
    process_report_rank_lost_at_start()
    let arguments = CommandLineArguments.all
    do {
      try RankProcess.join()
      if let text = versionText(arguments) {
        try StandardOutput.write(drawing: text)
        leave(status: 0)
      }
      try requireFiles()
      try requireThreads()
    } catch let reported as ExitCode {
      leave(status: reported.rawValue)
    } catch {
      exit(reporting: error, arguments)
    }
    Task {
      await run(arguments)
      leave(status: 0)
    }
    RunLoop.main.run()
    dispatchMain()
  }

  private static func run(_ arguments: [String]) async {
    do {
      process_report_exhausted_memory()
      Engine.prepareProcess()
      try CommandName.check(arguments)
      var command = try parseAsRoot(CommandLineArguments.namingOODSets(arguments))
      try requireDistribution(of: command)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      if RankProcess.job != nil { leave(status: 0) }
    } catch let reported as ExitCode {
      // Asking the library for its status would write the help in memory first, which there may be none for.
      leave(status: reported.rawValue)
    } catch {
      exit(reporting: error, arguments)
    }
  }

  /// Ends the process with an error message or the requested help. `exit(withError:)` would print arguments
  /// unescaped.
  private static func exit(reporting error: any Error, _ arguments: [String]) -> Never {
    let status = exitCode(for: error)
    let message = fullMessage(for: error)
    if status == .success, !message.isEmpty {
      do {
        // Help and completion scripts contain no arguments.
        try StandardOutput.write(drawing: message)
      } catch {
        StandardError.writeLine("gmmscope: \(error)")
        leave(status: 1)
      }
    } else if !message.isEmpty {
      // The message is empty if the command has already reported the failure.
      for line in CommandLineArguments.lines(of: message, quoting: arguments) {
        StandardError.writeLine(line)
      }
    }
    leave(status: status.rawValue)
  }

  /// Refuses a command that several ranks would run as often.
  ///
  /// - Throws: exit status 1 after one line.
  private static func requireDistribution(of command: any ParsableCommand) throws {
    guard !(command is any DistributedCommand),
      configuration.subcommands.contains(where: { $0 == type(of: command) })
    else { return }
    try RankProcess.requireSingle(
      type(of: command)._commandName, instead: (type(of: command) as? any PreparableCommand.Type)?.preparation
    )
  }

  /// Checks the limit on open files. Dispatch and the run loop open descriptors of their own and trap where they cannot.
  ///
  /// - Throws: exit status 1 after one line if the limit is too low.
  private static func requireFiles() throws {
    let wanted: Int32 = 16
    let openable = process_openable_files(wanted)
    guard openable < wanted else { return }
    throw fail("only \(openable) of \(wanted) files can be opened; raise the limit on open files (ulimit -n)")
  }

  /// Checks the limit on threads. Dispatch starts threads on demand and waits forever where it cannot.
  ///
  /// - Throws: exit status 1 after one line if the limit is too low.
  private static func requireThreads() throws {
    // Dispatch uses a pool of one thread per core for each of two priorities, and single threads for timers,
    // descriptors and work that can be abandoned.
    let wanted = Int32(2 * ProcessInfo.processInfo.activeProcessorCount + 4)
    let startable = process_startable_threads(wanted)
    guard startable < wanted else { return }
    throw fail(
      "only \(startable) of \(wanted) threads can be started; raise the limit on processes (ulimit -u) or on address "
        + "space (ulimit -v), or the container's limit on processes")
  }

  /// The output of `--version`; with `--verbose` it also names the linear algebra library. Nil for other command lines.
  private static func versionText(_ arguments: [String]) -> String? {
    guard arguments.contains("--version"), Set(arguments).isSubset(of: ["--version", "--verbose"]) else {
      return nil
    }
    guard arguments.contains("--verbose") else { return version }
    Engine.prepareProcess()
    return """
      gmmscope \(version)
      linear algebra: \(Engine.description)
      MPI: \(RankLaunch.library ?? "none; make cluster builds with it")
      threads: \(ThreadOptions.standardCount) (--threads)
      """
  }
}

/// The arguments of the program.
nonisolated enum CommandLineArguments {
  /// The arguments without the program name. `CommandLine.arguments` would replace bytes that are not UTF-8, which
  /// file names may contain.
  static var all: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { FileName.text(of: $0) }
    }
  }

  /// Repeats the name of `--ood NAME=FILE FILE …` before each further file, up to the next option. The argument
  /// parser joins the files of several `--ood` options, so it could not tell where a name ends.
  static func namingOODSets(_ arguments: [String]) -> [String] {
    var isOOD = false
    var name: String?
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].map { argument in
      if argument.hasPrefix("-"), argument != "-" {
        isOOD = argument == "--ood" || argument.hasPrefix("--ood=")
        name = argument.hasPrefix("--ood=") ? DataRequest.oodSetName(in: String(argument.dropFirst(6))) : nil
        return argument
      }
      guard isOOD else { return argument }
      if let own = DataRequest.oodSetName(in: argument) {
        name = own
        return argument
      }
      return name.map { "\($0)=\(argument)" } ?? argument
    } + arguments[end...]
  }

  /// Splits a message of the argument parser into lines, but not at line breaks inside the arguments that it quotes.
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

/// Distinguishes a mistyped command from a file to explore.
nonisolated enum CommandName {
  /// - Throws: a usage error if the first argument looks like a command but is neither a command nor a file.
  static func check(_ arguments: [String]) throws {
    guard let word = arguments.first, isWord(word), FileStatus(of: word) == nil else { return }
    let commands = Gmmscope.configuration.subcommands.map { $0._commandName } + ["help"]
    guard !commands.contains(word) else { return }
    if let meant = commands.first(where: { isMistyped(word, for: $0) }) {
      throw ValidationError("unknown command '\(word)'; did you mean '\(meant)'?")
    }
    throw ValidationError("'\(word)' is neither a command nor a file.")
  }

  /// Whether a text could be a command name. Most file names have a dot or a slash.
  private static func isWord(_ text: String) -> Bool {
    text.first?.isLetter == true && text.allSatisfy { $0.isLetter || $0 == "-" || $0 == "_" }
  }

  /// Whether a word is a prefix of a command or within a small edit distance of it.
  private static func isMistyped(_ word: String, for command: String) -> Bool {
    let (word, command) = (Array(word.lowercased()), Array(command))
    if word.count >= 3, command.starts(with: word) { return true }
    guard abs(word.count - command.count) <= 2 else { return false }
    return distance(word, command) <= (command.count < 5 ? 1 : 2)
  }

  /// The Damerau–Levenshtein distance (optimal string alignment) of two words.
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
