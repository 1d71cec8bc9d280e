import Foundation
import LinearAlgebra

/// The linear algebra that everything runs on, for programs that start it up and say what it is.
public enum Engine {
  /// Makes the process one for many matrices. It holds for all of it, so only a program calls it, once, before
  /// anything is computed; every program should.
  ///
  /// Parallelism is left to tasks over classes and blocks, which beats threads inside BLAS. OpenBLAS also stops its
  /// threads whenever the process forks, as opening an HDF5 file does, and waits for ever for those that were
  /// computing; without threads of its own it does not. Blocks and covariances come and go by the megabyte: memory
  /// that goes back to the system in between has to be cleared page by page, an eighth of the time of fitting 100
  /// classes of 512 dimensions.
  public static func prepareProcess() {
    BLASRuntime.setThreadCount(1)
    BLASRuntime.keepFreedMemory()
  }

  /// The least address space to compute in, in bytes: a buffer for one thread, the stacks of the pools' threads, and
  /// some for the samples.
  public static var leastAddressSpace: Int { BLASRuntime.bufferByteCount + bytesBesides }

  /// What a thread's own matrices take.
  private static let bytesPerThread = 16 << 20
  private static var bytesBesides: Int {
    (96 << 20) + (8 << 20) * (2 * ProcessInfo.processInfo.activeProcessorCount + 4)
  }

  /// Takes the address space to compute in, for a process whose address space is limited.
  ///
  /// - Parameter bytes: what is left of it.
  /// - Returns: how many threads there is room for, at most `threadCount`; 0 where there is no room.
  public static func reserveBuffers(for threadCount: Int, within bytes: Int) -> Int {
    let perThread = BLASRuntime.bufferByteCount + bytesPerThread
    let affordable = bytes < leastAddressSpace ? 0 : max(1, (bytes - bytesBesides) / perThread)
    return BLASRuntime.reserveBuffers(min(threadCount, affordable))
  }

  /// Library and kernels, such as "OpenBLAS 0.3.21, SkylakeX kernels".
  public static var description: String {
    let runtime = BLASRuntime.current()
    return "\(runtime.library), \(runtime.kernels) kernels"
  }
}
