import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

/// Caches as other programs write them, in `Caches/files`. `make_caches.py` wrote them and `expected.json`, which has
/// what each must open as.
struct CacheTests {
  struct Cache: Decodable, CustomTestStringConvertible {
    struct Split: Decodable {
      let features: String
      let shape: [Int]
      let first: [Double]
      let last: [Double]
      let labels: [Int]?
      let labelsName: String?
      let ids: [String]?
      let classNames: [String]?
      let logits: Logits?
    }

    struct Logits: Decodable {
      let name: String
      let shape: [Int]
      let first: [Double]
    }

    let file: String
    let train: Split?
    let test: Split?
    let remarks: [String]
    let message: String?
    let labelsFile: String?
    let options: [String: String]?

    var testDescription: String { file }
  }

  static let folder = Bundle.module.resourceURL?.appendingPathComponent("Caches").path ?? ""

  static let caches: [Cache] =
    (try? JSONDecoder().decode(
      [Cache].self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/expected.json")))) ?? []

  private func path(_ name: String) -> String { "\(Self.folder)/files/\(name)" }

  private func keys(_ cache: Cache) -> ArrayKeys {
    let options = cache.options ?? [:]
    let labels = options["labels"].map { $0.hasSuffix(".txt") ? path($0) : $0 }
    return ArrayKeys(features: options["features"], labels: labels, ids: options["ids"])
  }

  private func request(_ cache: Cache) -> DataRequest {
    DataRequest(
      train: [path(cache.file)], test: cache.test == nil ? [] : [path(cache.file)], keys: keys(cache))
  }

  @Test func thereAreMany() { #expect(Self.caches.count > 100) }

  @Test(arguments: caches) func opens(_ cache: Cache) async throws {
    if let message = cache.message {
      let opening = await Opening(request(cache))
      let text = (opening.failure ?? "") + (opening.remedy.map { " \($0)" } ?? "")
      let advice = try? FileInspection(path: path(cache.file)).fitting.map(\.arguments).joined(
        separator: "; ")
      #expect("\(text) \(advice ?? "")".contains(message), "\(text) \(advice ?? "")")
      return
    }
    let data = try DataSetAssembly(request(cache)).assemble()
    let expected = try #require(cache.train)
    try compare(data, .train, with: expected)
    if let test = cache.test { try compare(data, .test, with: test) }
    let remarks = data.remarks.map(\.description)
    for text in cache.remarks { #expect(remarks.contains { $0.contains(text) }, "\(text): \(remarks)") }
    if cache.remarks.isEmpty, cache.test == nil, expected.classNames == nil {
      #expect(remarks.filter { !$0.contains("holds samples to score") } == [])
    }
    #expect(
      data.files.first?.labelsPath == cache.labelsFile.map(path)
        ?? keys(cache).labels.flatMap { $0.contains("/") ? $0 : nil })
  }

  @Test(arguments: caches.filter { $0.message == nil }) func isShownAsItOpens(_ cache: Cache) throws {
    let inspection = try FileInspection(path: path(cache.file), keys: keys(cache))
    let report = inspection.report
    let expected = try #require(cache.train)
    func name(_ role: ArrayRole) -> String? { report.arrays.first { $0.role == role }?.name }
    let features = try #require(report.arrays.first { $0.role == .features })
    #expect(features.name == expected.features && features.shape == expected.shape)
    if inspection.labelsPath == nil { #expect(name(.labels) == expected.labelsName) }
    #expect(report.labelCounts.map(\.count).reduce(0, +) == expected.labels?.count ?? 0)
    if let names = expected.classNames { #expect(report.labelCounts.map(\.name) == names) }
    if let logits = expected.logits { #expect(name(.logits) == logits.name) }
    if let test = cache.test, test.features != expected.features {
      #expect(name(.testFeatures) == test.features && name(.testLabels) == test.labelsName)
    }
    let said = (inspection.remarks + inspection.problems).map(\.text)
    for text in cache.remarks { #expect(said.contains { $0.contains(text) }, "\(text): \(said)") }
  }

  private func compare(_ data: DataSet, _ split: OODData.Split, with expected: Cache.Split) throws {
    let samples = try #require(data[split])
    let report = try #require(data.files.first { $0.split == split })
    #expect(report.arrays.first { $0.role == .features }?.name == expected.features)
    #expect([samples.count, samples.rows.dimension] == expected.shape)
    let rows = try samples.rows.matrix(at: [0, expected.shape[0] - 1])
    #expect(Array(rows.row(0)) == expected.first)
    #expect(Array(rows.row(1)) == expected.last)
    #expect(samples.labels == expected.labels)
    #expect(samples.ids == expected.ids)
    if let names = expected.classNames { #expect(data.classNames == names) }
    if let logits = expected.logits {
      #expect(try samples.logits.map { Array(try $0.matrix(at: [0]).row(0)) } == logits.first)
    }
    let logits = report.arrays.first { $0.role == .logits }
    #expect(logits?.name == expected.logits?.name && logits?.shape == expected.logits?.shape)
  }
}
