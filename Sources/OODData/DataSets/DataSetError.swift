public import FeatureFiles
import Foundation
public import OODDetection

/// An error that prevents files from forming a data set. Its message says which file, what failed and what to
/// try.
public enum DataSetError: Error, Equatable {
  /// No file was given.
  case noFiles
  /// No array has a conventional name for features, and no array can be identified by its shape.
  case noFeatures(path: String, arrays: [String], fitting: [ArrayCandidates] = [])
  /// No column of a table can be a feature. `reason` names the first cell that is not a number.
  case noNumericColumn(reason: FeatureFileError)
  /// The named array does not exist.
  case noSuchKey(path: String, key: String, available: [String], fitting: [ArrayCandidates] = [])
  /// An array chosen as features has fewer than two dimensions or is not numeric.
  case unusableFeatures(
    path: String, name: String, shape: [Int], elementType: String, fitting: [ArrayCandidates] = [])
  /// An array chosen as labels has several values per sample or is not numeric.
  case unusableLabels(
    path: String, name: String, shape: [Int], elementType: String, fitting: [ArrayCandidates] = [])
  /// The files of a split hold no samples.
  case noSamples(path: String, shape: [Int])
  /// The number of labels, ids or images differs from the number of samples.
  case countMismatch(
    path: String, name: String, count: Int, sampleCount: Int, fitting: [ArrayCandidates] = [])
  /// No file of a folder or pattern holds features. `reason` describes the first file.
  case noFeatureFiles(path: String, fileCount: Int, reason: Statement)
  /// An array with a conventional name for features or labels cannot be read.
  case unreadableArray(reason: FeatureFileError)
  /// A table column looks numeric, but some of its cells are not.
  case unusableColumn(reason: FeatureFileError)
  /// The number of labels equals the number of feature columns.
  case samplesInColumns(
    path: String, name: String, shape: [Int], otherName: String, otherPath: String? = nil)
  /// Two files hold features of different dimension. `sampleCount` is the number of rows in the first.
  case dimensionMismatch(
    path: String, dimension: Int, otherPath: String, otherDimension: Int, sampleCount: Int = 0)
  /// A table lacks columns that are features in another file. `new` lists the columns it has instead. `text`
  /// is a missing feature that the table holds as text.
  case missingColumns(path: String, missing: [String], new: [String], reference: String, text: String? = nil)
  /// Some shards of a split hold labels and others do not.
  case missingLabels(path: String)
  /// A sample has no label. For a table, `cell` is its location, such as "line 2, column 3 (y)".
  case missingLabel(path: String, name: String, row: Int, cell: String? = nil)
  /// A label of a table is a number with a fraction, infinite or too large.
  case fractionalLabel(path: String, cell: String, value: Double)
  /// Nearly all labels are numbers, but one is text. For a table, `cell` is its location.
  case mixedLabels(path: String, name: String, row: Int, text: String, cell: String? = nil)
  /// Labels are class names in one file and unnamed numbers in another.
  case incomparableLabels(path: String, otherPath: String)
  /// The training samples have no labels.
  case noTrainingLabels(paths: [String], fitting: [ArrayCandidates] = [])
  /// Some features are NaN or infinite. Holds the number of affected rows and the first few row indices, from
  /// 0. For a table, `cells` holds locations, such as "line 2, column 3 (f2)".
  case nonFinite(path: String, rowCount: Int, firstRows: [Int], cells: [String] = [])
  /// Files without the logits that a baseline needs; none if all have logits, but of different numbers of classes.
  case missingLogits(Baseline, paths: [String])
  /// No training file holds the weight and bias of the last layer, which a baseline needs.
  case missingHead(Baseline, paths: [String])
  /// Some logits give no score, such as NaN. Holds the number of affected samples and the first few row indices of a
  /// file, from 0.
  case nonFiniteLogits(path: String, rowCount: Int, firstRows: [Int])
  /// Some features are so large that their squares overflow. Holds the number of affected rows and the first
  /// such value with its row and column, from 0. For a table, `cell` is its location.
  case tooLarge(
    path: String, rowCount: Int, row: Int, column: Int, value: Double, cell: String? = nil)
  /// A saved model lacks an array or holds one of the wrong shape.
  case notAModel(path: String, problem: String)
  /// A file of statistics lacks an array or holds one that cannot be.
  case notMoments(path: String, problem: String)
  /// Two files of statistics are not of the same kind of samples, or are of the same samples.
  case unmergeableMoments(path: String, otherPath: String, problem: String)
  /// A rank finds another file at a path than rank 0.
  case ranksDiffer(rank: Int, path: String)
  /// A saved model was fitted with another normalization or pooling than the chosen one. Holds the model's.
  case modelSettingDiffers(FitSetting)
  /// A detector with this normalization β cannot be exported to a library that does not normalize.
  case normalizationNotExportable(Double)
  /// The output file has an unrecognized file extension.
  case unknownOutputFormat(path: String, known: [String])
}

extension DataSetError: Stating {
  public var statement: Statement {
    switch self {
    case .noFiles:
      Statement("no file given: name a feature file, for example train.npz")
    case .noNumericColumn(let reason):
      Statement("\(reason); no column holds numbers to use as features")
    case .noFeatures(let path, let arrays, _) where arrays.isEmpty:
      Statement("\(path): holds no arrays; save features of shape (samples, dimensions) in it")
    case .noFeatures(let path, let arrays, let fitting):
      Statement(
        "\(path): none of its arrays (\(list(arrays))) has a usual name for features",
        arrayRemedy(fitting, else: .nameFeatures))
    case .noSuchKey(let path, let key, let available, let fitting):
      Statement(
        "\(path): no array named ‘\(key)’; there are \(list(available.map { "‘\($0)’" }))",
        arrayRemedy(fitting))
    case .unusableFeatures(let path, let name, let shape, let elementType, let fitting):
      Statement(
        "\(path): ‘\(name)’ cannot be features: \(elementType) of shape \(shape); "
          + "expected numbers of shape [samples, dimensions]", arrayRemedy(fitting, else: .nameFeatures))
    case .unusableLabels(let path, let name, let shape, let elementType, let fitting):
      Statement(
        "\(path): ‘\(name)’ cannot be labels: \(elementType) of shape \(shape); expected one integer per sample"
          + (fitting.isEmpty
            ? elementType == "string"
              ? "; save one name of a class per sample"
              : "; one-hot rows are 0 but for a single 1; labels.argmax(axis=1) makes integers" : ""),
        arrayRemedy(fitting))
    case .noSamples(let path, let shape):
      Statement("\(path): no samples: features of shape \(shape); was it written completely?")
    case .countMismatch(let path, let name, let count, let sampleCount, let fitting):
      Statement(
        "\(path): ‘\(name)’ has \(count) entries for \(sampleCount) samples"
          + (fitting.isEmpty ? "; every sample needs one" : ""), arrayRemedy(fitting))
    case .noFeatureFiles(let path, let fileCount, let reason):
      Statement(
        "\(path): none of its \(fileCount) files can be used; the first: \(reason.text)", reason.remedy)
    case .unreadableArray(let reason):
      Statement(reason.description)
    case .unusableColumn(let reason):
      Statement("\(reason); correct the cell", .nameColumns)
    case .samplesInColumns(let path, let name, let shape, let otherName, let otherPath):
      Statement(
        "\(path): ‘\(name)’ has \(shape[0]) rows and \(shape[1]) columns, and ‘\(otherName)’"
          + (otherPath.map { " of \($0)" } ?? "") + " \(shape[1]) entries, so samples seem to be columns; "
          + "save the transpose (\(name).T in NumPy, \(name)' in MATLAB)")
    case .dimensionMismatch(let path, let dimension, let otherPath, let otherDimension, let sampleCount):
      Statement(
        "\(path): features of dimension \(dimension), but \(otherPath) has \(otherDimension); "
          + (sampleCount == otherDimension && sampleCount > 1
            ? "its samples seem to be columns: save the transpose (features.T in NumPy, features' in MATLAB)"
            : "both must come from the same network layer"))
    case .missingColumns(let path, let missing, let new, let reference, let text):
      Statement(
        "\(path): lacks \(missing.count == 1 ? "column" : "columns") \(quoted(missing)), "
          + "\(missing.count == 1 ? "a feature" : "features") of \(reference)"
          + (new.isEmpty ? "" : "; it has \(quoted(new)) instead")
          + (text.map { "; its ‘\($0)’ holds text" } ?? "")
          + "; give columns the same names in both", .nameColumns)
    case .missingLabels(let path):
      Statement("\(path): no labels, though other files of the same split have them", .nameLabels)
    case .missingLabel(let path, let name, let row, let cell):
      Statement(
        "\(path): \(cell.map { "\($0) holds no label" } ?? "‘\(name)’ is empty in row \(row)"); "
          + "every sample needs a label, below 0 where its class is not known")
    case .fractionalLabel(let path, let cell, let value):
      Statement(
        "\(path): \(cell): expected an integer of less than 2⁵³ or a name as label, but found \(value)")
    case .mixedLabels(let path, let name, let row, let text, let cell):
      Statement(
        "\(path): \(cell ?? "‘\(name)’, row \(row)"): ‘\(text)’ where nearly all labels are numbers; "
          + "write a number there")
    case .incomparableLabels(let path, let otherPath):
      Statement(
        "\(path): labels are names of classes, but those of \(otherPath) are numbers without names; "
          + "save labels of one kind in both, or the names as class_names beside the numbers")
    case .noTrainingLabels(let paths, let fitting):
      Statement(
        "\(list(paths)): no labels, and fitting needs one per sample", arrayRemedy(fitting, else: .nameLabels)
      )
    case .nonFinite(let path, let rowCount, let firstRows, let cells):
      Statement(
        "\(path): \(rowCount) \(rowCount == 1 ? "sample has" : "samples have") NaN or infinite features ("
          + (cells.isEmpty
            ? "\(rowCount == 1 ? "row" : "rows") \(list(firstRows.map(String.init)))"
            : cells.joined(separator: "; "))
          + "\(rowCount > max(firstRows.count, cells.count) ? " …" : ""))", .skipNonFinite)
    case .missingLogits(let baseline, let paths):
      Statement(
        "the baseline ‘\(baseline.rawValue)’ needs logits"
          + (paths.isEmpty
            ? ", but the files hold logits of different numbers of classes; take all from the same network"
            : ": no array ‘logits’ in \(list(paths, limit: 3)); save (samples, classes) logits beside the features, or "
              + "‘fc.weight’ and ‘fc.bias’ beside the training features"))
    case .missingHead(let baseline, let paths):
      Statement(
        "the baseline ‘\(baseline.rawValue)’ needs the last layer's weight and bias: no arrays ‘fc.weight’ (classes, "
          + "dimensions) and ‘fc.bias’ (classes) in \(list(paths, limit: 3)); save them beside the training features"
      )
    case .nonFiniteLogits(let path, let rowCount, let firstRows):
      Statement(
        "\(path): logits of \(rowCount) \(rowCount == 1 ? "sample are" : "samples are") NaN or infinite ("
          + "\(rowCount == 1 ? "row" : "rows") \(list(firstRows.map(String.init)))"
          + "\(rowCount > firstRows.count ? " …" : "")); save them again")
    case .tooLarge(let path, let rowCount, let row, let column, let value, let cell):
      Statement(
        "\(path): \(cell ?? "row \(row), column \(column) of the features"): \(value) is too large, "
          + "as its square overflows"
          + (rowCount > 1 ? " (\(rowCount) samples have such features)" : "")
          + "; divide that feature by a constant in every file", .skipNonFinite)
    case .notAModel(let path, let problem):
      Statement(
        "\(path): not a model saved by gmmscope: \(problem); make one with gmmscope fit -o model.safetensors")
    case .notMoments(let path, let problem):
      Statement(
        "\(path): not a file of moments: \(problem); make one with gmmscope moments -o moments.safetensors")
    case .unmergeableMoments(let path, let otherPath, let problem):
      Statement("\(path): cannot be merged with \(otherPath): \(problem)")
    case .ranksDiffer(let rank, let path):
      Statement(
        "\(path): rank \(rank) finds another file there than rank 0; name files that all ranks share, by the same path"
      )
    case .modelSettingDiffers(let setting):
      Statement(
        "the model was fitted with normalization \(String(format: "%g", setting.normalization.value)) and pooling "
          + "\(String(format: "%g", setting.pooling.value)), which it cannot change; fit another model")
    case .normalizationNotExportable(let value):
      Statement(
        "the model normalizes features (normalization \(value)), but pytorch-ood's GMM scores them as they are; "
          + "fit a model without normalization to export it")
    case .unknownOutputFormat(let path, let known):
      Statement("\(path): unrecognized file extension; use one of \(list(known))")
    }
  }

  private func arrayRemedy(_ fitting: [ArrayCandidates], else remedy: Remedy? = nil) -> Remedy? {
    fitting.isEmpty ? remedy : .useArrays(fitting)
  }

  private func quoted(_ names: [String]) -> String { list(names.map { "‘\($0)’" }, limit: 6) }

  private func list(_ names: [String], limit: Int = 12) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }
}

/// An error message as one line.
package func oneLine(_ error: any Error) -> String {
  "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
}
