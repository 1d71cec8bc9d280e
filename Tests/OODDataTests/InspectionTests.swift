import FeatureFiles
import Foundation
import OODDetection
import Synchronization
import TestData
import Testing

@testable import OODData

/// What a look into files says of each array, and of files that are damaged.
@Suite struct InspectionTests {
  private func archive(_ name: String, in folder: ScratchFolder) throws -> String {
    return try folder.npz(
      name,
      [
        OutputArray(
          name: "features", shape: [4, 2], values: .float32([1, .nan, .infinity, 4, -.infinity, 6, 7, 8])),
        OutputArray(name: "labels", shape: [4], values: .int64([0, 1, 0, 1])),
      ])
  }

  /// Turns over a bit of the first of some bytes.
  private func damage(_ path: String, at content: Data) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[try #require(bytes.range(of: content)).lowerBound] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func eachArrayWithItsBytesAndWhatIsNoNumber() throws {
    let folder = try ScratchFolder()
    let path = try archive("a.npz", in: folder)
    let table = InspectionReport([try FileInspection(path: path)]).table
    let features = Dictionary(uniqueKeysWithValues: zip(table.columns, table.plainRows[0]))
    #expect(features["byteCount"] == "32")
    #expect(features["nanCount"] == "1" && features["infiniteCount"] == "2")
    #expect(features["minimum"] == "1.0" || features["minimum"] == "1")
    let labels = Dictionary(uniqueKeysWithValues: zip(table.columns, table.plainRows[1]))
    #expect(labels["byteCount"] == "32" && labels["nanCount"] == "")
  }

  @Test func aDamagedArrayIsAProblemOfItsFile() throws {
    let folder = try ScratchFolder()
    let path = try archive("a.npz", in: folder)
    try damage(path, at: withUnsafeBytes(of: (Float(7), Float(8))) { Data($0) })
    let look = try FileInspection(path: path)
    #expect(look.isDamaged)
    let problem = "\(path): ‘features.npy’ does not match its checksum; the file is damaged, copy it again"
    #expect(look.problems.map(\.description) == [problem])
    #expect(look.report.arrays.map(\.name) == ["features", "labels"])
    #expect(look.report.labelCounts.map(\.count) == [2, 2])
    // Labels that cannot be trusted are not counted, and their error is said once.
    try damage(path, at: withUnsafeBytes(of: (0, 1, 0, 1)) { Data($0) })
    let worse = try FileInspection(path: path)
    #expect(worse.problems.count == 2 && worse.problems.contains { $0.text.contains("‘labels.npy’") })
    #expect(worse.report.labelCounts.isEmpty)
  }

  @Test func oneFileThatDoesNotOpenKeepsNobodyFromTheOthers() throws {
    let folder = try ScratchFolder()
    let good = try archive("a.npz", in: folder)
    let bad = folder.file("b.npy")
    try Data([0x93] + Array("NUMPY".utf8)).write(to: URL(fileURLWithPath: bad))
    let missing = folder.file("missing.npz")
    let looks = try FolderInspection([missing, folder.path, folder.file("*.mat")])
    #expect(looks.inspections.map(\.report.path) == [good])
    #expect(looks.failures.count == 3)
    #expect(looks.failures.first?.text == "\(missing): no such file")
    #expect(looks.failures.contains { $0.text.hasPrefix("\(bad): ") })
    let json = try InspectionReport(looks.inspections, failures: looks.failures).json()
    #expect(json.contains("no such file"))
  }

  @Test func progressIsOfAllFilesAndNeverRunsBackwards() throws {
    let folder = try ScratchFolder()
    let path = try archive("a.npz", in: folder)
    let table = try folder.write("label,f0\n0,1\n1,2\n", to: "b.csv")
    for path in [path, table] {
      let fractions = Mutex<[Double]>([])
      let look = try FileInspection(path: path) { step in
        fractions.withLock { $0.append(step.fraction) }
      }
      #expect(look.report.arrays.count >= 2)
      let seen = fractions.withLock { $0 }
      #expect(seen == seen.sorted() && abs((seen.last ?? 0) - 1) < 1e-9)
    }
  }

  @Test func aCancelledLookThrowsNothingElse() async throws {
    let folder = try ScratchFolder()
    let path = try archive("a.npz", in: folder)
    let error = await Task { () -> (any Error)? in
      withUnsafeCurrentTask { $0?.cancel() }
      do {
        _ = try FolderInspection([path])
        return nil
      } catch {
        return error
      }
    }.value
    #expect(error is CancellationError)
  }
}
