import Foundation
import LinearAlgebra

/// The linear algebra library of the process, for programs that configure and report it.
public enum Engine {
  /// Configures the process for many matrix operations. The configuration is process-wide, so only a program may call
  /// it, once, before any computation; every program should.
  ///
  /// BLAS is limited to one thread, since tasks over classes and blocks are faster than threads inside BLAS. OpenBLAS
  /// also stops its threads whenever the process forks, as opening an HDF5 file does, and waits forever for those that
  /// are computing. Freed memory is kept: blocks and covariances of megabytes are allocated all the time, and clearing
  /// pages that were returned to the system takes an eighth of the time of fitting 100 classes of 512 dimensions.
  public static func prepareProcess() {
    BLASRuntime.setThreadCount(1)
    BLASRuntime.keepFreedMemory()
  }

  /// The smallest address space for computing, in bytes: a BLAS buffer for one thread, the stacks of the thread pools,
  /// and room for the samples.
  public static var leastAddressSpace: Int { BLASRuntime.bufferByteCount + bytesBesides }

  /// The size of the matrices of one thread.
  private static let bytesPerThread = 16 << 20
  private static var bytesBesides: Int {
    (96 << 20) + (8 << 20) * (2 * ProcessInfo.processInfo.activeProcessorCount + 4)
  }

  /// Reserves the address space for computing, for a process whose address space is limited.
  ///
  /// - Parameter bytes: The remaining address space.
  /// - Returns: The number of threads that fit, at most `threadCount`; 0 if there is not enough room.
  public static func reserveBuffers(for threadCount: Int, within bytes: Int) -> Int {
    let perThread = BLASRuntime.bufferByteCount + bytesPerThread
    let affordable = bytes < leastAddressSpace ? 0 : max(1, (bytes - bytesBesides) / perThread)
    return BLASRuntime.reserveBuffers(min(threadCount, affordable))
  }

  /// The library and its kernels, such as "OpenBLAS 0.3.21, SkylakeX kernels".
  public static var description: String {
    let runtime = BLASRuntime.current()
    return "\(runtime.library), \(runtime.kernels) kernels"
  }
}
