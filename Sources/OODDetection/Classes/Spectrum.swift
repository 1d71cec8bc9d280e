import Foundation
public import LinearAlgebra

/// The eigendecomposition of a covariance, complete or truncated to its rank.
public struct Spectrum: Sendable {
  /// All D eigenvalues Λ, descending and never negative. Those that are numerically 0 are exactly 0.
  public let eigenvalues: [Double]
  private let place: BasisPlace
  /// V as rows: an (m, D) matrix of orthonormal eigenvectors for the first m eigenvalues. m is D, or the rank if the
  /// Gram matrix was decomposed; all further eigenvalues are 0. O(1), or O(m·D) if the basis is not in memory and is
  /// read from the cache.
  public var basis: Matrix { place.firstRows(directionCount) }
  /// m, the number of eigenvectors.
  public var directionCount: Int { place.rowCount }
  /// The number of eigenvalues above 0.
  public let rank: Int
  /// ΣΛ, the summed variance of all dimensions.
  public let trace: Double
  /// exp of the entropy of Λ / ΣΛ, from 1 to the rank; 0 if the rank is 0.
  public let effectiveRank: Double

  /// Whether V spans all dimensions: m = D.
  var isComplete: Bool { directionCount == eigenvalues.count }

  /// Whether the basis is in memory.
  var isHeld: Bool {
    if case .held = place { true } else { false }
  }

  /// The same with the basis in memory.
  var held: Spectrum { isHeld ? self : Spectrum(eigenvalues: eigenvalues, basis: basis, rank: rank) }

  public init(eigenvalues: [Double], basis: Matrix, rank: Int) {
    self.init(eigenvalues: eigenvalues, place: .held(basis), rank: rank)
  }

  /// That of a class of another rank, which has the basis.
  ///
  /// - Parameter variances: The diagonal of the covariance, (D,).
  init(eigenvalues: [Double], elsewhere directionCount: Int, variances: [Double], rank: Int) {
    self.init(
      eigenvalues: eigenvalues, place: .elsewhere(directionCount: directionCount, variances: variances),
      rank: rank)
  }

  init(eigenvalues: [Double], mapped basis: MappedMatrix, rank: Int) {
    self.init(eigenvalues: eigenvalues, place: .mapped(basis), rank: rank)
  }

  private init(eigenvalues: [Double], place: BasisPlace, rank: Int) {
    self.eigenvalues = eigenvalues
    self.place = place
    self.rank = rank
    // Computed once, since they are needed at every λ.
    trace = eigenvalues.reduce(0, +)
    effectiveRank = Self.effectiveRank(eigenvalues.prefix(rank), trace: trace)
  }
}

extension Spectrum {
  /// The spectrum of `factor` times the covariance, 0 ≤ `factor` ≤ 1, which shares the basis.
  func scaled(by factor: Double) -> Spectrum {
    guard factor != 1 else { return self }
    let scaled = eigenvalues.map { $0 * factor }
    return Spectrum(eigenvalues: scaled, place: place, rank: scaled.count { $0 > 0 })
  }

  /// The leading eigenvectors, scaled by √(weight · Λ), so that their Gram matrix is weight · Σ. O(rank·D).
  func scaledDirections(weight: Double = 1) -> Matrix {
    var rows = leadingBasis(rank)
    rows.scaleRows(by: eigenvalues.prefix(rank).map { ($0 * weight).squareRoot() })
    return rows
  }

  /// The diagonal of the covariance, (D,), exactly 0 for dimensions without variance. O(rank·D).
  var variances: [Double] {
    if case .elsewhere(_, let variances) = place { return variances }
    // Eigenvectors of positive eigenvalues are exactly 0 in dimensions that never vary.
    var squares = leadingBasis(rank)
    squares.squareElements()
    return squares.transposeMultiplied(by: Array(eigenvalues.prefix(squares.rowCount)))
  }

  /// The first `count` rows of the basis. O(count·D).
  func leadingBasis(_ count: Int) -> Matrix { place.firstRows(count) }

  /// Where V is stored.
  private enum BasisPlace: Sendable {
    case held(Matrix)
    case mapped(MappedMatrix)
    case elsewhere(directionCount: Int, variances: [Double])

    var rowCount: Int {
      switch self {
      case .held(let matrix): matrix.rowCount
      case .mapped(let matrix): matrix.rowCount
      case .elsewhere(let count, _): count
      }
    }

    func firstRows(_ count: Int) -> Matrix {
      switch self {
      case .held(let matrix): count == matrix.rowCount ? matrix : matrix.firstRows(count)
      case .mapped(let matrix): matrix.firstRows(count)
      case .elsewhere: preconditionFailure("the eigenvectors are on another rank")
      }
    }
  }
}

extension Spectrum {
  static func effectiveRank(_ eigenvalues: ArraySlice<Double>, trace: Double) -> Double {
    guard trace > 0 else { return 0 }
    let entropy = eigenvalues.reduce(0) { sum, eigenvalue in
      let share = eigenvalue / trace
      return share > 0 ? sum - share * log(share) : sum
    }
    return exp(entropy)
  }

  /// (Λ_max + λ) / (Λ_min + λ); infinite if λ and an eigenvalue are 0.
  public func conditionNumber(at regularization: Regularization) -> Double {
    let smallest = (eigenvalues.last ?? 0) + regularization.value
    return smallest > 0 ? ((eigenvalues.first ?? 0) + regularization.value) / smallest : .infinity
  }

  /// log det (Σ + λI), in nats; −infinity if λ and an eigenvalue are 0.
  public func logDeterminant(at regularization: Regularization) -> Double {
    // All directions of eigenvalue 0 share one logarithm.
    var known = SumOfLogarithms()
    for eigenvalue in eigenvalues.prefix(rank) { known.add(eigenvalue + regularization.value) }
    return rank == eigenvalues.count
      ? known.value : known.value + Double(eigenvalues.count - rank) * log(regularization.value)
  }

  /// The number of leading directions that explain at least the given fraction (0…1) of the trace; 0 if the trace is
  /// 0.
  public func directionCount(explaining fraction: Double) -> Int {
    let goal = trace * min(max(fraction, 0), 1)
    guard goal > 0 else { return 0 }
    var sum = 0.0
    for (index, eigenvalue) in eigenvalues.prefix(rank).enumerated() {
      sum += eigenvalue
      if sum >= goal { return index + 1 }
    }
    return rank
  }
}

/// Computes Σ log x with few logarithms, the slowest part of such a sum, by multiplying factors as long as the product
/// stays in range.
struct SumOfLogarithms {
  private var sum = 0.0
  private var product = 1.0

  var value: Double { sum + log(product) }

  mutating func add(_ factor: Double) {
    let next = product * factor
    if next > 1e-250, next < 1e250 {
      product = next
    } else {
      sum += log(product) + log(factor)
      product = 1
    }
  }
}
