import Foundation

/// Σ log x by few logarithms, which take longer than all else in such a sum: of products that stay within a double's
/// range.
struct SumOfLogarithms {
  private var sum = 0.0
  private var product = 1.0

  var value: Double { sum + log(product) }

  mutating func add(_ factor: Double) {
    let next = product * factor
    if next > 1e-250, next < 1e250 {
      product = next
    } else {
      sum += log(product) + log(factor)
      product = 1
    }
  }
}
