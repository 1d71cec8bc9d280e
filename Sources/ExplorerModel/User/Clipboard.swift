import FeatureFiles
import Foundation
import OODData

/// Where a copied text went.
public enum Clipboard: Sendable, Equatable {
  /// The terminal is known to take it.
  case taken
  /// It was sent to the terminal, which does not report whether it took it, and written to a file.
  case sent(file: String?)
  /// It is too long for terminals, so that it is in the file only.
  case tooLong(file: String?)

  func message(about text: String) -> Message {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
    let what =
      lines == 1 && text.count <= 80 && !text.contains("\t")
      ? text : lines == 1 ? "one line" : "\(lines) lines"
    switch self {
    case .taken: return Message(.info, "Copied \(what).")
    case .sent(nil): return Message(.info, "Sent \(what) to the terminal's clipboard.")
    case .sent(let file?):
      return Message(.info, "Sent \(what) to the terminal's clipboard, and wrote \(file).")
    case .tooLong(nil):
      return Message(.warning, "Cannot copy: the text is too long for the terminal's clipboard.")
    case .tooLong(let file?):
      return Message(.warning, "The text is too long for the terminal's clipboard. It is in \(file).")
    }
  }
}

/// The last copied text on disk, for terminals that take no text: private to the user, in the runtime folder, or in the
/// state folder without one.
public struct ClipboardFile: Sendable {
  private let folders: [String]
  private let home: String?

  public init(_ folders: UserFolders) {
    self.folders = [folders.runtime, folders.state].compactMap(\.self)
    home = folders.home
  }

  /// Writes a text. Returns the path to show; `nil` if no folder can be written to.
  public func write(_ text: String) -> String? {
    for folder in folders {
      let path = FilePath.joined(folder, "copied.txt")
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try AtomicFile.write(to: path, permissions: 0o600) { try $0.write(text) }
        return FilePath.shortened(path, home: home)
      } catch {
        // The next folder, or the terminal alone.
      }
    }
    return nil
  }
}
