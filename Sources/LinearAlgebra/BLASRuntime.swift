import COpenBLAS

/// The BLAS library of this process, for version and benchmark reports.
public struct BLASRuntime: Sendable, Equatable {
  /// Name and version, such as "OpenBLAS 0.3.21".
  public let library: String
  /// The processor family of the kernels in use, such as "SkylakeX".
  public let kernels: String
  /// The number of threads of a BLAS call.
  public let threadCount: Int

  public static func current() -> BLASRuntime {
    let configuration = openblas_get_config().map { String(cString: $0) } ?? ""
    let name = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    return BLASRuntime(
      library: name.isEmpty ? "OpenBLAS" : name,
      kernels: openblas_get_corename().map { String(cString: $0) } ?? "unknown",
      threadCount: Int(openblas_get_num_threads()))
  }

  /// Makes the process reuse freed memory for later matrices. Only a program may call this, once, at its start.
  public static func keepFreedMemory() { gmmscope_keep_freed_memory() }

  /// Gives freed memory that the process keeps for later matrices back to the system, before other memory is needed for
  /// long. Takes about 1 ms for 10 MiB.
  public static func returnFreedMemory() { gmmscope_return_freed_memory() }

  /// Sets the number of threads of all later BLAS calls of the process. Only a program may call this, once, at its
  /// start. The detector distributes its own work over cores and is fastest with one thread.
  public static func setThreadCount(_ count: Int) {
    openblas_set_num_threads(Int32(clamping: max(1, count)))
  }

  /// The address space of a BLAS call besides its operands, in bytes.
  public static let bufferByteCount = Int(GMMSCOPE_BLAS_BUFFER_BYTES)

  /// Reserves the address space for `count` calls at a time, for a process whose address space is limited. Otherwise
  /// the library may wait forever for memory.
  ///
  /// - Returns: The number of calls at a time that there is room for.
  public static func reserveBuffers(_ count: Int) -> Int {
    Int(gmmscope_reserve_buffers(Int32(clamping: count)))
  }
}

/// Repeats a product of two square matrices, to measure the peak performance of the machine.
public struct MatrixProductProbe: Sendable {
  public enum Precision: Sendable {
    case single, double
  }

  /// n.
  public let order: Int
  private var single: [[Float]] = []
  private var double: [[Double]] = []

  /// Allocates three (n, n) matrices.
  public init(order: Int, precision: Precision) {
    precondition(order > 0 && order <= 32_000, "an order that BLAS can index")
    self.order = order
    let count = order * order
    switch precision {
    case .single: single = [0.5, 0.25, 0].map { [Float](repeating: $0, count: count) }
    case .double: double = [0.5, 0.25, 0].map { [Double](repeating: $0, count: count) }
    }
  }

  /// The floating-point operations of one ``multiply()``: 2 n³.
  public var operationCount: Double { 2 * Double(order) * Double(order) * Double(order) }

  /// Calls SGEMM or DGEMM once.
  public mutating func multiply() {
    let n = Int32(order)
    if single.isEmpty {
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, double[0], n, double[1], n, 0, &double[2], n)
    } else {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, single[0], n, single[1], n, 0, &single[2], n)
    }
  }

  /// The first element of the latest product, n / 8, or 0 before the first.
  public var firstElement: Double { single.isEmpty ? double[2][0] : Double(single[2][0]) }
}
