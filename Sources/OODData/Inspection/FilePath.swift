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
