/// Detects the header of a table, and the use of columns by their names.
enum TableLayout {
  /// The known column names, in lower case and in order of precedence.
  static let labelKeys = [
    "labels", "label", "y", "targets", "target", "label_list", "labels_true", "y_true", "fine_label",
    "class_id",
    "class_idx",
  ]
  static let idKeys = [
    "ids", "id", "names", "name", "paths", "path", "filenames", "filename", "filepath", "image_path",
  ]

  /// Whether the first line is a header, judging by it and the next line.
  ///
  /// It is if a cell is a known name, if no cell is a number, if a text cell is above a number, or if it numbers the
  /// columns 0, 1, 2, … without a name for the row index or above numbers that are not all integers, as pandas does.
  /// Otherwise it is data. Markers of missing values are ignored.
  static func isHeader(_ first: [String], over second: [String]?) -> Bool {
    let keys = Set(labelKeys + idKeys)
    if first.contains(where: { keys.contains($0.lowercased()) }) { return true }
    func isNumeric(_ text: String) -> Bool { TableText.isNumber(text) || TableText.isDecimalComma(text) }
    let isNumber = first.map(isNumeric)
    let isText = zip(first, isNumber).map { !$1 && !MissingValue.isMark($0) }
    // In one or two columns of text, such as a list of paths and classes, the first line may be data.
    if first.count <= 2, let second, second.count == first.count, !isText.contains(false),
      second.allSatisfy({ !isNumeric($0) && !MissingValue.isMark($0) })
    {
      return first.contains { isNamedLikeLabels($0) || isNamedLikeIDs($0) || isNamedLikeRowNumbers($0) }
    }
    if !isNumber.contains(true), isText.contains(true) || !first.contains(where: { !$0.isEmpty }) {
      return true
    }
    guard let second, second.count == first.count else { return false }
    if zip(isText, second).contains(where: { $0 && isNumeric($1) }) { return true }
    let counted = first.indices.filter { !first[$0].isEmpty && !isText[$0] }
    guard counted.map({ first[$0] }).elementsEqual((0..<counted.count).map(String.init)) else { return false }
    if first[0].isEmpty { return true }
    return counted.count >= (counted.count < first.count ? 2 : 4)
      && counted.contains { !second[$0].isEmpty && Int(second[$0]) == nil }
  }

  /// Whether a column with this name may contain row numbers, as written by pandas, R and notebooks.
  static func isNamedLikeRowNumbers(_ name: String) -> Bool {
    let name = key(name)
    return name.isEmpty || name.hasPrefix("unnamed:") || rowNumberKeys.contains(name)
  }

  private static let rowNumberKeys: Set<String> = [
    "index", "idx", "level_0", "row", "rows", "rowid", "row_id", "row_index", "row_idx", "row_number",
    "row_num",
    "row_no", "row_nr", "rownum", "rownumber", "rownames", "row_names", "rowname", "row_name", "no", "nr",
    "num",
    "number", "#", "sno", "s_no", "serial", "serial_no", "__index_level_0__", "sample_index", "sample_idx",
    "sample_no", "sample_number", "data_index", "original_index", "orig_index", "df_index",
  ]

  /// Whether a column with this name may identify samples: `sample_id`, `ImageID`, `uuid`.
  static func isNamedLikeIDs(_ name: String) -> Bool {
    let key = key(name)
    return idKeys.contains(key) || ["uid", "uuid", "guid", "gid"].contains(key)
      || key.hasSuffix("_id") || key.hasSuffix("_ids") || name.hasSuffix("ID") || name.hasSuffix("Id")
  }

  /// Whether a column with this name may contain labels, possibly additional ones: `label_id`, `class`,
  /// `coarse_label`.
  static func isNamedLikeLabels(_ name: String) -> Bool {
    let words = key(name).split(separator: "_").map(String.init)
    return labelKeys.contains(key(name))
      || words.contains(where: labelWords.contains)
        && words.allSatisfy { labelWords.contains($0) || labelAffixes.contains($0) }
  }

  private static let labelWords: Set<String> = [
    "label", "labels", "target", "targets", "class", "classes", "category", "categories", "gt", "truth",
    "groundtruth",
    "species", "superclass", "cls", "lbl", "y", "labelid", "classid", "targetid", "categoryid",
  ]
  /// Words that may accompany these.
  private static let labelAffixes: Set<String> = [
    "true", "pred", "predicted", "prediction", "ground", "coarse", "fine", "super", "sub", "original", "orig",
    "noisy",
    "clean", "given", "encoded", "enc", "numeric", "int", "train", "test", "id", "ids", "idx", "index", "num",
    "number",
    "no", "nr", "code", "codes", "name", "names", "value",
  ]

  /// The name in lower case, with `_` between words.
  private static func key(_ name: String) -> String {
    String(name.trimmingSpaces.lowercased().map { " -.".contains($0) ? "_" : $0 })
  }
}
