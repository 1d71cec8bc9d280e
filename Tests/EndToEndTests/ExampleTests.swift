import Foundation
import TestData
import Testing

/// The examples of the documentation run, and stand there as they are compiled.
@Suite("Examples")
struct ExampleTests {
  private func run(_ name: String, _ arguments: String...) async throws -> [Substring] {
    let binary = URL(fileURLWithPath: Gmmscope.path).deletingLastPathComponent().appendingPathComponent(name)
    let result = try await Command.run(binary.path, arguments)
    #expect(result.status == 0 && result.errors.isEmpty)
    return result.output.split(separator: "\n")
  }

  @Test func filesAreFittedScoredExplainedAndSaved() async throws {
    let folder = try ScratchFolder()
    let lines = try await run(
      "score-files", Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"),
      folder.file("model.safetensors"))
    // The command says the same.
    let evaluated = try await Gmmscope.run(
      "evaluate", Gmmscope.sample("test.npz"), "--model", folder.file("model.safetensors"), "--format", "csv")
    let auroc = try #require(evaluated.output.split(separator: "\n").last?.split(separator: ",")[3])
    #expect(lines[0].contains("AUROC = \(auroc),"))
    #expect(lines[2] == "the saved model gives the same scores")
  }

  @Test func inputsAreEncodedFittedAndScored() async throws {
    let scores = try await run("encode-inputs").map { line in
      try #require(line.split(separator: " ").last.flatMap { Double($0) })
    }
    #expect(scores.count == 4)
    // A word and a year are inliers, the two others belong to neither class.
    #expect(max(scores[0], scores[1]) < 10 && min(scores[2], scores[3]) > 100)
  }

  @Test(arguments: [
    ("OODData", "ScoreFiles"), ("OODDetection", "EncodeInputs"),
  ]) func landingPagesHoldTheCompiledSource(product: String, example: String) throws {
    let sources = Gmmscope.repository + "/Sources"
    let page = try String(
      contentsOfFile: "\(sources)/\(product)/\(product).docc/\(product).md", encoding: .utf8)
    let source = try String(
      contentsOfFile: "\(sources)/Examples/\(example)/\(example).swift", encoding: .utf8)
    #expect(page.contains("```swift\n" + source + "```"))
  }
}
