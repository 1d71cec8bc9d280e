import FeatureFiles
import OODData

/// The user of the explorer, and where their files are stored.
public struct ExplorerUser: Sendable {
  public var folders: UserFolders
  /// The base of relative paths.
  public var workingDirectory: String
  /// Whether the explorer comes back to where the user was in the same files.
  public var keepsSessions: Bool

  /// - Parameter workingDirectory: `nil` for the working directory of the process.
  public init(folders: UserFolders, workingDirectory: String? = nil, keepsSessions: Bool = true) {
    self.folders = folders
    self.keepsSessions = keepsSessions
    self.workingDirectory = workingDirectory ?? FileName.workingDirectory
  }

  /// The problems with stored files other than the settings. Damaged files are set aside.
  public func stateProblems() -> [UserSettingsProblem] {
    [RecentOpeningsFile(folders).problem()].compactMap(\.self)
  }
}

/// The folders for settings and session state, as defined by the XDG base directory specification.
public struct UserFolders: Sendable, Equatable {
  public var home: String?
  /// `gmmscope` in `$XDG_CONFIG_HOME`, by default `~/.config`; `nil` if there is no home folder.
  public var configuration: String?
  /// `gmmscope` in `$XDG_STATE_HOME`, by default `~/.local/state`; `nil` if there is no home folder.
  public var state: String?
  /// `gmmscope` in `$XDG_RUNTIME_DIR`, whose files end with the user's login; `nil` if it is not set.
  public var runtime: String?

  /// Relative paths in the environment are ignored, as the specification requires.
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
    runtime = absolute("XDG_RUNTIME_DIR").map { FilePath.joined($0, "gmmscope") }
  }
}
