import Foundation
public import OODDetection

/// Ranks within one process, for tests: collectives meet at a hub.
public struct ThreadCommunicator: Communicator {
  public let rank: Int
  public let rankCount: Int
  private let hub: Hub

  /// Runs `body` as every one of `count` ranks at a time. Returns their values in the order of ranks, or throws the
  /// error of a rank that failed first.
  public static func run<Value: Sendable>(
    _ count: Int, body: @escaping @Sendable (Ranks) async throws -> Value
  ) async throws -> [Value] {
    try await outcomes(count, body: body).map { try $0.get() }
  }

  /// Likewise, with the error of every rank.
  public static func outcomes<Value: Sendable>(
    _ count: Int, body: @escaping @Sendable (Ranks) async throws -> Value
  ) async -> [Result<Value, any Error>] {
    let hub = Hub(count: count)
    return await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
      for rank in 0..<count {
        group.addTask {
          do {
            return (
              rank,
              .success(
                try await body(Ranks(ThreadCommunicator(rank: rank, rankCount: count, hub: hub))))
            )
          } catch {
            hub.fail()
            return (rank, .failure(error))
          }
        }
      }
      var outcomes = [Result<Value, any Error>?](repeating: nil, count: count)
      for await (rank, outcome) in group { outcomes[rank] = outcome }
      return outcomes.compactMap { $0 }
    }
  }

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    try hub.meet(rank, UnsafeRawBufferPointer(bytes), [bytes.count]) { offers in
      guard rank != root else { return }
      precondition(offers[root].bytes.count == bytes.count, "the size differs from the root's")
      bytes.copyMemory(from: offers[root].bytes)
    }
  }

  public func gather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int], at root: Int
  ) throws {
    try hub.meet(rank, part, counts) { offers in
      if rank == root { join(offers.map(\.bytes), into: whole, counts) }
    }
  }

  public func allGather(
    _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int]
  ) throws {
    try hub.meet(rank, part, counts) { join($0.map(\.bytes), into: whole, counts) }
  }

  public func allToAll(
    _ parts: UnsafeRawBufferPointer, counts: [Int], into received: UnsafeMutableRawBufferPointer,
    receivedCounts: [Int]
  ) throws {
    precondition(counts.reduce(0, +) == parts.count, "the counts are not those of the parts")
    try hub.meet(rank, parts, counts) { offers in
      let mine = offers.map { offer in
        let start = offer.counts.prefix(rank).reduce(0, +)
        return UnsafeRawBufferPointer(rebasing: offer.bytes[start..<start + offer.counts[rank]])
      }
      join(mine, into: received, receivedCounts)
    }
  }

  public func barrier() throws {
    try hub.meet(rank, UnsafeRawBufferPointer(start: nil, count: 0), []) { _ in }
  }

  private func join(
    _ parts: [UnsafeRawBufferPointer], into whole: UnsafeMutableRawBufferPointer, _ counts: [Int]
  ) {
    precondition(parts.map(\.count) == counts, "parts of another size than announced")
    var start = 0
    for part in parts {
      UnsafeMutableRawBufferPointer(rebasing: whole[start..<start + part.count]).copyMemory(from: part)
      start += part.count
    }
  }
}

/// Where the ranks of a process meet. Its condition guards all state.
private final class Hub: @unchecked Sendable {
  typealias Offer = (bytes: UnsafeRawBufferPointer, counts: [Int])

  /// Another rank has failed, so that this one would wait forever.
  struct Abandoned: Error {}

  private let count: Int
  private let condition = NSCondition()
  private var offers: [Offer?]
  private var arrivedCount = 0
  private var round = 0
  private var hasFailed = false

  init(count: Int) {
    self.count = count
    offers = [Offer?](repeating: nil, count: count)
  }

  /// Shows every rank what all of them offer, while it stays in place.
  func meet(
    _ rank: Int, _ bytes: UnsafeRawBufferPointer, _ counts: [Int], _ body: ([Offer]) throws -> Void
  ) throws {
    condition.lock()
    offers[rank] = (bytes, counts)
    condition.unlock()
    try waitForAll()
    let known = offers.compactMap { $0 }
    try body(known)
    try waitForAll()
  }

  func fail() {
    condition.lock()
    hasFailed = true
    condition.broadcast()
    condition.unlock()
  }

  private func waitForAll() throws {
    condition.lock()
    defer { condition.unlock() }
    let current = round
    arrivedCount += 1
    if arrivedCount == count {
      arrivedCount = 0
      round += 1
      condition.broadcast()
    }
    while round == current {
      if hasFailed { throw Abandoned() }
      condition.wait()
    }
  }
}
