import CZlib
import Foundation
import TerminalRendering
import Testing

@testable import CursesFrontEnd

extension CursesTests {
  @Suite struct TerminalImagesTests {
    /// A graphics command as the terminal reads it.
    private struct Command: Equatable {
      var keys: [String: String]
      var payload = ""
    }

    /// Splits bytes into commands; `nil` if anything else is between them.
    private func commands(_ bytes: [UInt8]) -> [Command]? {
      var rest = String(decoding: bytes, as: UTF8.self)[...]
      var found: [Command] = []
      while !rest.isEmpty {
        guard rest.hasPrefix("\u{1B}_G"), let end = rest.range(of: "\u{1B}\\") else { return nil }
        let parts = rest[rest.index(rest.startIndex, offsetBy: 3)..<end.lowerBound].split(
          separator: ";", maxSplits: 1)
        let pairs = parts[0].split(separator: ",").map { $0.split(separator: "=").map(String.init) }
        found.append(
          Command(
            keys: Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }),
            payload: parts.count > 1 ? String(parts[1]) : ""))
        rest = rest[end.upperBound...]
      }
      return found
    }

    private func pixels(_ commands: [Command]) throws -> [UInt8] {
      let packed = try #require(Data(base64Encoded: commands.map(\.payload).joined()))
      let first = try #require(commands.first).keys
      let size = try #require(Int(first["s"] ?? "")) * #require(Int(first["v"] ?? "")) * 3
      var result = [UInt8](repeating: 0, count: size)
      var count = uLong(size)
      #expect(uncompress(&result, &count, Array(packed), uLong(packed.count)) == Z_OK && count == size)
      return result
    }

    private let noise: ImageView = {
      var state: UInt64 = 1
      let pixels = (0..<28 * 28).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return UInt8(state >> 56)
      }
      return ImageView(width: 28, height: 28, pixels: pixels)
    }()

    private let capabilities = TerminalCapabilities(unicode: true, colorDepth: .indexed256, drawsImages: true)

    private func canvas(_ images: [ImageView], covered: Bool = false) -> Canvas {
      var canvas = Canvas(size: Size(width: 60, height: 16))
      for (place, image) in images.enumerated() {
        image.draw(
          into: &canvas, rect: Rect(x: place * 29, y: 1, width: 28, height: 14),
          appearance: Appearance(capabilities))
      }
      if covered { canvas.write("help", at: Point(x: 2, y: 1)) }
      return canvas
    }

    /// The picture is enlarged by a whole factor, sent in chunks, and placed for placeholders.
    @Test func pictureIsSentInChunks() throws {
      let found = try #require(
        commands(TerminalImages.sequence(noise, 42, size: Size(width: 28, height: 14), false)))
      let sent = found.dropLast()
      #expect(sent.first?.keys["a"] == "t" && sent.first?.keys["i"] == "42" && sent.first?.keys["f"] == "24")
      #expect(
        sent.first?.keys["s"] == "280" && sent.first?.keys["v"] == "280" && sent.first?.keys["o"] == "z")
      #expect(sent.allSatisfy { $0.payload.utf8.count <= 4096 && $0.keys["q"] == "2" })
      #expect(sent.dropLast().allSatisfy { $0.keys["m"] == "1" } && sent.last?.keys["m"] == "0")
      #expect(sent.dropFirst().allSatisfy { Set($0.keys.keys) == ["q", "m"] })
      #expect(found.last == Command(keys: ["a": "p", "U": "1", "i": "42", "c": "28", "r": "14", "q": "2"]))
      let rgb = try pixels(Array(sent))
      for y in 0..<280 {
        for x in 0..<280 {
          let expected = noise.pixels[y / 10 * 28 + x / 10]
          let place = (y * 280 + x) * 3
          guard rgb[place..<place + 3].allSatisfy({ $0 == expected }) else {
            return #expect(Bool(false), "pixel \(x), \(y)")
          }
        }
      }
    }

    @Test func tmuxPassesWrappedSequencesOn() throws {
      let plain = TerminalImages.sequence(noise, 7, size: Size(width: 4, height: 2), false)
      let wrapped = String(
        decoding: TerminalImages.sequence(noise, 7, size: Size(width: 4, height: 2), true), as: UTF8.self)
      // Take the wrapping off: each sequence from ESC P tmux; to the ESC \\ that no other escape precedes.
      var unwrapped = ""
      for part in wrapped.components(separatedBy: "\u{1B}Ptmux;").dropFirst() {
        #expect(part.hasSuffix("\u{1B}\u{1B}\\\u{1B}\\"))
        unwrapped += part.dropLast(2).replacing("\u{1B}\u{1B}", with: "\u{1B}")
      }
      #expect(unwrapped == String(decoding: plain, as: UTF8.self))
    }

    /// Placeholders arrive at the terminal with row, column and number; covered ones do not.
    @Test func placeholdersAreNumbered() throws {
      let terminal = try OffscreenTerminal(size: Size(width: 60, height: 16))
      var bytes: [UInt8] = []
      var painter = PicturePainter(
        cells: terminal.makePainter(),
        images: TerminalImages(depth: .indexed256, isInsideTmux: false, highByte: 5)
      ) { bytes += $0 }
      painter.paint(canvas([noise], covered: true))
      let sent = try #require(commands(bytes))
      let number = try #require(UInt32(sent[0].keys["i"] ?? ""))
      #expect(number == 5 << 24 | 16)
      // The first numbers are U+0305, U+030D, U+030E, U+0310, U+0312, U+033D.
      let scalars = Array(terminal.row(1).unicodeScalars.map(\.value))
      #expect(scalars.prefix(8) == [0x10EEEE, 0x305, 0x305, 0x33D, 0x10EEEE, 0x305, 0x30D, 0x33D])
      #expect(terminal.row(1).contains("help"))
      #expect(
        Array(terminal.row(3).unicodeScalars.map(\.value)).prefix(4) == [0x10EEEE, 0x30E, 0x305, 0x33D])
      #expect(terminal.style(x: 0, y: 1).foreground == 16)
      #expect(terminal.style(x: 2, y: 1).foreground != 16)
      // What is there is neither sent nor drawn again, also in another place of the list.
      bytes = []
      #expect(painter.paint(canvas([noise], covered: true)) == 0 && bytes.isEmpty)
      let other = ImageView(width: 1, height: 1, pixels: [9])
      painter.paint(canvas([other, noise]))
      #expect(commands(bytes)?.filter { $0.keys["a"] == "t" }.count == 1)
      // After the screen is cleared, and at the end, the pictures are deleted.
      bytes = []
      painter.deleteImages()
      #expect(
        commands(bytes)
          == [number, number + 1].map { Command(keys: ["a": "d", "d": "I", "i": "\($0)", "q": "2"]) })
    }

    /// Numbers of pictures that are still shown are never given again.
    @Test func picturesThatAreNotShownMakeRoom() throws {
      var images = TerminalImages(depth: .indexed256, isInsideTmux: false, highByte: 1)
      var alive: Set<String> = []
      for step in 0..<1500 {
        var canvas = Canvas(size: Size(width: 8, height: 2))
        let picture = ImageView(width: 2, height: 1, pixels: [UInt8(step % 256), UInt8(step / 256)])
        picture.draw(
          into: &canvas, rect: Rect(x: 0, y: 0, width: 2, height: 1), appearance: Appearance(capabilities))
        for command in try #require(commands(images.number(&canvas))) {
          let number = command.keys["i"] ?? ""
          if command.keys["a"] == "t" { #expect(alive.insert(number).inserted) }
          if command.keys["a"] == "d" { #expect(alive.remove(number) != nil) }
        }
        #expect(alive.count <= 482)
      }
    }

    @Test(
      arguments: [
        (["TERM": "xterm-kitty"], nil, true), (["TERM": "xterm-ghostty"], nil, true),
        (["TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"], nil, true),
        (["TERM": "xterm-256color"], nil, false),
        (["TERM": "xterm-256color", "KITTY_WINDOW_ID": "3"], nil, true),
        (["TERM": "screen-256color", "STY": "1.pts", "KITTY_WINDOW_ID": "3"], nil, false),
        (["TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "3"], "off xterm-kitty\n", false),
        (["TERM": "tmux-256color", "TMUX": "x"], "1 xterm-kitty\n", true),
        (["TERM": "tmux-256color", "TMUX": "x"], "on xterm-kitty\n", true),
        (["TERM": "tmux-256color", "TMUX": "x"], "0 xterm-kitty\n", false),
        (["TERM": "tmux-256color", "TMUX": "x"], "all xterm-ghostty\n", true),
        (["TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "3"], "on xterm-256color\n", false),
        (["TERM": "tmux-256color", "TMUX": "x"], nil, false),
        (["TERM": "tmux-256color", "TMUX": "x"], "\n", false),
      ] as [([String: String], String?, Bool)])
    func onlyKnownTerminalsDrawPictures(_ environment: [String: String], _ tmux: String?, _ isKnown: Bool) {
      #expect(TerminalImages.areDrawn(by: environment) { tmux } == isKnown)
    }
  }
}
