public import LinearAlgebra
public import OODData
import OODDetection

/// The map of class distances, and the comparison of a pair.
public struct DistancesState: Sendable {
  /// (K, K) distances between class means at the λ of the class numbers; `nil` until the spectra are computed.
  public private(set) var separations: Matrix?
  /// The closest pairs, the range and blocks of ``separations``.
  public private(set) var overview: DistanceOverview?
  /// The latest compared pair, which can be another than the selected one.
  public internal(set) var comparison: PairComparison?
  /// The plane that tells classes apart, in place of the map.
  public internal(set) var plane = PlaneState()
  /// The selected pair, as class indices.
  public private(set) var row = 0
  public private(set) var column = 1

  private var classCount: Int { separations?.rowCount ?? 0 }

  /// The other classes by the distance of their means from the given class, nearest first.
  public func closestClasses(to index: Int, limit: Int) -> [(index: Int, distance: Double)] {
    guard let separations, index < separations.rowCount else { return [] }
    let nearness = separations.row(index).map { -$0 }
    // The class itself is among them, and not always the first: other means can be equal to its own.
    return TopK.indices(ofLargest: limit + 1, in: nearness).filter { $0 != index }.prefix(limit)
      .map { (index: $0, distance: -nearness[$0]) }
  }

  // MARK: Changes

  mutating func take(_ numbers: ClassNumbers) {
    separations = numbers.separations
    overview = numbers.overview
  }

  /// Forgets the distances of another fit. The selected pair stays.
  mutating func forget() { (separations, overview, comparison) = (nil, nil, nil) }

  mutating func selectFirstPair(of classCount: Int) { (row, column) = (0, min(1, max(0, classCount - 1))) }

  mutating func select(row: Int, column: Int) {
    self.row = clamp(row, 0, max(0, classCount - 1))
    self.column = clamp(column, 0, max(0, classCount - 1))
  }

  mutating func moveRow(_ motion: Motion) { row = moved(from: row, by: motion, count: classCount) }

  mutating func moveColumn(_ offset: Int) {
    column = moved(from: column, by: .lines(offset), count: classCount)
  }
}
