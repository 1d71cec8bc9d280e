/// Formats numbers for tables. Values that are not finite are `NaN`, `∞` or `−∞` in every format.
///
/// Rounding is decimal, halves away from zero, from the shortest digits that represent the value.
public struct NumberFormat: Hashable, Sendable {
  /// Whether to use the Unicode minus and infinity signs instead of `-` and `inf`.
  public var unicode: Bool

  public init(unicode: Bool = true) { self.unicode = unicode }

  public var minus: String { unicode ? "−" : "-" }

  /// `0.0120`, `−2.50`: a fixed number of decimals.
  public func fixed(_ value: Double, places: Int) -> String {
    render(value) { digits in
      digits.round(places: max(0, places))
      return digits.integerPart + (places > 0 ? "." + digits.fraction(places: places) : "")
    }
  }

  /// `3.1e+05`, `1.0e−08`: one digit before the point and `digits − 1` after it.
  public func scientific(_ value: Double, digits count: Int = 2) -> String {
    render(value) { digits in
      digits.round(significant: count)
      let power = digits.digits.isEmpty ? 0 : digits.exponent - 1
      digits.exponent = digits.digits.isEmpty ? 0 : 1
      let mantissa =
        digits.integerPart + (count > 1 ? "." + digits.fraction(places: count - 1) : "")
      let magnitude = String(power.magnitude)
      return mantissa + "e" + (power < 0 ? minus : "+") + (magnitude.count < 2 ? "0" : "") + magnitude
    }
  }

  /// A number of significant digits, in plain notation if that is short, else in scientific notation: `11.2`,
  /// `0.0123`, `3.1e+05`.
  public func significant(_ value: Double, digits count: Int = 3) -> String {
    guard var digits = DecimalDigits(value) else { return nonFinite(value) }
    digits.round(significant: count)
    let exponent = digits.digits.isEmpty ? 1 : digits.exponent
    if exponent > max(count, 4) || exponent < -2 { return scientific(value, digits: count) }
    return fixed(value, places: max(0, count - exponent))
  }

  /// `15,090`.
  public func grouped(_ value: Int) -> String {
    (value < 0 ? minus : "") + Self.group(String(value.magnitude), by: ",")
  }

  /// `15,090` or `−2,904.3`.
  public func grouped(_ value: Double, places: Int = 0) -> String {
    render(value) { digits in
      digits.round(places: max(0, places))
      return Self.group(digits.integerPart, by: ",")
        + (places > 0 ? "." + digits.fraction(places: places) : "")
    }
  }

  /// `.957` and `1.000`: a fraction without a leading zero.
  public func part(_ value: Double, places: Int = 3) -> String {
    let text = fixed(value, places: places)
    if text.hasPrefix("0.") { return String(text.dropFirst()) }
    if text.hasPrefix(minus + "0.") { return minus + text.dropFirst(minus.count + 1) }
    return text
  }

  /// `22.9 %` for 0.229.
  public func percent(_ value: Double, places: Int = 1) -> String {
    value.isFinite ? fixed(value * 100, places: places) + " %" : nonFinite(value)
  }

  private func nonFinite(_ value: Double) -> String {
    value.isNaN ? "NaN" : (value < 0 ? minus : "") + (unicode ? "∞" : "inf")
  }

  private func render(_ value: Double, _ body: (inout DecimalDigits) -> String) -> String {
    guard var digits = DecimalDigits(value) else { return nonFinite(value) }
    let text = body(&digits)
    // A value that rounds to zero has no sign.
    return (digits.isNegative && !digits.digits.isEmpty ? minus : "") + text
  }

  private static func group(_ digits: String, by separator: String) -> String {
    var result = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { result += separator }
      result.append(digit)
    }
    return result
  }
}
