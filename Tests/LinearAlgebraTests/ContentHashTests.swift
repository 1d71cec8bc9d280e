import LinearAlgebra
import Testing

@Suite("Content hashes")
struct ContentHashTests {
  static func hash(_ pieces: [[Double]]) -> SIMD2<UInt64> {
    var hash = ContentHash()
    for piece in pieces { hash.combine(piece) }
    return hash.value
  }

  @Test func hashDependsOnOrderAndBitsButNotOnPieces() {
    let values = (0..<61).map { Double($0) * 0.37 - 5 }
    let whole = Self.hash([values])
    for cut in 0...61 { #expect(Self.hash([Array(values[..<cut]), Array(values[cut...])]) == whole) }
    var seen: Set<SIMD2<UInt64>> = [whole, Self.hash([])]
    for index in values.indices {
      for bit in 0..<64 {
        var changed = values
        changed[index] = Double(bitPattern: values[index].bitPattern ^ 1 << UInt64(bit))
        seen.insert(Self.hash([changed]))
      }
    }
    for index in 0..<60 {
      var swapped = values
      swapped.swapAt(index, index + 1)
      seen.insert(Self.hash([swapped]))
    }
    for count in 1..<61 { seen.insert(Self.hash([Array(values[..<count])])) }
    #expect(seen.count == 2 + 61 * 64 + 60 + 60)
  }
}
