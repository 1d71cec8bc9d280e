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
  ///   - eigenvalues: Of C_k, (K, D), each row descending and ≥ 0.
  ///   - eigenvectors: For each class, orthonormal rows (m, D) for its first m eigenvalues. The other eigenvalues must
  ///     be 0. With a tied covariance, one matrix for all classes.
  ///   - setting: What the model was fitted with.
  ///   - ridges: (K,); nil for s = r = 1.
  ///   - moments: (K,); nil if unknown, as in models without them.
  ///   - backgroundRidge: nil if the ridge rule gives it.
  /// - Throws: ``DetectorError/inconsistentModel(_:)``, which describes the contradiction, or
  ///   ``DetectorError/decompositionFailed(label:info:)``.
  public init(
    labels: [Int], counts: [Int], means: Matrix, meanRemainders: Matrix? = nil, eigenvalues: Matrix,
    eigenvectors shared: [Matrix], setting: FitSetting = .standard, ridges: [ClassRidge]? = nil,
    moments: [ScatterMoments]? = nil, backgroundRidge: ClassRidge? = nil
  ) throws(DetectorError) {
    let dimension = means.columnCount
    let isTied = setting.pooling == .tied && shared.count == 1
    let eigenvectors = isTied ? labels.map { _ in shared[0] } : shared
    try Self.checkShapes(
      labels: labels, counts: counts, means: means, eigenvalues: eigenvalues, eigenvectors: eigenvectors)
    for (name, count) in [("scale", ridges?.count), ("moments", moments?.count)] {
      if let count, count != labels.count {
        throw .inconsistentModel("label has \(labels.count) classes, but \(name) has \(count)")
      }
    }
    for ridge in (ridges ?? []) + (backgroundRidge.map { [$0] } ?? [])
    where !((0...1).contains(ridge.scale) && ridge.unit >= 0 && ridge.unit.isFinite) {
      throw .inconsistentModel("a ridge is negative, infinite or NaN, or its scale is not within 0 … 1")
    }
    let (sampleCount, overflow) = counts.reduce((0, false)) {
      let sum = $0.0.addingReportingOverflow($1)
      return (sum.partialValue, $0.1 || sum.overflow)
    }
    if overflow { throw .inconsistentModel("the counts add up to more than an integer holds") }

    var classes: [GaussianClass] = []
    var pooled = Matrix(rowCount: dimension, columnCount: dimension)
    // Σ w_k C_k = (1 − α + K α) S.
    let pooling = setting.pooling.value
    let total = Double(sampleCount) * (1 - pooling + Double(labels.count) * pooling)
    var pooledWeights: [Double] = []
    var tied: Spectrum?
    for index in labels.indices.sorted(by: { labels[$0] < labels[$1] }) {
      let spectrum: Spectrum
      if let tied, tied.eigenvalues == Array(eigenvalues.row(index)) {
        spectrum = tied
      } else {
        spectrum = try Spectrum(
          saved: Array(eigenvalues.row(index)), basis: eigenvectors[index],
          count: pooling == 0 ? counts[index] : sampleCount, label: labels[index])
      }
      if isTied { tied = spectrum }
      let divisors = setting.pooling.divisors(count: counts[index], sampleCount: sampleCount)
      let gaussian = GaussianClass(
        label: labels[index], count: counts[index], weight: Double(counts[index]) / Double(sampleCount),
        mean: Array(means.row(index)), meanRemainder: meanRemainders.map { Array($0.row(index)) },
        spectrum: spectrum, ridge: ridges?[index] ?? .absolute,
        moments: moments?[index]
          ?? (pooling == 0 ? ScatterMoments(count: counts[index], spectrum: spectrum) : nil),
        divisors: divisors)
      guard gaussian.mean.allSatisfy(\.isFinite), gaussian.meanRemainder.allSatisfy(\.isFinite) else {
        throw .inconsistentModel("the mean of class \(gaussian.label) has NaN or infinite values")
      }
      if tied == nil {
        pooledWeights.append(divisors.all / total)
        pooled.addCovariance(spectrum, weight: divisors.all / total)
      }
      classes.append(gaussian)
    }
    let spectrum: Spectrum
    do {
      spectrum =
        try tied
        ?? Spectrum(
          pooling: classes.map(\.spectrum), weights: pooledWeights, covariance: pooled,
          ClassShare(classCount: classes.count))
    } catch let error as DetectorError {
      throw error
    } catch {
      // With samples in memory and without cancellation, nothing else can fail.
      throw .decompositionFailed(label: nil, info: 0)
    }
    self.init(
      classes: classes, dimension: dimension, sampleCount: sampleCount, pooled: spectrum, setting: setting,
      backgroundRidge: backgroundRidge.map { ridge in { @Sendable _ in ridge } })
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
