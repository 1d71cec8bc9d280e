import OODData

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
