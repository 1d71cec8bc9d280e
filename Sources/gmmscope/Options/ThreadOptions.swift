import ArgumentParser
import CProcessStart
import OODData
import OODDetection

/// How much of the machine is used.
struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "How many threads read tables and compute (default: one per core).",
    transform: { try OptionValue.count($0, in: 1...1024) })
  var threads: Int?

  /// How many threads can compute: fewer than are wanted where the address space is limited.
  ///
  /// - Throws: exit status 1 after one line, where not even one can.
  func granted() throws -> Int { try Self.granted(threads ?? DetectorPipeline.defaultThreadCount) }

  /// The same for a number of threads that nobody chose.
  static func granted(_ wanted: Int) throws -> Int {
    let left = process_address_space_left()
    guard left != .max else { return wanted }
    let granted = Engine.reserveBuffers(for: wanted, within: Int(clamping: left))
    guard granted > 0 else {
      throw fail(
        "the limit on address space (ulimit -v) leaves \(left >> 20) MiB, too little to compute in; raise it by "
          + "\(max(1, (Engine.leastAddressSpace - Int(left)) >> 20)) MiB or more")
    }
    return granted
  }
}
