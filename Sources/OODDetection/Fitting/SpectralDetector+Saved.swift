public import LinearAlgebra

extension SpectralDetector {
  /// Creates a detector from the arrays of a saved model, with classes in any order. Recomputes the pooled spectrum.
  /// O(K·D³).
  ///
  /// - Parameters:
  ///   - labels: (K,), distinct, ≥ 0.
  ///   - counts: n_k, (K,), ≥ 1.
  ///   - means: (K, D).
  ///   - meanRemainders: The rounding errors of the means, (K, D); nil if the means are exact.
  ///   - eigenvalues: (K, D), each row descending and ≥ 0.
  ///   - eigenvectors: For each class, orthonormal rows (m, D) for its first m eigenvalues. The other eigenvalues must
  ///     be 0.
  /// - Throws: ``DetectorError/inconsistentModel(_:)``, which describes the contradiction, or
  ///   ``DetectorError/decompositionFailed(label:info:)``.
  public init(
    labels: [Int], counts: [Int], means: Matrix, meanRemainders: Matrix? = nil, eigenvalues: Matrix,
    eigenvectors: [Matrix]
  ) throws(DetectorError) {
    let dimension = means.columnCount
    try Self.checkShapes(
      labels: labels, counts: counts, means: means, eigenvalues: eigenvalues, eigenvectors: eigenvectors)
    let (sampleCount, overflow) = counts.reduce((0, false)) {
      let sum = $0.0.addingReportingOverflow($1)
      return (sum.partialValue, $0.1 || sum.overflow)
    }
    if overflow { throw .inconsistentModel("the counts add up to more than an integer holds") }

    var classes: [GaussianClass] = []
    var pooled = Matrix(rowCount: dimension, columnCount: dimension)
    for index in labels.indices.sorted(by: { labels[$0] < labels[$1] }) {
      let spectrum = try Spectrum(
        saved: Array(eigenvalues.row(index)), basis: eigenvectors[index], count: counts[index],
        label: labels[index])
      let gaussian = GaussianClass(
        label: labels[index], count: counts[index], weight: Double(counts[index]) / Double(sampleCount),
        mean: Array(means.row(index)), meanRemainder: meanRemainders.map { Array($0.row(index)) },
        spectrum: spectrum)
      guard gaussian.mean.allSatisfy(\.isFinite), gaussian.meanRemainder.allSatisfy(\.isFinite) else {
        throw .inconsistentModel("the mean of class \(gaussian.label) has NaN or infinite values")
      }
      pooled.addCovariance(spectrum, weight: gaussian.weight)
      classes.append(gaussian)
    }
    let spectrum: Spectrum
    do {
      spectrum = try Spectrum(pooling: classes.map { ($0.spectrum, $0.weight) }, covariance: pooled)
    } catch let error as DetectorError {
      throw error
    } catch {
      // With samples in memory and without cancellation, nothing else can fail.
      throw .decompositionFailed(label: nil, info: 0)
    }
    self.init(classes: classes, dimension: dimension, sampleCount: sampleCount, pooled: spectrum)
  }

  private static func checkShapes(
    labels: [Int], counts: [Int], means: Matrix, eigenvalues: Matrix, eigenvectors: [Matrix]
  ) throws(DetectorError) {
    let (classCount, dimension) = (labels.count, means.columnCount)
    if classCount == 0 { throw .inconsistentModel("it has no classes") }
    if dimension == 0 { throw .inconsistentModel("its means have no dimensions") }
    if dimension > largestDimension {
      throw .tooManyDimensions(dimension: dimension, limit: largestDimension)
    }
    let lengths = [
      ("count", counts.count), ("mean", means.rowCount), ("eigenvalues", eigenvalues.rowCount),
      ("eigenvectors", eigenvectors.count),
    ]
    for (name, length) in lengths where length != classCount {
      throw .inconsistentModel("label has \(classCount) classes, but \(name) has \(length)")
    }
    if let negative = labels.first(where: { $0 < 0 }) {
      throw .inconsistentModel("label \(negative) is below 0")
    }
    if Set(labels).count < classCount { throw .inconsistentModel("a label occurs twice") }
    for (label, count) in zip(labels, counts) where count < 1 {
      throw .inconsistentModel("class \(label) has a count of \(count)")
    }
    if eigenvalues.columnCount != dimension {
      throw .inconsistentModel(
        "mean has \(dimension) dimensions, but eigenvalues has \(eigenvalues.columnCount)")
    }
    for (label, basis) in zip(labels, eigenvectors)
    where basis.columnCount != dimension || basis.rowCount > dimension {
      throw .inconsistentModel(
        "class \(label) has \(basis.rowCount) × \(basis.columnCount) eigenvectors for \(dimension) dimensions"
      )
    }
  }
}

extension Spectrum {
  /// Checks a saved spectrum.
  fileprivate init(saved eigenvalues: [Double], basis: Matrix, count: Int, label: Int) throws(DetectorError) {
    guard eigenvalues.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw .inconsistentModel("class \(label) has negative, infinite or NaN eigenvalues")
    }
    guard zip(eigenvalues, eigenvalues.dropFirst()).allSatisfy({ $0 >= $1 }) else {
      throw .inconsistentModel("the eigenvalues of class \(label) are not in descending order")
    }
    let zero = (eigenvalues.first ?? 0) * SpectrumRefinement.zeroShare(dimension: eigenvalues.count)
    let clipped = eigenvalues.map { $0 > zero ? $0 : 0 }
    let rank = clipped.count { $0 > 0 }
    guard rank <= basis.rowCount else {
      throw .inconsistentModel(
        "class \(label) has \(rank) eigenvalues above 0, but \(basis.rowCount) eigenvectors")
    }
    guard rank < count else {
      throw .inconsistentModel("class \(label) has rank \(rank), but only \(count) samples")
    }
    guard basis.hasOrthonormalRows else {
      throw .inconsistentModel("the eigenvectors of class \(label) are not orthonormal")
    }
    self.init(eigenvalues: clipped, basis: basis, rank: rank)
  }
}

extension Matrix {
  /// Whether VVᵀ = I up to the rounding errors of saving in single precision. O(m²·D).
  fileprivate var hasOrthonormalRows: Bool {
    var gram = Matrix(rowCount: rowCount, columnCount: rowCount)
    gram.addRowGram(of: self, scale: 1)
    for row in 0..<rowCount {
      for column in row..<rowCount
      where !(abs(gram[row, column] - (row == column ? 1 : 0)) <= 1e-5) { return false }
    }
    return true
  }
}
