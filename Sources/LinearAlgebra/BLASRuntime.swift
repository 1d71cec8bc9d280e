import COpenBLAS

/// The BLAS library this process runs on: for `--version --verbose` and for benchmark reports.
public struct BLASRuntime: Sendable, Equatable {
  /// Name and version, e.g. "OpenBLAS 0.3.21".
  public let library: String
  /// The name of the processor family whose kernels are in use, e.g. "SkylakeX".
  public let kernels: String
  /// How many threads one BLAS call may use.
  public let threadCount: Int

  public static func current() -> BLASRuntime {
    let configuration = openblas_get_config().map { String(cString: $0) } ?? ""
    let name = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    return BLASRuntime(
      library: name.isEmpty ? "OpenBLAS" : name,
      kernels: openblas_get_corename().map { String(cString: $0) } ?? "unknown",
      threadCount: Int(openblas_get_num_threads()))
  }

  /// Lets the process keep freed memory for the next matrix. Only a program may call this, once, at its start.
  public static func keepFreedMemory() { gmmscope_keep_freed_memory() }

  /// Sets the number of threads of every later BLAS call of the process. Only a program may call this, once,
  /// at its start: the detector spreads its own work over cores and is fastest with 1.
  public static func setThreadCount(_ count: Int) {
    openblas_set_num_threads(Int32(clamping: max(1, count)))
  }

  /// Address space that one call at a time takes besides its operands, in bytes.
  public static let bufferByteCount = Int(GMMSCOPE_BLAS_BUFFER_BYTES)

  /// Takes the address space for `count` calls at a time, for a process whose address space is limited: the library
  /// may wait for ever for what it cannot have.
  ///
  /// - Returns: how many calls at a time there is room for.
  public static func reserveBuffers(_ count: Int) -> Int {
    Int(gmmscope_reserve_buffers(Int32(clamping: count)))
  }
}
