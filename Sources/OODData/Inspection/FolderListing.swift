/// The entries of a folder that can be opened: folders first, then files, both in natural order.
public struct FolderListing: Sendable, Equatable {
  /// The absolute path of the folder.
  public var path: String
  public var entries: [FolderEntry]
  /// The number of files not listed: visible files of unsupported formats, and label files beside features.
  public var otherCount: Int
  /// Why the folder could not be read. Nil if it was read.
  public var problem: String?

  public init(path: String, entries: [FolderEntry] = [], otherCount: Int = 0, problem: String? = nil) {
    self.path = path
    self.entries = entries
    self.otherCount = otherCount
    self.problem = problem
  }
}

/// A folder or a file of a supported format.
public struct FolderEntry: Sendable, Equatable {
  public var name: String
  public var isFolder: Bool
  /// The size of a file in bytes. Meaningless for a folder.
  public var byteCount: Int
  public var modified: LocalTime

  public init(name: String, isFolder: Bool = false, byteCount: Int = 0, modified: LocalTime) {
    self.name = name
    self.isFolder = isFolder
    self.byteCount = byteCount
    self.modified = modified
  }
}

/// A local date and time, to the minute.
public struct LocalTime: Sendable, Equatable {
  public var year: Int
  /// The month, from 1 to 12.
  public var month: Int
  public var day: Int
  public var hour: Int
  public var minute: Int

  public init(year: Int, month: Int, day: Int, hour: Int, minute: Int) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
  }
}
