import LinearAlgebra

/// What a fit needs to know of the samples of one class: their number, mean and scatter, and two moments more for
/// shrinkage. Statistics of disjoint sets of samples merge exactly, up to rounding errors.
///
/// The scatter holds products of differences from the mean, so eigenvalues of the covariance below about D · 2⁻⁵² of
/// the largest cannot be told from 0: a fit to samples finds those, one to statistics does not.
public struct ClassStatistics: Sendable, Equatable {
  /// The class's label, ≥ 0.
  public let label: Int
  /// n_k ≥ 1.
  public let count: Int
  /// μ_k, (D,).
  public let mean: [Double]
  /// The rounding error of ``mean``, (D,).
  public let meanRemainder: [Double]
  /// S_k = Σ (z − μ_k)(z − μ_k)ᵀ: the upper triangle row by row, (D (D + 1) / 2,).
  public let scatter: [Double]
  /// Σ ‖z − μ_k‖² (z − μ_k), (D,), and Σ ‖z − μ_k‖⁴; nil if unknown. ``RidgeRule/ledoitWolf`` needs the second, and
  /// merging it the first.
  public let higherMoments: HigherMoments?

  public struct HigherMoments: Sendable, Equatable {
    public var third: [Double]
    public var fourth: Double

    public init(third: [Double], fourth: Double) {
      self.third = third
      self.fourth = fourth
    }
  }

  /// D.
  public var dimension: Int { mean.count }

  /// The same without the scatter, for keeping.
  package var withoutScatter: ClassStatistics {
    ClassStatistics(
      known: label, count: count, mean: mean, meanRemainder: meanRemainder, scatter: [],
      higherMoments: higherMoments)
  }

  /// The length of ``scatter``.
  public static func scatterCount(dimension: Int) -> Int { dimension * (dimension + 1) / 2 }

  /// - Parameter meanRemainder: nil if the mean is exact.
  /// - Throws: ``DetectorError/inconsistentModel(_:)`` if the numbers cannot be those of samples.
  public init(
    label: Int, count: Int, mean: [Double], meanRemainder: [Double]? = nil, scatter: [Double],
    higherMoments: HigherMoments? = nil
  ) throws(DetectorError) {
    let dimension = mean.count
    let problem: String? =
      if label < 0 {
        "its label is below 0"
      } else if count < 1 {
        "it has \(count) samples"
      } else if dimension == 0 || scatter.count != Self.scatterCount(dimension: dimension)
        || meanRemainder.map({ $0.count != dimension }) ?? false
        || higherMoments.map({ $0.third.count != dimension }) ?? false
      {
        "its mean and its scatter have different dimensions"
      } else if !(mean.allSatisfy(\.isFinite) && scatter.allSatisfy(\.isFinite)
        && meanRemainder?.allSatisfy(\.isFinite) ?? true)
      {
        "its mean or its scatter has NaN or infinite values"
      } else if let negative = Self.diagonal(of: scatter, dimension: dimension).firstIndex(where: { $0 < 0 })
      {
        "the variance of dimension \(negative) is negative"
      } else if count == 1, scatter.contains(where: { $0 != 0 }) {
        "its only sample has a scatter other than 0"
      } else {
        nil
      }
    if let problem { throw .inconsistentModel("class \(label): \(problem)") }
    self.init(
      known: label, count: count, mean: mean,
      meanRemainder: meanRemainder ?? [Double](repeating: 0, count: dimension), scatter: scatter,
      higherMoments: higherMoments)
  }

  private init(
    known label: Int, count: Int, mean: [Double], meanRemainder: [Double], scatter: [Double],
    higherMoments: HigherMoments?
  ) {
    self.label = label
    self.count = count
    self.mean = mean
    self.meanRemainder = meanRemainder
    self.scatter = scatter
    self.higherMoments = higherMoments
  }

  private static func diagonal(of scatter: [Double], dimension: Int) -> [Double] {
    var place = 0
    return (0..<dimension).map { row in
      defer { place += dimension - row }
      return scatter[place]
    }
  }
}

// MARK: Merging

extension ClassStatistics {
  /// The statistics of all samples of several disjoint sets, of one class or of several. They do not depend on the
  /// order of the parts. O(parts · D²).
  ///
  /// Pairs are merged by the differences of their means (Chan, Golub and LeVeque 1979), and then pairs of pairs, so that
  /// rounding errors grow with the logarithm of the number of parts. Counts are exact.
  ///
  /// - Parameters:
  ///   - parts: At least one, all of the same dimension.
  ///   - label: The label of the result.
  /// - Throws: ``DetectorError/inconsistentModel(_:)`` if the counts overflow.
  public static func merged(_ parts: [ClassStatistics], label: Int) throws(DetectorError) -> ClassStatistics {
    precondition(Set(parts.map(\.dimension)).count == 1, "parts of one dimension")
    var level = parts.sorted { $0.precedes($1) }
    while level.count > 1 {
      var next: [ClassStatistics] = []
      for index in stride(from: 0, to: level.count - 1, by: 2) {
        next.append(try level[index].merged(with: level[index + 1]))
      }
      if level.count % 2 == 1, let last = level.last { next.append(last) }
      level = next
    }
    return ClassStatistics(
      known: label, count: level[0].count, mean: level[0].mean, meanRemainder: level[0].meanRemainder,
      scatter: level[0].scatter, higherMoments: level[0].higherMoments)
  }

  /// An order of contents. Parts that are equal in it differ in nothing that merging uses.
  private func precedes(_ other: ClassStatistics) -> Bool {
    if count != other.count { return count < other.count }
    for (own, others) in [
      (mean, other.mean), (meanRemainder, other.meanRemainder), (scatter, other.scatter),
      (higherMoments?.third ?? [], other.higherMoments?.third ?? []),
    ] where own != others { return own.lexicographicallyPrecedes(others) }
    return false
  }

  private func merged(with other: ClassStatistics) throws(DetectorError) -> ClassStatistics {
    let (total, overflow) = count.addingReportingOverflow(other.count)
    if overflow { throw .inconsistentModel("the counts add up to more than an integer holds") }
    let difference = (0..<dimension).map {
      (other.mean[$0] - mean[$0]) + (other.meanRemainder[$0] - meanRemainder[$0])
    }
    let share = Double(other.count) / Double(total)
    // Relative to the mean of the first part.
    let offset = difference.map { $0 * share }
    let merged = ClassMean(origin: mean, offset: zip(offset, meanRemainder).map(+))
    let factor = Double(count) * share
    var scatter = scatter
    var place = 0
    for row in 0..<dimension {
      let scaled = factor * difference[row]
      for column in row..<dimension {
        scatter[place] += other.scatter[place] + scaled * difference[column]
        place += 1
      }
    }
    var higher: HigherMoments?
    if let own = shiftedMoments(by: offset),
      let others = other.shiftedMoments(by: zip(offset, difference).map(-))
    {
      higher = HigherMoments(third: zip(own.third, others.third).map(+), fourth: own.fourth + others.fourth)
    }
    return ClassStatistics(
      known: label, count: total, mean: merged.rounded, meanRemainder: merged.remainder, scatter: scatter,
      higherMoments: higher)
  }

  /// The higher moments about μ_k + d. With x the centred samples, Σ x = 0, t the third moment and S the scatter, they
  /// are t − tr(S) d − 2 S d − n ‖d‖² d and Σ‖x‖⁴ − 4 dᵀt + 4 dᵀS d + 2 ‖d‖² tr S + n ‖d‖⁴.
  private func shiftedMoments(by d: [Double]) -> HigherMoments? {
    guard let known = higherMoments else { return nil }
    let product = scatterMultiplied(by: d)
    let trace = Self.diagonal(of: scatter, dimension: dimension).reduce(0, +)
    let square = Self.dot(d, d)
    let own = trace + Double(count) * square
    return HigherMoments(
      third: (0..<dimension).map { known.third[$0] - own * d[$0] - 2 * product[$0] },
      fourth: known.fourth - 4 * Self.dot(d, known.third) + 4 * Self.dot(d, product)
        + square * (trace + own))
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func scatterMultiplied(by vector: [Double]) -> [Double] {
    var product = [Double](repeating: 0, count: dimension)
    var place = 0
    for row in 0..<dimension {
      product[row] += scatter[place] * vector[row]
      place += 1
      for column in row + 1..<max(row + 1, dimension) {
        product[row] += scatter[place] * vector[column]
        product[column] += scatter[place] * vector[row]
        place += 1
      }
    }
    return product
  }
}

// MARK: From samples, and to covariances

extension ClassStatistics {
  /// S_k / divisor in the upper triangle, (D, D).
  func covariance(dividedBy divisor: Double) -> Matrix {
    var matrix = Matrix(rowCount: dimension, columnCount: dimension)
    var place = 0
    for row in 0..<dimension {
      for column in row..<dimension {
        matrix[row, column] = scatter[place] / divisor
        place += 1
      }
    }
    return matrix
  }

  /// tr S_k / n_k and its like.
  var moments: ScatterMoments {
    ScatterMoments(
      count: count, covariance: covariance(dividedBy: Double(count)), fourthMoment: higherMoments?.fourth)
  }

  /// The statistics of each class, computed when they are asked for.
  ///
  /// - Parameters:
  ///   - rows: Features (N, D) as they are in files; they are normalized first.
  ///   - labels: (N,). Labels below 0 belong to no class.
  public static func classes(
    of rows: any FeatureRows, labels: [Int], normalization: Normalization
  ) throws -> ClassStatisticsReader {
    let rows = normalization.normalized(rows)
    let members = try ClassMembers.partition(labels, sampleCount: rows.count)
    _ = try SpectralDetector.usableDimension(rows)
    return ClassStatisticsReader(members: members, rows: rows)
  }
}

/// Computes statistics of classes from their samples when they are asked for.
public struct ClassStatisticsReader: Sendable {
  private let members: [ClassMembers]
  private let rows: any FeatureRows

  fileprivate init(members: [ClassMembers], rows: any FeatureRows) {
    self.members = members
    self.rows = rows
  }

  public var labels: [Int] { members.map(\.label) }
  public var counts: [Int] { members.map(\.rows.count) }
  public var dimension: Int { rows.dimension }

  /// The statistics of one class. O(n·D²), in two passes over its samples.
  ///
  /// - Throws: ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, the errors of the features.
  public func statistics(_ index: Int) throws -> ClassStatistics {
    let fit = ClassFit(members: members[index], rows: rows, execution: Execution(threadCount: 1))
    let (mean, nonFiniteRows) = try fit.mean()
    try NonFiniteRows(nonFiniteRows).check()
    var scatter = Matrix(rowCount: dimension, columnCount: dimension)
    var third = [Double](repeating: 0, count: dimension)
    var fourth = 0.0
    try fit.centredSamples(around: mean, blockSize: fit.execution.blockSize).forEachBlock { block in
      scatter.addColumnGram(of: block, scale: 1)
      let squares = block.squaredRowNorms()
      fourth = squares.reduce(fourth) { $0 + $1 * $1 }
      third = zip(third, block.transposeMultiplied(by: squares)).map(+)
    }
    guard scatter.nonFiniteRows().isEmpty else { throw DetectorError.covarianceOverflowed(label: fit.label) }
    var packed: [Double] = []
    packed.reserveCapacity(ClassStatistics.scatterCount(dimension: dimension))
    for row in 0..<dimension { packed += scatter.row(row).dropFirst(row) }
    return try ClassStatistics(
      label: fit.label, count: fit.count, mean: mean.rounded, meanRemainder: mean.remainder, scatter: packed,
      higherMoments: fourth.isFinite ? .init(third: third, fourth: fourth) : nil)
  }
}
