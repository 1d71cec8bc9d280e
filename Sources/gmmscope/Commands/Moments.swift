import ArgumentParser
import OODData
import OODDetection

struct Moments: AsyncParsableCommand, PreparableCommand {
  static let preparation = "once for each part of the files, and give what is saved to fit --moments"

  static let configuration = CommandConfiguration(
    abstract: "Saves the statistics of samples that a fit needs, to be merged by fit --moments.",
    discussion: """
      For samples in many files, or on many machines: each job saves count, mean and scatter of every class in its \
      files, and fit --moments merges them into the model of all samples. Of the setting, only --normalization matters \
      here; the others are options of fit.
      """)

  @Argument(help: "Files, folders or patterns of training samples.")
  var files: [String]

  @OptionGroup var keys: KeyOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Divides every feature vector by its length to the power of β, from 0 or none (the default) to 1 or l2.",
      valueName: "β"), transform: OptionValue.normalization)
  var normalization: Normalization?

  @Flag(help: "Exclude samples with NaN or infinite features instead of stopping.")
  var skipNonFinite = false

  @OptionGroup var resources: ResourceOptions

  @Option(
    name: [.short, .long],
    help: "The file to save the statistics to: .safetensors or .npz, or - for standard output.")
  var output: OutputPath

  func validate() throws {
    _ = try output.format(
      among: ["safetensors", "npz"], otherwise: "safetensors", what: "moments are saved")
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let request = DataRequest(train: files, keys: keys.keys, skipsNonFinite: skipNonFinite)
      try output.requireNoInput(of: request)
      let run = try CommandRun(resources)
      let opened = try await run.open(request)
      let (data, path) = (opened.data, try output.checked())
      let normalization = normalization ?? .none
      try await run.step("summing") {
        try await $0.writeMoments(of: data, normalization: normalization, to: path, progress: $1)
      }
      run.remark(on: data)
      guard !resources.quiet, let labels = data.train?.labels else { return }
      let classes = Set(labels.filter { $0 >= 0 })
      StandardError.writeLine(
        "summed \(labels.count { $0 >= 0 }) samples of \(classes.count) classes; saved to \(output.name)")
    }
  }
}
