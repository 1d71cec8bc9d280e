import FeatureFiles
public import OODDetection

/// A look into each of several files, and into the files of folders and patterns.
///
/// Files of a folder that are no feature files are left out and counted. One that is damaged, or that was named and does
/// not open, is a failure, and the others are looked into all the same.
public struct FolderInspection: Sendable {
  public private(set) var inspections: [FileInspection] = []
  /// Files of folders that are no feature files.
  public private(set) var leftOut: [String] = []
  /// One for each folder that has such files.
  public private(set) var notices: [String] = []
  /// What is wrong with files that cannot be looked into, one line each.
  public private(set) var failures: [Statement] = []

  /// - Parameters:
  ///   - threadCount: threads that read a table; nil for one per core.
  ///   - progress: told how much of all files is done with, at most thirty times a second.
  /// - Throws: `CancellationError`.
  public init(
    _ paths: [String], keys: ArrayKeys = ArrayKeys(), memory: MemoryBudget = .standard,
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
            try FileInspection(path: file, keys: keys, memory: memory, threadCount: threadCount) {
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
