import Foundation
import OODDetection
import Testing

@testable import ExplorerModel

/// What belongs to the user: always in a folder of the test's own.
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

  @Test(arguments: ["", "{", #"{"schemaVersion": 2, "recent": []}"#, #"{"schemaVersion":1,"recent":[{}]}"#])
  func aDamagedFileIsEmptyAndIsReplaced(content: String) throws {
    let state = folder.file(".local/state/gmmscope")
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    try content.write(toFile: state + "/recent.json", atomically: true, encoding: .utf8)
    let file = RecentOpeningsFile(folders)
    #expect(file.read().isEmpty)
    file.add(DataRequest(train: ["/a.npz"]), at: 0)
    #expect(file.read().map(\.request.train) == [["/a.npz"]])
  }

  @Test func aHomeThatCannotBeWrittenToIsNoError() throws {
    // A file where the folder should be stops even a superuser.
    let blocked = try folder.write("", to: "file")
    let file = RecentOpeningsFile(UserFolders(environment: ["XDG_STATE_HOME": blocked]))
    file.add(DataRequest(train: ["/a.npz"]), at: 0)
    #expect(file.read().isEmpty)
    #expect(RecentOpeningsFile(UserFolders(environment: [:])).read().isEmpty)
    #expect(folder.entries == ["file"])
  }

  // MARK: Settings

  private func settings(_ text: String) throws -> UserSettings {
    let path = folder.file(".config/gmmscope")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try text.write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    return try UserSettings(in: folders)
  }

  @Test func settingsAreReadAndMayBeAbsent() throws {
    #expect(try UserSettings(in: folders) == UserSettings())
    #expect(try settings("{}") == UserSettings())
    let all = try settings(
      #"{"reg": 1e-3, "score": "mahalanobis", "color": false, "unicode": true, "mouse": false}"#)
    #expect(all.regularization == (try Regularization(1e-3)))
    #expect(all.score == .mahalanobis)
    #expect(all.color == false && all.unicode == true && all.mouse == false)
  }

  @Test(arguments: [
    (#"{"colour": true}"#, "‘colour’ is no setting; there are color, mouse, reg, score and unicode"),
    (#"{"reg": -1}"#, "‘reg’ must be a number of at least 0, such as 1e-3"),
    (#"{"reg": "1e-3"}"#, "‘reg’ must be a number of at least 0, such as 1e-3"),
    (#"{"score": "best"}"#, "‘score’ must be \"nll\" or \"mahalanobis\""),
    (#"{"mouse": 1}"#, "‘mouse’ must be true or false"),
    (#"{"color": [true]}"#, "‘color’ must be true or false"),
    (#"["reg"]"#, #"not a JSON object; write for example {"reg": 1e-3, "mouse": false}"#),
    ("reg: 1e-3", #"not a JSON object; write for example {"reg": 1e-3, "mouse": false}"#),
  ])
  func aWrongSettingIsOneLineWithFileNameAndRemedy(text: String, problem: String) throws {
    let error = #expect(throws: UserSettingsError.self) { try settings(text) }
    #expect(error?.description == folder.file(".config/gmmscope/config.json") + ": " + problem)
  }

  @Test func aModelsLambdaWinsOverTheSettingsAndTheCommandLineOverBoth() throws {
    let (set, named) = (try Regularization(1e-2), try Regularization(1e-1))
    #expect(ExplorerState(standardRegularization: set).regularization == set)
    #expect(!ExplorerState(standardRegularization: set).regularizationIsChosen)
    #expect(ExplorerState(regularization: named, standardRegularization: set).regularization == named)
  }
}
