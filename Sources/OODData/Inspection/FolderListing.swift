import FeatureFiles
import SystemSupport

/// The entries of a folder that can be opened: folders first, then files, both in natural order.
public struct FolderListing: Sendable, Equatable {
  /// The absolute path of the folder.
  public var path: String
  public var entries: [FolderEntry] = []
  /// The number of files not listed: visible files of unsupported formats, and label files beside features.
  public var otherCount = 0
  /// Why the folder could not be read. Nil if it was read.
  public var problem: String?
}

/// A folder or a file of a supported format.
public struct FolderEntry: Sendable, Equatable {
  public var name: String
  public var isFolder = false
  /// The size of a file in bytes. Meaningless for a folder.
  public var byteCount = 0
  public var modified: LocalTime
}

/// A local date and time, to the minute.
public struct LocalTime: Sendable, Equatable {
  public var year: Int
  /// The month, from 1 to 12.
  public var month: Int
  public var day: Int
  public var hour: Int
  public var minute: Int
}

/// Lists folders. Call it only from effects, because a folder may be large or on a slow file system.
package enum FolderReader {
  /// The folders and data files at `path`. O(number of entries). Reads size and date only for the entries
  /// listed.
  ///
  /// Hidden entries are included; the file chooser filters them. If the folder cannot be read, the listing's
  /// `problem` says why.
  ///
  /// - Throws: `CancellationError`.
  package static func listing(of path: String) throws -> FolderListing {
    var listing = FolderListing(path: path)
    do {
      try FileName.withBytes(of: path) {
        try forEachEntry(of: $0) { try add($0, $1, type: $2, to: &listing) }
      }
    } catch let error as SystemError {
      listing.problem = "\(error)"
      return listing
    }
    // They are read with their feature file.
    let labels = PathExpansion.labelFiles(among: listing.entries.filter { !$0.isFolder }.map(\.name))
    let count = listing.entries.count
    listing.entries.removeAll { labels.contains($0.name) }
    listing.otherCount += count - listing.entries.count
    let keyed = listing.entries.map { (key: NaturalOrder($0.name), entry: $0) }
    listing.entries = keyed.sorted {
      $0.entry.isFolder == $1.entry.isFolder ? $0.key < $1.key : $0.entry.isFolder
    }.map(\.entry)
    return listing
  }

  private static func add(
    _ folder: Int32, _ bytes: UnsafePointer<CChar>, type: Int32, to listing: inout FolderListing
  ) throws {
    try Task.checkCancellation()
    let name = FileName.text(of: bytes)
    let isData = FileFormat.isOpened(byNameOf: name)
    var status = stat()
    if isData || type != DT_REG {
      // A dangling link, or a file deleted in the meantime, cannot be opened.
      guard fstatat(folder, bytes, &status, 0) == 0 else { return }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      if isFolder || (isData && status.st_mode & S_IFMT == S_IFREG) {
        listing.entries.append(
          FolderEntry(
            name: name, isFolder: isFolder, byteCount: Int(status.st_size),
            modified: LocalTime(secondsSince1970: status.modificationTime.tv_sec)))
        return
      }
    }
    if !name.hasPrefix(".") { listing.otherCount += 1 }
  }

  package static func isFile(_ path: String) -> Bool {
    FileStatus(of: path).map { $0.kind != .folder } ?? false
  }
}

extension LocalTime {
  package init(secondsSince1970 seconds: Int) {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    self.init(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
      hour: Int(parts.tm_hour), minute: Int(parts.tm_min))
  }
}

/// Operations on path strings. None of them accesses the file system.
package enum FilePath {
  /// The absolute path without `.`, `..` and repeated slashes. Expands `~` to the user's home folder if
  /// `home` is given.
  package static func absolute(_ path: String, in folder: String, home: String? = nil) -> String {
    var whole = path
    if let home, path == "~" || path.hasPrefix("~/") {
      whole = home + path.dropFirst()
    } else if !path.hasPrefix("/") {
      whole = folder + "/" + path
    }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The parent folder. Nil at the root.
  package static func parent(of path: String) -> String? {
    guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  package static func joined(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// The path with the user's home folder replaced by `~`.
  package static func shortened(_ path: String, home: String?) -> String {
    guard let home, home != "/", path == home || path.hasPrefix(home + "/") else { return path }
    return "~" + path.dropFirst(home.count)
  }
}
