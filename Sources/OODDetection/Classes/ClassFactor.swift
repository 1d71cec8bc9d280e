import LinearAlgebra

/// Where a class's triangular factor is: in memory, or where it can be fetched from.
struct ClassFactor: Sendable {
  private enum Place {
    case held(CholeskyFactorization)
    case stored(StoredClassFactor)
  }

  private let place: Place

  init(_ factor: CholeskyFactorization) { place = .held(factor) }

  init(stored: StoredClassFactor) { place = .stored(stored) }

  var isHeld: Bool {
    if case .held = place { true } else { false }
  }

  /// The factor itself. O(1) where it is held, else O(D²) to read it or O(n·D² + D³) to make it.
  ///
  /// - Throws: what reading the samples throws.
  func loaded() throws -> CholeskyFactorization {
    switch place {
    case .held(let factor): factor
    case .stored(let stored): try stored.loaded()
    }
  }
}
