import OODData
public import OODDetection

/// A setting pinned under a letter, with the numbers to compare it by.
public struct PinnedSetting: Sendable, Equatable {
  /// A, B or C.
  public let letter: String
  public let setting: DetectorSetting
  /// `nil` until it is computed, after coming back to a session.
  public internal(set) var measures: PinMeasures?

  public var metrics: OODMetrics? { measures?.metrics }
  /// `nil` if the setting was pinned before the spectra were computed.
  public var worstConditionNumber: Double? { measures?.worstConditionNumber }
}

/// What is compared of a pinned setting.
public struct PinMeasures: Sendable, Equatable {
  public var metrics: OODMetrics?
  public var worstConditionNumber: Double?
  /// The sorted scores of all samples.
  public var distribution: ScoreDistribution
  /// The rank of each sample of the evaluated split, from 1 by descending score.
  var ranks: [Int32]
}

extension PinMeasures {
  /// The measures of scores at a setting; `nil` without scores of the evaluated split. O(N).
  init?(_ scored: ScoredData, of data: DataSet, by score: ScoreKind, worstConditionNumber: Double?) {
    let split = data.evaluatedSplit
    guard let ranking = scored.ranking(of: split, by: score) else { return nil }
    let sorted = scored.sorted(by: score, of: data)
    let evaluated = sorted[split] ?? SortedScores()
    let curve = ROCCurve(outOfDistribution: evaluated.outside, inDistribution: evaluated.inside)
    self.init(
      metrics: data[split]?.labels == nil ? nil : try? OODMetrics.evaluate(curve).get(),
      worstConditionNumber: worstConditionNumber, distribution: ScoreDistribution(sorted, of: data),
      ranks: ranking.ranks)
  }
}

/// The pinned settings, in the order of their letters.
public struct PinnedSettings: Sendable, Equatable {
  public private(set) var all: [PinnedSetting] = []
  /// The letter of the pin that the rank changes refer to.
  private var comparedLetter: String?

  /// The letters that can be given.
  public static let letters = ["A", "B", "C"]

  public var isEmpty: Bool { all.isEmpty }

  /// The letter of the next pin; `nil` if all are given.
  public var freeLetter: String? {
    Self.letters.first { letter in !all.contains { $0.letter == letter } }
  }

  /// The pin of a setting; `nil` if it is not pinned.
  public subscript(setting: DetectorSetting) -> PinnedSetting? { all.first { $0.setting == setting } }

  /// The pin that the rank changes refer to: the first one unless the user chose another.
  public var compared: PinnedSetting? { all.first { $0.letter == comparedLetter } ?? all.first }

  /// The first pin whose numbers are not computed.
  var missing: PinnedSetting? { all.first { $0.measures == nil } }

  /// Pins a setting under the next free letter. Returns the pin; `nil` if all letters are given.
  mutating func add(_ setting: DetectorSetting, _ measures: PinMeasures?) -> PinnedSetting? {
    guard self[setting] == nil, let letter = freeLetter else { return nil }
    let pin = PinnedSetting(letter: letter, setting: setting, measures: measures)
    all = (all + [pin]).sorted { $0.letter < $1.letter }
    return pin
  }

  /// Removes the pin of a setting, or the last one. Returns the removed pin.
  mutating func remove(_ setting: DetectorSetting) -> PinnedSetting? {
    guard let place = all.firstIndex(where: { $0.setting == setting }) ?? all.indices.last else { return nil }
    return all.remove(at: place)
  }

  /// Refers the rank changes to the next pin.
  mutating func cycleCompared(_ offset: Int) {
    guard let compared, let place = all.firstIndex(of: compared) else { return }
    comparedLetter = all[wrapped(place + offset, count: all.count)].letter
  }

  mutating func take(_ measures: PinMeasures, of setting: DetectorSetting) {
    guard let place = all.firstIndex(where: { $0.setting == setting }) else { return }
    all[place].measures = measures
  }

  /// Completes settings that were pinned before the spectra of their fit were computed.
  mutating func complete(with detector: SpectralDetector) {
    all = all.map { pin in
      guard pin.setting.fit == detector.setting, pin.measures?.worstConditionNumber == nil else { return pin }
      var pin = pin
      pin.measures?.worstConditionNumber = detector.worstConditionNumber(at: pin.setting.regularization)
      return pin
    }
  }

  /// Pins settings again, without their numbers.
  mutating func restore(_ pins: [(letter: String, setting: DetectorSetting)]) {
    all = Self.letters.compactMap { letter in
      pins.first { $0.letter == letter }.map {
        PinnedSetting(letter: letter, setting: $0.setting, measures: nil)
      }
    }
  }
}

extension ExplorerState {
  /// Pins the shown setting under the next free letter.
  mutating func pinSetting() {
    if let pin = tuning.pins[setting.current] {
      messages.say(.info, "This setting is pinned as \(pin.letter) already. Press P to unpin it.")
    } else if tuning.pins.freeLetter == nil {
      messages.say(.info, "A, B and C are pinned. Press P to unpin one.")
    } else if scoresAreComputed, let scored = scores.scored, let samples = data.dataSet,
      let measures = PinMeasures(
        scored, of: samples, by: setting.score, worstConditionNumber: classes.worstConditionNumber),
      let pin = tuning.pins.add(setting.current, measures)
    {
      messages.say(
        .info,
        "Pinned \(setting.current.ridgeText), \(setting.score.rawValue) as \(pin.letter). "
          + "Change \(setting.fit.ridgeRule.symbol) to compare.")
    } else {
      messages.say(.info, "Wait for the scores before pinning this setting.")
    }
    refreshComparisons()
  }

  /// Unpins the shown setting, or else the last pinned one.
  mutating func unpinSetting() {
    if let pin = tuning.pins.remove(setting.current) {
      messages.say(.info, "Unpinned \(pin.letter): \(pin.setting.summary).")
    } else {
      messages.say(.info, "No setting is pinned.")
    }
    refreshComparisons()
  }

  /// Computes the numbers of the next pin that has none, after everything else that is shown.
  mutating func measurePinIfWanted(_ samples: DataSet) -> [Effect] {
    let before: [TaskKind] = [.pin, .fit, .spectra, .score, .prepare, .sweep]
    guard samples.isScanned, before.allSatisfy({ tasks[$0] == nil }), let pin = tuning.pins.missing,
      tasks.requested.pin != pin.setting, samples.train != nil || pin.setting.fit == setting.fit
    else { return [] }
    tasks.requested.pin = pin.setting
    return [
      tasks.start(
        .measurePin(samples, pin.setting, base: spectra(likeThoseOf: pin.setting.fit), splits: wantedSplits))
    ]
  }
}

/// The scores of a setting whose histogram is compared.
public struct PinnedScores: Sendable {
  /// A, B, C or “now”.
  public let name: String
  public let setting: DetectorSetting
  /// `nil` until the scores are computed.
  public let distribution: ScoreDistribution?
}

extension ExplorerState {
  /// The settings whose histograms can be compared: the pinned ones and the shown one, unless it is pinned.
  private var histogramSides: [PinnedScores] {
    let pins = tuning.pins.all.map {
      PinnedScores(name: $0.letter, setting: $0.setting, distribution: $0.measures?.distribution)
    }
    if pins.isEmpty || tuning.pins[setting.current] != nil { return pins }
    return pins + [
      PinnedScores(
        name: "now", setting: setting.current,
        distribution: scoresAreCurrent ? scores.overallDistribution : nil)
    ]
  }

  /// The number of pairs of settings whose histograms can be compared.
  public var histogramPairCount: Int {
    let count = histogramSides.count
    return count * (count - 1) / 2
  }

  /// The settings whose histograms are drawn over each other; `nil` unless two are pinned or one other than the shown one.
  public var histogramPair: (first: PinnedScores, second: PinnedScores)? {
    let sides = histogramSides
    let pairs = sides.indices.flatMap { first in
      sides.indices.dropFirst(first + 1).map { (sides[first], sides[$0]) }
    }
    guard !pairs.isEmpty else { return nil }
    let pair = pairs[tuning.pairPlace % pairs.count]
    return (pair.0, pair.1)
  }
}
