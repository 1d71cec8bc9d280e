import Foundation
import LinearAlgebra
import Testing

@Suite("Matrices in files")
struct MappedMatrixTests {
  /// 64 bytes of other data, then 3 × 4 numbers.
  private func withFile(_ body: (Int32, String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "gmmscope-mapped-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let numbers = (0..<8).map { _ in -1.0 } + (0..<12).map(Double.init)
    try numbers.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: path))
    let handle = try #require(FileHandle(forReadingAtPath: path))
    try body(handle.fileDescriptor, path)
    try handle.close()
  }

  @Test func rowsAreCopiedOut() throws {
    try withFile { file, path in
      let mapped = try #require(MappedMatrix(file: file, offset: 64, rowCount: 3, columnCount: 4))
      try FileManager.default.removeItem(atPath: path)
      let all = Matrix(rowCount: 3, columnCount: 4, elements: (0..<12).map(Double.init))
      for count in [3, 0, 2, 3] { #expect(mapped.firstRows(count) == all.firstRows(count)) }
      #expect(mapped.rowCount == 3 && mapped.columnCount == 4)
    }
  }

  @Test func shortFilesAreNotMapped() throws {
    try withFile { file, _ in
      for (offset, rows, columns) in [
        (72, 3, 4), (64, 4, 4), (-8, 3, 4), (60, 3, 4), (64, -1, 4), (64, .max, 4), (64, 1 << 40, 1 << 40),
      ] {
        #expect(MappedMatrix(file: file, offset: offset, rowCount: rows, columnCount: columns) == nil)
      }
      #expect(MappedMatrix(file: file, offset: 160, rowCount: 0, columnCount: 4) != nil)
    }
  }
}
