import FeatureFiles
import Foundation
import TestData
import Testing

/// `evaluate` by OOD set on the sample data, whose OOD samples are the digits 8 and 9.
@Suite struct EvaluateSetsTests {
  private static let train = Gmmscope.sample("train.npz")
  private static let test = Gmmscope.sample("test.npz")
  private static let names = ["AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID"]

  /// Options with what a float64 program in NumPy gives for digit 8, digit 9 and both, in the order of ``names``, and
  /// the DeLong intervals of the sets.
  private static let settings: [(options: [String], sets: [[Double]], pooled: [Double], delong: [[Double]])] =
    [
      (
        ["--reg", "1e-2"],
        [
          [
            0.9772238592020386, 0.9917171583006885, 0.9235930902992132, 0.06235565819861432,
            0.07471264367816093,
          ],
          [
            0.9868103669489352, 0.9954837886581251, 0.9438564612037208, 0.02771362586605081,
            0.016666666666666666,
          ],
        ],
        [
          0.9820983546665623, 0.9886327433990847, 0.9656208972696412, 0.04849884526558892,
          0.04519774011299435,
        ],
        [[0.9636669824331864, 0.9857968365599648], [0.9751694043611702, 0.9930328594992106]]
      ),
      (
        ["--reg", "1e-3", "--pooling", "0.03", "--score", "relative-nll"],
        [
          [
            0.9896206631095538, 0.9962452177270031, 0.9689998939287601, 0.03464203233256351,
            0.022988505747126436,
          ],
          [
            0.9939183987682834, 0.9977645798177333, 0.9811599289493574, 0.025404157043879907,
            0.005555555555555556,
          ],
        ],
        [
          0.9918059524275519, 0.9945538942896692, 0.9873578936524295, 0.03233256351039261,
          0.014124293785310734,
        ],
        [[0.9815182827028384, 0.9941919809251039], [0.9870911112972833, 0.9971452949101538]]
      ),
    ]

  private func output(_ arguments: [String]) async throws -> String {
    let result = try await Command.run(Gmmscope.path, arguments + ["--quiet"])
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  private func object(_ arguments: [String]) async throws -> [String: Any] {
    try await Command.run(Gmmscope.path, arguments + ["--format", "json", "--quiet"]).json()
  }

  private func expect(_ found: [String: Any], toHold values: [Double], _ name: String) throws {
    for (metric, value) in zip(Self.names, values) {
      #expect(abs(try #require(found[metric] as? Double) - value) < 1e-9, "\(name) \(metric)")
    }
  }

  @Test(arguments: settings.indices) func everySetAgreesWithNumPy(index: Int) async throws {
    let (options, values, pooled, delong) = Self.settings[index]
    let report = try await object(
      ["evaluate", Self.test, "--train", Self.train, "--ood-sets", "source_labels"] + options)
    #expect(
      Set(report.keys)
        == Set(
          Self.names + [
            "schemaVersion", "setting", "score", "regularization", "inDistributionCount",
            "outOfDistributionCount", "accuracy", "sets", "groups", "mean",
          ]))
    try expect(report, toHold: pooled, "pooled")
    let sets = try #require(report["sets"] as? [[String: Any]])
    #expect(sets.map { $0["name"] as? String } == ["digit 8", "digit 9"])
    #expect(sets.map { $0["count"] as? Int } == [174, 180])
    for (place, set) in sets.enumerated() {
      #expect(Set(set.keys) == Set(Self.names + ["name", "group", "count", "AUROC95"]))
      try expect(set, toHold: values[place], "set \(place)")
      let interval = try #require(set["AUROC95"] as? [Double])
      #expect(zip(interval, delong[place]).allSatisfy { abs($0 - $1) < 1e-9 }, "\(interval)")
    }
    let mean = try #require(report["mean"] as? [String: Any])
    try expect(mean, toHold: zip(values[0], values[1]).map { ($0 + $1) / 2 }, "mean")
    #expect((report["groups"] as? [Any])?.isEmpty == true)
  }

  /// Rows of `compare` with AUROC of digits 8 and 9 from a float64 program in NumPy at the same settings, and its
  /// leave-one-out NLL.
  private static let rows: [String: (auroc: [Double], leaveOneOut: Double?)] = [
    "default": ([0.9729101961721218, 0.9809083910700539], 240.92177175078137),
    "tied Mahalanobis": ([0.9580711953492076, 0.9700538876058508], 18.39158345797659),
    "RMD": ([0.9867670091051473, 0.9879651013600206], 18.39158345797659),
    "L2-normalized": ([0.9855060922194792, 0.9845393892738004], -190.37859393005016),
    "knn": ([0.9719943723288471, 0.9831665383628433], nil),
  ]

  @Test func comparedRowsAgreeWithNumPy() async throws {
    let report = try await object([
      "compare", Self.test, "--train", Self.train, "--ood-sets", "source_labels", "--no-proposal",
    ])
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.count == Self.rows.count)
    for row in rows {
      let name = try #require(row["name"] as? String)
      let expected = try #require(Self.rows[name])
      #expect((row["setting"] is NSNull) == (name == "knn"))
      let sets = try #require(row["sets"] as? [[String: Any]])
      for (set, auroc) in zip(sets, expected.auroc) {
        #expect(abs(try #require(set["AUROC"] as? Double) - auroc) < 1e-9, "\(name)")
      }
      let leaveOneOut = row["leaveOneOutNLL"] as? Double
      if let value = expected.leaveOneOut {
        #expect(abs(try #require(leaveOneOut) - value) < 1e-9 * abs(value), "\(name)")
      } else {
        #expect(leaveOneOut == nil)
      }
    }
  }

  @Test func rowsThatAreLeftOutAreNamedBesideTheRows() async throws {
    let arguments = [
      "compare", Self.test, "--train", Self.train, "--no-proposal", "--baseline", "msp", "--format",
    ]
    let csv = try await Command.run(Gmmscope.path, arguments + ["csv"])
    #expect(csv.status == 0)
    #expect(csv.output.split(separator: "\n").count == 5 && !csv.output.contains("msp"))
    #expect(csv.errors.contains("gmmscope: msp is left out: "))
    let quiet = try await Command.run(Gmmscope.path, arguments + ["csv", "--quiet"])
    #expect(quiet.output == csv.output && quiet.errors.isEmpty)
    let json = try await Command.run(Gmmscope.path, arguments + ["json"])
    #expect(json.output.contains("\"leftOut\"") && !json.errors.contains("left out"))
  }

  /// The digits as files of their own: ID, 8 and 9.
  private func digits(in folder: ScratchFolder) throws -> (test: String, eight: String, nine: String) {
    let file = try FeatureFile.open(Self.test)
    let (features, labels) = (try file.array(named: "features"), try file.array(named: "labels").integers())
    let sources = try file.array(named: "source_labels").strings()
    func write(_ name: String, _ isWanted: (Int) -> Bool) throws -> String {
      let rows = labels.indices.filter(isWanted)
      try NPZWriter.write(
        [
          OutputArray(
            name: "features", shape: [rows.count, 64], values: .float64(try features.doubles(rows: rows))),
          OutputArray(name: "labels", shape: [rows.count], values: .int64(rows.map { labels[$0] })),
        ], to: folder.file(name))
      return folder.file(name)
    }
    return (
      try write("id.npz") { labels[$0] >= 0 }, try write("eight_8.npz") { sources[$0] == "digit 8" },
      try write("size=9.npz") { sources[$0] == "digit 9" }
    )
  }

  @Test func filesAndNamesMakeTheSameSets() async throws {
    let folder = try ScratchFolder()
    let (test, eight, nine) = try digits(in: folder)
    let options = ["evaluate", test, "--train", Self.train, "--reg", "1e-2", "--ood"]
    let plain = try await object(options + [eight, nine])
    let sets = try #require(plain["sets"] as? [[String: Any]])
    #expect(sets.map { $0["name"] as? String } == ["eight_8", "size=9"])
    for (place, set) in sets.enumerated() {
      try expect(set, toHold: Self.settings[0].sets[place], "\(place)")
    }
    // A name holds up to the next option.
    let named = try await object(options + ["near/both=\(eight)", nine, "--ood", eight])
    let found = try #require(named["sets"] as? [[String: Any]])
    #expect(found.map { $0["name"] as? String } == ["both", "eight_8"])
    #expect(found.map { $0["group"] as? String } == ["near", nil])
    #expect(found.map { $0["count"] as? Int } == [354, 174])
    try expect(found[0], toHold: Self.settings[0].pooled, "both")
    try expect(found[1], toHold: Self.settings[0].sets[0], "8")
    let groups = try #require(named["groups"] as? [[String: Any]])
    #expect(groups.map { $0["name"] as? String } == ["near"])
    try expect(groups[0], toHold: Self.settings[0].pooled, "near")
  }

  @Test func tablesForPapersEscapeNames() async throws {
    let folder = try ScratchFolder()
    let (test, eight, nine) = try digits(in: folder)
    let options = ["evaluate", test, "--train", Self.train, "--reg", "1e-2", "--ood", eight, nine]
    let latex = try await output(options + ["--format", "latex"])
    for text in [#"\begin{tabular}"#, #"\toprule"#, #"eight\_8 & 97.7"#, #"size=9 & 98.7"#, #"\bottomrule"#] {
      #expect(latex.contains(text), "\(text) in \(latex)")
    }
    let markdown = try await output(options + ["--format", "markdown"])
    #expect(markdown.contains(#"| eight\_8 | 97.7"#), "\(markdown)")
    let table = try await output(options)
    #expect(table.contains("FPR95TPR: ") && table.contains("FPR95ID: ") && table.contains("mean of sets"))
  }

  @Test func intervalsAreAddedOnRequest() async throws {
    let arguments = [
      "evaluate", Self.test, "--train", Self.train, "--reg", "1e-2", "--ood-sets", "source_labels",
      "--intervals",
    ]
    let report = try await object(arguments)
    let sets = try #require(report["sets"] as? [[String: Any]])
    for set in sets {
      for name in ["AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID"] {
        let interval = try #require(set["\(name)95"] as? [Double])
        let value = try #require(set[name] as? Double)
        #expect(interval[0] <= value && value <= interval[1] && interval[0] < interval[1], "\(name)")
      }
    }
    #expect(try await object(arguments + ["--threads", "1"]) as NSDictionary == report as NSDictionary)
  }
}
