import FeatureFiles
public import OODDetection

/// The inspections of several files, including the files of folders and patterns.
///
/// Files of a folder that hold no features are left out and counted. A damaged file, or a named file that
/// cannot be opened, is recorded as a failure; the other files are still inspected.
public struct FolderInspection: Sendable {
  public private(set) var inspections: [FileInspection] = []
  /// Files of folders that hold no features.
  public private(set) var leftOut: [String] = []
  /// One notice for each folder with such files.
  public private(set) var notices: [String] = []
  /// The errors of files that cannot be inspected, one line each.
  public private(set) var failures: [Statement] = []

  /// - Parameters:
  ///   - rankCount: The number of ranks that would share the work.
  ///   - threadCount: The number of threads that read a table; nil for one per core.
  ///   - progress: Receives the completed share of all files, at most 30 times per second.
  /// - Throws: `CancellationError`.
  public init(
    _ paths: [String], keys: ArrayKeys = ArrayKeys(), memory: MemoryBudget = .standard, rankCount: Int = 1,
    threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }
  ) throws {
    let files = paths.flatMap { (try? PathExpansion.expand($0).data) ?? [] }
    let total = max(1, files.reduce(0) { $0 + Self.byteCount(of: $1) })
    var done = 0.0
    let limited = ProgressLimiter(progress).handler
    for path in paths {
      let found: PathExpansion.Files
      do {
        found = try PathExpansion.expand(path)
      } catch {
        failures.append(Statement(error))
        continue
      }
      var others = found.others
      var count = others.count
      for file in found.data {
        count += 1
        let (start, size) = (done, Self.byteCount(of: file))
        done += size
        do {
          inspections.append(
            try FileInspection(
              path: file, keys: keys, memory: memory, rankCount: rankCount, threadCount: threadCount
            ) {
              limited(WorkProgress(completed: start + size * $0.fraction, planned: total))
            })
        } catch let error as CancellationError {
          throw error
        } catch  where !found.isNamed && ShardOpener.isWithoutFeatures(error) {
          others.append(file)
        } catch {
          failures.append(Statement(error))
        }
      }
      leftOut += others
      if !others.isEmpty { notices.append(ShardOpener.notice(leftOut: others, of: path, count: count)) }
    }
  }

  private static func byteCount(of path: String) -> Double {
    FeatureFile.isPipe(path) ? 0 : Double((try? Checksum.byteCount(ofFileAt: path)) ?? 0)
  }
}
