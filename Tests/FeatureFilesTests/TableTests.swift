import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// The use of the columns of a table.
struct TableTests {
  private func open(_ text: String, name: String = "x.csv") throws -> FeatureFile {
    let directory = try ScratchFolder()
    return try FeatureFile.open(directory.file(name, text.utf8))
  }

  private func names(_ text: String) throws -> [String] { try open(text).arrays.map(\.name) }

  @Test func numbersWithoutHeader() throws {
    let file = try open("1,2.5\n-3,4e2\n")
    #expect(file.arrays.map(\.name) == ["features"])
    #expect(file.arrays[0].shape == [2, 2])
    #expect(try file.arrays[0].doubles() == [1, 2.5, -3, 400])
  }

  @Test func textWithoutHeader() throws {
    let file = try open("5.1,3.5,Iris-setosa\n7,3.2,Iris-versicolor\n")
    #expect(file.arrays.map(\.name) == ["features", "column3"])
    #expect(try file.array(named: "column3").strings() == ["Iris-setosa", "Iris-versicolor"])
  }

  @Test func columnsInAnyOrder() throws {
    let file = try open("b,Label,split,a,ID\n1,7,train,2,x\n3,-1,test,4,y\n")
    #expect(file.arrays.map(\.name) == ["features", "labels", "split", "ids"])
    #expect(try file.array(named: "features").doubles() == [1, 2, 3, 4])
    #expect(try file.array(named: "labels").integers() == [7, -1])
    #expect(file["labels"]?.elementType == .int64)
    #expect(try file.array(named: "split").strings() == ["train", "test"])
    #expect(try file.array(named: "ids").strings() == ["x", "y"])
  }

  @Test(arguments: [
    ("labels", "labels"), ("label", "labels"), ("y", "labels"), ("target", "labels"), ("targets", "labels"),
    ("Y", "labels"), ("fine_label", "labels"), ("class_id", "labels"), ("Class_Idx", "labels"),
    ("y_true", "labels"), ("label_list", "labels"), ("labels_true", "labels"), ("image_path", "ids"),
    ("filepath", "ids"), ("id", "ids"), ("ids", "ids"), ("name", "ids"), ("paths", "ids"),
    ("filename", "ids"),
  ])
  func keys(header: String, array: String) throws {
    let file = try open("\(header),f0\n3,1.5\n")
    #expect(file.arrays.map(\.name) == [array, "features"])
    #expect(try file.array(named: array).strings() == ["3"])
    #expect(try file.array(named: "features").doubles() == [1.5])
  }

  @Test func labelsMayBeTextOrFractions() throws {
    #expect(try open("label,f0\ncat,1\ndog,2\n").array(named: "labels").strings() == ["cat", "dog"])
    let fractions = try open("label,f0\n0.5,1\n1,2\n").array(named: "labels")
    #expect(fractions.elementType == .float64)
    #expect(throws: FeatureFileError.notAnInteger(path: fractions.path, array: "labels", row: 0, value: 0.5))
    {
      try fractions.integers()
    }
  }

  @Test func secondLabelColumnIsNotAFeature() throws {
    #expect(try names("label,target,f0\n1,2,0.5\n") == ["labels", "target", "features"])
    // With a label column, y is a coordinate.
    #expect(try open("x,y,label\n1,2,0\n").array(named: "features").doubles() == [1, 2])
  }

  @Test func headersThatPandasWrites() throws {
    #expect(try open(",0,1\n0,1.5,2.5\n1,3,4\n").array(named: "features").doubles() == [1.5, 2.5, 3, 4])
    #expect(try open("0,1,2,3\n0.5,1,2,3\n").array(named: "features").shape == [1, 4])
    #expect(try open("0,1,2,3\n4,5,6,7\n").array(named: "features").shape == [2, 4])
  }

  @Test func headerAlone() throws {
    let file = try open("id,label,f0,f1\n")
    #expect(file["features"]?.shape == [0, 2])
    #expect(file["labels"]?.shape == [0])
    #expect(try file.array(named: "ids").strings() == [])
  }

  @Test func quoting() throws {
    let file = try open("id,f0,note\n\"a,\"\"b\"\"\",\"1.5\",\"two\r\nlines\"\nplain \"x\",2,\n")
    #expect(try file.array(named: "ids").strings() == ["a,\"b\"", "plain \"x\""])
    #expect(try file.array(named: "features").doubles() == [1.5, 2])
    #expect(try file.array(named: "note").strings() == ["two\r\nlines", ""])
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func lineBreaks(_ ending: String) throws {
    let text = ["f0,f1", "1,2", "3,4"].joined(separator: ending)
    for tail in ["", ending, ending + ending] {
      #expect(try open(text + tail).array(named: "features").doubles() == [1, 2, 3, 4])
    }
    #expect(try open("f0,f1\(ending)1,2\(ending)\(ending)3,4").array(named: "features").shape == [2, 2])
  }

  @Test func separators() throws {
    #expect(try open("a\tb\n1\t2\n", name: "x.tsv").format == .tsv)
    #expect(try open("a\tb\n1\t2\n", name: "x.txt").format == .tsv)
    #expect(try open("a,b\n1,2\n", name: "x.tsv").format == .csv)
    #expect(try open("\"a\tb\",c\n1,2\n").array(named: "features").shape == [1, 2])
  }

  @Test func numbersAsProgramsWriteThem() throws {
    let text = "f0\nnan\n-inf\nInfinity\n+1.5\n.5\n5.\n 2 \n1E-3\n-0\n"
    let values = try open(text).arrays[0].doubles()
    let expected = [.nan, -.infinity, .infinity, 1.5, 0.5, 5, 2, 1e-3, -0.0]
    #expect(values.elementsEqual(expected, by: isSame))
  }

  // MARK: Content of columns

  @Test func allCellsDetermineTheContentOfAColumn() throws {
    let file = try open("f0,note\n1,\n2,late\n")
    #expect(try file.array(named: "note").strings() == ["", "late"])
    let empty = try open("f0,note\n1,\n2,\n")
    #expect(try empty.array(named: "note").strings() == ["", ""])
    #expect(empty.columnRemarks == [ColumnRemark(column: "note", reason: .empty)])
    let cameras = try open("camera,f0\n12,1\n7b,2\nfront,3\n")
    #expect(try cameras.array(named: "camera").strings() == ["12", "7b", "front"])
    #expect(try cameras.array(named: "features").doubles() == [1, 2, 3])
    #expect(
      cameras.columnRemarks == [ColumnRemark(column: "camera", reason: .mixedText(line: 3, text: "7b"))])
    #expect(cameras.columnObstacle == nil)
  }

  @Test func numericColumnWithOneTextCellIsAnError() throws {
    let file = try open("f0,f1\n1,2\n3,4\n5,6\n\n7,oops\n")
    #expect(
      file.columnObstacle
        == .notANumber(path: file.path, line: 6, column: 2, name: "f1", text: "oops"))
    // Naming the columns to use avoids the error.
    let used = try file.using(TableUse(features: "f0"))
    #expect(used.columnObstacle == nil)
    #expect(try used.array(named: "f0").doubles() == [1, 3, 5, 7])
    let obstacle = try #require(file.columnObstacle)
    #expect(throws: obstacle) { try file.using(TableUse(features: "f0,f1")) }
  }

  @Test(arguments: [
    "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "none", "nan", "NaN", "-nan", "", " ", "?",
    "-", ".",
    "#DIV/0!",
  ])
  func missingCellsAreNaN(_ mark: String) throws {
    for rows in [["\(mark),2,a", "3,4,b"], ["1,\(mark),a", "3,4,b"], ["1,2,a", "\(mark),4,\"b\""]] {
      let file = try open("f0,f1,id\n" + rows.joined(separator: "\n"))
      let values = try #require(file["features"]).doubles()
      #expect(values.count == 4 && values.count(where: \.isNaN) == 1, "\(mark): \(values)")
      #expect(try file.array(named: "ids").strings() == ["a", "b"])
    }
  }

  @Test(arguments: [
    "f0;f1;label\n0,5;-2,5e3;7\n1.234,5;2;8\n", "sep=;\nf0;f1;label\n0,5;-2500;7\n1234,5;2,0;8",
    "f0,f1,label\n\"0,5\",-2500,7\n\"1234,5\",2,8\n", "f0\tf1\tlabel\r\n0,5\t-2500\t7\r\n1234,5\t2\t8\r\n",
    "f0|f1|label\n0.5|-2500|7\n1234.5|2|8", "  f0 f1   label\n 0.5  -2500 7 \n1234.5 2  8\n",
    "# f0 f1 label\n0.5 -2.5e3 7\n1234.5 2 8\n", "f0 f1 label\n0,5 -2500 7\n1234,5 2 8\n",
    "\"f0\" \"f1\" \"label\"\n\"1\" 0.5 -2500 7\n\"2\" 1234.5 2 8\n",
    "f0;f1;label\n0,5;-2500;7;\n1234,5;2;8;\n",
    "f0;f1;label;\n0,5;-2500;7;\n1234,5;2;8;\n",
    "\"\";\"f0\";\"f1\";\"label\"\n\"1\";0,5;-2500;7\n\"2\";1234,5;2;8\n",
  ]) func notations(_ text: String) throws {
    for encoding in [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian, .utf16] {
      let folder = try ScratchFolder()
      let file = try FeatureFile.open(folder.file("x.csv", Array(#require(text.data(using: encoding)))))
      #expect(try file.array(named: "features").doubles() == [0.5, -2500, 1234.5, 2], "\(encoding)")
      #expect(try file.array(named: "labels").integers() == [7, 8], "\(encoding)")
      #expect(file.columnRemarks == [] && file.columnObstacle == nil)
    }
  }

  @Test func commasBetweenDigitsMayBeThousands() throws {
    // A column that does not tell keeps its text.
    for text in ["f0,f1\n1,\"1,500\"\n2,\"2,500\"\n", "f0;f1\n1;1,5\n2;1.5\n", "f0,f1\n1,\"1,5\"\n2,1.25\n"] {
      let file = try open(text)
      guard case .notANumber(_, 2, 2, "f1", _)? = file.columnObstacle else {
        Issue.record("\(text): \(String(describing: file.columnObstacle))")
        continue
      }
      #expect(file.columnObstacle?.description.contains("no thousands separators") == true)
    }
    // Text keeps its commas and points.
    let file = try open("id;f0\nv1.234;1,5\n\"a,b\";2\n")
    #expect(try file.array(named: "ids").strings() == ["v1.234", "a,b"])
    #expect(try file.array(named: "features").doubles() == [1.5, 2])
  }

  @Test func listsOfPathsAndLabels() throws {
    for text in ["a/1.png 3\nb/2.png 5\n", "a/1.png\t3\nb/2.png\t5\n", "a/1.png,3\nb/2.png,5\n"] {
      let file = try open(text)
      #expect(try file.array(named: "ids").strings() == ["a/1.png", "b/2.png"])
      #expect(try file.array(named: "labels").integers() == [3, 5])
    }
    let named = try open("a/1.png cat\na/2.png cat\nb/2.png dog\n")
    #expect(try named.array(named: "labels").strings() == ["cat", "cat", "dog"])
    // One column of names has no header unless it says so.
    #expect(try open("cat\ndog\ncat\n").arrays[0].strings() == ["cat", "dog", "cat"])
    #expect(try open("label\ncat\ndog\n").arrays[0].strings() == ["cat", "dog"])
  }

  @Test func decimalCommas() {
    for text in ["1,5", "-1,5", "+0,25", "1,5e-3", "1.234,5", "1,234,567"] {
      #expect(TableText.isDecimalComma(text), "\(text)")
    }
    for text in ["1", "1,", ",5", "a,b", "1,x", "1;5", "1, 5", "12.5"] {
      #expect(!TableText.isDecimalComma(text), "\(text)")
    }
  }

  @Test func fortranExponents() throws {
    let values = try open("f0,f1\n1.5D+00,-2.5D-03\n3.25d+02,4\n").array(named: "features").doubles()
    #expect(values == [1.5, -0.0025, 325, 4])
    #expect(try open("f0,id2\n1,12d4\n2,1D5\n").array(named: "id2").strings() == ["12d4", "1D5"])
  }

  // MARK: Use of columns

  @Test(arguments: ["Unnamed: 0", "index", "Index", "level_0", "idx", "row_id", "#"])
  func rowNumbersAreNotFeatures(
    _ name: String
  ) throws {
    for numbers in [[0, 1, 2, 3], [1, 2, 3, 4], [200, 201, 202, 203], [7, 3, 12, 0], [0, 1, 0, 1]] {
      let lines = numbers.enumerated().map { "\($1),\(Double($0) + 0.5),\($0 % 2)" }
      let file = try open("\(name),f0,label\n" + lines.joined(separator: "\n"))
      #expect(try file.array(named: "features").doubles() == [0.5, 1.5, 2.5, 3.5], "\(numbers)")
      #expect(file.columnRemarks == [ColumnRemark(column: name, reason: .rowNumbers)])
    }
    // A refractive index is a feature, and so are counts of something.
    #expect(try open("\(name),f0\n1.51,1\n1.52,2\n").array(named: "features").shape == [2, 2])
    #expect(try open("\(name),f0\n5,1\n9,2\n5,3\n").array(named: "features").shape == [3, 2])
  }

  @Test(arguments: [
    "label_id", "class", "class_id", "coarse_label", "Target", "label idx", "true_label", "y_true", "gt",
  ])
  func additionalLabelsAreNotFeatures(_ name: String) throws {
    let file = try open("f0,label,\(name)\n0.5,3,0\n1.5,4,1\n2.5,3,0\n")
    #expect(try file.array(named: "features").doubles() == [0.5, 1.5, 2.5])
    #expect(try file.array(named: "labels").integers() == [3, 4, 3])
    #expect(file.columnRemarks == [ColumnRemark(column: name, reason: .furtherLabels(used: "label"))])
    // Fractions are not labels.
    #expect(try open("label,\(name)\n0,0.25\n1,0.5\n").array(named: "features").doubles() == [0.25, 0.5])
  }

  @Test func featuresAreNotTakenForLabels() throws {
    let header = "label,class_1,target_distance,classical,labelled_area,y"
    let file = try open("\(header)\n0,1,2,3,4,5\n1,2,3,4,5,6\n0,1,2,3,4,5\n1,3,3,4,5,6\n")
    #expect(file["features"]?.columnNames == header.split(separator: ",").dropFirst().map(String.init))
  }

  @Test func unexpectedFeaturesHaveRemarks() throws {
    let file = try open("f0,count,class\n0.5,0,1\n1.5,1,0\n2.5,2,1\n3.5,3,0\n")
    #expect(file["features"]?.shape == [4, 3])
    #expect(
      file.columnRemarks == [
        ColumnRemark(column: "count", reason: .countsLikeRowNumbers),
        ColumnRemark(column: "class", reason: .namedLikeLabels),
      ])
    let table = try #require(file.table)
    #expect(table.mirrors(["b", "a", "b", "a"], column: 2))
    #expect(!table.mirrors(["b", "a", "a", "a"], column: 2) && !table.mirrors([1, 2, 3, 4], column: 2))
  }

  @Test func otherIdsAreNotFeatures() throws {
    let file = try open("sample_id,f0,patient_id\n17,1,5\n3,2,5\n11,3,6\n")
    #expect(file["features"]?.columnNames == ["f0", "patient_id"])
    #expect(file.columnRemarks == [ColumnRemark(column: "sample_id", reason: .ids)])
  }

  // MARK: Named columns

  @Test func anyColumnCanBeLabelsOrIds() throws {
    let file = try open("f0,class,f1,code,who\n1,5,2,007,a\n3,6,4,12345678901234567890,b\n")
    #expect(file["features"]?.columnNames == ["f0", "class", "f1", "code"])
    let used = try file.using(TableUse(labels: "class", ids: "code"))
    #expect(used.arrays.map(\.name) == ["features", "class", "code", "who"])
    #expect(try used.array(named: "features").doubles() == [1, 2, 3, 4])
    #expect(try used.array(named: "features").doubles(rows: [1]) == [3, 4])
    #expect(try used.array(named: "class").integers() == [5, 6])
    // Exactly as written.
    #expect(try used.array(named: "code").strings() == ["007", "12345678901234567890"])
    #expect(used.labelColumn == 1)
    #expect(try file.using(TableUse(labels: "CLASS")).array(named: "CLASS").integers() == [5, 6])
    #expect(throws: FeatureFileError.self) { try file.using(TableUse(labels: "klass")) }
    #expect(try open("1,2,7\n3,4,8\n").using(TableUse(labels: "column3"))["features"]?.shape == [2, 2])
  }

  @Test func featuresAreNamedByListsAndPatterns() throws {
    let file = try open("e_0,x,e_1,e_10,label,e_note\n1,2,3,4,0,a\n5,6,7,8,1,b\n")
    func names(_ features: String) throws -> [String]? {
      try file.using(TableUse(features: features))[features]?.columnNames
    }
    #expect(try names("e_*") == ["e_0", "e_1", "e_10"])
    #expect(try names("e_1,x") == ["e_1", "x"])
    #expect(try names("x, e_*") == ["x", "e_0", "e_1", "e_10"])
    #expect(try names("e_*0") == ["e_0", "e_10"])
    #expect(try names("label") == ["label"])
    #expect(
      try file.using(TableUse(features: "e_10,e_0")).array(named: "e_10,e_0").doubles() == [4, 1, 8, 5])
    #expect(try file.using(TableUse(features: "features"))["features"]?.columnNames?.count == 4)
    for wrong in ["q*", "e_0,q", "e_note", ","] {
      #expect(throws: FeatureFileError.self, "\(wrong)") { try file.using(TableUse(features: wrong)) }
    }
  }

  @Test(arguments: [
    ("a*b", "ab", true), ("a*b", "axxb", true), ("a*b", "axbx", false), ("*", "", true),
    ("a*b*c", "a1b2c", true),
    ("a*b*c", "acb", false), ("ab*ba", "aba", false), ("abc", "abc", true), ("abc", "abcd", false),
  ])
  func patterns(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }

  // MARK: Lines without data

  @Test func commentsAreSkipped() throws {
    let expected = [1.0, 2, 3, 4]
    for text in [
      "# a remark\nf0,f1,label\n1,2,0\n3,4,1\n",
      "f0,f1,label\n# a remark\n1,2,0\n# another, with a comma\n3,4,1\n# end",
      "% by MATLAB\r\n\r\nf0,f1,label\r\n1,2,0\r\n3,4,1\r\n", "// one\n// two\nf0,f1,label\n1,2,0\n3,4,1\n",
      "# f0,f1,label\n1,2,0\n3,4,1\n", "#f0,f1,label\n1,2,0\n3,4,1\n",
      "# run 7, of today, in May\nf0,f1,label\n1,2,0\n3,4,1\n",
      "sep=,\nf0,f1,label\n1,2,0\n3,4,1\n", "\"sep=,\"\r\nf0,f1,label\r\n1,2,0\r\n3,4,1\r\n",
      "sep=\t\nf0\tf1\tlabel\n1\t2\t0\n3\t4\t1\n", "\u{FEFF}sep=,\nf0,f1,label\n1,2,0\n3,4,1\n",
    ] {
      let file = try open(text)
      #expect(try file["features"]?.doubles() == expected, "\(text)")
      #expect(try file["labels"]?.integers() == [0, 1], "\(text)")
    }
    // A text cell may begin this way.
    #expect(try open("id,f0\n#1,5\n#2,6\n").array(named: "ids").strings() == ["#1", "#2"])
    #expect(try open("#,f0\n0,5\n1,6\n").array(named: "features").doubles() == [5, 6])
    let broken = try open("# one\nf0,f1\n1,2\n# two\n3,4\n5,6\n7,x\n")
    #expect(
      broken.columnObstacle == .notANumber(path: broken.path, line: 7, column: 2, name: "f1", text: "x"))
  }

  @Test func missingValuesSayNothingAboutTheHeader() throws {
    #expect(try open("NA,1.5,2\n3,4,5\n").array(named: "features").shape == [2, 3])
    #expect(try open("nan,1.5,2\n3,4,5\n").array(named: "features").shape == [2, 3])
    #expect(try open("f0,f1\nNA,2\n3,4\n").array(named: "features").shape == [2, 2])
    #expect(try open("0,1,kind\n0.5,2,a\n1.5,3,b\n").array(named: "features").shape == [2, 2])
  }

  // MARK: Digits

  @Test func integersThatDoublesCannotHoldAreFound() throws {
    let file = try open(
      "f0,f1\n1,9007199254740992\n2,1152921504606846976\n3,1152921504606846977\n4,1.00000000000000000001\n")
    let found = try #require(try file.array(named: "features").firstInexactInteger())
    #expect(found.row == 2 && found.column == 1 && found.text == "1152921504606846977")
    let exact = try open("f0\n9007199254740992\n100000000000000000000\n12345678901234567.5\n1e300\n")
    #expect(try exact.array(named: "features").firstInexactInteger() == nil)
    for text in ["9007199254740993", "-9007199254740993", "123456789012345678901234567890"] {
      #expect(try open("f0\n1\n\(text)\n").array(named: "features").firstInexactInteger()?.text == text)
    }
  }

  @Test func oneColumnOfText() throws {
    #expect(try open("ids\na\n\nb\n\n").array(named: "ids").strings() == ["a", "", "b"])
  }

  // MARK: What spreadsheets write

  private func open(bytes: [UInt8], name: String = "x.csv") throws -> FeatureFile {
    let directory = try ScratchFolder()
    return try FeatureFile.open(directory.file(name, bytes))
  }

  /// Letters, the euro sign and quotation marks, as Excel writes them in Western languages.
  @Test func windows1252IsDecoded() throws {
    let text =
      Array("id;Gr".utf8) + [0xF6, 0xDF] + Array("e;f1\r\nM".utf8) + [0xFC] + Array("ller;1,5;2\r\n".utf8)
      + [0x80, 0x84, 0x93] + Array(" x;-3,5;4\r\n".utf8)
    let file = try open(bytes: text)
    #expect(try file.array(named: "ids").strings() == ["Müller", "€„“ x"])
    #expect(try file.array(named: "features").doubles() == [1.5, 2, -3.5, 4])
    #expect(file.array(named: "features", is: ["Größe", "f1"]))
    #expect(file.table?.isWindows1252 == true)
    #expect(try open("id;Größe\na;1\n").table?.isWindows1252 == false)
  }

  /// Damaged UTF-8 and bytes that are no characters are not guessed at.
  @Test(arguments: [[0xC3, 0xA9, 0x2C, 0x31, 0x0A, 0xE9], [0x81], [0xE9, 0x01]] as [[UInt8]])
  func otherBytesAreRefused(_ bytes: [UInt8]) throws {
    #expect(throws: FeatureFileError.self) {
      try open(bytes: Array("id,f0\na,1\n".utf8) + bytes + Array(",2\n".utf8))
    }
  }

  @Test(arguments: [
    ("id;a;b\nx;1 234,5;2\ny;12 345 678;-7 000,25\n", [1234.5, 2, 12_345_678, -7000.25]),
    ("id;a;b\nx;1\u{A0}234,5;2\ny;3;4\n", [1234.5, 2, 3, 4]),
    ("id;a;b\nx;1\u{202F}234,5;2\ny;3;4\n", [1234.5, 2, 3, 4]),
    ("id;a;b\nx;1'234.5;2\ny;-1'234'567.25;4\n", [1234.5, 2, -1_234_567.25, 4]),
    ("id;a;b\nx;1’234;2\ny;3;4\n", [1234, 2, 3, 4]),
    ("id\ta\tb\nx\t1 234\t2\ny\t999\t4\n", [1234, 2, 999, 4]),
    ("id,a,b\nx,1 234.5,2\ny,3,4\n", [1234.5, 2, 3, 4]),
  ])
  func thousandsMayBeSeparated(_ text: String, _ expected: [Double]) throws {
    let file = try open(text)
    #expect(try file.array(named: "features").doubles() == expected)
    #expect(try file.array(named: "ids").strings() == ["x", "y"])
  }

  /// Only groups of three digits are numbers.
  @Test(arguments: ["12 34", "1 2345", "0 123", "1 234 56", "1'234 567", "1 234,5,6", "a 123"])
  func otherSpacesAreText(_ cell: String) throws {
    let file = try open("id;a;b\nx;\(cell);2\ny;3;4\n")
    #expect(try file.array(named: "a").strings() == [cell, "3"])
  }

  @Test(arguments: ["id;f0;f1\na;1;2\nb;3;4\n;;\n;;\n", "id,f0,f1\r\na,1,2\r\nb,3,4\r\n,,\r\n\r\n,,"])
  func rowsWithoutContentEndTheTable(_ text: String) throws {
    let file = try open(text)
    #expect(try file.array(named: "features").doubles() == [1, 2, 3, 4])
    #expect(try file.array(named: "ids").strings() == ["a", "b"])
  }

  /// Rows before others, and rows with a cell, are samples.
  @Test func otherRowsWithMissingCellsStay() throws {
    let file = try open("f0,f1\n1,2\n,\n3,\n")
    #expect(file["features"]?.shape == [3, 2])
  }

  @Test func pathsOfListsMayHoldSpaces() throws {
    let list = "my photos/a b.jpg 3\nplain.png 4\n./x/y  z.JPEG   5\n"
    let file = try open(list, name: "list.txt")
    let texts = try file.array(named: "ids").strings()
    #expect(texts == ["my photos/a b.jpg", "plain.png", "./x/y  z.JPEG"])
    #expect(try file.array(named: "labels").integers() == [3, 4, 5])
    // Several numbers after a path are columns.
    #expect(try open("a.jpg 3 0.5\nb.jpg 4 0.25\n").array(named: "features").shape == [2, 2])
    #expect(try open("a.jpg 3 7\nb.jpg 4 8\n").array(named: "features").shape == [2, 2])
  }
}

extension FeatureFile {
  /// Whether an array has columns of these names.
  fileprivate func array(named name: String, is names: [String]) -> Bool { self[name]?.columnNames == names }
}

/// Errors of files that are too large for a fixture; see `MalformedFileTests` for other malformed tables.
struct TableErrorTests {
  @Test func tooManyColumns() throws {
    let error = try errorOpening("x.csv", String(repeating: ",", count: 1_100_000).utf8)
    guard case .impossibleSize(_, "line 1", "more than 1048576 columns") = error else { throw error }
  }
}
