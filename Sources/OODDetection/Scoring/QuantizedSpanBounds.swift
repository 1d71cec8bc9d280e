import LinearAlgebra

/// The bounds of ``SpanBounds`` from 8-bit integers, where these are faster than floats.
struct QuantizedSpanBounds: DistanceBounds {
  let parts = [[0]]
  private let classCount: Int
  private let origin: [Double]
  /// The classes that are represented by their span, with their bounds.
  private let members: [(classIndex: Int, bound: QuantizedBound)]
  /// Their means relative to the origin, (K', D).
  private let means: Float32Matrix
  /// The bounds for all other classes; nil if there are none.
  private let others: ClassBounds?

  /// Nil if no class is represented by its span, if there is only one distinct class, or if a class has no bound.
  /// O(K·n·D).
  static func build(
    _ classes: [FactoredClass], among all: AllMeans? = nil, _ execution: Execution
  ) async throws -> QuantizedSpanBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    let places = classes.indices.filter { classes[$0].factor.span != nil }
    guard all.means.count > 1, !places.isEmpty, let frame = all.frame else { return nil }
    var others: ClassBounds?
    if places.count < classes.count {
      // Without bounds to some class, all would have to be computed.
      guard let built = try await ClassBounds.build(classes, among: all, execution) else { return nil }
      others = built
    }
    var members: [(Int, QuantizedBound)] = []
    var means = Float32Matrix(rowCount: places.count, columnCount: frame.origin.count)
    try await forEachInOrder(places.count, threadCount: execution.threadCount) { index in
      QuantizedBound(classes[places[index]], origin: frame.origin, ridge: 0)
    } consume: { index, bound in
      guard let bound else { return }
      members.append((places[index], bound))
      execution.memory.hold(bound.byteCount)
      let mean = zip(classes[places[index]].mean, frame.origin).map(-)
      means.setRows(
        from: index, to: Matrix(rowCount: 1, columnCount: mean.count, elements: mean), times: 1)
    }
    guard members.count == places.count else { return nil }
    return QuantizedSpanBounds(
      classCount: classes.count, origin: frame.origin, members: members, means: means, others: others)
  }

  /// O(B·K·n·D).
  func squaredDistanceBounds(of block: Matrix) throws -> [Float] {
    let samples = QuantizedSamples(rounding: block, origin: origin)
    var products = Float32Matrix(rowCount: 0, columnCount: 0)
    Float32Matrix(rounding: block, origin: origin, scale: 1).multiply(byTransposeOf: means, into: &products)
    var bounds =
      others?.squaredDistanceBounds(of: block)
      ?? [Float](repeating: 0, count: block.rowCount * classCount)
    let indices = (0..<Int32(block.rowCount)).map { $0 }
    for (place, member) in members.enumerated() {
      try Task.checkCancellation()
      let found = member.bound.squaredDistanceBounds(of: samples, at: indices) { products[$0, place] }
      for (row, bound) in found.enumerated() { bounds[row * classCount + member.classIndex] = bound }
    }
    return bounds
  }

  func work(rowCount: Int) -> WorkCount {
    let own = members.reduce(WorkCount.product(rowCount, origin.count, members.count)) {
      $0 + $1.bound.work(rowCount: rowCount)
    }
    return others.map { own + $0.work(rowCount: rowCount) } ?? own
  }

  /// As many samples as make products fast: cancellation is checked between classes.
  func blockSize(_ execution: Execution) -> Int { execution.blockSize }
}
