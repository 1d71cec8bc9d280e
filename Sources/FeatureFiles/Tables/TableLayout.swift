/// What each column of a table is, decided from its names and first values.
struct TableLayout {
  enum Role: Equatable {
    /// One dimension of the features.
    case feature
    /// Numbers that are an array of their own.
    case numbers(array: String)
    case text(array: String)
  }

  /// Keys by which columns are known, in lower case; the first that a table has wins.
  static let labelKeys = ["labels", "label", "y", "targets", "target"]
  static let idKeys = ["ids", "id", "names", "name", "paths", "path", "filenames", "filename"]

  /// Names as in the header, empty without one.
  let names: [String]
  let roles: [Role]

  /// - Parameters:
  ///   - header: column names, `nil` without a header.
  ///   - isNumeric: for each column whether its first cell with content is a number; `nil` where no cell has
  ///     any content.
  ///   - hasRows: whether there are rows at all; where there are none, columns are taken for numbers.
  init(header: [String]?, isNumeric: [Bool?], hasRows: Bool) {
    names = header ?? Array(repeating: "", count: isNumeric.count)
    let keys = names.map { $0.lowercased() }
    let labelColumn = Self.labelKeys.lazy.compactMap(keys.firstIndex).first
    let idColumn = Self.idKeys.lazy.compactMap(keys.firstIndex).first
    var roles: [Role] = []
    for (column, name) in names.enumerated() {
      let holdsNumbers = isNumeric[column] ?? !hasRows
      let array = name.isEmpty ? "column\(column + 1)" : name
      if column == idColumn {
        roles.append(.text(array: "ids"))
      } else if column == labelColumn {
        roles.append(holdsNumbers ? .numbers(array: "labels") : .text(array: "labels"))
      } else if !holdsNumbers {
        roles.append(.text(array: array))
      } else if header != nil, name.isEmpty || (Self.labelKeys.contains(keys[column]) && keys[column] != "y")
      {
        // A second column of labels, or the row numbers that pandas puts under no name, would be features
        // that give the answer away. A `y` beside a label is rather a coordinate.
        roles.append(.numbers(array: array))
      } else {
        roles.append(.feature)
      }
    }
    self.roles = roles
  }

  /// Whether the first line names the columns, judging by it and the line after it.
  ///
  /// It does if a cell is a known key; if no cell is a number; if a cell that is not a number stands over one
  /// that is; or if it counts the columns 0, 1, 2, … over numbers not all of which are plain integers, as
  /// pandas does. Otherwise it is data.
  static func isHeader(_ first: [String], over second: [String]?) -> Bool {
    let keys = Set(labelKeys + idKeys)
    if first.contains(where: { keys.contains($0.lowercased()) }) { return true }
    let areNumbers = first.map(isNumber)
    if !areNumbers.contains(true) { return true }
    guard let second, second.count == first.count else { return false }
    if zip(areNumbers, second).contains(where: { !$0 && isNumber($1) }) { return true }
    return first.count >= 4 && first.elementsEqual((0..<first.count).map(String.init))
      && second.contains { Int($0) == nil }
  }

  static func isNumber(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { DecimalNumber.parse($0, in: 0..<$0.count) != nil }
  }
}
