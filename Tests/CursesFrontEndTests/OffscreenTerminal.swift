import CNCurses
import Foundation
import TerminalRendering
import Testing

@testable import CursesFrontEnd

/// An offscreen ncurses screen whose cells the test reads back.
final class OffscreenTerminal {
  let size: Size
  private let screen: OpaquePointer
  private let streams: [UnsafeMutablePointer<FILE>]

  init(size: Size, terminal: String = "xterm-256color") throws {
    self.size = size
    setlocale(LC_ALL, "C.UTF-8")
    streams = try ["r", "w"].map { (mode: String) in try #require(fopen("/dev/null", mode)) }
    screen = try #require(newterm(terminal, streams[1], streams[0]))
    start_color()
    resizeterm(Int32(size.height), Int32(size.width))
  }

  isolated deinit {
    endwin()
    delscreen(screen)
    for stream in streams { fclose(stream) }
  }

  func makePainter(depth: ColorDepth = .indexed256, capacity: Int? = nil) -> Painter {
    let hasDefaults = use_default_colors() == OK
    return Painter(
      depth: depth,
      pairs: ColorPairs(
        depth: depth, capacity: capacity ?? Int(cn_color_pairs()), hasDefaultColors: hasDefaults))
  }

  /// A row's text without trailing spaces.
  func row(_ row: Int) -> String {
    var characters = [wchar_t](repeating: 0, count: size.width + 1)
    mvwinnwstr(cn_stdscr(), Int32(row), 0, &characters, Int32(size.width))
    var scalars = String.UnicodeScalarView()
    for character in characters.prefix(while: { $0 != 0 }) {
      if let scalar = Unicode.Scalar(UInt32(bitPattern: character)) { scalars.append(scalar) }
    }
    return String(scalars).replacing(/\ +$/, with: "")
  }

  struct CellStyle: Equatable {
    var attributes: attr_t
    var foreground: Int32
    var background: Int32
  }

  func style(x: Int, y: Int) -> CellStyle {
    var attributes: attr_t = 0
    var pair: Int32 = 0
    _ = cn_style_at(cn_stdscr(), Int32(y), Int32(x), &attributes, &pair)
    var foreground: Int32 = 0
    var background: Int32 = 0
    extended_pair_content(pair, &foreground, &background)
    let visible = cn_bold() | cn_dim() | cn_italic() | cn_underline() | cn_reverse()
    return CellStyle(attributes: attributes & visible, foreground: foreground, background: background)
  }
}

/// All tests that open a screen. They run serially, because ncurses has only one screen.
@Suite(.serialized) enum CursesTests {}
