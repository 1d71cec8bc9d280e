public import LinearAlgebra

extension SpectralDetector {
  /// Runs `body` on rank 0, which can get the eigenvectors of every class, one class at a time, from the ranks that have
  /// them. A collective.
  ///
  /// - Parameter body: Receives a function that gives the eigenvectors of a class, (m, D).
  /// - Throws: the errors of `body` on rank 0, ``PeerFailure`` on all others.
  public func collectingBases(
    _ body: @escaping @Sendable (_ basis: @escaping @Sendable (Int) throws -> Matrix) throws -> Void
  ) async throws {
    let (classes, share, dimension) = (classes, share, dimension)
    if share.isWhole { return try body { classes[$0].spectrum.basis } }
    let outcome = try await share.ranks.waiting { ranks -> Result<Void, any Error> in
      guard ranks.rank == 0 else {
        while let index = try ranks.broadcast([0], from: 0).first, index >= 0 {
          _ = try ranks.gather(share.isOwn(index) ? classes[index].spectrum.basis.elements : [], at: 0)
        }
        return .success(())
      }
      let outcome = Result {
        try body { index in
          if share.isOwn(index) { return classes[index].spectrum.basis }
          _ = try ranks.broadcast([index], from: 0)
          let elements = try ranks.gather([Double](), at: 0)?[share.owners[index]] ?? []
          return Matrix(
            rowCount: elements.count / dimension, columnCount: dimension, elements: elements)
        }
      }
      _ = try ranks.broadcast([-1], from: 0)
      return outcome
    }
    try await share.ranks.together { try outcome.get() }
  }

  /// Computes the background where all ranks take part, before one of them needs it alone. A collective.
  public func prepareBackground(over ranks: Ranks) async throws {
    if ranks.isSingle { return }
    _ = try await ranks.waiting { _ in try self.background() }
  }
}
