import LinearAlgebra

/// How fast the machine multiplies matrices: what every other rate is held against.
struct MachineSpeed: Codable, Sendable {
  /// The products' n.
  let order: Int
  let threadCount: Int
  /// GFLOP/s over all threads.
  let doublePrecision: Double
  let singlePrecision: Double

  /// Multiplies two n × n matrices in `threadCount` tasks at once, each with BLAS on one thread, as the detector does.
  static func measured(threadCount: Int, order: Int = 2048) async -> MachineSpeed {
    let double = await rate(order, .double, threadCount)
    let single = await rate(order, .single, threadCount)
    return MachineSpeed(
      order: order, threadCount: threadCount, doublePrecision: double, singlePrecision: single)
  }

  /// The sum over tasks of what each reached in its fastest of three products.
  private static func rate(
    _ order: Int, _ precision: MatrixProductProbe.Precision, _ threadCount: Int
  ) async -> Double {
    await withTaskGroup(of: Double.self) { group in
      for _ in 0..<threadCount {
        group.addTask {
          var probe = MatrixProductProbe(order: order, precision: precision)
          probe.multiply()
          var fastest = Double.infinity
          for _ in 0..<3 { fastest = min(fastest, ContinuousClock().measure { probe.multiply() }.seconds) }
          return probe.operationCount / fastest / 1e9
        }
      }
      return await group.reduce(0, +)
    }
  }
}
