import FeatureFiles
import OODData

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

/// Where what belongs to the user is kept, by the XDG base directory specification: settings and, apart from them,
/// session state.
public struct UserFolders: Sendable, Equatable {
  public var home: String?
  /// `gmmscope` in `$XDG_CONFIG_HOME`, by default `~/.config`; nil where there is no home.
  public var configuration: String?
  /// `gmmscope` in `$XDG_STATE_HOME`, by default `~/.local/state`; nil where there is no home.
  public var state: String?

  /// Relative paths in the environment are ignored, as the specification says.
  public init(environment: [String: String]) {
    func absolute(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? FilePath.absolute($0, in: "/") : nil }
    }
    let home = absolute("HOME")
    self.home = home
    func folder(_ name: String, _ standard: String) -> String? {
      (absolute(name) ?? home.map { FilePath.joined($0, standard) }).map { FilePath.joined($0, "gmmscope") }
    }
    configuration = folder("XDG_CONFIG_HOME", ".config")
    state = folder("XDG_STATE_HOME", ".local/state")
  }
}
