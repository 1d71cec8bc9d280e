import LinearAlgebra

/// The key of a factor: a class's samples, its ridge and the storage layout.
struct FactorKey: Sendable, Hashable {
  let content: ClassContent
  /// s.
  let scale: Double
  /// t r.
  let regularization: Regularization

  init(content: ClassContent, scale: Double = 1, regularization: Regularization) {
    self.content = content
    self.scale = scale
    self.regularization = regularization
  }

  var dimension: Int { content.dimension }

  /// The file name.
  var name: String { ContentHash.name(of: words) + FactorFile.ending }

  /// All inputs that the factor depends on.
  var words: [UInt64] {
    content.words + [scale.bitPattern, regularization.value.bitPattern, UInt64(PackedTriangle.panelHeight)]
  }
}

/// A triangular factor in a file, with its condition numbers.
enum FactorFile {
  static let ending = ".factor"

  private static let magic: UInt64 = 0x524F_5443_4146_4D47

  static func byteCount(dimension: Int) -> Int {
    let content = ClassContent(hash: .zero, count: 0, dimension: dimension)
    return CacheFile.byteCount(
      wordCount: FactorKey(content: content, regularization: .standard).words.count + 3,
      elementCount: PackedTriangle.elementCount(order: dimension))
  }

  /// Nil if there is no intact file for the key.
  static func load(_ path: String, key: FactorKey) -> RegularizedCovariance? {
    let known = [magic] + key.words
    return CacheFile.load(path, wordCount: known.count + 2) { words in
      words.starts(with: known) ? PackedTriangle.elementCount(order: key.dimension) : nil
    } keep: { _, words, elements in
      PackedTriangle(order: key.dimension, elements: elements).map {
        RegularizedCovariance(
          factor: CholeskyFactorization(upperFactor: $0),
          conditionNumber: Double(bitPattern: words[words.count - 2]),
          conditionEstimate: Double(bitPattern: words[words.count - 1]))
      }
    }
  }

  /// Returns whether the file was written.
  static func save(_ stored: RegularizedCovariance, key: FactorKey, to path: String) -> Bool {
    CacheFile.save(
      [magic] + key.words + [stored.conditionNumber.bitPattern, stored.conditionEstimate.bitPattern],
      [stored.factor.upperFactor.elements],
      to: path)
  }
}
