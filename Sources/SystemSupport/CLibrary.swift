// The C library has another name on each platform. What imports this module sees it.
#if canImport(Glibc)
  @_exported public import Glibc
#elseif canImport(Musl)
  @_exported public import Musl
#else
  @_exported public import Darwin
#endif

/// An error number of the C library. Its description is the system's message.
package struct SystemError: Error, CustomStringConvertible {
  package let code: Int32

  /// The error of the last failed call, unless another is given.
  package init(_ code: Int32 = errno) { self.code = code }

  package var description: String { String(cString: strerror(code)) }
}

extension stat {
  package var modificationTime: timespec {
    #if canImport(Darwin)
      st_mtimespec
    #else
      st_mtim
    #endif
  }
}

extension Int {
  /// This number of bytes in a suitable unit, such as `512 MiB` or `11.7 GiB`.
  package var byteCountText: String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(self), 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    let scale = value >= 100 ? 1.0 : 10.0
    let digits = "\((value * scale).rounded(.toNearestOrEven) / scale)"
    return "\(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits) \(units[unit])"
  }
}
