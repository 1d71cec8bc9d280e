import FeatureFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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
    guard let directory = FileName.withBytes(of: path, { opendir($0) }) else {
      listing.problem = String(cString: strerror(errno))
      return listing
    }
    defer { closedir(directory) }
    let descriptor = dirfd(directory)
    while let entry = readdir(directory) {
      try Task.checkCancellation()
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { FileName.text(of: $0) }
      }
      if name == "." || name == ".." { continue }
      let isData = FileFormat.isOpened(byNameOf: name)
      guard isData || entry.pointee.d_type != UInt8(DT_REG) else {
        if !name.hasPrefix(".") { listing.otherCount += 1 }
        continue
      }
      var status = stat()
      // A dangling link, or a file deleted in the meantime, cannot be opened.
      guard FileName.withBytes(of: name, { fstatat(descriptor, $0, &status, 0) }) == 0 else { continue }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      guard isFolder || (isData && status.st_mode & S_IFMT == S_IFREG) else {
        if !name.hasPrefix(".") { listing.otherCount += 1 }
        continue
      }
      listing.entries.append(
        FolderEntry(
          name: name, isFolder: isFolder, byteCount: Int(status.st_size),
          modified: LocalTime(secondsSince1970: modificationTime(status))))
    }
    leaveOutLabels(&listing)
    let keyed = listing.entries.map { (key: NaturalOrder($0.name), entry: $0) }
    listing.entries = keyed.sorted {
      $0.entry.isFolder == $1.entry.isFolder ? $0.key < $1.key : $0.entry.isFolder
    }.map(\.entry)
    return listing
  }

  package static func isFile(_ path: String) -> Bool {
    FileStatus(of: path).map { $0.kind != .folder } ?? false
  }

  /// Removes label files such as `train_labels.npy` beside `train.npy`, which are read with their feature
  /// file.
  private static func leaveOutLabels(_ listing: inout FolderListing) {
    let names = Set(listing.entries.map(\.name))
    let ending = "_labels.npy"
    let count = listing.entries.count
    listing.entries.removeAll {
      $0.name.hasSuffix(ending) && names.contains($0.name.dropLast(ending.count) + ".npy")
    }
    listing.otherCount += count - listing.entries.count
  }

  private static func modificationTime(_ status: stat) -> Int {
    #if canImport(Darwin)
      Int(status.st_mtimespec.tv_sec)
    #else
      Int(status.st_mtim.tv_sec)
    #endif
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

/// A sort key for natural order: ignores case and compares runs of digits as numbers, so `part-2` precedes
/// `part-10`.
private struct NaturalOrder: Comparable {
  private let letters: [UInt8]
  private let name: String

  init(_ name: String) {
    self.name = name
    letters = Array(name.lowercased().utf8)
  }

  static func < (left: Self, right: Self) -> Bool {
    let (a, b) = (left.letters, right.letters)
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if isDigit(a[i]), isDigit(b[j]) {
        let (first, second) = (digits(a, &i), digits(b, &j))
        if first.count != second.count { return first.count < second.count }
        if first != second { return first.lexicographicallyPrecedes(second) }
      } else {
        if a[i] != b[j] { return a[i] < b[j] }
        (i, j) = (i + 1, j + 1)
      }
    }
    let (restLeft, restRight) = (a.count - i, b.count - j)
    return restLeft == restRight ? left.name < right.name : restLeft < restRight
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Parses the digits at `index` without leading zeros and advances `index` past them.
  private static func digits(_ text: [UInt8], _ index: inout Int) -> ArraySlice<UInt8> {
    let start = index
    while index < text.count, isDigit(text[index]) { index += 1 }
    return text[start..<index].drop { $0 == 0x30 }
  }
}
