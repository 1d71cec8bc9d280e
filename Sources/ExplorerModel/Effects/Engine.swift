import LinearAlgebra

/// The linear algebra that everything runs on, for programs that start it up and say what it is.
public enum Engine {
  /// Leaves parallelism to tasks over classes and blocks, which beats threads inside BLAS. It holds for the whole
  /// process, so only an executable calls it, once, before anything is computed.
  public static func useOwnParallelism() { BLASRuntime.setThreadCount(1) }

  /// Library and kernels, such as "OpenBLAS 0.3.21, SkylakeX kernels".
  public static var description: String {
    let runtime = BLASRuntime.current()
    return "\(runtime.library), \(runtime.kernels) kernels"
  }
}
