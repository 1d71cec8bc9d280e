public import FeatureFiles

/// An observation made while assembling a data set. Commands print remarks to standard error unless `--quiet`
/// is set; the explorer lists them among its messages.
public enum DataSetRemark: Sendable, Equatable {
  /// Files of a folder that hold no features.
  case leftOutFiles(folder: String, files: [String], count: Int)
  case excludedSamples(path: String, count: Int)
  /// A file without samples beside others that have some.
  case noSamples(path: String)
  /// A file that is named more than once for the same purpose, so that each of its samples counts as often.
  case repeatedFile(path: String, otherPath: String)
  /// An optional array that cannot be read.
  case leftOutArray(path: String, name: String, reason: String)
  /// Columns of one or several files that are not used as features, or that may be features by mistake.
  case columns(paths: [String], names: [String], reason: ColumnRemark.Reason)
  /// Table columns that another file does not have.
  case unusedColumns(path: String, names: [String], reference: String)
  /// A table or array without column names, used with a table that has them.
  case matchedByPosition(path: String, reference: String)
  /// A column has a conventional name for labels but is a feature in another file.
  case labelColumnIsFeature(path: String, name: String, reference: String)
  case oneHotLabels(path: String, name: String, classCount: Int)
  /// Arrays with one or more entries per sample that have no use; columns of text that are only shown.
  case unusedArrays(path: String, names: [String])
  /// An array whose values are stored as Python objects, one by one.
  case objects(path: String, name: String, elementType: ElementType)
  /// A file of one array per class, which are joined.
  case joinedClasses(path: String, classCount: Int)
  /// A file that is named like the labels of another one but does not fit.
  case unfitNeighbor(path: String, labelsPath: String, reason: String)
  /// The file holds samples to score as well, which are used only if it is named among the files to score.
  case holdsTestSplit(path: String, name: String)
  /// The file holds validation samples, which are scored only if they are named.
  case holdsValidationSplit(path: String, name: String)
  /// The text of a table is not Unicode.
  case windows1252(path: String)
  /// Labels that are names of classes, in the order of the numbers that they get.
  case numberedClasses(path: String, names: [String], areGiven: Bool)
  /// Samples to score whose class names are not among the training classes. `sampleCount` samples have one of
  /// `names`.
  case unknownClasses(path: String, names: [String], sampleCount: Int)
  /// `class_names` that do not cover the labels.
  case unusedClassNames(path: String, missing: String)
  /// Integers that a double cannot represent exactly: the first, with its row and column from 0.
  case inexactIntegers(path: String, row: Int, column: Int, text: String)
  /// The model was fitted to this file.
  case modelWasFitted(path: String, source: String)
  /// The model was fitted to a different file of the same name.
  case modelWasFittedToNamesake(path: String)
}

extension DataSetRemark: Stating {
  public var statement: Statement {
    switch self {
    case .columns(let paths, let names, let reason):
      Self.statement("\(Self.list(paths)): \(Self.columns(names))", reason, names)
    case .labelColumnIsFeature(let path, let name, let reference):
      Statement(
        "\(path): column ‘\(name)’ is a feature, as in \(reference), so there are no labels", .nameLabels)
    case .holdsValidationSplit(let path, let name):
      Statement("\(path): holds validation samples, too (‘\(name)’)", .scoreArray(name))
    default:
      Statement(text)
    }
  }

  private var text: String {
    switch self {
    case .columns, .labelColumnIsFeature, .holdsValidationSplit: ""
    case .windows1252(let path):
      "\(path): is not UTF-8 and was read as Windows-1252; save it as UTF-8 if letters are wrong"
    case .leftOutFiles(let folder, let files, let count):
      ShardOpener.notice(leftOut: files, of: folder, count: count)
    case .excludedSamples(let path, let count):
      "\(path): excluded \(count) \(count == 1 ? "sample" : "samples") with NaN or infinite features"
    case .noSamples(let path):
      "\(path): holds no samples"
    case .repeatedFile(let path, let otherPath):
      "\(path): \(path == otherPath ? "is named twice" : "is the same file as \(otherPath)"), so each of its samples counts twice"
    case .leftOutArray(let path, let name, let reason):
      "\(path): ‘\(name)’ is not used, since it cannot be read (\(Self.withoutPath(reason, path)))"
    case .unusedColumns(let path, let names, let reference):
      "\(path): \(Self.columns(names)) \(names.count == 1 ? "is" : "are") not used, as \(reference) has no such features"
    case .matchedByPosition(let path, let reference):
      "\(path): has no names of columns, so its columns are taken in the order of those of \(reference)"
    case .oneHotLabels(let path, let name, let classCount):
      "\(path): ‘\(name)’ holds one-hot labels of \(classCount) classes; the place of the 1 is the label"
    case .unusedArrays(let path, let names):
      "\(path): \(Self.list(ofNames: names)) \(names.count == 1 ? "is" : "are") not used as features"
    case .objects(let path, let name, let elementType):
      "\(path): ‘\(name)’ holds Python objects, which are read as \(elementType == .string ? "text" : elementType.rawValue)"
    case .joinedClasses(let path, let classCount):
      "\(path): holds one array for each of \(classCount) classes; their names are the labels"
    case .unfitNeighbor(let path, let labelsPath, let reason):
      "\(path): \(labelsPath) is not used as its labels (\(Self.withoutPath(reason, labelsPath)))"
    case .holdsTestSplit(let path, let name):
      "\(path): holds samples to score, too (‘\(name)’); name the file among those to score to use them"
    case .numberedClasses(let path, let names, let areGiven):
      "\(path): labels are names of classes and get numbers in \(areGiven ? "the order of class_names" : "sorted order"): "
        + zip(names, 0...).prefix(6).map { "‘\($0)’ is \($1)" }.joined(separator: ", ")
        + (names.count > 6 ? " and \(names.count - 6) more" : "")
    case .unknownClasses(let path, let names, let sampleCount):
      "\(path): \(sampleCount) \(sampleCount == 1 ? "sample counts" : "samples count") as out-of-distribution: "
        + "no class that is fitted to is named \(names.prefix(6).map { "‘\($0)’" }.joined(separator: ", "))"
        + (names.count > 6 ? " and \(names.count - 6) more" : "")
    case .unusedClassNames(let path, let missing):
      "\(path): class_names lacks ‘\(missing)’, which is a label, and is not used"
    case .inexactIntegers(let path, let row, let column, let text):
      "\(path): features lose digits: \(text) (row \(row), column \(column)) and others are integers beyond 2⁵³, which are "
        + "rounded; subtract a constant from that feature in every file before saving it"
    case .modelWasFitted(let path, let source):
      "\(path): the model was fitted to this file (\(source)); scores of training samples mislead"
    case .modelWasFittedToNamesake(let path):
      "\(path): not the file of this name that the model was fitted to; its content differs"
    }
  }

  private static func columns(_ names: [String]) -> String {
    "\(names.count == 1 ? "column" : "columns") \(list(ofNames: names))"
  }

  private static func list(ofNames names: [String]) -> String {
    names.prefix(6).map { "‘\($0)’" }.joined(separator: ", ")
      + (names.count > 6 ? " and \(names.count - 6) more" : "")
  }

  private static func statement(
    _ columns: String, _ reason: ColumnRemark.Reason, _ names: [String]
  ) -> Statement {
    let isOne = names.count == 1
    let noFeature = "and \(isOne ? "is not a feature" : "are not features")"
    let feature = isOne ? "is a feature" : "are features"
    func said(_ text: String) -> Statement { Statement("\(columns) \(text)", .nameColumns) }
    return switch reason {
    case .rowNumbers: said("\(isOne ? "numbers" : "number") the rows \(noFeature)")
    case .ids: said("\(isOne ? "holds" : "hold") another number in each row, as ids do, \(noFeature)")
    case .furtherLabels(let used):
      said("\(isOne ? "seems" : "seem") to hold labels beside ‘\(used)’, which is used, \(noFeature)")
    case .empty: said("\(isOne ? "is" : "are") empty \(noFeature)")
    case .unnamed: said("\(isOne ? "has" : "have") no name in the header \(noFeature)")
    case .mixedText(let line, let text):
      said(
        "\(isOne ? "holds" : "hold") text beside numbers (\(line.map { "line \($0): " } ?? "")‘\(text)’) \(noFeature)"
      )
    case .countsLikeRowNumbers:
      said("\(isOne ? "counts" : "count") up from row to row and \(feature)")
    case .mirrorsLabels:
      said("\(isOne ? "has" : "have") one value for each label and \(feature), which gives the label away")
    case .namedLikeLabels:
      Statement(
        "\(columns) \(isOne ? "is named like labels and is a feature" : "are named like labels and are features")",
        .nameLabelColumn(names[0]))
    }
  }

  private static func list(_ paths: [String]) -> String {
    paths.count < 2
      ? paths.first ?? "" : "\(paths[0]) and \(paths.count - 1) more \(paths.count == 2 ? "file" : "files")"
  }

  private static func withoutPath(_ reason: String, _ path: String) -> String {
    reason.hasPrefix(path + ": ") ? String(reason.dropFirst(path.utf8.count + 2)) : reason
  }
}

extension [DataSetRemark] {
  /// The remarks with equal column remarks merged across columns and across files. O(number of remarks).
  var merged: [DataSetRemark] {
    var merged: [DataSetRemark] = []
    var ofFile: [String: Int] = [:]
    // Merge the columns of each file that share a reason.
    for remark in self {
      guard case .columns(let paths, let names, let reason) = remark, paths.count == 1 else {
        merged.append(remark)
        continue
      }
      let key = "\(paths[0])\0\(reason)"
      if let place = ofFile[key], case .columns(_, let others, _) = merged[place] {
        merged[place] = .columns(paths: paths, names: others + names, reason: reason)
      } else {
        ofFile[key] = merged.count
        merged.append(remark)
      }
    }
    // Merge the files whose columns and reason are equal.
    var result: [DataSetRemark] = []
    var ofColumns: [String: Int] = [:]
    for remark in merged {
      guard case .columns(let paths, let names, let reason) = remark else {
        result.append(remark)
        continue
      }
      let key = "\(names)\0\(reason)"
      if let place = ofColumns[key], case .columns(let others, _, _) = result[place] {
        result[place] = .columns(paths: others + paths, names: names, reason: reason)
      } else {
        ofColumns[key] = result.count
        result.append(remark)
      }
    }
    return result
  }
}
