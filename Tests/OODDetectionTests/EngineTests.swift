import LinearAlgebra
import Testing

@testable import OODDetection

@Suite struct EngineTests {
  @Test func aPreparedProcessLeavesThreadsToTasks() {
    Engine.prepareProcess()
    #expect(BLASRuntime.current().threadCount == 1)
    #expect(Engine.description.contains(BLASRuntime.current().library))
  }
}
