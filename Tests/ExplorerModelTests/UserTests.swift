import FeatureFiles
import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Files of the user, in a temporary folder.
@Suite struct UserTests {
  private let folder: ScratchFolder
  private var folders: UserFolders { UserFolders(environment: ["HOME": folder.path]) }

  init() throws { folder = try ScratchFolder() }

  @Test func foldersFollowTheXDGSpecification() {
    let standard = UserFolders(environment: ["HOME": "/home/ada"])
    #expect(standard.configuration == "/home/ada/.config/gmmscope")
    #expect(standard.state == "/home/ada/.local/state/gmmscope")
    let chosen = UserFolders(
      environment: ["HOME": "/home/ada", "XDG_CONFIG_HOME": "/etc/ada", "XDG_STATE_HOME": "relative"])
    #expect(chosen.configuration == "/etc/ada/gmmscope")
    #expect(chosen.state == "/home/ada/.local/state/gmmscope")
    let homeless = UserFolders(environment: [:])
    #expect(homeless.home == nil && homeless.configuration == nil && homeless.state == nil)
  }

  // MARK: Recent openings

  @Test func recentOpeningsAreNewestFirstOnceEachAndBounded() {
    let file = RecentOpeningsFile(folders)
    #expect(file.read().isEmpty)
    for index in 0..<25 { file.add(DataRequest(train: ["/data/\(index).npz"]), at: index) }
    file.add(DataRequest(train: ["/data/20.npz"], keys: ArrayKeys(features: "z")), at: 99)
    let recent = file.read()
    #expect(recent.count == RecentOpeningsFile.limit)
    #expect(recent.prefix(3).map(\.request.train) == [["/data/20.npz"], ["/data/24.npz"], ["/data/23.npz"]])
    #expect(recent[0].request.keys.features == "z")
    #expect(Set(recent.flatMap(\.request.train)).count == recent.count)
    #expect(folder.entries == [".local"])
    let state = folder.file(".local/state/gmmscope")
    #expect((try? FileManager.default.contentsOfDirectory(atPath: state)) == ["recent.json"])
  }

  @Test(arguments: [
    "", "{", #"{"schemaVersion": 2, "recent": []}"#, #"{"schemaVersion":1,"recent":[{}]}"#, "\u{0}\u{1}",
  ])
  func damagedFileIsSetAsideAndReported(content: String) throws {
    let state = folder.file(".local/state/gmmscope")
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    try content.write(toFile: state + "/recent.json", atomically: true, encoding: .utf8)
    let file = RecentOpeningsFile(folders)
    #expect(file.read().isEmpty)
    #expect(
      file.problem()?.description
        == state
        + "/recent.json: not a list of recent files, set aside as recent.json.corrupt; a new list is started")
    #expect(file.problem() == nil)
    #expect(try String(contentsOfFile: state + "/recent.json.corrupt", encoding: .utf8) == content)
    file.add(DataRequest(train: ["/a.npz"]), at: 0)
    #expect(file.read().map(\.request.train) == [["/a.npz"]])
  }

  @Test func fileDamagedAfterStartupIsSetAside() throws {
    let file = RecentOpeningsFile(folders)
    file.add(DataRequest(train: ["/a.npz"]), at: 0)
    let path = folder.file(".local/state/gmmscope/recent.json")
    try "{".write(toFile: path, atomically: true, encoding: .utf8)
    file.add(DataRequest(train: ["/b.npz"]), at: 1)
    #expect(file.read().map(\.request.train) == [["/b.npz"]])
    #expect(try String(contentsOfFile: path + ".corrupt", encoding: .utf8) == "{")
  }

  @Test func readOnlyHomeIsNotAnError() throws {
    // A file in place of the folder makes writing fail even for a superuser.
    let blocked = try folder.write("", to: "file")
    let file = RecentOpeningsFile(UserFolders(environment: ["XDG_STATE_HOME": blocked]))
    file.add(DataRequest(train: ["/a.npz"]), at: 0)
    #expect(file.read().isEmpty)
    #expect(RecentOpeningsFile(UserFolders(environment: [:])).read().isEmpty)
    #expect(folder.entries == ["file"])
  }

  // MARK: Settings of earlier versions

  private func settings(_ text: String) throws -> (settings: UserSettings, problems: [UserSettingsProblem]) {
    let path = folder.file(".config/gmmscope")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try text.write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    return UserSettings.read(in: folders)
  }

  private var config: String { folder.file(".config/gmmscope/config.json") }

  @Test func settingsAreReadAndMayBeAbsent() throws {
    #expect(UserSettings.read(in: folders) == (UserSettings(), []))
    #expect(try settings("{}") == (UserSettings(), []))
    let (all, problems) = try settings(
      #"{"reg": 1e-3, "score": "mahalanobis", "color": false, "unicode": true, "mouse": false}"#)
    #expect(problems == [])
    #expect(all.regularization == (try Regularization(1e-3)))
    #expect(all.score == .mahalanobis)
    #expect(all.color == false && all.unicode == true && all.mouse == false)
  }

  @Test(arguments: [
    (
      #"{"colour": true}"#,
      "‘colour’ is not a setting; the settings are color, mouse, normalization, pooling, reg, rule, score and unicode"
    ),
    (
      #"{"reg": -1}"#,
      "‘reg’ must be a number ≥ 0, such as 1e-3, or \"0.01x\", \"loo\", \"oas\" or \"ledoit-wolf\""
    ),
    (
      #"{"score": "best"}"#,
      "‘score’ must be \"nll\", \"mahalanobis\", \"relative-nll\" or \"relative-mahalanobis\""
    ),
    (#"{"mouse": 1}"#, "‘mouse’ must be true or false"),
    (#"{"color": [true]}"#, "‘color’ must be true or false"),
  ])
  func invalidSettingIsReportedAndTheOthersApply(text: String, problem: String) throws {
    let (read, problems) = try settings(text.dropLast() + #", "unicode": false}"#)
    #expect(problems.map(\.description) == ["\(config): \(problem); it is ignored"])
    var others = UserSettings()
    others.unicode = false
    #expect(read == others)
    #expect(FileManager.default.fileExists(atPath: config))
  }

  @Test(arguments: [#"["reg"]"#, "reg: 1e-3", "", #"{"reg": 1e-3"#, "\u{0}"])
  func invalidSettingsFileIsSetAsideAndReported(text: String) throws {
    let (read, problems) = try settings(text)
    #expect(read == UserSettings())
    #expect(
      problems.map(\.description) == [
        config
          + #": not a JSON object, set aside as config.json.corrupt; write for example {"reg": 1e-3, "mouse": false}"#
      ])
    #expect(try String(contentsOfFile: config + ".corrupt", encoding: .utf8) == text)
    #expect(UserSettings.read(in: folders) == (UserSettings(), []))
  }

  @Test func pipesAndLargeSettingsFilesAreNotRead() throws {
    _ = try settings("{}")
    try FileManager.default.removeItem(atPath: config)
    try #require(mkfifo(config, 0o600) == 0)
    #expect(
      UserSettings.read(in: folders).problems.map(\.description)
        == [config + ": cannot read the settings: it is not a regular file"])
    try FileManager.default.removeItem(atPath: config)
    let (read, problems) = try settings(#"{"mouse": false}"# + String(repeating: " ", count: 2 << 20))
    #expect(read == UserSettings() && problems.count == 1)
  }

  @Test func commandLineOverridesModelAndModelOverridesSettings() throws {
    let (set, named) = (try Regularization(1e-2), try Regularization(1e-1))
    let standard = DetectorSetting(regularization: set)
    let model = DetectorSetting(regularization: try Regularization(1e-4))
    var unset = ExplorerState(standard: standard).setting
    #expect(unset.regularization == set)
    unset.take(ofModel: model)
    #expect(unset.regularization == model.regularization)
    var chosen = ExplorerState(choice: SettingChoice(regularization: named), standard: standard).setting
    #expect(chosen.regularization == named)
    chosen.take(ofModel: model)
    #expect(chosen.regularization == named)
  }

  // MARK: Exports

  @Test func exportNeverReplacesAnInputFile() async throws {
    let path = folder.file("x.npy")
    try NPYWriter.write(OutputArray(name: "", shape: [2, 1], values: .float64([1, 2])), to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    _ = try FeatureFile.open(path)
    try #require(link(path, folder.file("hard.csv")) == 0)
    let table = TableReport(ReportTable(columns: ["a"], rows: [[.integer(1)]]))
    for name in ["x.npy", "hard.csv", "./x.npy"] {
      let request = ExportRequest(path: folder.file(name), report: table, replacesFile: true)
      await #expect(throws: FeatureFileError.self) {
        try await EffectRunner(DetectorPipeline(threadCount: 1)).perform(.export(request)) { _ in }
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    let other = ExportRequest(path: folder.file("other.csv"), report: table)
    _ = try await EffectRunner(DetectorPipeline(threadCount: 1)).perform(.export(other)) { _ in }
    #expect(try String(contentsOfFile: folder.file("other.csv"), encoding: .utf8) == "a\n1\n")
  }
}
