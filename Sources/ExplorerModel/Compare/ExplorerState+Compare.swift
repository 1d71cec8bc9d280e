import OODData
import OODDetection

extension ExplorerState {
  /// Computes the missing rows of the table while it is shown, after what other screens need.
  mutating func compareIfWanted(_ samples: DataSet) -> [Effect] {
    guard samples.isScanned, samples.train?.labels != nil, let oodSets = samples.test?.oodSets,
      !oodSets.sets.isEmpty
    else { return [] }
    let sets = oodSets.sets
    compare.update(DetectorPipeline.availableBaselines(of: samples), sets: sets)
    let before: [TaskKind] = [.compare, .fit, .spectra, .score, .prepare, .sweep]
    guard !compare.isPaused, before.allSatisfy({ tasks[$0] == nil }),
      let request = compare.nextRequest(scoreCount: oodSets.judgedScoreCount)
    else {
      return []
    }
    let isUsual =
      setting.fit.normalization == .none && setting.fit.ridgeRule == .absolute
    let known = ComparisonRequest.Known(
      detectors: [classes.detector].compactMap(\.self) + visited.detectors,
      map: isUsual ? tuning.map : PoolingMap())
    return [tasks.start(.compare(samples, request, known))]
  }

  /// Makes the shown setting a row. On the way to another fit, its score is that of the next setting.
  mutating func noteSettingToCompare() {
    guard goal == .explore, scoresAreComputed, setting.pending == nil else { return }
    compare.add(setting.current, keeping: tuning.pins.all.map(\.setting))
  }

  /// Takes the setting of the selected row.
  mutating func takeComparedSetting() -> [Effect] {
    guard let entry = compare.selected else { return [] }
    if let setting = entry.setting { return choose(setting) }
    messages.say(
      .info,
      entry.baseline == nil
        ? "The \(entry.name) setting is not known yet." : "The baseline \(entry.name) has no setting to take."
    )
    return []
  }

  /// The command line that computes the selected row.
  var comparedCommandLine: String? {
    guard let entry = compare.selected else { return nil }
    if let setting = entry.setting { return commandLine(at: setting) }
    return commandLine(
      entry.baseline.map { ["compare", "--no-proposal", "--baseline", $0.rawValue] }
        ?? ["compare", "--baseline", "none"])
  }

  /// The command line that evaluates the open files at a setting.
  func commandLine(at setting: DetectorSetting) -> String {
    commandLine(["evaluate"] + setting.commandLineOptions)
  }

  private func commandLine(_ arguments: [String]) -> String {
    let request = data.request
    func files(_ option: String, _ paths: [String]) -> [String] {
      paths.isEmpty ? [] : [option] + paths.map(ArrayCandidates.quoted)
    }
    let named =
      files("--model", [request.model].compactMap(\.self)) + files("--train", request.train)
      + files("--test", request.test)
      + files("--ood", request.outOfDistribution) + (request.skipsNonFinite ? ["--skip-non-finite"] : [])
    return (["gmmscope"] + arguments + named + [request.keyArguments].filter { !$0.isEmpty })
      .joined(separator: " ")
  }
}
