import CVectorKernels
import LinearAlgebra

/// Lower bounds on d² to classes with far fewer samples than dimensions, in single precision.
///
/// Outside the span of such a class there is only the ridge, and samples of other classes are outside of it: what
/// they have in all D − n directions outside decides d², and a marginal in some directions says little about it. But
/// ridge · d² ≥ ‖c‖² − ‖Qc‖² for the n rows Q of ``SpanCovariance/excludedRows``, for any ridge. The bound is that
/// difference less its rounding errors, which nearly all classes exceed.
///
/// The rounding errors of a computed product with a row q stay below (D + 64)·2⁻²⁴·‖q‖·(‖z − m‖ + ‖μ_k − m‖), as for
/// ``ClassBounds``, so those of ‖Qc‖ below that with ‖Q‖_F in place of ‖q‖.
struct SpanBounds: DistanceBounds {
  let parts = [[0]]
  private let classCount: Int
  private let frame: CoordinateFrame
  private let groups: [Group]
  /// The bounds for all other classes; nil if there are none.
  private let others: ClassBounds?
  private let rowCount: Int

  /// Classes whose rows are multiplied together, since products with few rows are slow.
  private struct Group: Sendable {
    var members: [Member] = []
    /// For each member, its rows Q and one in the direction of its mean.
    var rows: Float32Matrix
    /// The products of the rows with the mean.
    var offsets: [Float]
  }

  fileprivate struct Member: Sendable {
    let classIndex: Int
    /// The member's rows in its group, without the last one.
    let rows: Range<Int>
    /// ‖Q‖_F.
    let norm: Double
    /// ‖μ_k − m‖ in the scale of the frame.
    let meanNorm: Double
    /// The factor that turns ridge · d² in the frame into d².
    let factor: Double
  }

  /// The number of rows from which on a product is as fast as with more.
  private static let rowsPerGroup = 384

  /// Nil if no class is represented by its span, or if there is only one distinct class. O(K·n·D).
  static func build(
    _ classes: [FactoredClass], among all: AllMeans? = nil, _ execution: Execution
  ) async throws -> SpanBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    let places = classes.indices.filter { classes[$0].factor.span != nil }
    guard all.means.count > 1, !places.isEmpty, let frame = all.frame else { return nil }
    var others: ClassBounds?
    if places.count < classes.count {
      // Without bounds to some class, all would have to be computed.
      guard let built = try await ClassBounds.build(classes, among: all, execution) else { return nil }
      others = built
    }
    var divided: [[Int]] = []
    var filled = rowsPerGroup
    for place in places {
      if filled >= rowsPerGroup {
        divided.append([])
        filled = 0
      }
      divided[divided.count - 1].append(place)
      filled += (classes[place].factor.span?.rows.rowCount ?? 0) + 1
    }
    var groups: [Group] = []
    try await forEachInOrder(divided.count, threadCount: execution.threadCount) { [divided] index in
      group(divided[index].map { ($0, classes[$0]) }, in: frame)
    } consume: { _, group in
      groups.append(group)
    }
    execution.memory.hold(groups.reduce(0) { $0 + 4 * $1.rows.elements.count })
    return SpanBounds(
      classCount: classes.count, frame: frame, groups: groups, others: others,
      rowCount: groups.reduce(0) { $0 + $1.offsets.count })
  }

  private static func group(_ classes: [(Int, FactoredClass)], in frame: CoordinateFrame) -> Group {
    let spans = classes.compactMap { place, factored in factored.factor.span.map { (place, factored, $0) } }
    let count = spans.reduce(0) { $0 + $1.2.rows.rowCount + 1 }
    var group = Group(
      rows: Float32Matrix(rowCount: count, columnCount: frame.origin.count),
      offsets: [Float](repeating: 0, count: count))
    var start = 0
    for (place, factored, span) in spans {
      let mean = frame.scaled(factored.mean)
      let rows = Float32Matrix(rounding: span.excludedRows)
      let end = start + rows.rowCount
      group.rows.setRows(from: start, to: rows)
      group.rows.setRows(
        from: end, to: Matrix(rowCount: 1, columnCount: mean.count, elements: mean), times: 1)
      for (row, product) in rows.multiplied(by: mean).enumerated() {
        group.offsets[start + row] = Float(product)
      }
      group.members.append(
        Member(
          classIndex: place, rows: start..<end,
          norm: rows.rowNorms().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot(),
          meanNorm: mean.reduce(0) { $0 + $1 * $1 }.squareRoot(),
          factor: 1 / (span.ridge.value * frame.scale * frame.scale)))
      start = end + 1
    }
    return group
  }

  /// O(B·K·n·D).
  func squaredDistanceBounds(of block: Matrix) throws -> [Float] {
    let samples = Float32Matrix(rounding: block, origin: frame.origin, scale: frame.scale)
    var shifted = block
    shifted.subtractFromRows(frame.origin)
    let squares = shifted.squaredRowNorms().map { $0 * frame.scale * frame.scale }
    var bounds =
      others?.squaredDistanceBounds(of: block)
      ?? [Float](repeating: 0, count: block.rowCount * classCount)
    var products = Float32Matrix(rowCount: 0, columnCount: 0)
    for group in groups {
      try Task.checkCancellation()
      samples.multiply(byTransposeOf: group.rows, into: &products)
      for (row, square) in squares.enumerated() {
        for member in group.members {
          bounds[row * classCount + member.classIndex] = member.bound(
            products.sumOfSquaredDifferences(row, member.rows, from: group.offsets),
            meanProduct: products[row, member.rows.upperBound], square: square, dimension: block.columnCount)
        }
      }
    }
    return bounds
  }

  func work(rowCount: Int) -> WorkCount {
    let own = WorkCount.product(rowCount, frame.origin.count, self.rowCount)
    return others.map { own + $0.work(rowCount: rowCount) } ?? own
  }

  /// As many samples as make products fast: cancellation is checked between groups of classes.
  func blockSize(_ execution: Execution) -> Int { execution.blockSize }
}

extension SpanBounds.Member {
  /// The bound on d² of one sample.
  ///
  /// - Parameters:
  ///   - computed: ‖Q(z − μ)‖² in the frame.
  ///   - meanProduct: (z − m)·(μ − m).
  ///   - square: ‖z − m‖².
  fileprivate func bound(_ computed: Float, meanProduct: Float, square: Double, dimension: Int) -> Float {
    let unit = Double(dimension + 64) * 0x1p-24
    let length = square.squareRoot()
    // The sum of n squares has an error of its own.
    let within =
      Double(computed).squareRoot() * (1 + unit) + unit * norm * (length + meanNorm)
    let total =
      square + meanNorm * meanNorm - 2 * Double(meanProduct) - 2 * unit * length * meanNorm
      - 0x1p-40 * (square + meanNorm * meanNorm)
    let bound = (total - within * within) * factor * (1 - 1e-6)
    // NaN or infinite after an overflow, in which case there is no bound.
    return bound > 0 && computed.isFinite && bound.isFinite ? Float(min(bound, 1e38)) : 0
  }
}
