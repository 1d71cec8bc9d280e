import ArgumentParser
import ExplorerModel
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
    if let text = versionText(CommandLine.arguments.dropFirst()) {
      print(text)
      return
    }
    Engine.prepareProcess()
    await main(nil)
  }

  /// What `--version` prints, with `--verbose` the linear algebra below too; nil for other command lines.
  private static func versionText(_ arguments: ArraySlice<String>) -> String? {
    guard arguments.contains("--version"), Set(arguments).isSubset(of: ["--version", "--verbose"]) else {
      return nil
    }
    guard arguments.contains("--verbose") else { return version }
    return """
      gmmscope \(version)
      linear algebra: \(Engine.description)
      threads: \(EffectRunner.defaultThreadCount) (--threads)
      """
  }
}
