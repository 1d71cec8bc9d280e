import Foundation
import SystemSupport

/// A limit on the memory that a process uses at a time.
public struct MemoryBudget: Sendable, Hashable, CustomStringConvertible {
  public let bytes: Int

  public init(bytes: Int) { self.bytes = max(0, bytes) }

  /// Half of ``availableBytes``.
  public static var standard: MemoryBudget { MemoryBudget(bytes: availableBytes / 2) }

  /// The machine's memory, or the limit of its container.
  public static var availableBytes: Int {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let limit = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
    return limit.flatMap { Int($0.filter { !$0.isWhitespace }) }.map { min($0, physical) } ?? physical
  }

  /// Parses a size such as `8GiB`, `512MB`, `1.5g`, or `50%` of `availableBytes`; nil if it is not valid. Units such
  /// as `MB` are powers of 1,000; all others are powers of 1,024.
  public init?(_ text: String, of availableBytes: Int = MemoryBudget.availableBytes) {
    let lowered = text.lowercased().filter { $0 != " " }
    let number = lowered.prefix { $0.isNumber || $0 == "." }
    guard let value = Double(number), value.isFinite, value > 0 else { return nil }
    let unit = lowered.dropFirst(number.count)
    let scale: Double
    if unit == "%" {
      guard value <= 100 else { return nil }
      scale = Double(availableBytes) / 100
    } else if unit.isEmpty || unit == "b" {
      scale = 1
    } else {
      guard let power = "kmgt".firstIndex(of: unit[unit.startIndex]) else { return nil }
      let exponent = Double("kmgt".distance(from: "kmgt".startIndex, to: power) + 1)
      switch unit.dropFirst() {
      case "", "i", "ib": scale = pow(1024, exponent)
      case "b": scale = pow(1000, exponent)
      default: return nil
      }
    }
    guard value * scale < 0x1p62 else { return nil }
    self.init(bytes: Int((value * scale).rounded()))
  }

  /// A size such as `512 MiB` or `11.7 GiB`.
  public var description: String { bytes.byteCountText }
}
