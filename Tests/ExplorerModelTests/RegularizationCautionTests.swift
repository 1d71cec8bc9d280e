import ExplorerModel
import LinearAlgebra
import OODDetection
import Testing

@MainActor @Suite struct RegularizationCautionTests {
  private func caution(
    perClass: Int, _ regularization: Regularization? = nil, goal: ExplorerState.Goal = .score,
    scale: Double = 1
  ) async -> String? {
    func split(perClass: Int, outCount: Int) -> DataSplit {
      var split = SmallData.split(perClass: perClass, outCount: outCount, phase: 0.3)
      if var rows = split.rows as? Matrix {
        rows.elements = rows.elements.map { $0 * scale }
        split.rows = rows
      }
      return split
    }
    let data = DataSet(
      train: split(perClass: perClass, outCount: 0), test: split(perClass: 4, outCount: 2),
      classNames: ["ant", "bee", "cat"])
    let state = ExplorerState(regularization: regularization, goal: goal)
    let store = ExplorerStore(state: state, runner: EffectRunner(threadCount: 1))
    store.send(.loaded(data, model: nil))
    await store.settle()
    #expect(store.state.scores != nil)
    return store.state.regularizationCaution
  }

  @Test func aDefaultThatMakesTheScoresIsRemarkedOn() async throws {
    let few = try #require(await caution(perClass: 3))
    #expect(few.hasPrefix("all 3 classes have directions that no sample reaches"))
    #expect(few.contains("λ = 1e-06, the default"))
    #expect(await caution(perClass: 12) == nil)
  }

  @Test func aChosenOneIsNot() async throws {
    #expect(await caution(perClass: 3, try Regularization(1e-6)) == nil)
  }

  @Test func spectraSayMoreThanCounts() async throws {
    // Condition numbers up to 1e6 times the variance: λ is small, but not too small.
    #expect(await caution(perClass: 3, goal: .spectralScore) == nil)
    let spectral = try #require(await caution(perClass: 3, goal: .spectralScore, scale: 100))
    #expect(spectral.hasPrefix("all 3 classes are ill-conditioned"))
    #expect(spectral.contains("class "))
    #expect(await caution(perClass: 12, goal: .spectralScore) == nil)
  }
}
