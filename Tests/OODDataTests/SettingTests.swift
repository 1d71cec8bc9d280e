import OODData
import OODDetection
import TestData
import Testing

@Suite("Settings in the pipeline, models, reports and advice") struct PipelineSettingTests {
  static let settings: [DetectorSetting] = {
    var settings: [DetectorSetting] = []
    for (beta, alpha) in [(0.0, 0.0), (0.5, 0.1), (1.0, 1.0), (0.0, 1.0)] {
      for rule in RidgeRule.allCases {
        guard let normalization = try? Normalization(beta), let pooling = try? Pooling(alpha),
          let t = try? Regularization(0.3)
        else { continue }
        settings.append(
          DetectorSetting(
            fit: FitSetting(normalization: normalization, pooling: pooling, ridgeRule: rule),
            regularization: t, score: .relativeNegativeLogLikelihood))
      }
    }
    return settings
  }()

  private let pipeline = DetectorPipeline(threadCount: 2)

  @Test(arguments: settings, ["model.safetensors", "model.npz"])
  func modelsKeepTheirSetting(setting: DetectorSetting, name: String) async throws {
    let folder = try ScratchFolder()
    let data = SmallData.dataSet()
    let detector = try await pipeline.fit(data, setting: setting.fit)
    try ModelFile(
      detector: detector, regularization: setting.regularization, score: setting.score, classNames: []
    ).write(to: folder.file(name))
    let model = try ModelFile(contentsOf: folder.file(name))
    #expect(model.setting == setting)
    #expect(model.detector.classes.map(\.ridge) == detector.classes.map(\.ridge))
    let rows = try #require(data.test?.rows)
    let before = try await detector.scores(of: rows, at: setting.regularization, includesBackground: true)
    let opened = OpenedData(data: data, model: model)
    let again = try await pipeline.detector(for: opened)
    #expect(again.setting == setting)
    let after = try #require(try await pipeline.scores(of: data, [.test], by: again).test)
    for kind in ScoreKind.allCases {
      for (first, second) in zip(before.values(kind), after.values(kind)) {
        #expect(abs(first - second) <= 1e-10 * max(1, abs(first)), "\(kind)")
      }
    }
    // Another ridge rule follows from the moments, but not another fit.
    let other = SettingChoice(ridgeRule: .oas, regularization: .standard)
    let changed = try await pipeline.detector(for: opened, at: other)
    #expect(changed.setting.fit.ridgeRule == .oas)
    await #expect(throws: DataSetError.modelSettingDiffers(setting.fit)) {
      try await pipeline.detector(for: opened, at: SettingChoice(pooling: Pooling(0.77)))
    }
  }

  @Test(arguments: settings)
  func theDetectorForASettingGivesTheScoresOfItsSpectra(setting: DetectorSetting) async throws {
    let data = SmallData.dataSet()
    let found = try await pipeline.detector(for: OpenedData(data: data), at: SettingChoice(setting))
    #expect(found.setting == setting)
    let scores = try #require(try await pipeline.scores(of: data, [.test], by: found).test)
    let fitted = try await pipeline.fit(data, setting: setting.fit)
    let expected = try #require(
      try await pipeline.scores(
        of: data, [.test], by: DetectorAtSetting(fitted, at: setting.regularization, score: setting.score)
      ).test)
    for (first, second) in zip(scores.values(setting.score), expected.values(setting.score)) {
      #expect(abs(first - second) <= 1e-9 * max(1, abs(second)))
    }
  }

  @Test func partsThatAreNotChosenComeFromTheModel() throws {
    let model = DetectorSetting(
      fit: FitSetting(pooling: try Pooling(0.1), ridgeRule: .oas), regularization: try Regularization(0.5),
      score: .mahalanobis)
    #expect(SettingChoice().resolved(with: model) == model)
    let rule = SettingChoice(ridgeRule: .relative).resolved(with: model)
    #expect(rule.fit.pooling == model.fit.pooling && rule.regularization.value == 0.01)
    #expect(SettingChoice(score: .negativeLogLikelihood).resolved(with: model).regularization.value == 0.5)
  }

  @Test(arguments: settings + [.standard])
  func optionsReproduceTheSetting(setting: DetectorSetting) throws {
    let options = setting.commandLineOptions
    if setting == .standard { #expect(options.isEmpty) }
    func value(_ name: String) -> String? {
      options.firstIndex(of: name).map { options[$0 + 1] }
    }
    #expect(value("--pooling").flatMap(Double.init) ?? 0 == setting.fit.pooling.value)
    let normalization = value("--normalization")
    #expect(
      (normalization == "l2" ? 1 : normalization.flatMap(Double.init) ?? 0) == setting.fit.normalization.value
    )
    let reg = value("--reg") ?? "1e-06"
    switch setting.fit.ridgeRule {
    case .absolute: #expect(Double(reg) == setting.regularization.value)
    case .relative: #expect(reg.hasSuffix("x") && Double(reg.dropLast()) == setting.regularization.value)
    default:
      #expect(reg == setting.fit.ridgeRule.rawValue)
      #expect(Double(value("--reg-scale") ?? "1") == setting.regularization.value)
    }
    #expect(value("--score") ?? "nll" == setting.score.rawValue)
  }

  @Test func exportsHoldWhatTheOtherLibraryCan() async throws {
    let folder = try ScratchFolder()
    let data = SmallData.dataSet()
    let tied = try await pipeline.fit(data, setting: FitSetting(pooling: .tied, ridgeRule: .oas))
    let t = try Regularization(0.5)
    try PytorchOODExport(detector: tied, regularization: t).write(to: folder.file("gmm.npz"))
    #expect(folder.entries == ["gmm.npz"])
    let normalized = try await pipeline.fit(data, setting: FitSetting(normalization: .l2))
    #expect(throws: DataSetError.normalizationNotExportable(1)) {
      try PytorchOODExport(detector: normalized, regularization: t)
    }
  }

  // MARK: The map

  @Test func aMapHasTheFiguresOfItsPaths() async throws {
    let data = SmallData.dataSet()
    let path = SmallData.path
    let map = try await pipeline.map(data, setting: .standard, along: path)
    #expect(map.rows.map(\.pooling) == Pooling.grid)
    for row in map.rows {
      let fitted = try await pipeline.fit(data, setting: FitSetting(pooling: row.pooling))
      let sweep = try await pipeline.sweep(fitted, data, [.test], along: path, includesAccuracy: true)
      #expect(row.sweep.leaveOneOut == sweep.leaveOneOut)
      #expect(row.sweep.metrics == sweep.metrics && row.sweep.accuracy == sweep.accuracy)
    }
    let all = map.rows.flatMap { row in (row.sweep.leaveOneOut?.meanNLL ?? []).map { (row.pooling, $0) } }
    #expect(map.lowest?.leaveOneOutNLL == all.map(\.1).min())
    let known = try #require(map[.none])
    let reused = try await pipeline.map(
      data, setting: .standard, along: path, poolings: [.none], known: known)
    #expect(reused.rows.count == 1 && reused.rows[0].sweep.leaveOneOut == known.sweep.leaveOneOut)
  }

  @Test func refiningNeverRaisesLeaveOneOut() async throws {
    let data = SmallData.dataSet()
    let path = RegularizationPath.standard
    let map = try await pipeline.map(data, setting: .standard, along: path, poolings: [.none, .tied])
    let coarse = try #require(map.proposed)
    if let refined = try await pipeline.refined(map, data, setting: .standard) {
      #expect(refined.leaveOneOutNLL < coarse.leaveOneOutNLL - 0.05)
      var setting = FitSetting.standard
      setting.pooling = refined.pooling
      let fitted = try await pipeline.fit(data, setting: setting)
      let train = try #require(data.train)
      let again = try await fitted.leaveOneOut(
        train.rows, labels: train.labels ?? [], along: [refined.regularization])
      #expect(abs(again.meanNLL[0] - refined.leaveOneOutNLL) < 1e-9)
    }
  }

  // MARK: Advice

  private func advice(_ setting: DetectorSetting, map: Bool, along path: [Regularization]) async throws
    -> TuningAdvice
  {
    let data = SmallData.dataSet()
    let fitted = try await pipeline.fit(data, setting: setting.fit)
    let sweep = try await pipeline.sweep(fitted, data, [.test], along: path)
    return TuningAdvice(
      sweep: sweep, map: map ? try await pipeline.map(data, setting: setting.fit, along: path) : nil,
      setting: setting,
      detector: fitted)
  }

  @Test func adviceNamesTheOptionsOfTheProposal() async throws {
    let found = try await advice(.standard, map: false, along: RegularizationPath.standard)
    let proposed = try #require(found.proposed)
    #expect(
      found.lines[0] == "proposed by leave-one-out: " + proposed.commandLineOptions.joined(separator: " "))
    let normalized = DetectorSetting(fit: FitSetting(normalization: .l2), score: .mahalanobis)
    let lines = try await advice(normalized, map: true, along: RegularizationPath.standard).lines
    #expect(lines.contains { $0.contains("does not compare with that of other normalizations") })
    #expect(lines.contains { $0.contains("not mahalanobis scores") })
  }

  @Test func adviceSaysWhereNoMinimumIs() async throws {
    let path = [1e-8, 1e-7].compactMap { try? Regularization($0) }
    let found = try await advice(.standard, map: false, along: path)
    #expect(found.proposed == nil)
    #expect(
      found.lines[0].hasPrefix("no minimum within the path: likelihood still rises at 1e-07, its largest λ"))
  }

  @Test func adviceIsSilentWithoutCause() async throws {
    let found = try await advice(.standard, map: false, along: RegularizationPath.standard)
    #expect(!found.lines.contains { $0.contains("norms differ") || $0.contains("leave out") })
  }
}
