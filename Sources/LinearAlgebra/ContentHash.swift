import CXXHash

/// A 128-bit hash (XXH3) of numbers by their bits, to compare contents and to detect damage. It is not cryptographic.
///
/// The hash depends on the numbers and their order, not on the pieces that they come in.
public struct ContentHash: ~Copyable {
  private let state: UnsafeMutableRawPointer

  public init() {
    guard let state = gmmscope_hash_create() else { preconditionFailure("out of memory") }
    self.state = state
  }

  deinit { gmmscope_hash_free(state) }

  public mutating func combine(_ bits: UInt64) {
    withUnsafeBytes(of: bits) { gmmscope_hash_update(state, $0.baseAddress, $0.count) }
  }

  public mutating func combine(_ values: [Double]) {
    values.withUnsafeBytes { gmmscope_hash_update(state, $0.baseAddress, $0.count) }
  }

  /// The hash of everything combined so far.
  public var value: SIMD2<UInt64> {
    let hash = gmmscope_hash_digest(state)
    return SIMD2(hash.low, hash.high)
  }
}
