import FeatureFiles
import Foundation
import OODData
public import OODDetection

/// The user's settings: `config.json` in the configuration folder. Command-line options take precedence.
public struct UserSettings: Sendable, Equatable {
  public var regularization: Regularization?
  public var score: ScoreKind?
  public var color: Bool?
  public var unicode: Bool?
  public var mouse: Bool?

  private static let names = ["color", "mouse", "reg", "score", "unicode"]

  public init() {}

  /// Reads the settings file. A missing file leaves all settings unset.
  ///
  /// Invalid content is never an error: each invalid setting is ignored and reported as one problem. A file
  /// that is not a JSON object is set aside, so that its content is preserved.
  public static func read(in folders: UserFolders) -> (
    settings: UserSettings, problems: [UserSettingsProblem]
  ) {
    var settings = UserSettings()
    guard let folder = folders.configuration else { return (settings, []) }
    let file = UserFile(path: FilePath.joined(folder, "config.json"))
    switch file.read() {
    case .absent: return (settings, [])
    case .unreadable(let reason):
      return (
        settings, [UserSettingsProblem(path: file.path, problem: "cannot read the settings: \(reason)")]
      )
    case .content(let data):
      guard let values = try? JSONDecoder().decode([String: Value].self, from: data) else {
        let remedy = #"write for example {"reg": 1e-3, "mouse": false}"#
        return (
          settings,
          [UserSettingsProblem(path: file.path, problem: "not a JSON object, \(file.setAside()); \(remedy)")]
        )
      }
      var problems: [UserSettingsProblem] = []
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        guard let problem = settings.take(value, for: name) else { continue }
        problems.append(UserSettingsProblem(path: file.path, problem: problem + "; it is ignored"))
      }
      return (settings, problems)
    }
  }

  /// Stores a setting. Returns `nil` on success, else the problem with it.
  private mutating func take(_ value: Value, for name: String) -> String? {
    switch (name, value) {
    case ("reg", .number(let number)):
      guard let regularization = try? Regularization(number) else { fallthrough }
      self.regularization = regularization
    case ("reg", _):
      return "‘reg’ must be a number ≥ 0, such as 1e-3"
    case ("score", .text(let text)):
      guard let score = ScoreKind(rawValue: text) else { fallthrough }
      self.score = score
    case ("score", _):
      let known = ScoreKind.allCases.map { "\"\($0.rawValue)\"" }
      return "‘score’ must be \(known.dropLast().joined(separator: ", ")) or \(known[known.count - 1])"
    case ("color", .flag(let flag)): color = flag
    case ("unicode", .flag(let flag)): unicode = flag
    case ("mouse", .flag(let flag)): mouse = flag
    case ("color", _), ("unicode", _), ("mouse", _):
      return "‘\(name)’ must be true or false"
    default:
      let known = Self.names.dropLast().joined(separator: ", ") + " and " + Self.names[Self.names.count - 1]
      return "‘\(name)’ is not a setting; the settings are \(known)"
    }
    return nil
  }

  private enum Value: Decodable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }
  }
}

/// A problem with a file of the user, and what was done about it.
public struct UserSettingsProblem: Equatable, Sendable, CustomStringConvertible {
  public var path: String
  public var problem: String

  public var description: String { "\(path): \(problem)" }
}

/// A small file of the user that the program reads at startup.
struct UserFile {
  let path: String

  enum Content {
    case absent
    case unreadable(String)
    case content(Data)
  }

  /// The size limit, far above what the program writes. Larger files are not read.
  private static let largestByteCount = 1 << 20

  func read() -> Content {
    guard let status = FileStatus(of: path) else { return .absent }
    // Reading anything else, such as a pipe, might never end.
    guard status.kind == .file else { return .unreadable("it is not a regular file") }
    guard let file = FileHandle(forReadingAtPath: path) else { return .unreadable("check its permissions") }
    guard let data = try? file.read(upToCount: Self.largestByteCount + 1) ?? Data() else {
      return .unreadable("check its permissions")
    }
    return data.count > Self.largestByteCount ? .unreadable("it is larger than 1 MB") : .content(data)
  }

  /// Renames the file, replacing one that was set aside before.
  ///
  /// - Returns: What was done with the file, for a message.
  func setAside() -> String {
    let name = FilePath.name(of: path) + ".corrupt"
    guard let folder = FilePath.parent(of: path), rename(path, FilePath.joined(folder, name)) == 0 else {
      return "ignored"
    }
    return "set aside as \(name)"
  }
}
