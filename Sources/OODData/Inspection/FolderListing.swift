/// What a folder holds that can be opened: folders first, then files, both in natural order.
public struct FolderListing: Sendable, Equatable {
  /// Absolute.
  public var path: String
  public var entries: [FolderEntry]
  /// How many further files there are that no reader knows, hidden ones left aside.
  public var otherCount: Int
  /// Why the folder could not be read.
  public var problem: String?

  public init(path: String, entries: [FolderEntry] = [], otherCount: Int = 0, problem: String? = nil) {
    self.path = path
    self.entries = entries
    self.otherCount = otherCount
    self.problem = problem
  }
}

/// A folder, or a file of a known format, within a folder.
public struct FolderEntry: Sendable, Equatable {
  public var name: String
  public var isFolder: Bool
  /// Of a file.
  public var byteCount: Int
  public var modified: LocalTime

  public init(name: String, isFolder: Bool = false, byteCount: Int = 0, modified: LocalTime) {
    self.name = name
    self.isFolder = isFolder
    self.byteCount = byteCount
    self.modified = modified
  }
}

/// A minute by the clock of the user's time zone.
public struct LocalTime: Sendable, Equatable {
  public var year: Int
  /// From 1.
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
