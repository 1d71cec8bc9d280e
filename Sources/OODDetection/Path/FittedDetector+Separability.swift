import LinearAlgebra

extension FittedDetector {
  /// How many λ of an ascending path, from the first on, leave most classes so far apart that a sample has to be looked
  /// at in full for a few of them only: as long as the median of the squared distances between means is twice what
  /// makes a class's density negligible. The larger λ, the more alike the classes. O(K²·D) for each λ tried, log P of
  /// them.
  public func separableCount(along path: [Regularization]) -> Int {
    guard classes.count > 1 else { return 0 }
    let needed = 2 * 2 * ClassVisits.margin(classCount: classes.count)
    func isSeparable(_ regularization: Regularization) -> Bool {
      guard let separations = try? separations(at: regularization) else { return true }
      var squares: [Double] = []
      for row in 0..<separations.rowCount {
        for column in 0..<row { squares.append(separations[row, column] * separations[row, column]) }
      }
      squares.sort()
      return squares[squares.count / 2] >= needed
    }
    var (low, high) = (0, path.count)
    while low < high {
      let middle = (low + high) / 2
      if isSeparable(path[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
