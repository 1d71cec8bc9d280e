import Foundation
import TerminalRendering
import Testing

@testable import CursesFrontEnd

extension CursesTests {
  @Suite(.timeLimit(.minutes(10))) struct TerminalAppTests {
    /// Records input, and lets the test respond to it.
    private final class Recorder: FrontEndDelegate {
      var inputs: [TerminalInput] = []
      var sizes: [Size] = []
      var capabilities: TerminalCapabilities?
      var isFinished = false
      var onInput: (TerminalInput) -> Void = { _ in }
      var onFrame: (Int) -> Void = { _ in }

      func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas {
        sizes.append(size)
        self.capabilities = capabilities
        var canvas = Canvas(size: size)
        canvas.write("frame", at: Point(x: 2, y: 1))
        onFrame(sizes.count)
        return canvas
      }

      func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities) {
        inputs.append(input)
        if input == .key(.character("q")) { isFinished = true }
        onInput(input)
      }
    }

    private let terminal: PseudoTerminal
    private let app: TerminalApp
    private let recorder = Recorder()

    init() throws {
      setenv("TERM", "xterm-256color", 1)
      setenv("LC_ALL", "C.UTF-8", 1)
      for name in ["NO_COLOR", "COLORTERM", "COLORFGBG", "TMUX"] { unsetenv(name) }
      terminal = try PseudoTerminal(size: Size(width: 100, height: 30))
      // Other tests may keep the main actor busy for much longer than any work of the program.
      app = TerminalApp(input: terminal.descriptor, output: terminal.descriptor, patience: 300)
    }

    @Test func terminalIsRestored() async throws {
      let before = terminal.modes
      var during: [UInt32] = []
      recorder.onInput = { _ in during = terminal.modes }
      terminal.type("q")
      #expect(try await app.run(delegate: recorder) == .quit)
      #expect(during != before)
      #expect(terminal.modes == before)
      let output = terminal.output
      #expect(output.contains("frame"))
      for (on, off) in [("[?1049h", "[?1049l"), ("[?1002h", "[?1002l"), ("[?2004h", "[?2004l")] {
        let opened = try #require(output.range(of: on, options: .backwards))
        let closed = try #require(output.range(of: off, options: .backwards))
        #expect(opened.upperBound <= closed.lowerBound)
      }
      #expect(output.contains("[?25h"))
    }

    @Test func inputArrivesInOrderAsKeysMouseAndPaste() async throws {
      // Wait for the loop: until it has the terminal, ^C and ^S act on the terminal.
      recorder.onFrame = { count in
        guard count == 1 else { return }
        terminal.type("j\u{03}\u{1A}\u{13}\u{16}λ\r\t\u{1B}[Z\u{1B}OA\u{1B}[5~\u{1B}[1;2D\u{1B}OP\u{7F}")
        terminal.type("\u{1B}[<0;5;3M\u{1B}[<32;9;3M\u{1B}[<0;9;3m\u{1B}[<64;1;1M\u{1B}[<65;1;1M")
        // Garbage is dropped, but not the report after it.
        terminal.type("\u{1B}[<0;0;3M\u{1B}[<;;M\u{1B}[<2;5;3M")
        terminal.type("\u{1B}[200~two\rlines q\u{1B}[201~q")
      }
      #expect(try await app.run(delegate: recorder) == .quit)
      let keys: [KeyPress] = [
        .character("j"), .control("c"), .control("z"), .control("s"), .control("v"), .character("λ"),
        .enter, .tab, .backTab, .up, .pageUp, .shiftLeft, .function(1), .backspace,
      ]
      let mouse = [
        MouseEvent(.press, at: Point(x: 4, y: 2)), MouseEvent(.drag, at: Point(x: 8, y: 2)),
        MouseEvent(.release, at: Point(x: 8, y: 2)), MouseEvent(.wheelUp, at: .zero),
        MouseEvent(.wheelDown, at: .zero),
      ]
      let expected =
        keys.map { TerminalInput.key($0) } + mouse.map { .mouse($0) }
        + [.paste("two\nlines q"), .key(.character("q"))]
      #expect(recorder.inputs == expected)
    }

    @Test func singleEscapeIsAKey() async throws {
      recorder.onInput = { input in if input == .key(.escape) { terminal.type("q") } }
      terminal.type("\u{1B}")
      _ = try await app.run(delegate: recorder)
      #expect(recorder.inputs == [.key(.escape), .key(.character("q"))])
    }

    @Test func manyChangesAreOneFrame() async throws {
      recorder.onFrame = { count in
        if count == 2 { terminal.type("q") }
      }
      recorder.onInput = { _ in for _ in 0..<100 { app.setNeedsDisplay() } }
      terminal.type("jjjjjjjjjj")
      _ = try await app.run(delegate: recorder)
      #expect(recorder.inputs.count == 11)
      #expect(recorder.sizes.count <= 3)
    }

    @Test func mainActorWorkIsNotBlockedAndCanEndTheLoop() async throws {
      Task {
        recorder.isFinished = true
        app.setNeedsDisplay()
      }
      #expect(try await app.run(delegate: recorder) == .quit)
      #expect(recorder.inputs.isEmpty)
    }

    @Test func newSizeIsDrawn() async throws {
      recorder.onFrame = { count in
        guard count == 1 else { return }
        terminal.resize(to: Size(width: 61, height: 17))
        kill(getpid(), SIGWINCH)
      }
      recorder.onInput = { _ in terminal.type("q") }
      _ = try await app.run(delegate: recorder)
      let size = Size(width: 61, height: 17)
      #expect(recorder.inputs == [.resize(size), .key(.character("q"))])
      #expect(recorder.sizes.first == Size(width: 100, height: 30))
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func signalEndsTheLoopWithItsStatus(signal: Int32, status: Int32) async throws {
      let before = terminal.modes
      recorder.onFrame = { _ in kill(getpid(), signal) }
      let reason = try await app.run(delegate: recorder)
      #expect(reason == .interrupted(signal: signal))
      #expect(reason.status == status)
      #expect(terminal.modes == before)
    }

    @Test func copiedTextReachesTheTerminalOnlyWhileItRuns() async throws {
      #expect(!app.copyToClipboard("before"))
      unsetenv("TMUX")
      recorder.onInput = { _ in #expect(app.copyToClipboard("id")) }
      terminal.type("q")
      _ = try await app.run(delegate: recorder)
      #expect(terminal.output.contains("\u{1B}]52;c;aWQ=\u{07}"))
    }

    @Test func environmentAndOptionsDetermineTheCapabilities() async throws {
      func capabilities(_ options: TerminalOptions = .init()) async throws -> TerminalCapabilities? {
        recorder.isFinished = true
        _ = try await app.run(delegate: recorder, options: options)
        return recorder.capabilities
      }
      #expect(try await capabilities() == .init(unicode: true, colorDepth: .indexed256))
      #expect(
        try await capabilities(.init(color: false, unicode: false))
          == .init(unicode: false, colorDepth: .none))
      setenv("TERM", "xterm", 1)
      #expect(try await capabilities()?.colorDepth == .ansi16)
      setenv("NO_COLOR", "1", 1)
      #expect(try await capabilities()?.colorDepth == ColorDepth.none)
      setenv("LC_ALL", "C", 1)
      #expect(try await capabilities()?.unicode == false)
    }

    @Test func terminalThatAnswersGetsItsColorsInTheFirstFrame() async throws {
      var first: TerminalCapabilities?
      recorder.onFrame = { [recorder] _ in first = first ?? recorder.capabilities }
      terminal.type("\u{1B}]11;rgb:ffff/ffff/ffff\u{07}\u{1B}P1+r5463\u{1B}\\\u{1B}[?62c")
      terminal.type("q")
      _ = try await app.run(delegate: recorder)
      #expect(first == .init(unicode: true, colorDepth: .trueColor, background: .light))
      #expect(recorder.inputs == [.key(.character("q"))])
      #expect(terminal.output.contains("\u{1B}]11;?"))
    }

    @Test func lateAnswerChangesALaterFrameAndIsNoKey() async throws {
      recorder.onFrame = { count in
        if count == 1 { terminal.type("\u{1B}]11;rgb:ffff/ffff/ffff\u{07}\u{1B}[?62c") }
        if count == 2 { terminal.type("q") }
      }
      _ = try await app.run(delegate: recorder)
      #expect(recorder.capabilities == .init(unicode: true, colorDepth: .indexed256, background: .light))
      #expect(recorder.inputs == [.key(.character("q"))])
    }

    @Test func colorTermMeansTrueColor() async throws {
      setenv("COLORTERM", "truecolor", 1)
      setenv("COLORFGBG", "0;15", 1)
      defer { for name in ["COLORTERM", "COLORFGBG"] { unsetenv(name) } }
      terminal.type("q")
      _ = try await app.run(delegate: recorder)
      #expect(recorder.capabilities == .init(unicode: true, colorDepth: .trueColor, background: .light))
      let output = terminal.output
      #expect(output.contains("\u{1B}[2;3Hframe"))
      #expect(output.contains("[?1049h"))
      #expect(output.contains("[?1049l"))
    }

    @Test func terminalWithoutColorsIsNotAsked() async throws {
      terminal.type("q")
      _ = try await app.run(delegate: recorder, options: TerminalOptions(color: false))
      #expect(!terminal.output.contains("\u{1B}]11;?"))
    }

    @Test func mouseReportsAreNotRequestedWithoutTheMouse() async throws {
      terminal.type("q")
      _ = try await app.run(delegate: recorder, options: TerminalOptions(mouse: false))
      #expect(!terminal.output.contains("[?1000h"))
      #expect(!terminal.output.contains("[?1002h"))
    }

    @Test(arguments: ["", "dumb"])
    func terminalThatCannotPositionTextIsRejected(name: String) async {
      setenv("TERM", name, 1)
      await #expect(throws: TerminalError.dumbTerminal(name)) { try await app.run(delegate: recorder) }
    }

    @Test func unknownTerminalIsRejectedAndUnchanged() async {
      setenv("TERM", "no-such-terminal", 1)
      let before = terminal.modes
      await #expect(throws: TerminalError.cannotInitialise("no-such-terminal")) {
        try await app.run(delegate: recorder)
      }
      #expect(terminal.modes == before)
      #expect(terminal.output == "")
    }

    @Test func fileIsNotATerminal() async throws {
      let file = open("/dev/null", O_RDWR)
      defer { close(file) }
      await #expect(throws: TerminalError.notATerminal(.input)) {
        try await TerminalApp(input: file, output: terminal.descriptor).run(delegate: recorder)
      }
      await #expect(throws: TerminalError.notATerminal(.output)) {
        try await TerminalApp(input: terminal.descriptor, output: file).run(delegate: recorder)
      }
    }

    @Test(arguments: [
      TerminalError.notATerminal(.output), .dumbTerminal(""), .dumbTerminal("dumb"), .cannotInitialise("x"),
    ])
    func everyErrorNamesTheHeadlessTwins(error: TerminalError) {
      #expect("\(error)".contains("gmmscope classes"))
      #expect("\(error)".contains("gmmscope snapshot"))
      #expect(!"\(error)".contains("\n"))
    }
  }
}
