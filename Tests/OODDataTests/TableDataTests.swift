import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

/// Data sets made of tables: columns are matched by their names, and what is not used is said.
@Suite struct TableDataTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func assemble(
    train: [String] = [], test: [String] = [], ood: [String] = [], keys: ArrayKeys = ArrayKeys(),
    testKeys: ArrayKeys = ArrayKeys()
  ) throws -> DataSet {
    var request = DataRequest(train: train, test: test, outOfDistribution: ood, keys: keys)
    request.testKeys = testKeys
    return try DataSetAssembly(request).assemble()
  }

  private func failure(_ body: () throws -> DataSet) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func features(_ split: DataSplit?) throws -> [Double]? {
    try split.map { try $0.rows.matrix(at: Array(0..<$0.count)).elements }
  }

  private func table(_ name: String, _ lines: String...) throws -> String {
    try folder.write(lines.joined(separator: "\n") + "\n", to: name)
  }

  // MARK: Names of columns

  @Test func columnsAreMatchedByNameInEverySplitAndShard() throws {
    let train = try table("train.csv", "a,b,c,label", "1,2,3,0", "4,5,6,1")
    let shard = try table("shard.csv", "label,c,a,b", "0,9,7,8")
    let test = try table("test.csv", "c,label,b,a", "30,1,20,10")
    let outside = try table("ood.csv", "b,label,a,c", "200,5,100,300")
    let data = try assemble(train: [train, shard], test: [test], ood: [outside])
    #expect(try features(data.train) == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(try features(data.test) == [10, 20, 30, 100, 200, 300])
    #expect(data.train?.labels == [0, 1, 0])
    #expect(data.remarks == [] && data.featureNames == ["a", "b", "c"])
  }

  @Test func columnsThatAreMissingOrNewAreNamed() throws {
    let train = try table("train.csv", "a,b,label", "1,2,0", "4,5,1")
    let new = try table("new.csv", "q,b,a,r", "9,2,1,8")
    let data = try assemble(train: [train], test: [new])
    #expect(try features(data.test) == [1, 2])
    #expect(data.remarks == [.unusedColumns(path: new, names: ["q", "r"], reference: train)])
    let renamed = try table("renamed.csv", "a,x", "1,2")
    #expect(
      failure { try assemble(train: [train], test: [renamed]) }?.hasPrefix(
        "\(renamed): lacks column ‘b’, a feature of \(train); it has ‘x’ instead") == true)
    let text = try table("text.csv", "a,b", "1,x", "2,y")
    #expect(failure { try assemble(train: [train], test: [text]) }?.contains("its ‘b’ holds text") == true)
    // A column whose every cell is missing is there.
    let empty = try table("empty.csv", "b,a", "NA,1")
    let values = try #require(try features(try assemble(train: [train], test: [empty]).test))
    #expect(values[0] == 1 && values[1].isNaN)
  }

  @Test func whatIsAFeatureIsDecidedByTheFirstFile() throws {
    // An index with gaps is a feature of the first, whatever it looks like in others, and a y of a file without labels.
    let train = try table("train.csv", "index,y,label", "5,0.5,0", "5,1.5,1", "9,1.5,1")
    let test = try table("test.csv", "y,index", "1,0", "0,1")
    let data = try assemble(train: [train], test: [test])
    #expect(try features(data.test) == [0, 1, 1, 0])
    #expect(data.test?.labels == nil)
    #expect(data.remarks == [.labelColumnIsFeature(path: test, name: "y", reference: train)])
    // And one that numbers the rows is none, whatever it looks like in others.
    let numbered = try table("numbered.csv", "index,f,label", "0,5,0", "1,6,1")
    let odd = try table("odd.csv", "index,f", "0.5,7", "0.25,8")
    let other = try assemble(train: [numbered], test: [odd])
    #expect(try features(other.test) == [7, 8])
    #expect(
      other.remarks == [
        .columns(paths: [numbered], names: ["index"], reason: .rowNumbers),
        .unusedColumns(path: odd, names: ["index"], reference: numbered),
      ])
  }

  @Test func tablesWithoutNamesAreMatchedByPosition() throws {
    let train = try table("train.csv", "a,b,label", "1,2,0", "4,5,1")
    let bare = try table("bare.csv", "1.5,2.5", "3.5,4.5")
    let data = try assemble(train: [train], test: [bare])
    #expect(try features(data.test) == [1.5, 2.5, 3.5, 4.5])
    #expect(data.remarks == [.matchedByPosition(path: bare, reference: train)])
    let archive = try folder.npz(
      "a.npz",
      [
        OutputArray(name: "x", shape: [2, 2], values: .float64([1, 2, 3, 4])),
        OutputArray(name: "y", shape: [2], values: .int64([0, 1])),
      ])
    let labelled = try table("labelled.csv", "b,a", "2,1", "5,4")
    let other = try assemble(train: [archive], test: [bare, labelled])
    #expect(
      other.remarks == [
        .matchedByPosition(path: archive, reference: labelled),
        .matchedByPosition(path: bare, reference: labelled),
      ])
    #expect(try features(other.test) == [1.5, 2.5, 3.5, 4.5, 2, 1, 5, 4])
    // Columns that were chosen for each are as they were chosen.
    let renamed = try table("renamed.csv", "q,p", "1,2")
    let chosen = try assemble(
      train: [train], test: [renamed], keys: ArrayKeys(features: "a,b"), testKeys: ArrayKeys(features: "p,q"))
    #expect(try features(chosen.test) == [2, 1] && chosen.remarks == [])
  }

  @Test func aModelKeepsTheNamesOfItsColumns() async throws {
    let rows = (0..<24).map { "\(sin(Double($0))),\(cos(Double(3 * $0))),\($0 % 2)" }
    let train = try folder.write("a,b,label\n" + rows.joined(separator: "\n"), to: "train.csv")
    let request = DataRequest(train: [train])
    let opening = await Opening(request, fits: true)
    let detector = try #require(opening.detector)
    let test = try table("test.csv", "b,a", "20,10")
    let renamed = try table("renamed.csv", "b,x", "20,10")
    for ending in ["safetensors", "npz"] {
      let path = folder.file("model.\(ending)")
      try ModelFile(
        detector: detector, regularization: nil, classNames: [],
        featureNames: try #require(opening.data?.featureNames)
      ).write(to: path)
      let model = try ModelFile(contentsOf: path)
      #expect(model.featureNames == ["a", "b"])
      let scored = DataRequest(test: [test], model: path)
      #expect(try features(try DataSetAssembly(scored, model: model).assemble().test) == [10, 20])
      let wrong = DataRequest(test: [renamed], model: path)
      #expect(throws: DataSetError.self) { try DataSetAssembly(wrong, model: model).assemble() }
    }
  }

  // MARK: What is not used, and what is

  @Test func columnsLeftOutAreSaidOncePerKind() throws {
    let lines = ["index,Unnamed: 0,f,class_id,label", "0,0,0.5,7,0", "1,1,1.5,8,1", "2,2,2.5,7,0"]
    let first = try folder.write(lines.joined(separator: "\n"), to: "a.csv")
    let second = try folder.write(lines.joined(separator: "\n"), to: "b.csv")
    let data = try assemble(train: [first, second])
    #expect(
      data.remarks == [
        .columns(paths: [first], names: ["index", "Unnamed: 0"], reason: .rowNumbers),
        .columns(paths: [first], names: ["class_id"], reason: .furtherLabels(used: "label")),
      ])
    #expect(
      data.remarks[0].description
        == "\(first): columns ‘index’, ‘Unnamed: 0’ number the rows and are not features; name the columns that are features"
    )
    #expect(try FileInspection(path: first).remarks == data.remarks.map(\.statement))
  }

  @Test func aFeatureThatIsTheLabelInOtherNumbersIsSaid() throws {
    let path = try table("a.csv", "f,code,label", "1.5,40,0", "2.5,20,1", "3.5,40,0", "4.5,20,1", "1,30,2")
    let data = try assemble(train: [path])
    #expect(try features(data.train)?.count == 10)
    #expect(data.remarks == [.columns(paths: [path], names: ["code"], reason: .mirrorsLabels)])
  }

  @Test func aFewWrongCellsAreAnError() throws {
    let path = try table("a.csv", "f,g,label", "1,2,0", "3,4,1", "5,6,0", "7,x,1")
    let text = failure { try assemble(train: [path]) }
    #expect(
      text?.hasPrefix("\(path): line 5, column 2 (g): expected a number, but found ‘x’; correct the cell")
        == true)
    #expect(try FileInspection(path: path).problems.map(\.description) == [text])
    #expect(try features(try assemble(train: [path], keys: ArrayKeys(features: "f")).train) == [1, 3, 5, 7])
  }

  /// Cells of money, quotes of another kind, thousands separators.
  @Test(arguments: ["$1.5", "'1.5'", "1.5%", "\u{2212}1.5", "1 500 €"])
  func aTableWithoutNumbersNamesItsFirstCell(cell: String) throws {
    let path = try table("a.csv", "f,g,label", "\(cell),\(cell),0", "\(cell),\(cell),1")
    let text = try #require(failure { try assemble(train: [path]) })
    #expect(text.hasPrefix("\(path): line 2, column 1 (f): expected a number, but found ‘\(cell)’"))
    #expect(text.contains("no column holds numbers"))
    #expect(try FileInspection(path: path).problems.map(\.description) == [text])
    let chosen = failure { try assemble(train: [path], keys: ArrayKeys(features: "g*")) }
    #expect(chosen?.contains("line 2, column 2 (g): expected a number") == true)
    // In a folder, such a file is left out.
    _ = try table("b.csv", "f,g,label", "1,2,0", "3,5,1")
    #expect(try assemble(train: [folder.path]).train?.rows.count == 2)
  }

  @Test(arguments: [
    ("", "holds no label; every sample needs a label"), ("NA", "holds no label; every sample needs a label"),
    ("0.5", "expected an integer of less than 2⁵³ or a name as label, but found 0.5"),
    ("9223372036854775809", "expected an integer of less than 2⁵³ or a name as label, but found 9.22"),
    ("x", "‘x’ where nearly all labels are numbers"),
  ])
  func labelsOfTablesAreLocated(cell: String, problem: String) throws {
    let path = try table("a.csv", "f,y", "1,0", "", "2,1", "3,0", "4,1", "5,\(cell)")
    let text = try #require(failure { try assemble(train: [path]) })
    #expect(text.hasPrefix("\(path): line 7, column 2 (y)"), "\(text)")
    #expect(text.contains(problem), "\(text)")
  }

  @Test func labelsOfAnyNameAreTaken() throws {
    let path = try table("a.csv", "f,kind,number", "1,5,70", "2,6,71", "3,5,72")
    let data = try assemble(train: [path], keys: ArrayKeys(labels: "kind", ids: "number"))
    #expect(try features(data.train) == [1, 2, 3])
    #expect(data.train?.labels == [5, 6, 5] && data.train?.ids == ["70", "71", "72"])
    // Without a name it is said which would be.
    #expect(
      failure { () throws -> DataSet in throw try assemble(train: [path]).missingTrainingLabels }?
        .contains("‘kind’ (3 int64) would fit as labels") == true)
  }

  @Test func missingCellsAreLocated() async throws {
    let path = try table("a.csv", "id,f,g,label", "p,1,2,0", "", "q,3,NA,1", "r,,6,0")
    let data = try assemble(train: [path])
    let error = await #expect(throws: DataSetError.self) {
      try await DataSetScan(progress: { _ in }).run(data)
    }
    #expect(
      error
        == .nonFinite(
          path: path, rowCount: 2, firstRows: [1, 2],
          cells: ["line 4, column 3 (g)", "line 5, column 2 (f)"]))
  }

  // MARK: Labels that are names

  private func named(_ name: String, _ names: [String], classNames: [String]? = nil) throws -> String {
    var arrays = [
      OutputArray(name: "x", shape: [names.count, 1], values: .float64(names.indices.map(Double.init))),
      OutputArray(name: "y", shape: [names.count], values: .strings(names)),
    ]
    if let classNames {
      arrays.append(
        OutputArray(name: "class_names", shape: [classNames.count], values: .strings(classNames)))
    }
    try NPZWriter.write(arrays, to: folder.file(name))
    return folder.file(name)
  }

  @Test func namesOfClassesAreNumberedInTheirOrder() throws {
    let first = try named("a.npz", ["owl", " cat", "Ärger"])
    let second = try table("b.csv", "f,label", "1,cat", "2,Zebra")
    let data = try assemble(train: [first, second])
    // As numpy.unique sorts them: by code points.
    #expect(data.classNames == ["Zebra", "cat", "owl", "Ärger"])
    #expect(data.train?.labels == [2, 1, 3, 1, 0])
    #expect(data.files[0].labelCounts.map(\.name) == ["cat", "owl", "Ärger"])
  }

  @Test func textThatIsNumbersIsNumbers() throws {
    #expect(try assemble(train: [named("a.npz", ["7", "-1", " 3 "])]).train?.labels == [7, -1, 3])
    #expect(try assemble(train: [named("b.npz", ["1.0", "0.0"])]).train?.labels == [1, 0])
    let mixed = try named("c.npz", ["0", "1", "2", "x"])
    #expect(
      failure { try assemble(train: [mixed]) }?.contains("row 3: ‘x’ where nearly all labels are numbers")
        == true)
    let empty = try named("d.npz", ["cat", "", "dog"])
    #expect(failure { try assemble(train: [empty]) }?.contains("‘y’ is empty in row 1") == true)
  }

  @Test func namesInFilesToScoreAreThoseOfTraining() throws {
    let train = try named("train.npz", ["owl", "cat", "owl"])
    let test = try named("test.npz", ["owl", "wolf", "ant", "cat", "wolf"])
    let data = try assemble(train: [train], test: [test])
    #expect(data.classNames == ["cat", "owl"] && data.test?.labels == [1, -1, -1, 0, -1])
    #expect(
      data.remarks == [
        .numberedClasses(path: train, names: ["cat", "owl"], areGiven: false),
        .unknownClasses(path: test, names: ["ant", "wolf"], sampleCount: 3),
      ])
    // Numbers stay what they are.
    let numbers = try table("numbers.csv", "f,label", "1,1", "2,-1")
    #expect(try assemble(train: [train], test: [numbers]).test?.labels == [1, -1])
    // Unless they are names as well, of another class than the one with that number.
    let digits = try named("digits.npz", ["3", "1", "x", "y"])
    let ambiguous = failure { try assemble(train: [digits], test: [numbers]) }
    #expect(ambiguous?.contains("names of classes, but those of \(numbers) are numbers") == true)
    let same = try named("same.npz", ["0", "1", "x", "y"])
    #expect(try assemble(train: [same], test: [numbers]).test?.labels == [1, -1])
    // Where training has numbers, only names that belong to them say what a name is.
    let numbered = try table("numbered.csv", "f,label", "1,0", "2,1")
    let text = failure { try assemble(train: [numbered], test: [test]) }
    #expect(text?.contains("names of classes, but those of \(numbered) are numbers") == true)
    #expect(failure { try assemble(train: [numbered, train]) }?.contains("names of classes") == true)
  }

  @Test func classNamesGiveTheOrderWhereTheyHaveAllLabels() throws {
    let train = try named("a.npz", ["owl", "cat"], classNames: ["owl", "ant", "cat"])
    let data = try assemble(train: [train], test: [named("t.npz", ["ant"])])
    #expect(data.classNames == ["owl", "ant", "cat"] && data.train?.labels == [0, 2])
    #expect(data.test?.labels == [1])
    let other = try named("b.npz", ["owl", "cat"], classNames: ["owl", "ant"])
    let sorted = try assemble(train: [other])
    #expect(sorted.classNames == ["cat", "owl"] && sorted.train?.labels == [1, 0])
    #expect(data.remarks == [.numberedClasses(path: train, names: ["owl", "ant", "cat"], areGiven: true)])
    #expect(
      sorted.remarks == [
        .unusedClassNames(path: other, missing: "cat"),
        .numberedClasses(path: other, names: ["cat", "owl"], areGiven: false),
      ])
  }

  @Test func oneHotLabelsAreTakenAndOtherRowsRefused() throws {
    func write(_ rows: [Double], _ name: String) throws -> String {
      try folder.npz(
        name,
        [
          OutputArray(name: "x", shape: [3, 1], values: .float64([1, 2, 3])),
          OutputArray(name: "y", shape: [3, 3], values: .float64(rows)),
        ])
    }
    let path = try write([0, 0, 1, 1, 0, 0, 0, 1, 0], "hot.npz")
    let data = try assemble(train: [path])
    #expect(data.train?.labels == [2, 0, 1])
    #expect(data.remarks == [.oneHotLabels(path: path, name: "y", classCount: 3)])
    for rows in [
      [0, 0, 1, 1, 0, 0, 0, 1, 1], [0, 0, 1, 0, 0, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0, 0, 0.5, 0.5],
    ] {
      let soft = try write(rows, "soft.npz")
      #expect(failure { try assemble(train: [soft]) }?.contains("cannot be labels") == true)
    }
  }

  // MARK: Shapes

  @Test func oneSampleAndOneDimension() throws {
    func x(_ shape: [Int], _ count: Int) -> OutputArray {
      OutputArray(name: "x", shape: shape, values: .float64((0..<count).map(Double.init)))
    }
    func y(_ shape: [Int], _ values: [Int]) -> OutputArray {
      OutputArray(name: "y", shape: shape, values: .int64(values))
    }
    let thin = try assemble(train: [folder.npz("a.npz", [x([4], 4), y([4], [0, 1, 0, 1])])])
    #expect(thin.train?.count == 4 && thin.dimension == 1)
    #expect(try features(thin.train) == [0, 1, 2, 3])
    #expect(thin.files[0].arrays[0].shape == [4, 1])
    let single = try assemble(train: [folder.npz("b.npz", [x([4], 4), y([1], [3])])])
    #expect(single.train?.count == 1 && single.dimension == 4)
    #expect(try assemble(train: [folder.npz("c.npz", [x([4], 4), y([], [3])])]).dimension == 4)
    #expect(try assemble(train: [folder.npz("d.npz", [x([1, 4], 4), y([], [3])])]).train?.labels == [3])
    // Without labels the dimension of others decides.
    let wide = try folder.npz("w.npz", [x([2, 4], 8), y([2], [0, 1])])
    let vector = try folder.npz("v.npz", [x([4], 4)])
    let test = try assemble(train: [wide], test: [vector])
    #expect(try features(test.test) == [0, 1, 2, 3] && test.test?.count == 1)
    let column = try folder.npz("n.npz", [x([2, 1], 2), y([2], [0, 1])])
    #expect(try assemble(train: [column], test: [vector]).test?.count == 4)
    #expect(failure { try assemble(test: [vector]) }?.contains("cannot be features") == true)
  }

  @Test func samplesInColumnsAreNoticed() throws {
    let turned = OutputArray(name: "features", shape: [2, 5], values: .float64((0..<10).map(Double.init)))
    let labels = OutputArray(name: "labels", shape: [5, 1], values: .int64([0, 1, 0, 1, 0]))
    let path = try folder.npz("a.npz", [turned, labels])
    let text = try #require(failure { try assemble(train: [path]) })
    #expect(text.contains("2 rows and 5 columns") && text.contains("save the transpose (features.T in NumPy"))
    #expect(try FileInspection(path: path).problems.map(\.description) == [text])
    let good = try folder.npz(
      "b.npz",
      [
        OutputArray(name: "x", shape: [3, 2], values: .float64([1, 2, 3, 4, 5, 6])),
        OutputArray(name: "y", shape: [3], values: .int64([0, 1, 0])),
      ])
    let bare = try folder.npz("c.npz", [turned])
    #expect(failure { try assemble(train: [good], test: [bare]) }?.contains("save the transpose") == true)
  }

  // MARK: Arrays that cannot be read

  @Test func whatIsNamedLikeFeaturesAndCannotBeReadSaysWhy() throws {
    let json =
      #"{"features":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]},"labels":{"dtype":"I64","shape":[2],"data_offsets":[4,20]},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[20,28]}}"#
    let padded = json + String(repeating: " ", count: 8 - json.utf8.count % 8)
    var data = Data()
    withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(Data(padded.utf8) + Data(repeating: 0, count: 28))
    let path = folder.file("a.safetensors")
    try data.write(to: URL(fileURLWithPath: path))
    let text = try #require(failure { try assemble(train: [path]) })
    #expect(text.contains("‘features’ holds elements of type F8_E4M3"))
    // In a folder too it is an error, and no file without features.
    #expect(failure { try assemble(train: [folder.path]) } == text)
    #expect(try FileInspection(path: path).problems.map(\.description) == [text])
    #expect(try assemble(train: [path], keys: ArrayKeys(features: "x")).dimension == 1)
  }

  // MARK: Digits and sizes

  @Test func integersThatLoseDigitsAreRemarkedOn() async throws {
    let exact = 1 << 60
    func write(_ name: String, _ values: [Int]) throws -> String {
      try folder.npz(
        name,
        [
          OutputArray(name: "x", shape: [values.count / 2, 2], values: .int64(values)),
          OutputArray(
            name: "y", shape: [values.count / 2], values: .int64(Array(repeating: 0, count: values.count / 2))
          ),
        ])
    }
    func remarks(_ path: String) async throws -> [DataSetRemark] {
      try await DataSetScan(progress: { _ in }).run(try assemble(train: [path])).remarks
    }
    let path = try write("a.npz", [1, exact, 2, exact + 1])
    #expect(
      try await remarks(path) == [
        .inexactIntegers(path: path, row: 1, column: 1, text: "1152921504606846977")
      ])
    #expect(try FileInspection(path: path).remarks.first?.text.contains("1152921504606846977") == true)
    #expect(try await remarks(write("b.npz", [1, exact, 2, exact + 256])) == [])
    #expect(try await remarks(write("c.npz", [1, (1 << 53) + 1])).count == 1)
    #expect(try await remarks(write("d.npz", [1, -(1 << 53) - 1])).count == 1)
    #expect(try await remarks(write("e.npz", [1, 1 << 53])) == [])
    let digits = try table("f.csv", "a,b,label", "1,9007199254740993,0", "2,4,1")
    #expect(
      try await remarks(digits) == [
        .inexactIntegers(path: digits, row: 0, column: 1, text: "9007199254740993")
      ])
    #expect(try await remarks(table("g.csv", "a,b,label", "1,9007199254740993.0,0", "2,4,1")) == [])
  }

  @Test func featuresWhoseSquaresOverflowAreRefused() async throws {
    let path = try table("a.csv", "a,b,label", "1,2,0", "2,-1e151,1", "3,4,1", "1e300,4,1")
    var request = DataRequest(train: [path])
    let error = await #expect(throws: DataSetError.self) {
      try await DataSetScan(progress: { _ in }).run(try DataSetAssembly(request).assemble())
    }
    #expect(
      error
        == .tooLarge(
          path: path, rowCount: 2, row: 1, column: 1, value: -1e151, cell: "line 3, column 2 (b)"))
    request.skipsNonFinite = true
    let data = try await DataSetScan(progress: { _ in }).run(try DataSetAssembly(request).assemble())
    #expect(try features(data.train) == [1, 2, 3, 4])
    #expect(data.remarks == [.excludedSamples(path: path, count: 2)])
    let fine = try table("b.csv", "a,label", "1e150,0", "-1e150,1")
    #expect(try await DataSetScan(progress: { _ in }).run(try assemble(train: [fine])).isScanned)
  }

  // MARK: Many arrays

  @Test(.timeLimit(.minutes(10))) func thousandsOfArraysTakeNoTimeEach() throws {
    let arrays = (0..<2000).map {
      OutputArray(name: "layer\($0).weight", shape: [3, 1], values: .float32([1, 2, Float($0)]))
    }
    let path = try folder.npz("many.npz", arrays)
    #expect(failure { try assemble(train: [path]) }?.contains("a usual name for features") == true)
    #expect(try FileInspection(path: path).report.arrays.count == 2000)
  }
}
