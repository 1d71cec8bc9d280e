import LinearAlgebra

/// The training samples of one class.
struct ClassMembers: Sendable {
  /// The class's label, ≥ 0.
  let label: Int
  /// Row numbers, ascending.
  let rows: [Int]

  /// The classes among `labels`, ascending. Labels below 0 belong to no class.
  ///
  /// - Throws: ``DetectorError/labelCountMismatch(sampleCount:labelCount:)``,
  ///   ``DetectorError/noInDistributionSamples(sampleCount:)``.
  static func partition(_ labels: [Int], sampleCount: Int) throws(DetectorError) -> [ClassMembers] {
    let rowsByLabel = try indices(of: labels, sampleCount: sampleCount)
    guard !rowsByLabel.isEmpty else { throw .noInDistributionSamples(sampleCount: sampleCount) }
    return rowsByLabel.sorted { $0.key < $1.key }.map { ClassMembers(label: $0.key, rows: $0.value) }
  }

  /// n_k of each label ≥ 0, in ascending order of label.
  static func counts(of labels: [Int]) -> [Int] {
    var counts: [Int: Int] = [:]
    for label in labels where label >= 0 { counts[label, default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The rows of each label ≥ 0, ascending.
  ///
  /// - Throws: ``DetectorError/labelCountMismatch(sampleCount:labelCount:)``.
  static func indices(of labels: [Int], sampleCount: Int) throws(DetectorError) -> [Int: [Int]] {
    guard labels.count == sampleCount else {
      throw .labelCountMismatch(sampleCount: sampleCount, labelCount: labels.count)
    }
    guard let most = labels.max(), most < 1 << 16 else {
      var rowsByLabel: [Int: [Int]] = [:]
      for (row, label) in labels.enumerated() where label >= 0 {
        rowsByLabel[label, default: []].append(row)
      }
      return rowsByLabel
    }
    // Hashing every label would take several times as long.
    var rows = [[Int]](repeating: [], count: max(0, most + 1))
    for (row, label) in labels.enumerated() where label >= 0 { rows[label].append(row) }
    return Dictionary(
      uniqueKeysWithValues: rows.enumerated().lazy.filter { !$0.element.isEmpty }.map {
        ($0.offset, $0.element)
      })
  }
}

/// Fits one class's Gaussian, block by block.
struct ClassFit: Sendable {
  let members: ClassMembers
  let rows: any FeatureRows
  let execution: Execution

  var label: Int { members.label }
  /// n_k.
  var count: Int { members.rows.count }
  var dimension: Int { rows.dimension }
  /// Whether n ≤ D, in which case the (n, n) Gram matrix is decomposed instead of the (D, D) covariance.
  var isGramSmaller: Bool { count <= dimension }

  var meanWork: WorkCount { WorkCount.product(count, dimension, 1) }

  /// The mean, and the rows with NaN or infinite features. The mean is meaningless if there are any.
  ///
  /// - Parameter visit: Receives every block that is read.
  func mean(
    visit: (Matrix) -> Void = { _ in }
  ) throws -> (mean: ClassMean, nonFiniteRows: [Int]) {
    var nonFiniteRows: [Int] = []
    var origin: [Double] = []
    var sums = [Double](repeating: 0, count: dimension)
    for range in RowBlocks(count: count, size: execution.blockSize) {
      let block = try block(range)
      visit(block)
      nonFiniteRows += block.nonFiniteRows().map { members.rows[range.lowerBound + $0] }
      // Sums relative to the first sample: constant features get an exact mean and centre to exactly 0.
      if origin.isEmpty { origin = Array(block.row(0)) }
      block.addColumnSums(shiftedBy: origin, to: &sums)
      execution.meter.complete(.product(range.count, dimension, 1))
    }
    return (ClassMean(origin: origin, offset: sums.map { $0 / Double(count) }), nonFiniteRows)
  }

  /// Computes Σ_k into the upper triangle of a (D, D) matrix, and Σ ‖z − μ_k‖⁴.
  func covariance(around mean: ClassMean) throws -> (covariance: Matrix, fourthMoment: Double) {
    var fourthMoment = 0.0
    var covariance = Matrix(rowCount: dimension, columnCount: dimension)
    for range in RowBlocks(count: count, size: execution.blockSize) {
      var block = try block(range)
      mean.subtract(from: &block)
      covariance.addColumnGram(of: block, scale: 1 / Double(count))
      fourthMoment = block.squaredRowNorms().reduce(fourthMoment) { $0 + $1 * $1 }
      execution.meter.complete(.gram(rows: range.count, columns: dimension))
    }
    return (covariance, fourthMoment)
  }

  func block(_ range: Range<Int>) throws -> Matrix {
    try Task.checkCancellation()
    return try rows.matrix(at: Array(members.rows[range]))
  }
}

/// A class's mean and covariance before its spectrum is computed.
struct ClassScatter: Sendable {
  var mean: ClassMean
  /// Σ_k in the upper triangle, (D, D); nil if it is not kept.
  var covariance: Matrix?
  var moments: ScatterMoments
}

extension ClassFit {
  /// The result of fitting one class for every t. The class's own covariance is in the upper triangle of a (D, D)
  /// matrix.
  enum DecomposedOutcome: Sendable {
    case fitted(ClassScatter, Spectrum)
    case nonFinite(rows: [Int])
  }

  /// The work of mean, covariance and decomposition.
  var decomposedWork: WorkCount { momentsWork + decompositionWork }

  /// The work of mean and covariance.
  var momentsWork: WorkCount { meanWork + .gram(rows: count, columns: dimension) }

  var decompositionWork: WorkCount {
    guard isGramSmaller else { return .eigendecomposition(order: dimension) }
    // The Gram matrix, the mapping of its eigenvectors to D dimensions, and their orthonormalization.
    return .gram(rows: dimension, columns: count) + .eigendecomposition(order: count)
      + .product(count, dimension, count) + .product(2 * count, dimension, count)
  }

  /// Fits this class for every t.
  ///
  /// - Parameter known: The spectrum, if already known. Only mean and covariance are computed then.
  func decomposed(known: Spectrum? = nil) async throws -> DecomposedOutcome {
    let moments: ClassMoments
    switch try self.moments() {
    case .success(let found): moments = found
    case .failure(let unusable): return .nonFinite(rows: unusable.rows)
    }
    execution.memory.hold(moments.byteCount)
    defer { execution.memory.release(moments.byteCount) }
    if let known {
      execution.meter.plan(WorkCount() - decompositionWork)
      return .fitted(scatter(moments), known)
    }
    let samples = centredSamples(moments)
    let spectrum = try await abandonable(decompositionWork) { [covariance = moments.covariance, label] in
      try Spectrum(of: samples, covariance: covariance, label: label)
    }
    execution.meter.complete(decompositionWork)
    return .fitted(scatter(moments), spectrum)
  }

  func scatter(_ moments: ClassMoments) -> ClassScatter {
    ClassScatter(
      mean: moments.mean, covariance: moments.covariance,
      moments: ScatterMoments(
        count: count, covariance: moments.covariance, fourthMoment: moments.fourthMoment))
  }

  /// The spectrum of this class's covariance C_k with the pooled one mixed in.
  func decomposed(_ scatter: ClassScatter, mixing pooled: PooledScatter) async throws -> Spectrum {
    let own = try scatter.covariance ?? covariance(again: scatter.mean)
    let samples = pooled.mixed(centredSamples(around: scatter.mean))
    let work = WorkCount.eigendecomposition(order: dimension)
    let spectrum = try await abandonable(work) { [mixed = pooled.mixed(own, count: count), label] in
      try Spectrum(completing: mixed, of: samples, label: label)
    }
    execution.meter.complete(work)
    return spectrum
  }
}
