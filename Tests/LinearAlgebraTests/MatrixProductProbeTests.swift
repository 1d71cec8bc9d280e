import LinearAlgebra
import Testing

@Suite("Matrix product probe")
struct MatrixProductProbeTests {
  @Test("multiplies and counts its operations", arguments: [(1, 2), (8, 1024), (33, 71_874)])
  func product(order: Int, operationCount: Double) {
    for precision in [MatrixProductProbe.Precision.single, .double] {
      var probe = MatrixProductProbe(order: order, precision: precision)
      #expect(probe.firstElement == 0)
      probe.multiply()
      #expect(probe.firstElement == Double(order) / 8)
      #expect(probe.operationCount == operationCount)
    }
  }
}
