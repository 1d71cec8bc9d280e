import FeatureFiles
import TestData
import Testing

@testable import OODData

/// Which arrays are used as what, and what is advised where that cannot be told.
@Suite struct ArrayRoleTests {
  private func matrix(_ name: String, rows: Int = 4, columns: Int = 2) -> OutputArray {
    OutputArray(
      name: name, shape: [rows, columns], values: .float32((0..<rows * columns).map { Float($0 * $0) }))
  }

  private func labels(_ name: String, _ values: [Int] = [0, 1, 0, 1]) -> OutputArray {
    OutputArray(name: name, shape: [values.count], values: .int64(values))
  }

  private func roles(_ path: String, _ keys: ArrayKeys = ArrayKeys()) throws -> [String: String] {
    let roles = try ArrayRoles(FeatureFile.open(path), keys: keys)
    var found: [String: String] = [:]
    found["features"] = roles.features?.name
    found["labels"] = roles.labels?.name
    found["ids"] = roles.ids?.name
    return found
  }

  private func failure(_ request: DataRequest) -> String? {
    do {
      _ = try DataSetAssembly(request).assemble()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("x", "x", ""), ("a.b", "b", "a."), ("a/b.c", "c", "a/b."), ("/x", "x", "/"),
    ("größe/日本", "日本", "größe/"), ("a..b", "b", "a.."), ("", "", ""), (".", "", ""), ("a.", "a", ""),
    ("a.b//", "b", ""),
  ])
  func namesAreSplitAtTheirLastSeparator(_ name: String, _ last: String, _ group: String) {
    let nested = NestedName(name)
    #expect(nested.last == last && nested.group == group)
  }

  @Test func nestedNamesCountByTheirLastPart() throws {
    let folder = try ScratchFolder()
    let one = try folder.npz(
      "a.npz",
      [matrix("weight", rows: 3), matrix("run/features"), labels("run/labels"), labels("labels", [9])])
    #expect(try roles(one) == ["features": "run/features", "labels": "run/labels"])
    // The array at the top comes first, and two of a kind are for the user to choose from.
    let top = try folder.npz("b.npz", [matrix("run/features"), matrix("z"), labels("y")])
    #expect(try roles(top) == ["features": "z", "labels": "y"])
    let two = try folder.npz("c.npz", [matrix("one.z"), matrix("other.z"), labels("one.y")])
    #expect(try roles(two) == [:])
    #expect(try roles(two, ArrayKeys(features: "one.z")) == ["features": "one.z", "labels": "one.y"])
  }

  @Test func idsOfAnotherLengthAreNone() throws {
    let folder = try ScratchFolder()
    let path = try folder.npz(
      "a.npz", [matrix("x"), labels("y"), labels("names", [1, 2]), labels("paths", [7, 8, 9, 10])])
    #expect(try roles(path) == ["features": "x", "labels": "y", "ids": "paths"])
    #expect(failure(DataRequest(train: [path])) == nil)
    let chosen = failure(DataRequest(train: [path], keys: ArrayKeys(ids: "names")))
    #expect(chosen?.contains("‘names’ has 2 entries for 4 samples") == true)
  }

  @Test func whatIsAdvisedIsForTheFilesItIsAbout() async throws {
    let folder = try ScratchFolder()
    let train = try folder.npz("a.npz", [matrix("penultimate"), labels("gt")])
    let test = try folder.npz("b.npz", [matrix("x"), labels("y")])
    let keys = ArrayKeys(features: "penultimate", labels: "gt")
    func arguments(_ request: DataRequest) async -> [String] {
      guard case .useArrays(let arrays)? = await Opening(request).remedy else { return [] }
      return arrays.map(\.arguments)
    }
    let scored = await arguments(DataRequest(train: [train], test: [test], keys: keys))
    #expect(scored == ["--test-features x --test-labels y"])
    let outside = DataRequest(train: [train], outOfDistribution: [test], keys: keys)
    #expect(await arguments(outside) == ["--ood-features x"])
    #expect(failure(outside)?.hasSuffix("‘x’ (4×2 float32) would fit, without labels") == true)
    #expect(await arguments(DataRequest(train: [test], keys: keys)) == ["--features x --labels y"])
  }

  @Test func labelsThatAreNoneSayHowToMakeThem() throws {
    let folder = try ScratchFolder()
    let hot = try folder.npz("a.npz", [matrix("x"), matrix("y", columns: 5)])
    let rows = failure(DataRequest(train: [hot]))
    #expect(rows?.contains("‘y’ cannot be labels: float32 of shape [4, 5]") == true)
    #expect(rows?.contains("argmax") == true)
    let apart = try folder.write("label\n0\n1\n0\n", to: "c.csv")
    let elsewhere = DataRequest(train: [hot], keys: ArrayKeys(labels: apart))
    #expect(failure(elsewhere)?.hasPrefix("\(apart): ‘labels’ has 3 entries for 4 samples") == true)
  }

  @Test func filesWithoutSamplesSaySo() throws {
    let folder = try ScratchFolder()
    let note = try folder.write("not found\n", to: "page.csv")
    let reason = try #require(failure(DataRequest(train: [note])))
    #expect(reason.hasPrefix("\(note): no samples: features of shape [0, 1]"))
    let some = try folder.npz("a.npz", [matrix("x"), labels("y")])
    let none = try folder.npz("b.npz", [matrix("x", rows: 0), labels("y", [])])
    #expect(failure(DataRequest(train: [none]))?.contains("no samples") == true)
    // An empty shard among others is none of it.
    #expect(failure(DataRequest(train: [none, some])) == nil)
  }
}
