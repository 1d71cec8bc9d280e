import LinearAlgebra
import OODDetection

/// A detector around an encoder: it fits on batches of inputs with labels, and scores inputs.
@main
enum EncodeInputs {
  /// Four features of a word: its length, and its shares of vowels, other letters and digits.
  @Sendable static func encode(_ words: [String]) async throws -> FeatureBatch {
    let rows = words.map { word in
      let length = Double(word.count)
      let vowels = Double(word.count { "aeiou".contains($0) })
      let letters = Double(word.count { $0.isLetter })
      let digits = Double(word.count { $0.isNumber })
      return [length, vowels / length, (letters - vowels) / length, digits / length]
    }
    return FeatureBatch(Matrix(rowCount: rows.count, columnCount: 4, elements: rows.flatMap { $0 }))
  }

  static func main() async throws {
    Engine.prepareProcess()
    var detector = GaussianOODDetector<String>(encoder: encode, regularization: try Regularization(1e-3))

    // Labels from 0 on are classes. Inputs with a label below 0 never reach the encoder.
    try await detector.fit([
      (inputs: ["normal", "density", "class", "mean", "spectrum", "sample"], labels: [0, 0, 0, 0, 0, 0]),
      (inputs: ["1984", "2026", "314", "65536", "42", "7"], labels: [1, 1, 1, 1, 1, 1]),
      (inputs: ["#?!"], labels: [-1]),
    ])

    // Higher is more out-of-distribution.
    let words = ["feature", "1999", "a1b2c3", "???"]
    for (word, score) in zip(words, try await detector.score(words)) { print(word, score) }
  }
}
