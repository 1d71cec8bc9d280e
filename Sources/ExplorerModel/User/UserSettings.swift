import Foundation
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
  /// - Throws: what is wrong with the first setting that is not as it should be, or why the file cannot be read.
  public init(in folders: UserFolders) throws(UserSettingsError) {
    self.init()
    guard let folder = folders.configuration else { return }
    let path = FilePath.joined(folder, "config.json")
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UserSettingsError(path: path, problem: "the settings cannot be read; check its permissions")
    }
    guard let values = try? JSONDecoder().decode([String: Value].self, from: data) else {
      throw UserSettingsError(
        path: path, problem: #"not a JSON object; write for example {"reg": 1e-3, "mouse": false}"#)
    }
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      if let problem = take(value, for: name) { throw UserSettingsError(path: path, problem: problem) }
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
      return "‘\(name)’ is no setting; there are \(known)"
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

/// What is wrong with the user's settings, and how to mend it.
public struct UserSettingsError: Error, Equatable, CustomStringConvertible {
  public var path: String
  public var problem: String

  public var description: String { "\(path): \(problem)" }
}
