import Testing

@testable import FeatureFiles

/// What is made of the columns of a table.
struct TableTests {
  private func open(_ text: String, name: String = "x.csv") throws -> FeatureFile {
    let directory = try ScratchDirectory()
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
    ("Y", "labels"), ("id", "ids"), ("ids", "ids"), ("name", "ids"), ("paths", "ids"), ("filename", "ids"),
  ])
  func keys(header: String, array: String) throws {
    let file = try open("\(header),f0\n3,1.5\n")
    #expect(file.arrays.map(\.name) == [array, "features"])
    #expect(try file.array(named: array).strings() == ["3"])
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

  @Test func secondLabelColumnIsNoFeature() throws {
    #expect(try names("label,target,f0\n1,2,0.5\n") == ["labels", "target", "features"])
    // A y beside a label is a coordinate.
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

  @Test func firstContentDecides() throws {
    let file = try open("f0,note\n1,\n2,late\n")
    #expect(try file.array(named: "note").strings() == ["", "late"])
    let empty = try open("f0,note\n1,\n2,\n")
    #expect(try empty.array(named: "note").strings() == ["", ""])
  }

  @Test func oneColumnOfText() throws {
    #expect(try open("ids\na\n\nb\n\n").array(named: "ids").strings() == ["a", "", "b"])
  }
}
