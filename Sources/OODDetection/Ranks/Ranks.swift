import Dispatch
import Synchronization

/// The ranks of a job, seen from one of them. Ordinary processes are the only rank of theirs.
///
/// All functions but the properties are collectives: every rank calls the same ones in the same order.
public final class Ranks: Sendable {
  private let communicator: any Communicator
  private let sent = Mutex(Traffic())
  /// Collectives wait here rather than on the threads that compute.
  private let queue = DispatchQueue(label: "ranks")

  public init(_ communicator: any Communicator) { self.communicator = communicator }

  /// The only rank of an ordinary process.
  public static let single = Ranks(SingleRank())

  /// The number of this rank, from 0.
  public var rank: Int { communicator.rank }
  /// P.
  public var count: Int { communicator.rankCount }
  public var isSingle: Bool { count == 1 }

  /// What this rank has sent so far.
  public var traffic: Traffic { sent.withLock { $0 } }

  /// Runs collectives without blocking the threads of tasks. They cannot be cancelled.
  package func waiting<Value: Sendable>(
    _ body: @escaping @Sendable (Ranks) throws -> Value
  ) async throws -> Value {
    if isSingle { return try body(self) }
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body(self) }) }
    }
  }

  private func count(bytes: Int, messages: Int) {
    sent.withLock {
      $0.byteCount += bytes
      $0.messageCount += messages
    }
  }
}

/// What a rank has sent to others: a part that goes to several ranks counts once for each of them, as if every
/// collective were made of single messages.
public struct Traffic: Sendable, Equatable {
  public var byteCount = 0
  public var messageCount = 0

  public init(byteCount: Int = 0, messageCount: Int = 0) {
    self.byteCount = byteCount
    self.messageCount = messageCount
  }
}

/// The failure of another rank, which throws its cause.
public struct PeerFailure: Error, Equatable {
  /// The failed rank; of several the first.
  public let rank: Int
}

// MARK: Arrays

extension Ranks {
  /// The elements of every rank, in the order of ranks. Parts may differ in size.
  public func allGather<Element: BitwiseCopyable & Sendable>(_ part: [Element]) throws -> [[Element]] {
    if isSingle { return [part] }
    let (whole, counts) = try allGatherJoined(part)
    return Self.divided(whole, by: counts)
  }

  /// Likewise, with the number of elements of each rank known to all.
  func allGather<Element: BitwiseCopyable & Sendable>(
    _ part: [Element], counts: [Int]
  ) throws -> [[Element]] {
    if isSingle { return [part] }
    return Self.divided(try allGatherJoined(part, counts: counts), by: counts)
  }

  /// The elements of every rank, one rank's after another's, and their numbers.
  func allGatherJoined<Element: BitwiseCopyable & Sendable>(
    _ part: [Element]
  ) throws -> (whole: [Element], counts: [Int]) {
    if isSingle { return (part, [part.count]) }
    let counts = try allGatherCounts(part.count)
    return (try allGatherJoined(part, counts: counts), counts)
  }

  private func allGatherJoined<Element: BitwiseCopyable & Sendable>(
    _ part: [Element], counts: [Int]
  ) throws -> [Element] {
    let stride = MemoryLayout<Element>.stride
    let total = counts.reduce(0, +)
    if total == 0 { return [] }
    let whole = try [Element](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      try part.withUnsafeBytes {
        try communicator.allGather(
          $0, into: Self.bytes(of: buffer, count: total), counts: counts.map { $0 * stride })
      }
      initializedCount = total
    }
    count(bytes: part.count * stride * (count - 1), messages: count - 1)
    return whole
  }

  private func allGatherCounts(_ value: Int) throws -> [Int] {
    try allGather([value], counts: [Int](repeating: 1, count: count)).map { $0[0] }
  }

  /// The elements of every rank at `root`; nil elsewhere.
  public func gather<Element: BitwiseCopyable & Sendable>(
    _ part: [Element], at root: Int
  ) throws -> [[Element]]? {
    if isSingle { return [part] }
    let counts = try allGatherCounts(part.count)
    let stride = MemoryLayout<Element>.stride
    let total = rank == root ? counts.reduce(0, +) : 0
    let whole = try [Element](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      try part.withUnsafeBytes {
        try communicator.gather(
          $0, into: Self.bytes(of: buffer, count: total), counts: counts.map { $0 * stride }, at: root)
      }
      initializedCount = total
    }
    if rank == root { return Self.divided(whole, by: counts) }
    count(bytes: part.count * stride, messages: 1)
    return nil
  }

  /// Sends `parts[r]` to rank r. Returns what this rank got from each.
  public func exchange<Element: BitwiseCopyable & Sendable>(_ parts: [[Element]]) throws -> [[Element]] {
    if isSingle { return parts }
    let (received, counts) = try exchange(Self.joined(parts), counts: parts.map(\.count))
    return Self.divided(received, by: counts)
  }

  /// Likewise, with the numbers of elements to receive known.
  func exchange<Element: BitwiseCopyable & Sendable>(
    _ parts: [[Element]], receivedCounts: [Int]
  ) throws -> [[Element]] {
    if isSingle { return parts }
    let received = try exchange(
      Self.joined(parts), counts: parts.map(\.count), receivedCounts: receivedCounts)
    return Self.divided(received, by: receivedCounts)
  }

  /// Likewise, where the parts lie one after another. Returns what this rank got in the same way, and how much of each.
  func exchange<Element: BitwiseCopyable & Sendable>(
    _ joined: [Element], counts: [Int]
  ) throws -> (received: [Element], counts: [Int]) {
    if isSingle { return (joined, counts) }
    let received = try exchange(counts, counts: ones, receivedCounts: ones)
    return (try exchange(joined, counts: counts, receivedCounts: received), received)
  }

  private func exchange<Element: BitwiseCopyable & Sendable>(
    _ joined: [Element], counts: [Int], receivedCounts: [Int]
  ) throws -> [Element] {
    precondition(counts.count == count && receivedCounts.count == count, "one part for each rank")
    let stride = MemoryLayout<Element>.stride
    let total = receivedCounts.reduce(0, +)
    let received = try [Element](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      try joined.withUnsafeBytes {
        try communicator.allToAll(
          $0, counts: counts.map { $0 * stride }, into: Self.bytes(of: buffer, count: total),
          receivedCounts: receivedCounts.map { $0 * stride })
      }
      initializedCount = total
    }
    let others = counts.indices.filter { $0 != rank && counts[$0] > 0 }
    count(bytes: others.reduce(0) { $0 + counts[$1] * stride }, messages: others.count)
    return received
  }

  /// The elements of `root`, everywhere.
  ///
  /// - Parameter elements: Ignored but at the root.
  public func broadcast<Element: BitwiseCopyable & Sendable>(
    _ elements: [Element], from root: Int
  ) throws -> [Element] {
    if isSingle { return elements }
    var size = [elements.count]
    try size.withUnsafeMutableBytes { try communicator.broadcast($0, from: root) }
    let total = size[0]
    let result = try [Element](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      if rank == root { _ = buffer.initialize(from: elements) }
      if total > 0 { try communicator.broadcast(Self.bytes(of: buffer, count: total), from: root) }
      initializedCount = total
    }
    if rank == root {
      let stride = MemoryLayout<Element>.stride
      count(bytes: (8 + total * stride) * (count - 1), messages: (total > 0 ? 2 : 1) * (count - 1))
    }
    return result
  }

  /// Waits until all ranks are here.
  public func barrier() throws { try communicator.barrier() }

  private static func bytes<Element>(
    of buffer: UnsafeMutableBufferPointer<Element>, count: Int
  ) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
  }

  /// One part after another. The standard library's `joined` would copy bytes one by one.
  private static func joined<Element>(_ parts: [[Element]]) -> [Element] {
    var whole: [Element] = []
    whole.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { whole += part }
    return whole
  }

  private static func divided<Element>(_ whole: [Element], by counts: [Int]) -> [[Element]] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(whole[start..<start + count])
    }
  }
}

// MARK: Failing together

extension Ranks {
  /// Runs this rank's part of the work. If it fails anywhere, it fails everywhere, so that no rank waits for one that
  /// stopped. What is wrong with the samples is thrown by all ranks as one rank alone would throw it. Of other errors,
  /// the first rank that failed throws its own, every other rank ``PeerFailure``.
  ///
  /// - Parameter body: Work without collectives.
  public func together<Value>(_ body: () async throws -> Value) async throws -> Value {
    if isSingle { return try await body() }
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    var failure: (any Error)?
    if case .failure(let error) = outcome { failure = error }
    let own: [UInt8] = [failure == nil ? 0 : 1]
    let flags = try await waiting { try $0.allGather(own, counts: $0.ones) }
    guard let first = flags.firstIndex(where: { $0[0] != 0 }) else { return try outcome.get() }
    let numbers = (failure as? DetectorError)?.numbers ?? []
    let known = try await waiting { try $0.allGather(numbers) }
    // Classes are checked in their order, and on other ranks those of higher labels too.
    let errors = zip(flags, known).compactMap { flag, numbers in
      flag[0] == 0 ? nil : DetectorError(numbers: numbers)
    }
    if errors.count == flags.count(where: { $0[0] != 0 }),
      let error = errors.min(by: { ($0.numbers ?? []).lexicographicallyPrecedes($1.numbers ?? []) })
    {
      throw error
    }
    guard first == rank else { throw PeerFailure(rank: first) }
    return try outcome.get()
  }

  /// The least of one number of each rank, so that all go the same way. A collective.
  package func least(_ number: Int) async throws -> Int {
    if isSingle { return number }
    return try await waiting { try $0.allGather([number], counts: $0.ones) }.joined().min() ?? number
  }

  /// Whether something holds on all ranks. A collective.
  func all(_ isTrue: Bool) async throws -> Bool {
    if isSingle { return isTrue }
    return try await waiting { try $0.allGather([isTrue ? UInt8(1) : 0], counts: $0.ones) }.allSatisfy {
      $0[0] != 0
    }
  }

  private var ones: [Int] { [Int](repeating: 1, count: count) }
}

extension DetectorError {
  /// The error as numbers that other ranks can read, the class first; nil if it is not one of the samples.
  fileprivate var numbers: [Int]? {
    switch self {
    case .singularCovariance(let label, let rank, let dimension): [label ?? -1, 0, rank, dimension]
    case .decompositionFailed(let label, let info): [label ?? -1, 1, info]
    case .covarianceOverflowed(let label): [label ?? -1, 2]
    default: nil
    }
  }

  /// Nil if `numbers` are none of an error.
  fileprivate init?(numbers: [Int]) {
    guard numbers.count > 1 else { return nil }
    let label = numbers[0] < 0 ? nil : numbers[0]
    switch numbers[1] {
    case 0: self = .singularCovariance(label: label, rank: numbers[2], dimension: numbers[3])
    case 1: self = .decompositionFailed(label: label, info: numbers[2])
    default: self = .covarianceOverflowed(label: label)
    }
  }
}
