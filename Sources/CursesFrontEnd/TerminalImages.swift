import CZlib
import Foundation
import TerminalRendering

/// The pictures that the terminal has, by kitty's graphics protocol: sends those that a canvas needs, and deletes them.
struct TerminalImages {
  private let depth: ColorDepth
  private let isInsideTmux: Bool
  /// The numbers of pictures that were sent, each with its size in cells.
  private var numbers: [Key: UInt32] = [:]
  /// The pictures of the last canvas. Comparing with them takes no hash of their pixels.
  private var last: [(image: PlacedImage, number: UInt32)] = []
  private var nextPlace = 0

  private struct Key: Hashable {
    var image: ImageView
    var size: Size
  }

  /// The number of pictures that are kept in the terminal beyond those of the canvas.
  private static let limit = 480
  /// The high bytes of numbers. Other programs in the same terminal should not use the same ones.
  private let highBytes: Range<Int>
  /// Numbers are colors. Below 16 they are those of the user's palette, which terminals write in another form.
  private static let colorsPerByte = 240

  /// - Parameter highByte: The first high byte of the numbers of pictures.
  init(depth: ColorDepth, isInsideTmux: Bool, highByte: Int = .random(in: 1..<PlacedImage.numberCount - 10)) {
    self.depth = depth
    self.isInsideTmux = isInsideTmux
    highBytes = highByte..<highByte + 10
  }

  /// Numbers the pictures of a canvas, and returns the bytes that send those that the terminal does not have.
  mutating func number(_ canvas: inout Canvas) -> [UInt8] {
    guard !canvas.images.isEmpty || !last.isEmpty else { return [] }
    var bytes: [UInt8] = []
    if numbers.count > Self.limit { bytes += deleteUnused(by: canvas) }
    let known = last
    last = []
    for (place, image) in canvas.images.enumerated() {
      let key = Key(image: image.image, size: image.rect.size)
      let number: UInt32
      if known.indices.contains(place), known[place].image == image {
        number = known[place].number
      } else if let sent = numbers[key] {
        number = sent
      } else {
        number = newNumber()
        numbers[key] = number
        bytes += Self.sequence(image.image, number, size: image.rect.size, isInsideTmux)
      }
      last.append((image, number))
      canvas.number(image, color: color(number), highByte: Int(number >> 24))
    }
    return bytes
  }

  /// Forgets all pictures, and returns the bytes that delete them.
  mutating func deleteAll() -> [UInt8] {
    let bytes = numbers.values.sorted().flatMap { Self.deletion($0, isInsideTmux) }
    (numbers, last) = ([:], [])
    return bytes
  }

  private mutating func deleteUnused(by canvas: Canvas) -> [UInt8] {
    let used = Set(canvas.images.map { Key(image: $0.image, size: $0.rect.size) })
    let unused = numbers.filter { !used.contains($0.key) }
    for key in unused.keys { numbers[key] = nil }
    last = last.filter { used.contains(Key(image: $0.image.image, size: $0.image.rect.size)) }
    return unused.values.sorted().flatMap { Self.deletion($0, isInsideTmux) }
  }

  /// A number that no kept picture has.
  private mutating func newNumber() -> UInt32 {
    let taken = Set(numbers.values)
    while true {
      let place = nextPlace
      nextPlace = (nextPlace + 1) % (Self.colorsPerByte * highBytes.count)
      let low = UInt32(place % Self.colorsPerByte + 16)
      let number = UInt32(highBytes.lowerBound + place / Self.colorsPerByte) << 24 | low
      if !taken.contains(number) { return number }
    }
  }

  /// The color that stands for the low 24 bits of a number.
  private func color(_ number: UInt32) -> Color {
    depth == .trueColor ? .rgb(0, 0, UInt8(number & 0xFF)) : .indexed(UInt8(number & 0xFF))
  }
}

// MARK: Bytes

extension TerminalImages {
  /// The pixels of a usual cell. The terminal fits the picture to the real ones.
  private static let pixelsPerCell = Size(width: 10, height: 20)
  /// The largest payload of one escape sequence in bytes of base64.
  private static let chunkLength = 4096

  /// Sends the pixels, compressed, then shows them wherever placeholders with the number are.
  static func sequence(_ image: ImageView, _ number: UInt32, size: Size, _ isInsideTmux: Bool) -> [UInt8] {
    let (pixels, rgb) = image.resampled(
      toFit: Size(width: size.width * pixelsPerCell.width, height: size.height * pixelsPerCell.height))
    let (payload, compression) = compressed(rgb).map { ($0, ",o=z") } ?? (rgb, "")
    let text = Array(Data(payload).base64EncodedString().utf8)
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: max(1, text.count), by: chunkLength) {
      let chunk = text[start..<min(start + chunkLength, text.count)]
      let more = start + chunkLength < text.count ? 1 : 0
      let keys =
        start == 0
        ? "a=t,f=24,t=d,i=\(number),s=\(pixels.width),v=\(pixels.height)\(compression),q=2,m=\(more)"
        : "q=2,m=\(more)"
      bytes += command(keys, chunk, isInsideTmux)
    }
    return bytes + command("a=p,U=1,i=\(number),c=\(size.width),r=\(size.height),q=2", [], isInsideTmux)
  }

  /// Deletes a picture with its pixels.
  static func deletion(_ number: UInt32, _ isInsideTmux: Bool) -> [UInt8] {
    command("a=d,d=I,i=\(number),q=2", [], isInsideTmux)
  }

  /// Tmux passes a sequence on if it is wrapped, with every escape character doubled.
  private static func command(_ keys: String, _ payload: ArraySlice<UInt8>, _ isInsideTmux: Bool) -> [UInt8] {
    let escape = isInsideTmux ? "\u{1B}\u{1B}" : "\u{1B}"
    let opening = "\(escape)_G\(keys)" + (payload.isEmpty ? "" : ";")
    let body = Array(opening.utf8) + payload + Array("\(escape)\\".utf8)
    return isInsideTmux ? Array("\u{1B}Ptmux;".utf8) + body + Array("\u{1B}\\".utf8) : body
  }

  private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    var count = compressBound(uLong(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(count))
    guard compress2(&result, &count, bytes, uLong(bytes.count), 1) == Z_OK else { return nil }
    return Array(result.prefix(Int(count)))
  }
}

// MARK: Terminals

extension TerminalImages {
  /// Whether the terminal draws pictures over placeholders, as far as the environment tells. Inside tmux it must also pass
  /// sequences on.
  ///
  /// - Parameter tmux: Returns what tmux says about the option `allow-passthrough` and the name of the outer terminal.
  static func areDrawn(by environment: [String: String], tmux: () -> String?) -> Bool {
    func value(_ name: String) -> String { environment[name] ?? "" }
    guard value("STY").isEmpty else { return false }
    if !value("TMUX").isEmpty {
      guard let words = tmux()?.split(whereSeparator: \.isWhitespace), words.count == 2 else { return false }
      // Tmux 3.3 prints the option as a number.
      return ["1", "on", "all"].contains(words[0]) && isKnown(String(words[1]))
    }
    return isKnown(value("TERM")) || value("TERM_PROGRAM") == "ghostty" || !value("KITTY_WINDOW_ID").isEmpty
  }

  private static func isKnown(_ terminal: String) -> Bool {
    ["xterm-kitty", "xterm-ghostty"].contains(terminal)
  }

  /// Asks tmux, which answers in a few milliseconds; `nil` if it does not within a fifth of a second.
  static func askTmux() -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tmux", "display-message", "-p", "#{allow-passthrough} #{client_termname}"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let ended = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      process.waitUntilExit()
      ended.signal()
    }
    guard ended.wait(timeout: .now() + .milliseconds(200)) == .success else {
      process.terminate()
      return nil
    }
    return String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
  }
}

/// Has the terminal draw the pictures of a canvas, and another painter the cells.
struct PicturePainter: ScreenPainter {
  private var cells: any ScreenPainter
  private var images: TerminalImages
  private let send: ([UInt8]) -> Void

  /// - Parameter send: Receives bytes that change no cell.
  init(cells: any ScreenPainter, images: TerminalImages, send: @escaping ([UInt8]) -> Void) {
    self.cells = cells
    self.images = images
    self.send = send
  }

  mutating func forgetScreen() {
    cells.forgetScreen()
    deleteImages()
  }

  @discardableResult
  mutating func paint(_ canvas: Canvas) -> Int {
    var canvas = canvas
    let bytes = images.number(&canvas)
    if !bytes.isEmpty { send(bytes) }
    return cells.paint(canvas)
  }

  mutating func deleteImages() {
    let bytes = images.deleteAll()
    if !bytes.isEmpty { send(bytes) }
  }
}
