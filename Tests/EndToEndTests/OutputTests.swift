import FeatureFiles
import Foundation
import TestData
import Testing

/// What commands print, and where they write.
@Suite struct OutputTests {
  // MARK: Names that could act on a terminal

  /// Escape sequences of two kinds, a line break, C1, DEL, a bidirectional override and a line separator.
  private static let hostile =
    "\u{1B}]0;owned\u{07}\u{1B}[31m\nforged\r\u{9B}31m\u{7F}\u{202E}evil\u{2028}end"

  /// What no output for people may hold.
  private static func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func isClean(_ text: String) -> Bool {
    !text.unicodeScalars.contains(where: acts)
      && !text.split(separator: "\n").contains { $0.hasPrefix("forged") }
  }

  /// A folder with files whose names, arrays, class names, ids and labels are hostile.
  private static func withHostileFiles(
    _ body: (ScratchFolder, _ data: String, _ model: String) async throws -> Void
  ) async throws {
    let folder = try ScratchFolder()
    let inner = folder.file("d\(hostile)")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    var values: [Double] = []
    var labels: [Int] = []
    var ids: [String] = []
    for row in 0..<24 {
      values += [Double(row * 7 % 13), Double((row * 7 + 11) % 13), Double((row * 7 + 22) % 13)]
      labels.append(row % 3 == 2 ? -1 : row % 3)
      ids.append("id\(row)\(hostile)")
    }
    let data = "\(inner)/f\(hostile).npz"
    try NPZWriter.write(
      [
        OutputArray(name: "features", shape: [24, 3], values: .float64(values)),
        OutputArray(name: "labels", shape: [24], values: .int64(labels)),
        OutputArray(name: "class_names", shape: [2], values: .strings(["a\(hostile)", "b"])),
        OutputArray(name: "ids", shape: [24], values: .strings(ids)),
        OutputArray(name: "other\(hostile)", shape: [2], values: .float64([1, 2])),
      ], to: data)
    let model = "\(inner)/m\(hostile).safetensors"
    let fit = try await Gmmscope.run("fit", "--train", data, "-o", model)
    #expect(fit.status == 0 && isClean(fit.errors), "\(fit.errors)")
    try await body(folder, data, model)
  }

  @Test func noNameOfAFileOrInOneActsOnTheTerminal() async throws {
    try await Self.withHostileFiles { folder, data, model in
      let none = folder.file("none\(Self.hostile)")
      let commands: [[String]] = [
        ["inspect", data], ["inspect", model], ["inspect", folder.file("d\(Self.hostile)")],
        ["inspect", none],
        ["classes", "--train", data], ["classes", "--model", model], ["classes", "--train", none],
        ["classes", "--model", data], ["classes", "--model", none],
        ["score", data, "--train", data], ["score", data, "--model", model],
        ["score", data, "--train", data, "--features", Self.hostile],
        ["score", data, "--train", data, "--labels", Self.hostile],
        ["score", data, "--train", data, "-o", "\(none)/x.npy"],
        ["score", data, "--train", data, "-o", none],
        ["score", data, "--train", data, "-o", "\(none).npy"],
        ["evaluate", data, "--train", data], ["evaluate", data, "--train", data, "--ood", none],
        ["outliers", data, "--train", data], ["tune", "--train", data], ["tune", data, "--train", none],
        ["fit", "--train", data], ["fit", "--train", data, "-o", data], ["fit", "--train", data, "-o", none],
        ["export", "--for", "pytorch-ood", model, "-o", "\(none).npz"],
        ["export", "--for", Self.hostile, model, "-o", "\(none).npz"],
        ["snapshot", data, data], ["snapshot", data, data, "--screen", "outliers"],
        ["snapshot", data, data, "--screen", "data"], ["snapshot", none],
        ["snapshot", data, "--screen", Self.hostile],
        ["explore", none], [none], [Self.hostile], ["--\(Self.hostile)"], ["score", "--reg", Self.hostile],
        ["score", "--reg=\(Self.hostile)"], ["score", data, "--train", data, "--\(Self.hostile)", "x"],
        ["tune", "--points", Self.hostile], ["help", Self.hostile], ["evalu\(Self.hostile)"],
      ]
      for arguments in commands {
        let result = try await Command.run(Gmmscope.path, arguments)
        #expect(Self.isClean(result.errors), "\(arguments): \(result.errors.debugDescription)")
        #expect(Self.isClean(result.output), "\(arguments): \(result.output.debugDescription)")
        #expect(
          result.status != 0 || !result.output.isEmpty || arguments[0] == "fit" || arguments.contains("-o"))
      }
    }
  }

  @Test func jsonEscapesThemAndProgramsReadThemBack() async throws {
    try await Self.withHostileFiles { _, data, model in
      for arguments in [
        ["inspect", data], ["classes", "--model", model], ["score", data, "--train", data],
        ["outliers", data, "--train", data], ["evaluate", data, "--train", data],
      ] {
        let result = try await Command.run(Gmmscope.path, arguments + ["--format", "json"])
        #expect(Self.isClean(result.output), "\(arguments)")
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        guard arguments[0] == "score" else { continue }
        let rows = try #require(
          object?["samples"] as? [[String: Any]] ?? object?["scores"] as? [[String: Any]])
        #expect(rows.first?["id"] as? String == "id0\(Self.hostile)")
      }
    }
  }

  @Test func csvIsDataInAFileAndVisibleOnATerminal() async throws {
    try await Self.withHostileFiles { folder, data, _ in
      let piped = try await Gmmscope.run("score", data, "--train", data, "--format", "csv")
      #expect(piped.output.contains("id0\(Self.hostile)"))
      let file = folder.file("scores.csv")
      _ = try await Gmmscope.run("score", data, "--train", data, "-o", file)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == piped.output)
      // On a terminal of its own, as script(1) gives one.
      guard Command.path(of: "script") != nil else { return }
      try FileManager.default.copyItem(atPath: data, toPath: folder.file("plain.npz"))
      let seen = try await Command.run(
        "script",
        ["-qec", "\(Gmmscope.path) score plain.npz --train plain.npz --format csv --quiet", "/dev/null"],
        in: folder.path)
      #expect(seen.output.contains("id0␛]0;owned␇␛[31m␊forged␍\u{FFFD}31m␡\u{FFFD}evil␤end"))
      #expect(Self.isClean(seen.output.replacing("\r\n", with: "\n")))
    }
  }

  /// Everything that is printed goes through one file, which makes it visible.
  @Test func nothingIsPrintedPastTheWriters() throws {
    let forbidden = [
      /\bprint\(/, /\bdebugPrint\(/, /\bdump\(/, /\bfputs\(/, /\bputs\(/, /\bfprintf\(/, /\bprintf\(/,
      /\bNSLog\(/,
      /FileHandle\.standard(?:Output|Error)/, /\bwrite\((?:1|2|STD\w+_FILENO),/, /exit\(withError/,
      /\bperror\(/,
    ]
    let sources = "\(Gmmscope.repository)/Sources"
    let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
    var seen = 0
    for file in files
    where file.hasSuffix(".swift") && !file.hasPrefix("gmmscope-bench")
      && !file.hasPrefix("Examples")
    {
      let name = (file as NSString).lastPathComponent
      guard name != "StandardStreams.swift" else { continue }
      seen += 1
      for (number, line) in try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      ).enumerated() where !line.contains("func ") && !line.contains("ReportPrinter.print(") {
        let code = line.prefix { $0 != "/" || line.contains("\"") }
        #expect(!forbidden.contains { code.contains($0) }, "\(file):\(number + 1): \(line)")
      }
    }
    #expect(seen > 100)
  }

  // MARK: Outputs and inputs

  @Test func anOutputNeverReplacesAnInput() async throws {
    let folder = try ScratchFolder()
    let train = folder.file("train.npz")
    let original = try Data(contentsOf: URL(fileURLWithPath: Gmmscope.sample("train.npz")))
    try original.write(to: URL(fileURLWithPath: train))
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: false)
    try #require(symlink("train.npz", folder.file("soft.npz")) == 0)
    try #require(link(train, folder.file("hard.npz")) == 0)
    let labels = folder.file("labels.npy")
    let features = folder.file("x.npy")
    let neighbor = folder.file("x_labels.npy")
    try NPYWriter.write(OutputArray(name: "", shape: [4, 1], values: .float64([1, 2, 4, 8])), to: features)
    for path in [labels, neighbor] {
      try NPYWriter.write(OutputArray(name: "", shape: [4], values: .int64([0, 0, 1, 1])), to: path)
    }
    let model = folder.file("model.npz")
    #expect(try await Gmmscope.run("fit", "--train", train, "-o", model, "--quiet").status == 0)
    let inputs = [train, labels, features, neighbor, model]
    let before = try inputs.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    let names = ["train.npz", "./train.npz", "sub/../train.npz", train, "soft.npz", "hard.npz"]
    var commands = names.flatMap { name in
      [
        ["fit", "--train", "train.npz", "-o", name], ["fit", "--train", "soft.npz", "-o", name],
        ["fit", "--train", "t*.npz", "-o", name],
      ]
    }
    commands += [
      ["score", "x.npy", "--train", "x.npy", "-o", "x.npy"],
      ["score", "x.npy", "--train", "x.npy", "-o", "x_labels.npy"],
      ["score", "x.npy", "--train", "x.npy", "--labels", "labels.npy", "-o", "labels.npy"],
      ["fit", "--train", ".", "--labels", "labels.npy", "-o", "hard.npz"],
      ["export", "--for", "pytorch-ood", "model.npz", "-o", "model.npz"],
      ["snapshot", "train.npz", "-o", "train.npz"],
      ["snapshot", "--model", "model.npz", "train.npz", "-o", "model.npz"],
    ]
    for arguments in commands {
      let result = try await Command.run(Gmmscope.path, arguments, in: folder.path)
      #expect(result.status == 1, "\(arguments): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
    }
    for (path, data) in zip(inputs, before) {
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
    }
    #expect(folder.entries.count == 8)
  }

  @Test func standardOutputAndDevicesAreWrittenTo() async throws {
    let folder = try ScratchFolder()
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    let file = folder.file("scores.npy")
    #expect(try await Gmmscope.run("score", test, "--train", train, "-o", file).status == 0)
    let expected = try Data(contentsOf: URL(fileURLWithPath: file))
    for (name, options) in [("-", ""), ("/dev/stdout", ""), ("/dev/fd/1", ""), ("/dev/fd/3", "3>&1")] {
      let result = try await Command.run(
        "sh",
        [
          "-c", "\"$0\" score \"$1\" --train \"$2\" -o \(name) \(options) | cat >out", Gmmscope.path, test,
          train,
        ], in: folder.path)
      #expect(result.status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("out"))) == expected, "\(name)")
    }
    // A file that a shell appends to is appended to.
    let appended = try await Command.run(
      "sh",
      [
        "-c", "echo first >out; \"$0\" score \"$1\" --train \"$2\" -o /dev/stdout --format csv >>out",
        Gmmscope.path, test, train,
      ],
      in: folder.path)
    #expect(appended.status == 0)
    #expect(try folder.text(of: "out").hasPrefix("first\nindex,"))
    #expect(
      try await Gmmscope.run("score", test, "--train", train, "-o", "-", "--format", "json").output.hasPrefix(
        "{"))
    #expect(try await Gmmscope.run("score", test, "--train", train, "-o", "/dev/null").status == 0)
    let full = try await Gmmscope.run("score", test, "--train", train, "--quiet", "-o", "/dev/full")
    #expect(full.status == 1 && full.errors.split(separator: "\n").count == 1, "\(full.errors)")
  }

  // MARK: Values of options

  @Test(
    arguments: [
      ("--reg", "-1"), ("--reg", "nan"), ("--reg", "inf"), ("--reg", "-inf"), ("--reg", "1e999"),
      ("--reg", "0,001"),
      ("--reg", "1e-3y"), ("--reg", "-1x"), ("--reg", "relative"), ("--reg-scale", "-1"),
      ("--pooling", "1.5"),
      ("--pooling", "-0.1"), ("--normalization", "2"), ("--normalization", "L1"), ("--reg", ""),
      ("--reg", "1e300"), ("--threads", "0"), ("--threads", "-1"),
      ("--threads", "1.5"),
      ("--threads", "100000"), ("--threads", "99999999999999999999"), ("--threads", "x"), ("--memory", "-1"),
      ("--memory", "0"), ("--memory", "1e30"), ("--memory", "abc"), ("--memory", "101%"),
      ("--memory", "8 parsecs"),
      ("-k", "0"), ("-k", "-1"), ("-k", "2.5"), ("-k", "many"), ("--from", "0"), ("--from", "-1"),
      ("--from", "nan"),
      ("--from", "1e3"), ("--through", "0"), ("--through", "1e-9"), ("--through", "inf"), ("--points", "1"),
      ("--points", "0"), ("--points", "-5"), ("--points", "1000000000"), ("--points", "99999999999999999999"),
      ("--size", "0x0"), ("--size", "-1x5"), ("--size", "99999x99999"), ("--size", "80"), ("--size", "80x"),
      ("--size", "x24"), ("--size", "80x24x3"),
    ])
  func aValueThatIsRefusedComesWithTheReason(option: String, value: String) async throws {
    let train = Gmmscope.sample("train.npz")
    let command =
      switch option {
      case "-k": ["outliers", train, "--train", train]
      case "--size": ["snapshot", train]
      case "--from", "--through", "--points": ["tune", "--train", train]
      default: ["score", train, "--train", train]
      }
    let joined = option == "-k" || value.isEmpty ? [] : [["\(option)=\(value)"]]
    for arguments in [[option, value]] + joined {
      let result = try await Command.run(Gmmscope.path, command + arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
      let first = try #require(result.errors.split(separator: "\n").first)
      #expect(first.hasPrefix("Error: ") && !first.contains("Missing value"), "\(first)")
      let reasons = ["use", "must be", "runs from"]
      #expect(reasons.contains { first.contains($0) }, "\(first)")
      #expect(result.output == "")
    }
  }

  @Test(
    arguments: [
      ("evalute", "evaluate"), ("evaluat", "evaluate"), ("eval", "evaluate"), ("Score", "score"),
      ("scores", "score"),
      ("inpsect", "inspect"), ("tun", "tune"), ("outlier", "outliers"), ("snapshots", "snapshot"),
      ("exprot", "export"),
    ])
  func aMistypedCommandIsNotTakenForAFile(word: String, command: String) async throws {
    let result = try await Gmmscope.run(word, Gmmscope.sample("test.npz"), "--train", "x", in: "/tmp")
    #expect(result.status == 64)
    #expect(
      result.errors.hasPrefix("Error: unknown command '\(word)'; did you mean '\(command)'?\n"),
      "\(result.errors)")
  }

  @Test func aWordThatIsNothingSaysSoAndAFileIsAFile() async throws {
    let folder = try ScratchFolder()
    let word = try await Gmmscope.run("frobnicate", in: folder.path)
    #expect(
      word.status == 64 && word.errors.hasPrefix("Error: 'frobnicate' is neither a command nor a file."))
    try FileManager.default.copyItem(atPath: Gmmscope.sample("train.npz"), toPath: folder.file("scor"))
    let file = try await Gmmscope.run("scor", in: folder.path)
    #expect(!file.errors.contains("command"), "\(file.errors)")
    let named = try await Gmmscope.run("none.npz", in: folder.path)
    #expect(!named.errors.contains("command"), "\(named.errors)")
  }

  @Test func aFailedInspectSaysSoInOneLineOnStandardError() async throws {
    let folder = try ScratchFolder()
    var damaged = try Data(contentsOf: URL(fileURLWithPath: Gmmscope.sample("train.npz")))
    damaged[damaged.count / 2] ^= 0xFF
    try damaged.write(to: URL(fileURLWithPath: folder.file("damaged.npz")))
    for arguments in [["inspect", "damaged.npz"], ["inspect", "none.npz"], ["inspect", "."]] {
      let result = try await Command.run(Gmmscope.path, arguments, in: folder.path)
      #expect(result.status == 1)
      #expect(result.errors.hasPrefix("gmmscope: "), "\(arguments): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
    }
  }
}
