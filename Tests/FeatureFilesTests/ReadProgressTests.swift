import Foundation
import Synchronization
import TestData
import Testing

@testable import FeatureFiles

/// The progress of reading, and its cancellation.
struct ReadProgressTests {
  /// The reports of a reader: bytes and threads.
  private final class Reports: Sendable {
    private let state = Mutex((completed: [Int](), totals: Set<Int>(), threads: Set<Int>()))

    var completed: [Int] { state.withLock { $0.completed } }
    var totals: Set<Int> { state.withLock { $0.totals } }
    var threads: Set<Int> { state.withLock { $0.threads } }

    func options(threadCount: Int? = nil, _ body: @escaping @Sendable (Int) -> Void = { _ in }) -> ReadOptions
    {
      ReadOptions(threadCount: threadCount) { completed, total in
        self.state.withLock {
          $0.completed.append(completed)
          $0.totals.insert(total)
          $0.threads.insert(pthread_self().hashValue)
        }
        body(completed)
      }
    }

    func expectWhole(of byteCount: Int, stepCount: Int) {
      #expect(completed == completed.sorted())
      #expect(completed.last == byteCount)
      #expect(totals == [byteCount])
      #expect(completed.count >= stepCount)
    }
  }

  /// A table of about eight megabytes. With a quote, it is read line by line.
  private func table(quoted: Bool = false) -> [UInt8] {
    let lines = (0..<60_000).map { "\($0 % 5),0.\($0),\(String(repeating: "1.5,", count: 28))-2e-3" }
    let header = "label,f0,\((1...29).map { "f\($0)" }.joined(separator: ","))"
    let last = quoted ? "\n\"1\"" + String(repeating: ",1", count: 30) : ""
    return Array((header + "\n" + lines.joined(separator: "\n") + last).utf8)
  }

  @Test(arguments: [(false, 1), (false, 3), (true, 2)])
  func ofATable(isQuoted: Bool, threadCount: Int) throws {
    let directory = try ScratchFolder()
    let bytes = table(quoted: isQuoted)
    let path = try directory.file("x.csv", bytes)
    let reports = Reports()
    let file = try FeatureFile.open(path, options: reports.options(threadCount: threadCount))
    #expect(file["features"]?.shape == [isQuoted ? 60_001 : 60_000, 30])
    reports.expectWhole(of: bytes.count, stepCount: bytes.count / ReadStage.stepByteCount)
  }

  @Test func ofACompressedTable() throws {
    let directory = try ScratchFolder()
    let bytes = table()
    let packed = Deflate.gzip(bytes)
    let reports = Reports()
    let file = try FeatureFile.open(
      directory.file("x.csv.gz", packed), options: reports.options(threadCount: 1))
    #expect(file["features"]?.rowCount == 60_000)
    reports.expectWhole(of: packed.count, stepCount: 2 * (bytes.count / ReadStage.stepByteCount))
    let halfway = try #require(reports.completed.first { $0 >= packed.count / 2 })
    #expect(halfway < packed.count * 2 / 3)
  }

  @Test func ofFilesThatAreOpenedByTheirHeaders() throws {
    for name in ["features.npy", "stored.npz", "full.safetensors", "full.pt", "full.h5"] {
      let path = try Fixtures.path("dataset/\(name)")
      let reports = Reports()
      let file = try FeatureFile.open(path, options: reports.options())
      reports.expectWhole(of: file.byteCount, stepCount: 2)
    }
  }

  @Test func ofAnArrayThatIsDecompressed() throws {
    let directory = try ScratchFolder()
    let (path, rowCount) = try deflatedArchive(in: directory)
    let array = try FeatureFile.open(path).array(named: "x")
    #expect(array.isCompressedAsAWhole)
    let seen = Mutex<[Int]>([])
    try array.decompress { completed, count in
      seen.withLock { $0.append(completed) }
      #expect(completed <= count)
    }
    let completed = seen.withLock { $0 }
    #expect(completed == completed.sorted() && completed.count >= 4)
    #expect(completed.last ?? 0 >= rowCount * 4)
    #expect(try array.doubles(rows: [rowCount - 1]) == [Double(rowCount - 1)])
    try array.decompress { _, _ in Issue.record("it is decompressed twice") }
  }

  // MARK: Cancellation

  /// Opens a file in a task that is cancelled after `fraction` of it. Returns the fraction at the end.
  private func cancelled(_ path: String, byteCount: Int, at fraction: Double, threadCount: Int) async throws
    -> Int
  {
    let reports = Reports()
    let task = Mutex<Task<Result<Int, FeatureFileError>, Never>?>(nil)
    let gate = AsyncStream<Void>.makeStream()
    let options = reports.options(threadCount: threadCount) { completed in
      if Double(completed) >= fraction * Double(byteCount) { task.withLock { $0?.cancel() } }
    }
    let reading = Task.detached {
      for await _ in gate.stream { break }
      return Result { () throws(FeatureFileError) in try FeatureFile.open(path, options: options).arrays.count
      }
    }
    task.withLock { $0 = reading }
    gate.continuation.yield()
    #expect(await reading.value == .failure(.cancelled(path: path)))
    return reports.completed.last ?? 0
  }

  @Test(arguments: [false, true]) func cancelledTableStopsWithinAMegabyte(isQuoted: Bool) async throws {
    let directory = try ScratchFolder()
    let bytes = table(quoted: isQuoted)
    let path = try directory.file("x.csv", bytes)
    let done = try await cancelled(path, byteCount: bytes.count, at: 0.5, threadCount: 1)
    #expect(done < bytes.count / 2 + 2 * ReadStage.stepByteCount)
  }

  @Test func cancelledTableStopsOnSeveralThreads() async throws {
    let directory = try ScratchFolder()
    let bytes = table()
    let path = try directory.file("x.csv", bytes)
    #expect(try await cancelled(path, byteCount: bytes.count, at: 0.25, threadCount: 3) >= bytes.count / 4)
  }

  @Test func cancelledDecompressionStopsWithinAMegabyte() async throws {
    let directory = try ScratchFolder()
    let packed = Deflate.gzip(table())
    let path = try directory.file("x.csv.gz", packed)
    let done = try await cancelled(path, byteCount: packed.count, at: 0.25, threadCount: 1)
    #expect(done < packed.count / 4 + 2 * ReadStage.stepByteCount)
  }

  @Test func cancelledDecompressionCanBeRepeated() async throws {
    let directory = try ScratchFolder()
    let (path, rowCount) = try deflatedArchive(in: directory)
    let array = try FeatureFile.open(path).array(named: "x")
    let error = await Task { () -> FeatureFileError? in
      do throws(FeatureFileError) {
        try array.decompress { completed, _ in
          #expect(completed <= 2 * ReadStage.stepByteCount)
          withUnsafeCurrentTask { $0?.cancel() }
        }
        return nil
      } catch {
        return error
      }
    }.value
    #expect(error == .cancelled(path: path))
    #expect(try array.doubles(rows: [rowCount - 1]) == [Double(rowCount - 1)])
  }

  @Test func cancelledHDF5FileStops() async throws {
    let path = try Fixtures.path("dataset/full.h5")
    let result = await Task { () -> Result<Int, FeatureFileError> in
      let array = try? FeatureFile.open(path)["features"]
      withUnsafeCurrentTask { $0?.cancel() }
      return Result { () throws(FeatureFileError) in
        _ = try array?.doubles()
        return try FeatureFile.open(path).arrays.count
      }
    }.value
    #expect(result == .failure(.cancelled(path: path)))
  }

  // MARK: Threads

  @Test func threadCountOfOneIsRespected() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("x.csv", table())
    let one = Reports()
    _ = try FeatureFile.open(path, options: one.options(threadCount: 1))
    #expect(one.threads == [pthread_self().hashValue])
    let three = Reports()
    _ = try FeatureFile.open(path, options: three.options(threadCount: 3))
    #expect((1...3).contains(three.threads.count))
  }

  @Test(arguments: [1, 2, 5]) func workersAreAsManyAsThreads(threadCount: Int) {
    let threads = Mutex<Set<Int>>([])
    let done = Mutex<Set<Int>>([])
    let outcome = PieceWorkers(threadCount: threadCount).forEach(0..<200) { piece in
      _ = threads.withLock { $0.insert(pthread_self().hashValue) }
      return done.withLock { $0.insert(piece).inserted }
    }
    #expect(outcome == .complete)
    #expect(done.withLock { $0.count } == 200)
    #expect((1...threadCount).contains(threads.withLock { $0.count }))
  }

  @Test func oneFailureStopsTheWork() {
    let count = Atomic(0)
    let outcome = PieceWorkers(threadCount: 1).forEach(0..<100) { piece in
      count.add(1, ordering: .relaxed)
      return piece != 3
    }
    #expect(outcome == .refused)
    #expect(count.load(ordering: .relaxed) == 4)
  }

  // MARK: Files

  /// `x.npz` with a deflated array of about four megabytes that numbers its rows.
  private func deflatedArchive(in directory: ScratchFolder) throws -> (path: String, rowCount: Int) {
    let rowCount = 1 << 20
    let path = try directory.file("x.npy", [])
    try NPYWriter.write(
      OutputArray(name: "x", shape: [rowCount, 1], values: .float32((0..<rowCount).map(Float.init))), to: path
    )
    let content = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    return (try directory.file("x.npz", Deflate.archive(content, named: "x.npy")), rowCount)
  }
}
