import LinearAlgebra

/// For each class, few rows with the Gram matrix of the centred training samples of all other classes, which
/// leave-one-out of pooled classes needs.
///
/// They are triangular factors by QR, of the classes before and of the classes after: as accurate as the samples, but
/// 2·D rows instead of N. They do not depend on α, so that the detectors of a map share them. Computed when first
/// needed, at most 16·K·D² bytes.
final class OtherSamples: Sendable {
  private let factors: [Shared<[Matrix]>]

  /// Whether the factors are far fewer rows than the samples and few enough to be kept.
  static func pays(sampleCount: Int, classCount: Int, dimension: Int) -> Bool {
    sampleCount > 4 * dimension
      && byteCount(classCount: classCount, dimension: dimension) <= SpectralDetector.largestKeptBytes
  }

  static func byteCount(classCount: Int, dimension: Int) -> Int { 2 * 8 * classCount * dimension * dimension }

  /// - Parameter classes: The centred samples of every class.
  init(_ classes: [CentredSamples]) {
    factors = [false, true].map { isReversed in
      Shared { try Self.factors(isReversed ? classes.reversed() : classes) }
    }
  }

  /// The rows of all classes but one, times √α, in one or two blocks.
  func rows(
    without index: Int, of classCount: Int, scale: Double,
    project: @escaping @Sendable (consuming Matrix) -> Matrix
  ) -> CentredSamples {
    // Neighbouring classes, which are computed at a time, begin at different ends.
    let sides = index.isMultiple(of: 2) ? [0, 1] : [1, 0]
    let places = sides.map { (side: $0, place: $0 == 0 ? index : classCount - 1 - index) }
      .filter { $0.place > 0 }
    return CentredSamples(count: places.count, ranges: places.indices.map { $0..<$0 + 1 }) {
      [factors] range in
      try Task.checkCancellation()
      let (side, place) = places[range.lowerBound]
      var rows = try factors[side].value[place - 1]
      rows.scaleRows(by: [Double](repeating: scale, count: rows.rowCount))
      return project(rows)
    }
  }

  /// For each class but the last one, the factor of it and all classes before. O(2·(N + K·D)·D²).
  private static func factors(_ classes: [CentredSamples]) throws -> [Matrix] {
    var found: [Matrix] = []
    var rows = Matrix(rowCount: 0, columnCount: 0)
    for samples in classes.dropLast() {
      try samples.forEachBlock { block in
        try Task.checkCancellation()
        if rows.columnCount == 0 { rows = block } else { rows.append(rowsOf: block) }
        guard rows.rowCount > rows.columnCount else { return }
        do {
          rows = Matrix(try CholeskyFactorization(ofGram: rows).upperFactor)
        } catch let error as LinearAlgebraError {
          throw DetectorError(error, label: nil)
        }
      }
      found.append(rows)
    }
    return found
  }
}
