import CVectorKernels
import LinearAlgebra

/// Lower bounds on d² along a path of P values of t from its values at some of them, the nodes.
///
/// λ d²(λ) = Σ y_i² λ / (Λ_i + λ) + ‖c − Vᵀy‖² is a concave function of λ, so that between two nodes a and b it is above
/// its chord: d²(λ) ≥ w d²(a) + (1 − w) d²(b), w = a (b − λ) / ((b − a) λ). Since λ = t r, w depends on t alone and is
/// the same for all classes.
struct PathChords: Sendable {
  /// The number of points whose bounds share two nodes, s.
  private static let span = Int(GMMSCOPE_CHORD_SPAN)

  /// The indices of the G nodes: 0, s, 2s … then P − s and P − 1, for the last s points. Nodes in between are repeated,
  /// so that their number is a multiple of 8.
  let nodes: [Int]
  private let intervalCount: Int
  private let pathCount: Int
  /// The weights of the two nodes of each point, s for each interval and s for the last points: half of w and 1 − w,
  /// less more than the rounding errors of distances.
  private let weights: (before: [Double], after: [Double])

  /// Nil for a path that is short, or neither ascending nor descending.
  ///
  /// - Parameter dimension: D.
  init?(_ path: [Regularization], dimension: Int) {
    let steps = zip(path, path.dropFirst())
    guard path.count > 2 * Self.span, steps.allSatisfy({ $0 < $1 }) || steps.allSatisfy({ $0 > $1 })
    else { return nil }
    let last = path.count - 1
    let evenly = Array(stride(from: 0, through: last, by: Self.span))
    let ends = [path.count - Self.span, last]
    let intervals = zip(evenly, evenly.dropFirst()) + [(ends[0], ends[1])]
    // A generous bound on the rounding error of a sum of D squares.
    let half = 0.5 * (1 - Double(dimension + 64) * 0x1p-50)
    var (before, after): ([Double], [Double]) = ([], [])
    for (first, next) in intervals {
      let (a, b) = (path[first].value, path[next].value)
      for t in path[first..<first + Self.span].map(\.value) {
        // At the nodes themselves, also at t = 0.
        let share = t == a ? 1 : t == b ? 0 : a / t * ((b - t) / (b - a))
        guard share >= 0, share <= 1 else { return nil }
        before.append(half * share)
        after.append(half * (1 - share))
      }
    }
    intervalCount = intervals.count - 1
    let missing = -(evenly.count + ends.count) & (Self.span - 1)
    nodes = evenly + [Int](repeating: last, count: missing) + ends
    pathCount = path.count
    weights = (before, after)
  }

  /// The places of the samples whose ℓ may reach a limit at some t.
  ///
  /// - Parameters:
  ///   - nodeDistances: d² at the nodes, (B, G), or lower bounds.
  ///   - normalizers: ℓ + ½ d², (P,).
  ///   - limits: (N·P,), sample after sample.
  ///   - samples: The sample of each row of `nodeDistances`, (B,).
  func candidates(
    nodeDistances: Matrix, normalizers: [Double], limits: [Double], samples: [Int]
  ) -> [Int] {
    precondition(normalizers.count == pathCount && nodeDistances.columnCount == nodes.count)
    precondition(nodeDistances.rowCount == samples.count)
    precondition(samples.allSatisfy { $0 >= 0 && ($0 + 1) * pathCount <= limits.count })
    return [Int](unsafeUninitializedCapacity: samples.count) { rows, count in
      guard let rows = rows.baseAddress else { return }
      count = gmmscope_find_candidates(
        rows, limits, samples, samples.count, nodeDistances.elements, nodes.count, intervalCount,
        weights.before,
        weights.after,
        normalizers, pathCount)
    }
  }
}
