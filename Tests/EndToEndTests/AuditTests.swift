import Foundation
import TestData
import Testing

/// `gmmscope audit` as a process.
@Suite struct AuditTests {
  private static let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))

  private func json(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func theSettingIsProposedUnlessItIsChosen() async throws {
    let proposed = try await Gmmscope.run("audit", Self.test, "--train", Self.train, "--format", "json")
    #expect(proposed.status == 0, "\(proposed.errors)")
    #expect(proposed.errors.contains("leave-one-out proposes the setting of this audit: --"))
    let report = try json(proposed.output)
    #expect(report["isProposedSetting"] as? Bool == true)
    #expect(report["sampleCount"] as? Int == 1010)
    #expect(report["leakedTestSampleCount"] as? Int == 0)
    let chosen = try await Gmmscope.run(
      "audit", "--train", Self.train, "--reg", "1e-3", "--format", "json", "--no-near-duplicates")
    #expect(chosen.status == 0 && !chosen.errors.contains("proposes"))
    let other = try json(chosen.output)
    #expect((other["setting"] as? [String: Any])?["regularization"] as? Double == 1e-3)
    #expect(other["isProposedSetting"] as? Bool == false)
    #expect(other["nearDuplicates"] is NSNull && other["leakedTestSampleCount"] is NSNull)
  }

  @Test func csvHasTheColumnsOfDatalab() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("audit.csv")
    let written = try await Gmmscope.run("audit", "--train", Self.train, "--reg", "1e-2", "-o", path)
    #expect(written.status == 0, "\(written.errors)")
    let printed = try await Gmmscope.run(
      "audit", "--train", Self.train, "--reg", "1e-2", "--format", "csv")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == printed.output)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 1011)
    #expect(
      lines[0]
        == "is_label_issue,label_score,given_label,predicted_label,is_outlier_issue,outlier_score,"
        + "is_near_duplicate_issue,near_duplicate_score,near_duplicate_sets,distance_to_nearest_neighbor")
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("True,") || $0.hasPrefix("False,") })
  }

  /// Every ending that the explorer exports an audit to.
  @Test func otherFormatsSayTheSame() async throws {
    let folder = try ScratchFolder()
    func written(_ name: String) async throws -> String {
      let path = folder.file(name)
      let result = try await Gmmscope.run(
        "audit", "--train", Self.train, "--reg", "1e-2", "--no-near-duplicates", "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      return try String(contentsOfFile: path, encoding: .utf8)
    }
    // No value of these columns has a comma or a tab.
    let separated = try await written("audit.tsv")
    #expect(try await written("audit.csv") == separated.replacing("\t", with: ","))
    #expect(separated.contains("\t"))
    let suspects = try #require(try json(try await written("audit.json"))["samples"] as? [[String: Any]])
    let markdown = try await written("audit.md").split(separator: "\n")
    #expect(markdown[1].allSatisfy { "|-: ".contains($0) })
    #expect(markdown.count == 2 + min(20, suspects.count))
    #expect(try await written("audit.tex").contains("\\begin{tabular}"))
  }

  @Test func usageErrorsSaySo() async throws {
    let model = try await Gmmscope.run("audit", "--model", "model.safetensors")
    #expect(model.status == 64 && model.errors.contains("needs --train"))
    let format = try await Gmmscope.run("audit", "--train", Self.train, "-o", "audit.npy")
    #expect(format.status == 64 && format.errors.contains(".csv, .tsv, .json, .md or .tex"))
  }
}
