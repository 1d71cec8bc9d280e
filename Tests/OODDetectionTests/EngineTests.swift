import LinearAlgebra
import Testing

@testable import OODDetection

@Suite struct EngineTests {
  @Test func preparedProcessUsesOneBLASThread() {
    Engine.prepareProcess()
    #expect(BLASRuntime.current().threadCount == 1)
    #expect(Engine.description.contains(BLASRuntime.current().library))
  }
}
