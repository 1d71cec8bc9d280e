import CNCurses
import Foundation
import TerminalRendering
import Testing

/// A terminal controlled by the test, which types, resizes and reads the output.
final class PseudoTerminal {
  /// The end of the program.
  let descriptor: Int32
  private let master: Int32
  private var received: [UInt8] = []

  init(size: Size) throws {
    var ends: (master: Int32, program: Int32) = (-1, -1)
    try #require(openpty(&ends.master, &ends.program, nil, nil, nil) == 0)
    (master, descriptor) = ends
    resize(to: size)
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(descriptor)
    close(master)
  }

  func resize(to size: Size) {
    var window = winsize(
      ws_row: UInt16(size.height), ws_col: UInt16(size.width), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(descriptor, UInt(TIOCSWINSZ), &window)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// All output of the program so far.
  var output: String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(master, &buffer, buffer.count), count > 0 { received += buffer[..<count] }
    return String(decoding: received, as: UTF8.self)
  }

  /// The settings of the line discipline, for comparison before and after.
  var modes: [UInt32] {
    var modes = termios()
    tcgetattr(descriptor, &modes)
    return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag].map { UInt32($0) }
      + withUnsafeBytes(of: modes.c_cc) { $0.map { UInt32($0) } }
  }
}
