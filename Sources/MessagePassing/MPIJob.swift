#if MPI
  import CMPI
  import OODDetection
  import Synchronization
  import SystemSupport

  /// Ranks that MPI connects.
  ///
  /// One thread at a time calls MPI, and only for as long as it takes to begin a transfer or to ask whether it is done.
  /// So a rank that waits leaves its core to others, and progress passes while collectives run.
  final class MPIJob: RankJob {
    let rank: Int
    let rankCount: Int
    let coreCount: Int
    let neighbors: [(rank: Int, process: Int32)]

    // Groups of all ranks, whose messages never meet. They are handles that never change.
    nonisolated(unsafe) private let data: gmmscope_mpi_group
    nonisolated(unsafe) private let endings: gmmscope_mpi_group
    /// Held during every call of MPI.
    private let board: Mutex<ProgressBoard>
    /// The most bytes of one message. MPI counts in 32 bits.
    private let pieceByteCount: Int

    /// Starts MPI. Call at most once in a process.
    static func start(pieceByteCount: Int) throws -> MPIJob {
      var world = gmmscope_mpi_world()
      try check(gmmscope_mpi_start(&world))
      guard world.is_serialized else { throw LaunchError.singleThreaded }
      return try MPIJob(world, pieceByteCount: pieceByteCount)
    }

    private init(_ world: gmmscope_mpi_world, pieceByteCount: Int) throws {
      self.pieceByteCount = pieceByteCount
      rank = Int(world.rank)
      rankCount = Int(world.rank_count)
      var (data, endings, progress) = (gmmscope_mpi_group(), gmmscope_mpi_group(), gmmscope_mpi_group())
      try Self.check(gmmscope_mpi_all(&data))
      try Self.check(gmmscope_mpi_all(&endings))
      try Self.check(gmmscope_mpi_all(&progress))
      var machine = gmmscope_mpi_group()
      try Self.check(gmmscope_mpi_neighbors(&machine))
      var size: Int32 = 0
      try Self.check(gmmscope_mpi_size(machine, &size))
      coreCount = try Self.share(ofCoresIn: machine)
      let known = try Self.shared([Int64(world.rank), Int64(getpid())], size: Int(size), in: machine)
      neighbors = known.map { (Int($0[0]), Int32(truncatingIfNeeded: $0[1])) }
      (self.data, self.endings) = (data, endings)
      board = Mutex(ProgressBoard(group: progress, rank: rank, rankCount: rankCount))
    }

    static var library: String {
      let text = text(length: gmmscope_mpi_library_length(), gmmscope_mpi_library)
      return text.split { $0 == "," || $0.isNewline }.first.map(String.init) ?? ""
    }

    fileprivate static func check(_ code: Int32) throws(LaunchError) {
      guard code != 0 else { return }
      throw .failed(text(length: gmmscope_mpi_text_length()) { gmmscope_mpi_describe(code, $0) })
    }

    private static func text(length: Int32, _ write: (UnsafeMutablePointer<CChar>) -> Void) -> String {
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
        buffer.initialize(repeating: 0)
        guard let start = buffer.baseAddress else { return "" }
        write(start)
        return String(cString: start)
      }
    }

    /// The numbers of all ranks of a group.
    private static func shared(
      _ own: [Int64], size: Int, in group: gmmscope_mpi_group
    ) throws -> [[Int64]] {
      var all = [Int64](repeating: 0, count: own.count * size)
      try all.withUnsafeMutableBufferPointer { all in
        try own.withUnsafeBufferPointer { own in
          var transfer = gmmscope_mpi_transfer()
          try check(
            gmmscope_mpi_share(group, own.baseAddress, Int32(own.count), all.baseAddress, &transfer))
          var isDone = false
          while !isDone { try check(gmmscope_mpi_are_done(&transfer, 1, &isDone)) }
        }
      }
      return (0..<size).map { Array(all[$0 * own.count..<($0 + 1) * own.count]) }
    }

    /// The number of cores of this rank, where it shares each with the ranks that may run on it too.
    private static func share(ofCoresIn group: gmmscope_mpi_group) throws(LaunchError) -> Int {
      var mayUse = [Int32](repeating: 0, count: 4096)
      // Where the system does not say, each rank gets one core.
      let isKnown = gmmscope_permitted_cores(&mayUse, Int32(mayUse.count))
      var rankCounts = mayUse
      try check(gmmscope_mpi_sum(group, &rankCounts, Int32(rankCounts.count)))
      guard isKnown else { return 1 }
      let share = zip(mayUse, rankCounts).reduce(0.0) { $1.0 == 0 ? $0 : $0 + 1 / Double($1.1) }
      return max(1, Int(share + 1e-9))
    }
  }

  // MARK: Collectives

  extension MPIJob {
    private func pieces(of count: Int) -> [Range<Int>] {
      stride(from: 0, to: count, by: pieceByteCount).map { $0..<min(count, $0 + pieceByteCount) }
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
      try transferring { transfers in
        for piece in pieces(of: bytes.count) {
          try Self.begin(&transfers) {
            gmmscope_mpi_broadcast(
              data, bytes.baseAddress! + piece.lowerBound, Int32(piece.count), Int32(root), $0)
          }
        }
      }
    }

    func gather(
      _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int], at root: Int
    ) throws {
      var sent = [Int](repeating: 0, count: rankCount)
      sent[root] = part.count
      let received = rank == root ? counts : [Int](repeating: 0, count: rankCount)
      try allToAll(part, counts: sent, into: whole, receivedCounts: received)
    }

    func allGather(
      _ part: UnsafeRawBufferPointer, into whole: UnsafeMutableRawBufferPointer, counts: [Int]
    ) throws {
      let starts = Self.starts(counts)
      if whole.count <= pieceByteCount {
        let (sizes, places) = (counts.map(Int32.init), starts.map(Int32.init))
        // MPI reads them until the transfer is done.
        return try sizes.withUnsafeBufferPointer { sizes in
          try places.withUnsafeBufferPointer { places in
            try transferring { transfers in
              try Self.begin(&transfers) {
                gmmscope_mpi_gather(
                  data, part.baseAddress, Int32(part.count), whole.baseAddress, sizes.baseAddress,
                  places.baseAddress, $0)
              }
            }
          }
        }
      }
      Self.part(starts[rank], part.count, of: whole).copyMemory(from: part)
      for root in counts.indices where counts[root] > 0 {
        try broadcast(Self.part(starts[root], counts[root], of: whole), from: root)
      }
    }

    func allToAll(
      _ parts: UnsafeRawBufferPointer, counts: [Int], into received: UnsafeMutableRawBufferPointer,
      receivedCounts: [Int]
    ) throws {
      let (starts, receivedStarts) = (Self.starts(counts), Self.starts(receivedCounts))
      // Each rank begins with another peer, so that no rank is asked by all at once.
      let peers = (1..<rankCount).map { ($0 + rank) % rankCount }
      try transferring { transfers in
        for peer in peers.reversed() {
          for piece in pieces(of: receivedCounts[peer]) {
            let place = received.baseAddress! + receivedStarts[peer] + piece.lowerBound
            try Self.begin(&transfers) {
              gmmscope_mpi_receive(data, place, Int32(piece.count), Int32(peer), $0)
            }
          }
        }
        for peer in peers {
          for piece in pieces(of: counts[peer]) {
            let place = parts.baseAddress! + starts[peer] + piece.lowerBound
            try Self.begin(&transfers) {
              gmmscope_mpi_send(data, place, Int32(piece.count), Int32(peer), $0)
            }
          }
        }
      }
      let own = UnsafeRawBufferPointer(rebasing: parts[starts[rank]..<starts[rank] + counts[rank]])
      Self.part(receivedStarts[rank], receivedCounts[rank], of: received).copyMemory(from: own)
    }

    func barrier() throws {
      var all = [Int64](repeating: 0, count: rankCount)
      try all.withUnsafeMutableBufferPointer { all in
        try withUnsafePointer(to: Int64(rank)) { own in
          try transferring { transfers in
            try Self.begin(&transfers) { gmmscope_mpi_share(data, own, 1, all.baseAddress, $0) }
          }
        }
      }
    }

    private static func starts(_ counts: [Int]) -> [Int] {
      var start = 0
      return counts.map { count in
        defer { start += count }
        return start
      }
    }

    private static func part(
      _ start: Int, _ count: Int, of bytes: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
    }

    private static func begin(
      _ transfers: inout [gmmscope_mpi_transfer],
      _ call: (UnsafeMutablePointer<gmmscope_mpi_transfer>) -> Int32
    ) throws(LaunchError) {
      var transfer = gmmscope_mpi_transfer()
      try check(call(&transfer))
      transfers.append(transfer)
    }

    /// Begins transfers and waits until all are done.
    private func transferring(
      _ begin: (inout [gmmscope_mpi_transfer]) throws -> Void
    ) throws {
      var transfers: [gmmscope_mpi_transfer] = []
      try board.withLock { _ in try begin(&transfers) }
      _ = try wait(for: &transfers, patience: nil)
    }

    /// - Returns: Whether all are done before patience ends.
    private func wait(for transfers: inout [gmmscope_mpi_transfer], patience: Duration?) throws -> Bool {
      guard !transfers.isEmpty else { return true }
      let start = ContinuousClock.now
      var askedCount = 0
      while true {
        let isDone = try board.withLock { _ in
          var isDone = false
          try Self.check(gmmscope_mpi_are_done(&transfers, Int32(transfers.count), &isDone))
          return isDone
        }
        if isDone { return true }
        // Most answers come at once. Later, the core is worth more to ranks that compute.
        askedCount += 1
        if askedCount < 200 {
          sched_yield()
          continue
        }
        let waited = ContinuousClock.now - start
        if let patience, waited > patience { return false }
        usleep(UInt32(min(500, max(50, waited / .microseconds(20)))))
      }
    }
  }

  // MARK: The end

  extension MPIJob {
    func ending(_ status: Int32, patience: Duration?) -> [Int32]? {
      var all = [Int64](repeating: 0, count: rankCount)
      let isComplete = all.withUnsafeMutableBufferPointer { all in
        withUnsafePointer(to: Int64(status)) { own in
          do {
            var transfers: [gmmscope_mpi_transfer] = []
            try board.withLock { _ in
              try Self.begin(&transfers) { gmmscope_mpi_share(endings, own, 1, all.baseAddress, $0) }
            }
            return try wait(for: &transfers, patience: patience)
          } catch {
            return false
          }
        }
      }
      return isComplete ? all.map { Int32(truncatingIfNeeded: $0) } : nil
    }

    func finish() {
      board.withLock {
        $0.clear()
        gmmscope_mpi_finish()
      }
    }

    func abort(status: Int32) { board.withLock { _ in gmmscope_mpi_abort(status) } }

    func sharing(_ progress: WorkProgress, ofStep step: Int) -> WorkProgress? {
      board.withLock { $0.share(progress, ofStep: step) }
    }
  }

  /// The progress of all ranks. Errors are ignored: work that cannot report its
  /// progress can still succeed.
  private struct ProgressBoard {
    private struct Entry {
      var step = -1.0
      var completed = 0.0
      var planned = 0.0
    }

    let group: gmmscope_mpi_group
    let rank: Int
    /// At rank 0, what each rank last sent.
    private var entries: [Entry]
    /// The message on its way to rank 0. Its memory stays where it is until it has left.
    private let message = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
    private var transfer: gmmscope_mpi_transfer?

    init(group: gmmscope_mpi_group, rank: Int, rankCount: Int) {
      (self.group, self.rank) = (group, rank)
      entries = [Entry](repeating: Entry(), count: rankCount)
    }

    mutating func share(_ progress: WorkProgress, ofStep step: Int) -> WorkProgress? {
      let own = Entry(step: Double(step), completed: progress.completed, planned: progress.planned)
      guard rank == 0 else {
        send(own)
        return nil
      }
      receive()
      entries[0] = own
      let current = entries.filter { $0.step == own.step }
      let reported = Double(current.count) / Double(entries.count)
      // Ranks that have not sent anything yet plan about as much as the others.
      return WorkProgress(
        completed: current.reduce(0) { $0 + $1.completed } + completedBeyond(own),
        planned: current.reduce(0) { $0 + $1.planned } / reported)
    }

    /// Ranks in later steps have completed this one.
    private func completedBeyond(_ own: Entry) -> Double {
      Double(entries.count { $0.step > own.step }) * own.planned
    }

    private mutating func send(_ entry: Entry) {
      if var last = transfer {
        var isDone = false
        guard gmmscope_mpi_are_done(&last, 1, &isDone) == 0, isDone else { return }
      }
      message.pointee = entry
      var next = gmmscope_mpi_transfer()
      let size = Int32(MemoryLayout<Entry>.size)
      transfer = gmmscope_mpi_send(group, message, size, 0, &next) == 0 ? next : nil
    }

    private mutating func receive() {
      var entry = Entry()
      var rank: Int32 = 0
      while gmmscope_mpi_take(group, &entry, Int32(MemoryLayout<Entry>.size), &rank) == 0, rank > 0 {
        entries[Int(rank)] = entry
      }
    }

    /// Takes the messages that are still on their way, once no rank sends any more.
    mutating func clear() { if rank == 0 { receive() } }
  }
#endif
