import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

/// What is said to fit fits: the advice is followed, and the data set loads.
@Suite struct ArrayCandidatesTests {
  private func matrix(_ name: String, _ rows: Int, _ columns: Int) -> OutputArray {
    OutputArray(
      name: name, shape: [rows, columns], values: .float32((0..<rows * columns).map { Float($0 % 7) }))
  }

  private func vector(_ name: String, _ count: Int, modulo: Int = 2) -> OutputArray {
    OutputArray(name: name, shape: [count], values: .int64((0..<count).map { $0 % modulo }))
  }

  /// The keys in arguments such as `--features 'a b' --labels y`.
  private func keys(_ arguments: String) throws -> ArrayKeys {
    var words: [String] = []
    var rest = arguments[...]
    while !rest.isEmpty {
      if rest.first == "'" {
        let end = try #require(rest.dropFirst().firstIndex(of: "'"))
        words.append(String(rest[rest.index(after: rest.startIndex)..<end]))
        rest = rest[rest.index(after: end)...].drop { $0 == " " }
      } else {
        let word = rest.prefix { $0 != " " }
        words.append(String(word))
        rest = rest[word.endIndex...].drop { $0 == " " }
      }
    }
    var keys = ArrayKeys()
    for (option, value) in zip(words, words.dropFirst()) {
      if option == "--features" { keys.features = value }
      if option == "--labels" { keys.labels = value }
    }
    return keys
  }

  @Test func theAdviceNamesArraysThatLoad() async throws {
    let folder = try ScratchFolder()
    let path = try folder.npz(
      "nested.npz",
      [
        matrix("one/x", 6, 3), vector("one/y", 6), vector("one/number", 6, modulo: 100),
        matrix("the other/x", 4, 3), vector("the other/which class", 4), vector("shared", 3),
      ])
    let opening = await Opening(DataRequest(train: [path]))
    let text = try #require(opening.failure)
    #expect(
      text.hasSuffix(
        "‘one/x’ (6×3 float32) would fit with labels ‘one/y’ (6 int64); "
          + "or ‘the other/x’ (4×3 float32) would fit with labels ‘the other/which class’ (4 int64)"))
    let fitting = try FileInspection(path: path).fitting
    #expect(
      fitting.map(\.arguments) == [
        "--features one/x --labels one/y",
        "--features 'the other/x' --labels 'the other/which class'",
      ])
    #expect(opening.remedy == .useArrays(fitting))
    for choice in fitting {
      let loaded = await Opening(DataRequest(train: [path], keys: try keys(choice.arguments)), fits: true)
      #expect(loaded.failure == nil)
      #expect(loaded.data?.train?.labels?.count == choice.features.shape[0])
      #expect(loaded.detector?.classes.count == 2)
    }
  }

  @Test func labelsThatAreMissingAreLookedForAmongTheOthers() async throws {
    let folder = try ScratchFolder()
    let path = try folder.npz("a.npz", [matrix("features", 6, 2), vector("digit", 6), vector("odd", 5)])
    let opening = await Opening(DataRequest(train: [path]), fits: true)
    #expect(
      opening.failure?.hasSuffix("‘digit’ (6 int64) would fit as labels") == true)
    let loaded = await Opening(DataRequest(train: [path], keys: ArrayKeys(labels: "digit")), fits: true)
    #expect(loaded.detector?.classes.count == 2)
    // Samples to be scored need no labels.
    #expect(await Opening(DataRequest(test: [path])).failure == nil)
  }

  @Test func labelsOfAnotherLengthAndMisspeltKeysAreAnsweredWithWhatFits() async throws {
    let folder = try ScratchFolder()
    let path = try folder.npz("a.npz", [matrix("features", 6, 2), vector("labels", 5), vector("digit", 6)])
    let advice = "‘features’ (6×2 float32) would fit with labels ‘digit’ (6 int64)"
    #expect(await Opening(DataRequest(train: [path])).failure?.contains("5 entries for 6") == true)
    #expect(await Opening(DataRequest(train: [path])).failure?.contains(advice) == true)
    let misspelt = await Opening(DataRequest(train: [path], keys: ArrayKeys(features: "feature")))
    #expect(misspelt.failure?.contains("no array named ‘feature’") == true)
    #expect(misspelt.failure?.contains(advice) == true)
  }

  @Test func whatDoesNotFitIsNotNamed() throws {
    let folder = try ScratchFolder()
    // Six samples, but what could be their labels is a fraction, a text of each, or their number.
    let path = try folder.npz(
      "a.npz",
      [
        matrix("a", 6, 2), vector("index", 6, modulo: 100), matrix("b", 7, 2),
        OutputArray(name: "part", shape: [6], values: .float64([0.5, 1, 2, 0, 1, 2])),
        OutputArray(name: "word", shape: [6], values: .strings(["p", "q", "r", "s", "t", "u"])),
      ])
    let fitting = try FileInspection(path: path).fitting
    #expect(fitting.map(\.arguments) == ["--features a", "--features b"])
    #expect(fitting.allSatisfy { $0.labels == nil })
    // What is named like ids and does not match is none, and in nobody's way.
    let otherwise = try folder.npz(
      "b.npz",
      [
        matrix("a", 6, 2), vector("c", 6),
        OutputArray(name: "ids", shape: [2], values: .strings(["p", "q"])),
      ])
    #expect(try FileInspection(path: otherwise).fitting.map(\.arguments) == ["--labels c"])
    let weights = try folder.npz("c.npz", (0..<5).map { matrix("layer\($0).weight", 6, 2) })
    #expect(try FileInspection(path: weights).fitting == [])
  }
}
