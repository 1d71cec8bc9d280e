/// The largest |found − expected| / max(1, |expected|): the accuracy measure of the contract. Infinite if lengths
/// differ.
func largestError(_ found: [Double], _ expected: [Double], floor: Double = 1) -> Double {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { largest, pair in
    if pair.0 == pair.1 { return largest }
    let error = abs(pair.0 - pair.1) / max(floor, abs(pair.1))
    return error.isNaN ? .infinity : max(largest, error)
  }
}

/// The largest |found − expected| / |expected|.
func largestRelativeError(_ found: [Double], _ expected: [Double]) -> Double {
  largestError(found, expected, floor: 0)
}
