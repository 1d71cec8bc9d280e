import FeatureFiles
public import OODDetection

/// A look into each of several files, and into the files of folders and patterns.
///
/// A file that was named must open. Files of a folder that are no feature files are left out and counted; damaged ones
/// are errors all the same.
public struct FolderInspection: Sendable {
  public private(set) var inspections: [FileInspection] = []
  /// Files of folders that are no feature files.
  public private(set) var leftOut: [String] = []
  /// One for each folder that has such files.
  public private(set) var notices: [String] = []

  public init(_ paths: [String], keys: ArrayKeys = ArrayKeys(), memory: MemoryBudget = .standard) throws {
    for path in paths {
      let found = try PathExpansion.expand(path)
      var others = found.others
      var count = others.count
      for file in found.data {
        count += 1
        do {
          inspections.append(try FileInspection(path: file, keys: keys, memory: memory))
        } catch  where !found.isNamed && ShardOpener.isWithoutFeatures(error) {
          others.append(file)
        }
      }
      leftOut += others
      if !others.isEmpty { notices.append(ShardOpener.notice(leftOut: others, of: path, count: count)) }
    }
  }
}
