import FeatureFiles
import Foundation
public import OODData
public import OODDetection

/// The user's settings: `config.toml` in the configuration folder, or else `config.json` of earlier versions.
/// Command-line options take precedence.
public struct UserSettings: Sendable, Equatable {
  /// The parts of the detector's setting.
  public var choice = SettingChoice()
  public var color: Bool?
  public var unicode: Bool?
  public var mouse: Bool?
  /// Theme, colors and keys. Names of colors and commands are not checked here.
  public var preferences = DisplayPreferences()
  /// The columns of tables, in order, by the names of the tables.
  public var columns: [String: [String]] = [:]
  /// Whether to come back to where the user was in the same files.
  public var restoresSession: Bool?

  public var regularization: Regularization? { choice.regularization }
  public var score: ScoreKind? { choice.score }

  /// The tables whose columns can be chosen.
  private static let tables = ColumnTable.allCases.map(\.rawValue)

  private static let general = [
    "color", "mouse", "normalization", "pooling", "reg", "rule", "score", "unicode",
  ]
  private static let sections = ["columns", "general", "keys", "session", "theme"]
  private static let fileName = "config.toml"

  public init() {}

  /// Reads the settings file. A missing file leaves all settings unset.
  ///
  /// Invalid content is never an error: each invalid entry is ignored and reported as one problem that names its line, and
  /// the rest holds.
  public static func read(in folders: UserFolders) -> (
    settings: UserSettings, problems: [UserSettingsProblem]
  ) {
    guard let folder = folders.configuration else { return (UserSettings(), []) }
    let file = UserFile(path: FilePath.joined(folder, fileName))
    switch file.read() {
    case .absent: return readJSON(UserFile(path: FilePath.joined(folder, "config.json")))
    case .unreadable(let reason):
      return (UserSettings(), [file.problem("cannot read the settings: \(reason)")])
    case .content(let data):
      guard let text = String(validating: data, as: UTF8.self) else {
        return (UserSettings(), [file.problem("the settings are not UTF-8 text; they are ignored")])
      }
      let document = SettingsDocument(text)
      var settings = UserSettings()
      let faults = document.faults.map { file.problem("\($0.problem); the line is ignored", line: $0.line) }
      let problems = settings.take(document.values).map { entry, problem in
        file.problem("\(problem); it is ignored", line: document.line(of: entry))
      }
      return (settings, faults + problems)
    }
  }

  /// The problem with an entry of the settings file, which names its line.
  public static func problem(
    with entry: [String], _ problem: String, in folders: UserFolders
  ) -> UserSettingsProblem {
    let file = UserFile(path: FilePath.joined(folders.configuration ?? "", fileName))
    guard case .content(let data) = file.read(), let text = String(validating: data, as: UTF8.self) else {
      return file.problem(problem)
    }
    return file.problem("\(problem); it is ignored", line: SettingsDocument(text).line(of: entry))
  }

  // MARK: TOML

  /// Stores the values of a file, and returns what is wrong with others, with the names of tables and entries.
  private mutating func take(_ values: [String: SettingsDocument.Value]) -> [(
    entry: [String], problem: String
  )] {
    var problems: [([String], String)] = []
    for (section, value) in values.sorted(by: { $0.key < $1.key }) {
      guard Self.sections.contains(section) else {
        let isGeneral = Self.general.contains(section)
        let remedy = isGeneral ? "write it below [general]" : "the tables are \(Self.listed(Self.sections))"
        problems.append(([section], "‘\(section)’ is not a table of settings; \(remedy)"))
        continue
      }
      guard case .table(let entries) = value else {
        problems.append(([section], "‘\(section)’ must be a table; write [\(section)] above its entries"))
        continue
      }
      for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
        if let problem = take(value, for: name, in: section) { problems.append(([section, name], problem)) }
      }
    }
    return problems
  }

  /// Stores an entry. Returns `nil` on success, else the problem with it.
  private mutating func take(
    _ value: SettingsDocument.Value, for name: String, in section: String
  ) -> String? {
    switch section {
    case "general": return takeGeneral(value, for: name)
    case "keys":
      guard let names = value.texts else {
        return "‘\(name)’ must be a list of keys, such as [\"x\", \"^X\"]"
      }
      preferences.keys[name] = names
    case "columns":
      guard Self.tables.contains(name) else {
        return "‘\(name)’ is not a table with columns; the tables are \(Self.listed(Self.tables))"
      }
      guard let names = value.texts, !names.isEmpty else {
        return "‘\(name)’ must be a list of columns, such as [\"name\", \"condition\"]"
      }
      columns[name] = names
    case "session":
      guard name == "restore" else {
        return "‘\(name)’ is not a setting of [session]; the setting is restore"
      }
      guard case .flag(let flag) = value else { return "‘restore’ must be true or false" }
      restoresSession = flag
    default: return takeTheme(value, for: name)
    }
    return nil
  }

  private mutating func takeTheme(_ value: SettingsDocument.Value, for name: String) -> String? {
    if name == "name" {
      guard case .text(let text) = value, let theme = DisplayPreferences.Theme(rawValue: text) else {
        return
          "‘name’ must be \(Self.listed(DisplayPreferences.Theme.allCases.map { "\"\($0.rawValue)\"" }, "or"))"
      }
      preferences.theme = theme
      return nil
    }
    let text: String? =
      switch value {
      case .text(let text): text
      case .number(let number): Int(exactly: number).map(String.init)
      default: nil
      }
    guard let color = text.flatMap(ThemeColor.init) else {
      return "‘\(name)’ must be a color: \"#rrggbb\", or a number from 0 to 255"
    }
    preferences.colors[name] = color
    return nil
  }

  /// Stores an entry of the table `general`, or of a JSON file.
  private mutating func takeGeneral(_ value: SettingsDocument.Value, for name: String) -> String? {
    switch (name, value) {
    case ("color", .flag(let flag)): color = flag
    case ("unicode", .flag(let flag)): unicode = flag
    case ("mouse", .flag(let flag)): mouse = flag
    case ("color", _), ("unicode", _), ("mouse", _): return "‘\(name)’ must be true or false"
    case ("reg", .number(let number)):
      guard let regularization = try? Regularization(number) else { return Self.regularizationProblem }
      choice.regularization = regularization
    case ("reg", .text(let text)):
      guard let typed = SettingChoice(typed: text, at: .standard),
        typed.regularization != nil || typed.ridgeRule != nil
      else { return Self.regularizationProblem }
      choice.ridgeRule = typed.ridgeRule ?? choice.ridgeRule
      choice.regularization = typed.regularization ?? typed.ridgeRule?.standardRegularization
    case ("reg", _): return Self.regularizationProblem
    case ("pooling", .number(let number)):
      guard let pooling = try? Pooling(number) else { fallthrough }
      choice.pooling = pooling
    case ("pooling", _): return "‘pooling’ must be a number from 0 to 1"
    case ("normalization", .number(let number)):
      guard let normalization = try? Normalization(number) else { fallthrough }
      choice.normalization = normalization
    case ("normalization", _): return "‘normalization’ must be a number from 0 to 1"
    case ("rule", .text(let text)):
      guard let rule = RidgeRule(rawValue: text) else { fallthrough }
      choice.ridgeRule = rule
      choice.regularization = choice.regularization ?? rule.standardRegularization
    case ("rule", _):
      return "‘rule’ must be \(Self.listed(RidgeRule.allCases.map { "\"\($0.rawValue)\"" }, "or"))"
    case ("score", .text(let text)):
      guard let score = ScoreKind(rawValue: text) else { fallthrough }
      choice.score = score
    case ("score", _):
      return "‘score’ must be \(Self.listed(ScoreKind.allCases.map { "\"\($0.rawValue)\"" }, "or"))"
    default: return "‘\(name)’ is not a setting; the settings are \(Self.listed(Self.general))"
    }
    return nil
  }

  private static let regularizationProblem =
    "‘reg’ must be a number ≥ 0, such as 1e-3, or \"0.01x\", \"loo\", \"oas\" or \"ledoit-wolf\""

  private static func listed(_ names: [String], _ word: String = "and") -> String {
    names.dropLast().joined(separator: ", ") + (names.count > 1 ? " \(word) " : "") + (names.last ?? "")
  }

  // MARK: JSON

  /// Reads the settings file of earlier versions, with the entries of the table `general`. A file that is not a JSON
  /// object is set aside, so that its content is preserved.
  private static func readJSON(_ file: UserFile) -> (settings: UserSettings, problems: [UserSettingsProblem])
  {
    var settings = UserSettings()
    switch file.read() {
    case .absent: return (settings, [])
    case .unreadable(let reason): return (settings, [file.problem("cannot read the settings: \(reason)")])
    case .content(let data):
      guard let values = try? JSONDecoder().decode([String: JSONSetting].self, from: data) else {
        let remedy = #"write for example {"reg": 1e-3, "mouse": false}"#
        return (settings, [file.problem("not a JSON object, \(file.setAside()); \(remedy)")])
      }
      var problems: [UserSettingsProblem] = []
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        guard let problem = settings.takeGeneral(value.value, for: name) else { continue }
        problems.append(file.problem("\(problem); it is ignored"))
      }
      return (settings, problems)
    }
  }

  private struct JSONSetting: Decodable {
    var value: SettingsDocument.Value

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        value = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        value = .number(number)
      } else if let text = try? container.decode(String.self) {
        value = .text(text)
      } else {
        value = .other
      }
    }
  }
}

extension SettingsDocument.Value {
  /// The texts of a list of texts, or a single text; `nil` for anything else.
  fileprivate var texts: [String]? {
    switch self {
    case .text(let text): return [text]
    case .list(let values):
      let texts = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
      return texts.count == values.count ? texts : nil
    default: return nil
    }
  }
}

/// A problem with a file of the user, and what was done about it.
public struct UserSettingsProblem: Equatable, Sendable, CustomStringConvertible {
  /// The file, with the number of the line if that is known.
  public var path: String
  public var problem: String

  public var description: String { "\(path): \(problem)" }
}

extension UserFile {
  fileprivate func problem(_ text: String, line: Int? = nil) -> UserSettingsProblem {
    UserSettingsProblem(path: path + (line.map { ":\($0)" } ?? ""), problem: text)
  }
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

  /// Writes a value as JSON to a temporary file in the folder, which only the user can read, and renames it into place.
  func write(_ content: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    if let folder = FilePath.parent(of: path) {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let text = String(decoding: try encoder.encode(content), as: UTF8.self)
    try AtomicFile.write(to: path) { try $0.write(text + "\n") }
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
