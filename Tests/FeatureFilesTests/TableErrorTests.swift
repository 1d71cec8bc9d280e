import FeatureFiles
import Testing

/// One test for each way in which a table can lie.
struct TableErrorTests {
  @Test func textWhereANumberBelongs() throws {
    let error = try errorOpening("x.csv", "id,label,f0,f1\na,0,1,2\nb,1,3,oops\n".utf8)
    guard case .notANumber(_, 3, 4, "f1", "oops") = error else { throw error }
    #expect(error.description.hasSuffix("x.csv: line 3, column 4 (f1): ‘oops’ where a number belongs"))
  }

  @Test(arguments: ["1.2.3", "0x10", "1e", "--1", "1,", "e5", ".", "-", "nano", "١", "1_000", "NA"])
  func notNumbers(_ text: String) throws {
    let error = try errorOpening("x.tsv", "f0\tf1\n1\t2\n3\t\(text)\n".utf8)
    guard case .notANumber(_, 3, 2, "f1", text) = error else { throw error }
  }

  @Test func textAmongLabels() throws {
    let error = try errorOpening("x.csv", "label,f0\n0,1\ncat,2\n".utf8)
    guard case .notANumber(_, 3, 1, "label", "cat") = error else { throw error }
  }

  @Test func withoutHeader() throws {
    let error = try errorOpening("x.csv", "1,2\n3,4\n5,x\n".utf8)
    guard case .notANumber(_, 3, 2, "", "x") = error else { throw error }
    #expect(error.description.contains("line 3, column 2: ‘x’"))
  }

  @Test(arguments: ["", " ", "\"\""]) func nothingWhereANumberBelongs(_ cell: String) throws {
    let error = try errorOpening("x.csv", "f0,f1\n1,2\n\(cell),4\n".utf8)
    guard case .emptyCell(_, 3, 1, "f0") = error else { throw error }
    #expect(error.description.contains("write nan if it is unknown"))
  }

  @Test func emptyLineInOneColumn() throws {
    let error = try errorOpening("x.csv", "f0\n1\n\n2\n".utf8)
    guard case .emptyCell(_, 3, 1, "f0") = error else { throw error }
  }

  @Test(arguments: [("3,4,5", 3), ("3", 1), ("3,4,", 3)]) func raggedRow(row: String, count: Int) throws {
    let error = try errorOpening("x.csv", "f0,f1\n1,2\n\(row)\n6,7\n".utf8)
    guard case .raggedRow(_, 3, 2, count) = error else { throw error }
    #expect(error.description.contains("line 3: \(count) cell"))
    #expect(error.description.contains("where the first line has 2"))
  }

  @Test func linesAreCountedInsideOfQuotes() throws {
    let error = try errorOpening("x.csv", "id,f0\r\n\"a\r\nb\nc\",1\r\nd,x\r\n".utf8)
    guard case .notANumber(_, 5, 2, "f0", "x") = error else { throw error }
  }

  @Test func quoteNeverClosed() throws {
    let error = try errorOpening("x.csv", "id,f0\na,1\n\"b,2\nc,3\n".utf8)
    guard case .malformedCell(_, 3, 1, "a quote is opened and never closed") = error else { throw error }
  }

  @Test func textAfterAQuote() throws {
    let error = try errorOpening("x.csv", "id,f0\n\"a\"b,1\n".utf8)
    guard case .malformedCell(_, 2, 1, let problem) = error else { throw error }
    #expect(problem.contains("text after a closing quote"))
  }

  @Test func notUTF8() throws {
    let error = try errorOpening("x.csv", Array("id,f0\na,1\n".utf8) + [0xE9, 0x2C, 0x32])
    guard case .malformedCell(_, 3, 1, let problem) = error else { throw error }
    #expect(problem.contains("is not UTF-8"))
  }

  @Test func nameTwice() throws {
    let error = try errorOpening("x.csv", "f0,f1,f0\n1,2,3\n".utf8)
    guard case .duplicateName(_, "f0") = error else { throw error }
    let clash = try errorOpening("x.csv", "f0,features\n1,text\n".utf8)
    guard case .duplicateName(_, "features") = clash else { throw clash }
  }

  @Test(arguments: [("f0;f1\n1;2\n", "semicolons"), ("1.5 2.5\n3.5 4.5\n", "spaces")])
  func otherSeparators(text: String, separator: String) throws {
    let error = try errorOpening("x.csv", text.utf8)
    guard case .unsupportedSeparator(_, separator) = error else { throw error }
  }

  @Test func onlyLineBreaks() throws {
    let error = try errorOpening("x.csv", "\n\r\n\n".utf8)
    guard case .emptyFile = error else { throw error }
  }

  @Test func tooManyColumns() throws {
    let error = try errorOpening("x.csv", String(repeating: ",", count: 1_100_000).utf8)
    guard case .impossibleSize(_, "line 1", "more than 1048576 columns") = error else { throw error }
  }
}
