/// What connects the ranks of a job: processes that run the same command on the same files and share its work.
///
/// Every function is a collective: all ranks call the same functions in the same order, and a call returns when this
/// rank's part is done, so it blocks its thread. Calls come one at a time, from changing threads. Buffers are raw
/// bytes; counts are in bytes, one per rank, and may exceed 2³¹. ``Ranks`` puts arrays and asynchronous waiting on top
/// of it, and counts what is sent.
///
/// A function throws if the ranks cannot be reached, for example since one of them has ended. Such an error is final.
public protocol Communicator: Sendable {
  /// The number of this rank, from 0.
  var rank: Int { get }
  /// P, the number of ranks.
  var rankCount: Int { get }

  /// Copies the bytes of `root` to all ranks. The size is the same everywhere.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws

  /// Joins the parts of all ranks, in the order of ranks, at `root`.
  ///
  /// - Parameters:
  ///   - whole: At the root, room for all parts; elsewhere empty.
  ///   - counts: The size of every rank's part, (P,), the same everywhere.
  func gather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int], at root: Int
  ) throws

  /// Joins the parts of all ranks, in the order of ranks, everywhere.
  ///
  /// - Parameter counts: The size of every rank's part, (P,), the same everywhere.
  func allGather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int]
  ) throws

  /// Sends a part to every rank and receives one from each. Parts lie one after another, in the order of ranks.
  ///
  /// - Parameters:
  ///   - counts: The sizes of the parts sent, (P,).
  ///   - receivedCounts: The sizes of the parts received, (P,).
  func allToAll(
    _ parts: UnsafeRawBufferPointer, counts: [Int], into received: UnsafeMutableRawBufferPointer,
    receivedCounts: [Int]
  ) throws

  /// Waits until all ranks are here.
  func barrier() throws
}

/// The only rank of an ordinary process.
public struct SingleRank: Communicator {
  public init() {}

  public var rank: Int { 0 }
  public var rankCount: Int { 1 }

  public func broadcast(_: UnsafeMutableRawBufferPointer, from _: Int) {}

  public func gather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts _: [Int], at _: Int
  ) {
    whole.copyMemory(from: part)
  }

  public func allGather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts _: [Int]
  ) {
    whole.copyMemory(from: part)
  }

  public func allToAll(
    _ parts: UnsafeRawBufferPointer, counts _: [Int], into received: UnsafeMutableRawBufferPointer,
    receivedCounts _: [Int]
  ) {
    received.copyMemory(from: parts)
  }

  public func barrier() {}
}
