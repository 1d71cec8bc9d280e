import FeatureFiles
import Foundation
import OODDetection
import Synchronization
import TestData
import Testing

@testable import ExplorerModel
@testable import OODData

/// The combined progress of opening files, and its cancellation.
@Suite @MainActor struct OpeningProgressTests {
  /// A file of about three megabytes.
  private func table(_ name: String, in folder: ScratchFolder, rowCount: Int = 30_000) throws -> String {
    let lines = (0..<rowCount).map { "\($0 % 3),\($0 % 7).5,\(String(repeating: "0.125,", count: 14))-2e-3" }
    let header = "label,\((0..<16).map { "f\($0)" }.joined(separator: ","))"
    try Data((header + "\n" + lines.joined(separator: "\n")).utf8)
      .write(to: URL(fileURLWithPath: folder.file(name)))
    return folder.file(name)
  }

  private final class Steps: Sendable {
    private let state = Mutex((fractions: [Double](), threads: Set<Int>()))

    var fractions: [Double] { state.withLock { $0.fractions } }
    var threads: Set<Int> { state.withLock { $0.threads } }

    func note(_ progress: WorkProgress) {
      state.withLock {
        $0.fractions.append(progress.fraction)
        $0.threads.insert(pthread_self().hashValue)
      }
    }
  }

  @Test func shardsAddUpByTheirSizes() throws {
    let folder = try ScratchFolder()
    let train = [try table("a.csv", in: folder), try table("b.csv", in: folder, rowCount: 90_000)]
    let test = try table("c.csv", in: folder)
    let steps = Steps()
    let request = DataRequest(train: train, test: [test])
    let opening = OpeningProgress(of: request, threadCount: 1, progress: steps.note)
    let data = try DataSetAssembly(request, opening: opening).assemble()
    #expect(data.train?.count == 120_000)
    #expect(steps.fractions == steps.fractions.sorted())
    #expect(steps.fractions.last == 1)
    #expect(steps.fractions.contains { abs($0 - 0.2) < 0.001 })
    #expect(steps.fractions.contains { abs($0 - 0.8) < 0.001 })
    #expect(steps.fractions.count >= 15)
    #expect(steps.threads == [pthread_self().hashValue])
  }

  @Test func repeatedFilesAreReadOnce() throws {
    let folder = try ScratchFolder()
    let path = try table("a.csv", in: folder)
    let steps = Steps()
    let request = DataRequest(train: [path], test: [path])
    let opening = OpeningProgress(of: request, threadCount: 1, progress: steps.note)
    let data = try DataSetAssembly(request, opening: opening).assemble()
    #expect(data.train?.count == 30_000 && data.test?.count == 30_000)
    // The second half arrives in one step.
    #expect(steps.fractions.count { $0 > 0.51 } == 1 && steps.fractions.last == 1)
    // Arrays to choose from are not read again. The features are integers, which can also be labels.
    let count = steps.fractions.count
    let error = DataSetError.noSuchKey(path: path, key: "z", available: [])
    #expect(ArrayInventory(explaining: error, of: request, opening: opening)?.entries.count == 3)
    #expect(steps.fractions.dropFirst(count).allSatisfy { $0 == 1 })
  }

  @Test func openingAndCheckingFeaturesAreOneTask() async throws {
    let folder = try ScratchFolder()
    let path = try table("a.csv", in: folder)
    try NPYWriter.write(
      OutputArray(name: "x", shape: [4, 2], values: .float32([1, 2, 3, 4, 5, 6, 7, 8])),
      to: folder.file("x.npy"))
    #expect(OpeningProgress.openingShare(of: [path]) == 0.9)
    #expect(OpeningProgress.openingShare(of: [folder.file("x.npy")]) == 0)
    let steps = Steps()
    let opened = try await DetectorPipeline(threadCount: 1)
      .open(DataRequest(train: [path]), progress: steps.note)
    #expect(opened.data.isScanned && opened.model == nil)
    #expect(steps.fractions == steps.fractions.sorted())
    #expect(steps.fractions.last == 1)
    #expect(steps.fractions.contains { $0 > 0.3 && $0 < 0.7 })
  }

  @Test func cancelledOpeningThrowsOnlyCancellationError() async throws {
    let folder = try ScratchFolder()
    let path = try table("a.csv", in: folder, rowCount: 90_000)
    let request = DataRequest(train: [path])
    for scans in [false, true] {
      let last = Mutex(0.0)
      let outcome = await Task.detached { () -> (any Error)? in
        do {
          _ = try await EffectRunner(DetectorPipeline(threadCount: 1)).perform(.load(request, scans: scans)) {
            step in
            last.withLock { $0 = step.fraction }
            if step.fraction > 0.25 { withUnsafeCurrentTask { $0?.cancel() } }
          }
          return nil
        } catch {
          return error
        }
      }.value
      #expect(outcome is CancellationError)
      #expect(last.withLock { $0 } < 0.6)
    }
  }

  @Test func cancelledOpeningKeepsTheOpenData() async throws {
    let folder = try ScratchFolder()
    let path = try table("a.csv", in: folder)
    let store = await SmallData.store()
    let names = store.state.data.dataSet?.files.map(\.path)
    store.send(.open(DataRequest(train: [path])))
    #expect(store.state.tasks.longTask?.kind == .load)
    await store.settle(after: .cancelTask)
    #expect(store.state.data.dataSet?.files.map(\.path) == names)
    #expect(store.state.classes.detector != nil && store.state.scoresAreCurrent)
    #expect(store.state.tasks.isEmpty && store.state.messages.failure == nil)
    // ^R reloads the previous files.
    #expect(store.state.data.request.train == [path] && store.state.data.opening == nil)
  }
}
