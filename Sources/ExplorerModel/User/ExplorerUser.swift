import FeatureFiles

/// The user whose explorer this is: where what belongs to them is kept.
public struct ExplorerUser: Sendable {
  public var folders: UserFolders
  /// Relative paths start here.
  public var workingDirectory: String

  /// - Parameter workingDirectory: the process's own where nil.
  public init(folders: UserFolders, workingDirectory: String? = nil) {
    self.folders = folders
    self.workingDirectory = workingDirectory ?? FileName.workingDirectory
  }

  /// What is wrong with what is kept for them besides the settings; what is damaged is set aside.
  public func stateProblems() -> [UserSettingsProblem] {
    [RecentOpeningsFile(folders).problem()].compactMap(\.self)
  }
}
