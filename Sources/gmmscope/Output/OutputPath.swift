import ArgumentParser
import OODData
import FeatureFiles

/// The target of `-o`: a file, or `-` for standard output.
struct OutputPath: ExpressibleByArgument {
  /// The argument as given.
  private let argument: String

  nonisolated init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self.argument = argument
  }

  /// The name to show in messages.
  var name: String { argument == "-" ? "standard output" : argument }

  private var path: String { argument == "-" ? "/dev/stdout" : argument }

  /// The format given by the file extension; `standard` for standard output, devices and pipes.
  ///
  /// - Parameter what: The beginning of the message for an unknown extension.
  func format(among known: [String], otherwise standard: String, what: String) throws -> String {
    if AtomicFile.isStream(path) { return standard }
    if let named = known.first(where: { path.lowercased().hasSuffix("." + $0) }) { return named }
    let endings = known.map { "." + $0 }
    let list =
      endings.count > 1
      ? endings.dropLast().joined(separator: ", ") + " or " + endings[endings.count - 1] : endings[0]
    throw ValidationError("-o \(argument): \(what) as \(list).")
  }

  /// The format of a report; for standard output, devices and pipes that of `--format`, nil for a table.
  func reportFormat(otherwise named: ReportFormat, what: String) throws -> ReportFileFormat? {
    let standard = named.fileFormat?.rawValue ?? ""
    return ReportFileFormat(
      rawValue: try format(
        among: ReportFileFormat.allCases.map(\.rawValue), otherwise: standard, what: what))
  }

  /// Refuses an output that is also an input, before anything is read.
  ///
  /// - Throws: exit status 1 after one line.
  func requireNoInput(of request: DataRequest) throws {
    guard let output = FileStatus(of: path), output.kind == .file else { return }
    for input in request.inputPaths {
      // Standard input can also be a file.
      let place = input == "-" ? "/dev/stdin" : input
      if FileStatus(of: place)?.identity == output.identity { throw isInput(input) }
    }
  }

  /// The path to write to, checked against every file that was read, including files that no option named.
  ///
  /// - Throws: exit status 1 after one line if the path is one of them.
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
