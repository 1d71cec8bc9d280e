import ArgumentParser
import OODData
import FeatureFiles

/// Where a command writes what it was asked for with `-o`: a file, or `-` for standard output.
struct OutputPath: ExpressibleByArgument {
  /// As it was given.
  private let argument: String

  nonisolated init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self.argument = argument
  }

  /// For remarks.
  var name: String { argument == "-" ? "standard output" : argument }

  private var path: String { argument == "-" ? "/dev/stdout" : argument }

  /// The format that the name's ending says; `standard` for standard output, devices and pipes, whose names say
  /// nothing.
  ///
  /// - Parameter what: begins the reason where the ending says no format that there is.
  func format(among known: [String], otherwise standard: String, what: String) throws -> String {
    if AtomicFile.isStream(path) { return standard }
    if let named = known.first(where: { path.lowercased().hasSuffix("." + $0) }) { return named }
    let endings = known.map { "." + $0 }
    let list =
      endings.count > 1
      ? endings.dropLast().joined(separator: ", ") + " or " + endings[endings.count - 1] : endings[0]
    throw ValidationError("-o \(argument): \(what) as \(list).")
  }

  /// Refuses an output that is one of the inputs, before anything is read.
  ///
  /// - Throws: exit status 1 after one line.
  func requireNoInput(of request: DataRequest) throws {
    guard let output = FileStatus(of: path), output.kind == .file else { return }
    for input in request.inputPaths {
      // Standard input may be a file too.
      let place = input == "-" ? "/dev/stdin" : input
      if FileStatus(of: place)?.identity == output.identity { throw isInput(input) }
    }
  }

  /// The path to write to. What was read is known by now, also files that nobody named.
  ///
  /// - Throws: exit status 1 after one line, where it is one of them.
  func checked() throws -> String {
    if OpenedFiles.include(path) { throw isInput(argument) }
    return path
  }

  private func isInput(_ input: String) -> ExitCode {
    let place = input == argument ? "" : " (\(input))"
    return fail(
      "\(argument): is one of the files that are read\(place) and would be lost; write to another file")
  }
}
