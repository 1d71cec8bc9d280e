import Foundation
import TestData
import Testing

/// The pictures that the documentation shows.
struct PicturesTests {
  /// What a rounding may change from one processor to another is left out: digits.
  private func masked(_ text: String) -> [String] {
    text.replacing(/[0-9]+/, with: "#").split(separator: "\n").map(String.init)
  }

  @Test func picturesAndTourShowThisProgram() async throws {
    let folder = try ScratchFolder()
    let result = try await Command.run(
      "/bin/sh", [".github/make-pictures", Gmmscope.path, folder.path], in: Gmmscope.repository)
    try #require(result.status == 0, "\(result.errors)")
    let names = folder.entries
    #expect(names == ["classes.svg", "outliers.svg", "scores.svg", "tour.cast", "tuning.svg"])
    for name in names {
      let committed = URL(fileURLWithPath: "\(Gmmscope.repository)/.github/images/\(name)")
      let old = masked(String(decoding: try Data(contentsOf: committed), as: UTF8.self))
      let new = masked(try folder.text(of: name))
      let place = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
      let isCurrent = old == new
      #expect(
        isCurrent,
        """
        \(name) is out of date: make pictures draws it anew. Its line \(place + 1) is now:
        \(new.dropFirst(place).first?.prefix(600) ?? "missing")
        """)
    }
  }

  /// Every line of a recording is JSON, times never go back, and the last frame is the screen after all keys.
  @Test func aRecordingHasAFrameAfterEachKey() async throws {
    let sample = Gmmscope.repository + "/SampleData/digits/train.npz"
    let result = try await Command.run(
      Gmmscope.path, ["snapshot", sample, "--press", "jj?", "--size", "80x24", "--format", "cast"])
    try #require(result.status == 0, "\(result.errors)")
    var lines = result.output.split(separator: "\n")
    let header = try JSONSerialization.jsonObject(with: Data(lines.removeFirst().utf8)) as? [String: Any]
    #expect(header?["version"] as? Int == 2)
    #expect(header?["width"] as? Int == 80 && header?["height"] as? Int == 25)
    let events = try lines.map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
    }
    let times = try events.map { try #require($0[0] as? Double) }
    #expect(times == times.sorted())
    let markers = events.filter { $0[1] as? String == "m" }.compactMap { $0[2] as? String }
    #expect(markers.count == 3)
    #expect(markers.first == "j: move one row down" && markers.last?.hasPrefix("?: ") == true)
    let frames = events.filter { $0[1] as? String == "o" }.compactMap { $0[2] as? String }
    #expect(frames.count == 5)
    #expect(frames[0].contains("1 Classes") && !frames[1].contains("1 Classes"))
    // The frame after the second j has the two rows that changed, the pane beside them, and the line of the key.
    #expect(frames[2].contains("\u{1B}[25;1H") == false, "the same key again leaves its line as it is")
  }
}
