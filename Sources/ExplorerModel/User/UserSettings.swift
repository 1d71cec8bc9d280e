import FeatureFiles
import Foundation
import OODData
public import OODDetection

/// What the user wants of every explorer: `config.json` in the configuration folder. The command line wins over it.
public struct UserSettings: Sendable, Equatable {
  public var regularization: Regularization?
  public var score: ScoreKind?
  public var color: Bool?
  public var unicode: Bool?
  public var mouse: Bool?

  private static let names = ["color", "mouse", "reg", "score", "unicode"]

  public init() {}

  /// Reads the file; one that is not there settles nothing.
  ///
  /// Nothing that is wrong with it is an error: what cannot be used is left out and said, one line each. A file that is
  /// no JSON object is set aside, so that what was in it can be looked up.
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
        settings, [UserSettingsProblem(path: file.path, problem: "the settings cannot be read: \(reason)")]
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
        problems.append(UserSettingsProblem(path: file.path, problem: problem + "; it is left out"))
      }
      return (settings, problems)
    }
  }

  /// Nil where the setting is taken, else what is wrong with it.
  private mutating func take(_ value: Value, for name: String) -> String? {
    switch (name, value) {
    case ("reg", .number(let number)):
      guard let regularization = try? Regularization(number) else { fallthrough }
      self.regularization = regularization
    case ("reg", _):
      return "‘reg’ must be a number of at least 0, such as 1e-3"
    case ("score", .text(let text)):
      guard let score = ScoreKind(rawValue: text) else { fallthrough }
      self.score = score
    case ("score", _):
      let known = ScoreKind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
      return "‘score’ must be \(known)"
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

/// What is wrong with a file of the user's, and what has become of it.
public struct UserSettingsProblem: Equatable, Sendable, CustomStringConvertible {
  public var path: String
  public var problem: String

  public var description: String { "\(path): \(problem)" }
}

/// A small file of the user's that this program reads at its start.
struct UserFile {
  let path: String

  enum Content {
    case absent
    case unreadable(String)
    case content(Data)
  }

  /// Far more than the program ever writes; a file that something else has filled is not read.
  private static let largestByteCount = 1 << 20

  func read() -> Content {
    guard let status = FileStatus(of: path) else { return .absent }
    // Anything else might never come to its end.
    guard status.kind == .file else { return .unreadable("it is not a file") }
    guard let file = FileHandle(forReadingAtPath: path) else { return .unreadable("check its permissions") }
    guard let data = try? file.read(upToCount: Self.largestByteCount + 1) ?? Data() else {
      return .unreadable("check its permissions")
    }
    return data.count > Self.largestByteCount ? .unreadable("it has more than a megabyte") : .content(data)
  }

  /// Renames it, over what was set aside before.
  ///
  /// - Returns: what has become of it, for a message.
  func setAside() -> String {
    let name = FilePath.name(of: path) + ".corrupt"
    guard let folder = FilePath.parent(of: path), rename(path, FilePath.joined(folder, name)) == 0 else {
      return "left out"
    }
    return "set aside as \(name)"
  }
}
