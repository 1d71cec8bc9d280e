import FeatureFiles
import OODData

/// What `^S` can write on a screen. Tab in the prompt goes through them.
public enum ExportSubject: String, CaseIterable, Sendable {
  case classes, metrics, scores, trainingScores, histogram, samples, values, curves, map, settings, ranks,
    distances,
    comparison, files
  /// The drawing of the screen itself.
  case screen

  /// What the prompt calls it.
  public var title: String {
    switch self {
    case .trainingScores: "training scores"
    case .settings: "pinned settings"
    case .ranks: "ranks at the pinned settings"
    default: rawValue
    }
  }

  /// The suggested name of the file, without its ending.
  var fileStem: String {
    switch self {
    case .samples: "gmmscope-outliers"
    case .curves: "gmmscope-tuning"
    case .comparison: "gmmscope-compare"
    case .files: "gmmscope-data"
    case .trainingScores: "gmmscope-training-scores"
    default: "gmmscope-\(rawValue)"
    }
  }

  /// The endings of the files that it can be written to, the usual one first.
  public var endings: [String] {
    let screens = ScreenFormat.allCases.map(\.rawValue)
    switch self {
    case .screen: return screens
    case .samples, .scores, .trainingScores:
      return ReportFileFormat.allCases.map(\.rawValue) + ["npy"] + screens
    default: return ReportFileFormat.allCases.map(\.rawValue) + screens
    }
  }

  /// The endings as a sentence lists them: `.csv, .tsv or .json`.
  public var endingList: String {
    let names = endings.map { ".\($0)" }
    return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }
}

/// The format of a drawing of the screen.
public enum ScreenFormat: String, CaseIterable, Sendable {
  case svg, txt
}

/// What the ending of a file name asks for.
enum ExportFormat: Equatable {
  case report(ReportFileFormat)
  /// An array: indices of samples, or scores.
  case array
  case screen(ScreenFormat)

  /// A name without an ending asks for CSV, or for SVG if the screen is to be written. `nil` for an ending that the
  /// subject cannot be written to.
  init?(path: String, subject: ExportSubject) {
    let name = FilePath.name(of: path)
    let typed = name.lastIndex(of: ".").flatMap {
      $0 == name.startIndex ? nil : name[$0...].dropFirst().lowercased()
    }
    let ending = typed ?? subject.endings[0]
    guard subject.endings.contains(ending) else { return nil }
    if let format = ScreenFormat(rawValue: ending) {
      self = .screen(format)
    } else if let format = ReportFileFormat(rawValue: ending) {
      self = .report(format)
    } else {
      self = .array
    }
  }
}

extension ExportSubject {
  var suggestedName: String { "\(fileStem).\(endings[0])" }
}

extension Prompt {
  /// Goes to the next subject, and to its suggested name if the user typed no other.
  mutating func cycleExport(by offset: Int) {
    let old = exports[0]
    let place = wrapped(offset, count: exports.count)
    exports = Array(exports[place...] + exports[..<place])
    (problem, confirmsReplacing) = (nil, false)
    let name = FilePath.name(of: text)
    guard old.endings.contains(where: { name == "\(old.fileStem).\($0)" }) else { return }
    let ending = String(name.dropFirst(old.fileStem.count + 1))
    let isKept = exports[0].endings.contains(ending) && ScreenFormat(rawValue: ending) == nil
    text =
      text.dropLast(name.count) + (isKept ? "\(exports[0].fileStem).\(ending)" : exports[0].suggestedName)
  }
}

extension ExplorerState {
  /// What can be exported on the screen, starting at one of the subjects.
  func exportSubjects(from first: ExportSubject?) -> [ExportSubject] {
    let subjects = exportSubjects
    let place = first.flatMap(subjects.firstIndex) ?? 0
    return Array(subjects[place...] + subjects[..<place])
  }

  /// What can be exported on the screen, the usual subject first. It may still have to be computed.
  var exportSubjects: [ExportSubject] {
    let subjects: [ExportSubject]
    switch screen {
    case .classes: subjects = [.classes]
    case .scores:
      let metrics: [ExportSubject] = data.dataSet?[data.evaluatedSplit]?.labels == nil ? [] : [.metrics]
      let training: [ExportSubject] =
        data.evaluatedSplit != .train && scores.scored?.train != nil && data.dataSet?.train != nil
        ? [.trainingScores] : []
      subjects = (scores.sets.isEmpty ? [.scores] + metrics : metrics + [.scores]) + training + [.histogram]
    case .outliers: subjects = [outliers.showsFrequencies ? .values : .samples]
    case .tuning:
      subjects =
        [.curves] + (tuning.map.rows.isEmpty ? [] : [.map])
        + (tuning.pins.isEmpty ? [] : [.settings, .ranks])
    case .distances: subjects = [.distances]
    case .compare: subjects = [.comparison]
    case .data: subjects = [.files]
    }
    return subjects + [.screen]
  }
}
