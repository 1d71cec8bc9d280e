import LinearAlgebra

/// Lower bounds on d² to classes with far fewer samples than dimensions, from 8-bit integers, where these are faster
/// than floats.
///
/// Outside the span of such a class there is only the ridge, and what a sample has outside of it decides d². A part of
/// that lies along the differences of the other means, also outside. 16 directions of them hold about half of what
/// samples of other classes have outside, which rules out nearly all classes. What they leave open is bounded by
/// ``RefinedBounds``, which take all of it.
struct QuantizedSpanBounds: DistanceBounds {
  let parts = [[0]]
  private let classCount: Int
  private let origin: [Double]
  /// The classes that are represented by their span, with their bounds.
  private let members: [(classIndex: Int, bound: QuantizedBound)]
  /// The bounds for all other classes; nil if there are none.
  private let others: ClassBounds?

  /// Nil if no class is represented by its span, if there is only one distinct class, or if a class has no bound.
  /// O(K·n·D·128).
  static func build(
    _ classes: [FactoredClass], among all: AllMeans? = nil, _ execution: Execution
  ) async throws -> QuantizedSpanBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    let places = classes.indices.filter { classes[$0].factor.span != nil }
    guard all.means.count > 1, !places.isEmpty, let frame = all.frame else { return nil }
    var others: ClassBounds?
    if places.count < classes.count {
      // Without bounds to some class, all would have to be computed.
      guard
        let built = try await ClassBounds.build(classes, among: all, includesSpans: false, execution)
      else { return nil }
      others = built
    }
    var members: [(Int, QuantizedBound)] = []
    try await forEachInOrder(places.count, threadCount: execution.threadCount) { place -> QuantizedBound? in
      let index = places[place]
      guard let span = classes[index].factor.span else { return nil }
      let rows = try ClassBounds.marginalRows(of: all.indices[index], among: all, by: span)
      return QuantizedBound(marginal: rows, of: span, mean: classes[index].mean, origin: frame.origin)
    } consume: { place, bound in
      guard let bound else { return }
      members.append((places[place], bound))
      execution.memory.hold(bound.byteCount)
    }
    guard members.count == places.count else { return nil }
    return QuantizedSpanBounds(
      classCount: classes.count, origin: frame.origin, members: members, others: others)
  }

  /// O(16·B·K·D).
  func bounds(of block: Matrix) throws -> BlockBounds {
    let samples = QuantizedSamples(rounding: block, origin: origin)
    var bounds =
      others?.bounds(of: block).squaredDistances
      ?? [Float](repeating: 0, count: block.rowCount * classCount)
    let indices = (0..<Int32(block.rowCount)).map { $0 }
    for member in members {
      try Task.checkCancellation()
      let found = member.bound.squaredDistanceBounds(of: samples, at: indices)
      for (row, bound) in found.enumerated() { bounds[row * classCount + member.classIndex] = bound }
    }
    return BlockBounds(squaredDistances: bounds)
  }

  func work(rowCount: Int) -> WorkCount {
    let own = members.reduce(WorkCount()) { $0 + $1.bound.work(rowCount: rowCount) }
    return others.map { own + $0.work(rowCount: rowCount) } ?? own
  }

  /// As many samples as make products fast: cancellation is checked between classes.
  func blockSize(_ execution: Execution) -> Int { execution.blockSize }
}
