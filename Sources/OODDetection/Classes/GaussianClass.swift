public import LinearAlgebra

/// One fitted class: n_k, π_k, μ_k and the spectrum of Σ_k. No λ in it, so that every λ is cheap.
public struct GaussianClass: Sendable {
  /// The class's label, ≥ 0; labels need not be contiguous.
  public let label: Int
  /// n_k, the number of training samples.
  public let count: Int
  /// π_k = n_k / Σ n.
  public let weight: Double
  /// μ_k, of length D.
  public let mean: [Double]
  /// What rounding took off ``mean``, of length D: the digits that a mean far from 0 would lose.
  public let meanRemainder: [Double]
  /// Eigenvalues and eigenvectors of Σ_k, the covariance divided by n_k.
  public let spectrum: Spectrum
  /// The diagonal of Σ_k, (D,), exactly 0 for dimensions without variance: asked for at every λ, so computed once.
  let diagonal: [Double]

  /// - Parameter meanRemainder: nil where `mean` is exact.
  public init(
    label: Int, count: Int, weight: Double, mean: [Double], meanRemainder: [Double]? = nil,
    spectrum: Spectrum
  ) {
    self.label = label
    self.count = count
    self.weight = weight
    self.mean = mean
    self.meanRemainder = meanRemainder ?? [Double](repeating: 0, count: mean.count)
    self.spectrum = spectrum
    // Eigenvectors of positive eigenvalues are exactly 0 in dimensions that never vary.
    var squares = spectrum.leadingBasis(spectrum.rank)
    squares.squareElements()
    diagonal = squares.transposeMultiplied(by: Array(spectrum.eigenvalues.prefix(squares.rowCount)))
  }
}

/// The eigendecomposition of a covariance, complete or truncated to its rank.
public struct Spectrum: Sendable {
  /// Λ, all D of them, descending, never negative; those that the computation cannot tell from 0 are exactly 0.
  public let eigenvalues: [Double]
  private let place: BasisPlace
  /// V as rows: an (m, D) matrix of orthonormal eigenvectors for the first m eigenvalues. m is D, or, where
  /// the decomposition went through the Gram matrix, the rank; every eigenvalue from m on is 0. O(1), or O(m·D) where
  /// it does not fit in memory and is fetched from the cache.
  public var basis: Matrix { place.firstRows(directionCount) }
  /// m, the number of eigenvectors.
  public var directionCount: Int { place.rowCount }
  /// The number of eigenvalues above 0.
  public let rank: Int
  /// ΣΛ, the summed variance of all dimensions.
  public let trace: Double
  /// exp of the entropy of Λ / ΣΛ, from 1 to the rank; 0 where the rank is.
  public let effectiveRank: Double

  /// Whether V spans all dimensions: m = D.
  var isComplete: Bool { directionCount == eigenvalues.count }

  /// Whether the basis is in memory.
  var isHeld: Bool {
    if case .held = place { true } else { false }
  }

  public init(eigenvalues: [Double], basis: Matrix, rank: Int) {
    self.init(eigenvalues: eigenvalues, place: .held(basis), rank: rank)
  }

  init(eigenvalues: [Double], mapped basis: MappedMatrix, rank: Int) {
    self.init(eigenvalues: eigenvalues, place: .mapped(basis), rank: rank)
  }

  private init(eigenvalues: [Double], place: BasisPlace, rank: Int) {
    self.eigenvalues = eigenvalues
    self.place = place
    self.rank = rank
    // Asked for at every λ, so computed once.
    trace = eigenvalues.reduce(0, +)
    effectiveRank = Self.effectiveRank(eigenvalues.prefix(rank), trace: trace)
  }
}

extension Spectrum {
  /// The first `count` rows of the basis. O(count·D).
  func leadingBasis(_ count: Int) -> Matrix { place.firstRows(count) }

  /// Where V is.
  private enum BasisPlace: Sendable {
    case held(Matrix)
    case mapped(MappedMatrix)

    var rowCount: Int {
      switch self {
      case .held(let matrix): matrix.rowCount
      case .mapped(let matrix): matrix.rowCount
      }
    }

    func firstRows(_ count: Int) -> Matrix {
      switch self {
      case .held(let matrix): count == matrix.rowCount ? matrix : matrix.firstRows(count)
      case .mapped(let matrix): matrix.firstRows(count)
      }
    }
  }
}
