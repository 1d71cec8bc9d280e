import LinearAlgebra

/// What a class's decomposition is made of.
struct ClassContent: Sendable, Hashable {
  /// Of the n·D features' bits in row order.
  let hash: SIMD2<UInt64>
  let count: Int
  let dimension: Int

  var words: [UInt64] { [CacheFile.version, hash.x, hash.y, UInt64(count), UInt64(dimension)] }

  /// A name for the file of its spectrum.
  var spectrumName: String { ContentHash.name(of: words) + SpectrumFile.ending }
}

extension ContentHash {
  /// 32 hexadecimal digits that stand for `words`.
  static func name(of words: [UInt64]) -> String {
    var hash = ContentHash()
    for word in words { hash.combine(word) }
    return [hash.value.x, hash.value.y].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// A class's spectrum in a file: D eigenvalues, then the basis, which is mapped from there.
enum SpectrumFile {
  static let ending = ".spectrum"

  private static let magic: UInt64 = 0x4D52_5443_4550_5347

  static func byteCount(of spectrum: Spectrum) -> Int {
    let dimension = spectrum.eigenvalues.count
    let content = ClassContent(hash: .zero, count: 0, dimension: dimension)
    return CacheFile.byteCount(
      wordCount: content.words.count + 2, elementCount: (spectrum.directionCount + 1) * dimension)
  }

  /// Nil where there is no such file, or not the one that was written.
  static func load(_ path: String, _ content: ClassContent) -> Spectrum? {
    let known = [magic] + content.words
    let dimension = content.dimension
    return CacheFile.load(path, wordCount: known.count + 1) { words in
      let directionCount = words[words.count - 1]
      guard words.starts(with: known), directionCount <= UInt64(dimension) else { return nil }
      return (Int(directionCount) + 1) * dimension
    } keep: { file, words, elements in
      let eigenvalues = Array(elements.prefix(dimension))
      let basis = MappedMatrix(
        file: file,
        offset: CacheFile.byteCount(wordCount: words.count, elementCount: dimension),
        rowCount: Int(words[words.count - 1]), columnCount: dimension)
      return basis.map {
        Spectrum(eigenvalues: eigenvalues, mapped: $0, rank: eigenvalues.count { $0 > 0 })
      }
    }
  }

  /// Whether it could be written.
  static func save(_ spectrum: Spectrum, _ content: ClassContent, to path: String) -> Bool {
    CacheFile.save(
      [magic] + content.words + [UInt64(spectrum.directionCount)],
      [spectrum.eigenvalues, spectrum.basis.elements], to: path)
  }
}
