import Foundation

/// Tails and quantiles of the χ² distribution.
enum ChiSquared {
  /// P(X ≥ value) for X ~ χ² with the given degrees of freedom: Q(D/2, value/2), the upper regularized incomplete
  /// gamma function. Its relative accuracy is about 1e-12 far into the tail.
  static func upperTail(_ value: Double, degreesOfFreedom: Int) -> Double {
    IncompleteGamma.upper(shape: Double(degreesOfFreedom) / 2, value / 2)
  }

  /// The value below which X ~ χ² lies with a probability from 0 to 1. Its relative accuracy is about 1e-12.
  ///
  /// Newton's method for the logarithm of the smaller tail, which is concave, so that it converges from everywhere: as
  /// a function of log x in the lower half, and of x in the upper half, where the tail is almost exponential. O(√D) for
  /// each of about ten steps.
  static func quantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
    guard probability > 0 else { return 0 }
    guard probability < 1 else { return .infinity }
    let shape = Double(degreesOfFreedom) / 2
    let isUpper = probability > 0.5
    let target = log(isUpper ? 1 - probability : probability)
    var x = shape
    for _ in 0..<100 {
      let upper = IncompleteGamma.upper(shape: shape, x)
      let tail = isUpper ? upper : IncompleteGamma.lower(shape: shape, x)
      let step = (log(tail) - target) * tail / IncompleteGamma.density(shape: shape, x)
      let next = isUpper ? x + step : x * exp(-step / x)
      guard next.isFinite, next > 0 else { break }
      let isSettled = abs(next - x) < 0x1p-50 * x
      x = next
      if isSettled { break }
    }
    return 2 * x
  }
}

/// The regularized incomplete gamma functions (Abramowitz & Stegun 6.5).
enum IncompleteGamma {
  /// Q(a, x) for a > 0.
  static func upper(shape: Double, _ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    return x < shape + 1 ? 1 - lowerBySeries(shape, x) : upperByContinuedFraction(shape, x)
  }

  /// P(a, x) = 1 − Q(a, x) for a > 0, with relative accuracy in the lower tail.
  static func lower(shape: Double, _ x: Double) -> Double {
    x > 0 && x < shape + 1 ? lowerBySeries(shape, x) : 1 - upper(shape: shape, x)
  }

  /// x^(a−1) e^−x / Γ(a), the derivative of P(a, x), for x > 0.
  static func density(shape: Double, _ x: Double) -> Double { poissonMass(shape, x) * shape / x }

  /// P(a, x) = x^a e^−x / Γ(a+1) · Σ x^i / ((a+1) … (a+i)), with positive terms only (6.5.29).
  private static func lowerBySeries(_ shape: Double, _ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    var divisor = shape
    while term > sum * 0x1p-54 {
      divisor += 1
      term *= x / divisor
      sum += term
    }
    return poissonMass(shape, x) * sum
  }

  /// Q(a, x) = x^a e^−x / Γ(a) · 1/(x+1−a− 1(1−a)/(x+3−a− …)) by Lentz's method (6.5.31).
  private static func upperByContinuedFraction(_ shape: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var denominator = x + 1 - shape
    var c = 1 / tiny
    var d = 1 / (abs(denominator) < tiny ? tiny : denominator)
    var fraction = d
    // Converges in O(√a) steps; the limit only guards against an endless loop.
    for step in 1...100_000 {
      let index = Double(step)
      let numerator = -index * (index - shape)
      denominator += 2
      d = numerator * d + denominator
      if abs(d) < tiny { d = tiny }
      c = denominator + numerator / c
      if abs(c) < tiny { c = tiny }
      d = 1 / d
      let factor = d * c
      fraction *= factor
      if abs(factor - 1) < 0x1p-51 { break }
    }
    return min(1, poissonMass(shape, x) * shape * fraction)
  }

  /// x^a e^−x / Γ(a+1) as exp(−s(a) − b(a, x)) / √(2πa), which avoids large logarithms that would cancel (Loader 2000,
  /// "Fast and Accurate Computation of Binomial Probabilities").
  private static func poissonMass(_ shape: Double, _ x: Double) -> Double {
    exp(-stirlingError(shape) - deviance(shape, x)) / (2 * Double.pi * shape).squareRoot()
  }

  /// s(a) = log Γ(a+1) − (a + ½) log a + a − ½ log 2π.
  private static func stirlingError(_ shape: Double) -> Double {
    guard shape > 16 else {
      return lgamma(shape + 1) - (shape + 0.5) * log(shape) + shape - 0.5 * log(2 * .pi)
    }
    let inverseSquare = 1 / (shape * shape)
    let coefficients = [1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12]
    return coefficients.reduce(0) { $0 * inverseSquare + $1 } / shape
  }

  /// b(a, x) = a log(a/x) + x − a = a·(t − log(1+t)), t = (x − a)/a.
  private static func deviance(_ shape: Double, _ x: Double) -> Double {
    let t = (x - shape) / shape
    guard abs(t) < 0.1 else { return shape * (t - log(x / shape)) }
    // t − log(1+t) = t²/2 − t³/3 + …
    var (sum, power) = (0.0, t)
    for order in 2...24 {
      power *= -t
      sum -= power / Double(order)
    }
    return shape * sum
  }
}
