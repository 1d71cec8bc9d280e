import FeatureFiles
import Foundation
import LinearAlgebra
import OODData
import OODDetection

/// Where the user was in a set of files: what to come back to.
public struct ExplorerSession: Sendable, Equatable, Codable {
  var schemaVersion = 1
  /// The files, with absolute paths.
  var request = DataRequest()
  var screen: String
  /// The setting as command-line options would give it.
  var normalization: Double
  var pooling: Double
  var ridgeRule: String
  var regularization: Double
  var score: String
  var thresholds: [String: Double]
  var classOrder: Order
  var classFilter: String?
  /// The label of the selected class.
  var selectedClass: Int?
  var subset: String
  var sampleOrder: Order
  var sampleFilter: String?
  var nearestClass: Int?
  var oodSet: Int?
  var selectedSample: Sample?
  var marks: [Sample]
  /// The chosen columns by the name of the table; absent in sessions of earlier versions.
  var columns: [String: ColumnChoice]?
  /// The pinned settings, absent in sessions of earlier versions.
  var pins: [Pin]?
  /// The settings that were shown, for the compare screen; absent in sessions of earlier versions.
  var visited: [Setting]?

  /// A setting as command-line options would give it.
  struct Setting: Sendable, Equatable, Codable {
    var normalization: Double
    var pooling: Double
    var ridgeRule: String
    var regularization: Double
    var score: String
  }

  /// A pinned setting with its letter.
  struct Pin: Sendable, Equatable, Codable {
    var letter: String
    var setting: Setting
  }

  struct Order: Sendable, Equatable, Codable {
    var column: String
    var isAscending: Bool
  }

  /// A sample with its name, to recognize it in files that have changed, and its tag.
  struct Sample: Sendable, Equatable, Codable {
    var split: String
    var index: Int
    var name: String
    var tag: String?
  }
}

extension ExplorerState {
  /// Where the user is; `nil` unless there is something to come back to.
  public var session: ExplorerSession? {
    guard let samples = data.dataSet, !data.request.isEmpty, !classes.outlines.isEmpty else { return nil }
    // What was not gone back to yet must not be lost.
    if tasks[.remember] != nil { return nil }
    if let pendingSession { return pendingSession }
    func sample(_ reference: SampleReference, tag: String? = nil) -> ExplorerSession.Sample {
      ExplorerSession.Sample(
        split: reference.split.rawValue, index: reference.index,
        name: samples[reference.split]?.name(of: reference.index) ?? "", tag: tag)
    }
    let (view, setting) = (viewChoice, setting.current)
    return ExplorerSession(
      request: data.request, screen: screen.rawValue, normalization: setting.fit.normalization.value,
      pooling: setting.fit.pooling.value, ridgeRule: setting.fit.ridgeRule.rawValue,
      regularization: setting.regularization.value, score: setting.score.rawValue,
      thresholds: Dictionary(uniqueKeysWithValues: view.thresholds.map { ($0.key.rawValue, $0.value) }),
      classOrder: .init(column: view.classSort.column.rawValue, isAscending: view.classSort.isAscending),
      classFilter: view.classFilter, selectedClass: classes.label(of: classes.selected),
      subset: outliers.subset.rawValue,
      sampleOrder: .init(column: view.sampleSort.column.name, isAscending: view.sampleSort.isAscending),
      sampleFilter: view.sampleFilter, nearestClass: view.nearestClass, oodSet: view.oodSet,
      selectedSample: outliers.selected.map { sample($0.reference) },
      marks: view.marks.map { sample($0.key, tag: $0.value.isEmpty ? nil : $0.value) }
        .sorted { ($0.split, $0.index) < ($1.split, $1.index) },
      columns: view.columns.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: view.columns.map { ($0.key.rawValue, $0.value) }),
      pins: tuning.pins.all.map { .init(letter: $0.letter, setting: .init($0.setting)) },
      visited: compare.visitedSettings.map(ExplorerSession.Setting.init))
  }

  /// Goes back to a session of the open files: the screen and the setting at once, and everything that refers to classes
  /// and samples as soon as there are scores.
  mutating func resume(_ session: ExplorerSession) -> [Effect] {
    guard !data.request.isEmpty, data.dataSet != nil else { return [] }
    pendingSession = session
    screen = Screen(rawValue: session.screen) ?? screen
    let effects = resumeSetting(session)
    if scoresAreCurrent { resumeView() }
    return effects
  }

  /// Goes back to the setting, unless the user chose one. A saved model keeps its own normalization and pooling.
  private mutating func resumeSetting(_ session: ExplorerSession) -> [Effect] {
    guard !setting.isChosen, let target = session.setting, target != setting.current else { return [] }
    if classes.detector != nil || scores.scored != nil { return choose(target) }
    guard data.dataSet?.train != nil else { return [] }
    // Nothing is shown yet, so there is nothing to keep.
    setting.begin(at: target)
    return tasks.discard(.fit) + tasks.discard(.score) + tasks.discard(.spectra) + pursueGoal()
  }

  /// Goes back to what the session sorted, filtered, selected and marked.
  mutating func resumeView() {
    guard let session = pendingSession, let samples = data.dataSet, scores.scored != nil else { return }
    pendingSession = nil
    let known = session.marks.compactMap { mark in mark.reference(in: samples).map { ($0, mark.tag ?? "") } }
    let subset = SampleSubset(rawValue: session.subset) ?? outliers.subset
    if subset != outliers.subset {
      outliers.show(subset, of: data.dataSet)
      refreshOutliers()
    }
    var view = viewChoice
    for (name, value) in session.thresholds {
      if let kind = ScoreKind(rawValue: name) { view.thresholds[kind] = value }
    }
    if let column = ClassColumn(rawValue: session.classOrder.column) {
      view.classSort = SortOrder(column, isAscending: session.classOrder.isAscending)
    }
    if let column = outliers.columns.first(where: { $0.name == session.sampleOrder.column }) {
      view.sampleSort = SortOrder(column, isAscending: session.sampleOrder.isAscending)
    }
    (view.classFilter, view.sampleFilter) = (session.classFilter, session.sampleFilter)
    view.nearestClass = session.nearestClass.flatMap { classes.outlines.indices.contains($0) ? $0 : nil }
    let sets = samples.test?.oodSets?.sets.count ?? 0
    view.oodSet = session.oodSet.flatMap { (0..<sets).contains($0) ? $0 : nil }
    view.marks = Dictionary(known, uniquingKeysWith: { first, _ in first })
    for (name, choice) in session.columns ?? [:] {
      if let table = ColumnTable(rawValue: name) { view.columns[table] = choice }
    }
    viewChoice = view
    resumeSettings(session)
    if let place = classes.outlines.firstIndex(where: { $0.label == session.selectedClass }) {
      classes.select(place)
    }
    if let place = session.selectedSample?.reference(in: samples).flatMap(outliers.rows.place) {
      outliers.select(row: place)
    }
    let lost = session.marks.count - known.count
    if lost > 0 {
      messages.say(
        .warning,
        "The files have changed: \(lost) of \(session.marks.count) marked samples are no longer there.")
    }
    journal = UndoJournal()
  }
}

extension ExplorerState {
  /// Pins settings again, whose numbers are computed on the tuning screen, and lists those that were shown. A saved model
  /// has only its own fit, and other ridge rules of it.
  private mutating func resumeSettings(_ session: ExplorerSession) {
    func isPossible(_ setting: DetectorSetting) -> Bool {
      data.dataSet?.train != nil
        || setting.fit.normalization == self.setting.fit.normalization
          && setting.fit.pooling == self.setting.fit.pooling
    }
    let visited = (session.visited ?? []).compactMap(\.setting).filter(isPossible)
    let pins = (session.pins ?? []).compactMap { pin in
      pin.setting.setting.map { (letter: pin.letter, setting: $0) }
    }.filter { isPossible($0.setting) }
    for setting in visited { compare.add(setting, keeping: pins.map(\.setting)) }
    tuning.pins.restore(pins)
    tasks.requested.pin = nil
  }
}

extension ExplorerSession {
  fileprivate var setting: DetectorSetting? {
    Setting(
      normalization: normalization, pooling: pooling, ridgeRule: ridgeRule, regularization: regularization,
      score: score
    ).setting
  }
}

extension ExplorerSession.Setting {
  init(_ setting: DetectorSetting) {
    self.init(
      normalization: setting.fit.normalization.value, pooling: setting.fit.pooling.value,
      ridgeRule: setting.fit.ridgeRule.rawValue, regularization: setting.regularization.value,
      score: setting.score.rawValue)
  }

  /// `nil` if the values are not valid.
  fileprivate var setting: DetectorSetting? {
    guard let normalization = try? Normalization(normalization), let pooling = try? Pooling(pooling),
      let rule = RidgeRule(rawValue: ridgeRule), let regularization = try? Regularization(regularization),
      let score = ScoreKind(rawValue: score)
    else { return nil }
    return DetectorSetting(
      fit: FitSetting(normalization: normalization, pooling: pooling, ridgeRule: rule),
      regularization: regularization, score: score)
  }
}

extension ExplorerSession.Sample {
  /// The sample in the open files; `nil` if another one is in its place.
  fileprivate func reference(in data: DataSet) -> SampleReference? {
    guard let split = Split(rawValue: split), let samples = data[split], (0..<samples.count).contains(index),
      samples.name(of: index) == name
    else { return nil }
    return SampleReference(split: split, index: index)
  }
}

/// The sessions on disk: a file per set of files in the folder `sessions` of the state folder, private to the user.
///
/// Problems are never errors: a damaged session is set aside and reported, and write errors are ignored.
public struct SessionFile: Sendable {
  /// `nil` without a state folder.
  private let folder: String?
  private let workingDirectory: String

  public init(_ user: ExplorerUser) {
    folder = user.folders.state.map { FilePath.joined($0, "sessions") }
    workingDirectory = user.workingDirectory
  }

  /// The session of files; `nil` if there is none, with the problem of a damaged one.
  func read(_ request: DataRequest) -> (session: ExplorerSession?, problem: UserSettingsProblem?) {
    guard let (request, path) = place(of: request) else { return (nil, nil) }
    switch UserFile(path: path).read() {
    case .absent: return (nil, nil)
    case .unreadable(let reason):
      return (nil, UserSettingsProblem(path: path, problem: "cannot read the session: \(reason)"))
    case .content(let data):
      let session = try? JSONDecoder().decode(ExplorerSession.self, from: data)
      guard let session, session.schemaVersion == 1 else {
        return (
          nil,
          UserSettingsProblem(
            path: path, problem: "not a session, \(UserFile(path: path).setAside()); a new one is started")
        )
      }
      // Another set of files can have the same hash.
      return (session.request == request ? session : nil, nil)
    }
  }

  /// Coming back is a convenience, so write errors are ignored.
  public func write(_ session: ExplorerSession) {
    guard let (request, path) = place(of: session.request) else { return }
    var session = session
    session.request = request
    try? UserFile(path: path).write(session)
  }

  /// The request with absolute paths, and the file of its session; `nil` for data from a pipe, which cannot be opened
  /// again.
  private func place(of request: DataRequest) -> (DataRequest, path: String)? {
    guard let folder,
      !(request.train + request.test + request.outOfDistributionPaths).contains(where: FeatureFile.isPipe)
    else { return nil }
    let request = request.absolute(in: workingDirectory, isFile: FolderReader.isFile)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let key = try? encoder.encode(request) else { return nil }
    var hash = ContentHash()
    for byte in key { hash.combine(UInt64(byte)) }
    let (low, high) = (hash.value.x, hash.value.y)
    let name = String(low, radix: 16) + String(high, radix: 16)
    return (request, FilePath.joined(folder, "\(name).json"))
  }
}
