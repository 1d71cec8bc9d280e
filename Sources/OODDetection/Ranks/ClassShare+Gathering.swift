import LinearAlgebra

/// What ranks tell each other of their classes.
extension ClassShare {
  /// The rows of one class, from its owner. A collective on several ranks.
  func rows(of index: Int, _ own: () throws -> Matrix) throws -> Matrix {
    if isWhole { return try own() }
    let matrix = isOwn(index) ? try own() : Matrix(rowCount: 0, columnCount: 0)
    let shape = try ranks.broadcast([matrix.rowCount, matrix.columnCount], from: owners[index])
    return Matrix(
      rowCount: shape[0], columnCount: shape[1],
      elements: try ranks.broadcast(matrix.elements, from: owners[index]))
  }

  /// The samples of all classes, each centred by its own mean. Reading a block is a collective on several ranks: its
  /// owner sends it to all.
  func pooledSamples(_ fits: [ClassFit], _ scatters: [ClassScatter]) -> CentredSamples {
    let classes = zip(fits, scatters).map {
      $0.centredSamples(around: $1.mean, blockSize: $0.execution.blockSize)
    }
    let samples = CentredSamples.joined(classes)
    if isWhole { return samples }
    let classOfBlock = classes.indices.flatMap { [Int](repeating: $0, count: classes[$0].ranges.count) }
    return CentredSamples(count: samples.count, ranges: samples.ranges) { range in
      try rows(of: classOfBlock[range.lowerBound]) { try samples.block(range) }
    }
  }

  /// Those of this rank's classes whose spectra are stored, by class.
  func entries(
    of store: SpectrumStore?, for fits: [ClassFit], mixes: Bool, _ execution: Execution
  ) async throws -> [Int: SpectrumStore.Entry] {
    try await ranks.together {
      let entries = try await store?.entries(for: own.map { fits[$0] }, mixes: mixes, execution) ?? [:]
      return Dictionary(uniqueKeysWithValues: entries.map { (own[$0], $1) })
    }
  }

  /// Computes the same on all ranks, perhaps with collectives.
  func computing<Value: Sendable>(
    _ work: WorkCount, _ compute: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    if isWhole { return try await abandonable(work, compute) }
    return try await ranks.waiting { _ in try compute() }
  }

  /// This rank's classes with means and moments of all others. A collective.
  func completed(_ own: [ClassScatter], dimension: Int) async throws -> [ClassScatter] {
    if isWhole { return own }
    let records = try await joined(own.map(\.record), length: ClassScatter.recordLength(dimension: dimension))
    var found = own.makeIterator()
    return owners.indices.map { index in
      if isOwn(index), let known = found.next() { return known }
      return ClassScatter(record: records[index], dimension: dimension)
    }
  }

  /// This rank's classes with the eigenvalues of all others, whose eigenvectors stay with their owners. A collective.
  func completed(
    _ own: [(scatter: ClassScatter, spectrum: Spectrum)], dimension: Int
  ) async throws -> [(scatter: ClassScatter, spectrum: Spectrum)] {
    if isWhole { return own }
    let scatters = try await completed(own.map(\.scatter), dimension: dimension)
    let records = try await joined(
      own.map { [Double($1.directionCount), Double($1.rank)] + $1.eigenvalues + $1.variances },
      length: 2 * dimension + 2)
    var found = own.makeIterator()
    return owners.indices.map { index in
      if isOwn(index), let known = found.next() { return known }
      let record = records[index]
      return (
        scatters[index],
        Spectrum(
          eigenvalues: Array(record[2..<dimension + 2]), elsewhere: Int(record[0]),
          variances: Array(record[(dimension + 2)...]), rank: Int(record[1]))
      )
    }
  }
}

extension ClassScatter {
  /// The numbers that other ranks need: all but the covariance.
  fileprivate var record: [Double] {
    mean.rounded + mean.remainder
      + [
        Double(moments.count), moments.trace, moments.squaredNorm, moments.squaredDeviation,
        moments.fourthMoment ?? .nan,
      ]
  }

  fileprivate static func recordLength(dimension: Int) -> Int { 2 * dimension + 5 }

  fileprivate init(record: [Double], dimension: Int) {
    let rest = Array(record[(2 * dimension)...])
    self.init(
      mean: ClassMean(
        rounded: Array(record[..<dimension]), remainder: Array(record[dimension..<2 * dimension])),
      covariance: nil,
      moments: ScatterMoments(
        count: Int(rest[0]), dimension: dimension, trace: rest[1], squaredNorm: rest[2],
        squaredDeviation: rest[3], fourthMoment: rest[4].isNaN ? nil : rest[4]))
  }
}
