public import ArgumentParser
public import ExplorerModel
public import OODData
public import OODDetection

extension ScoreKind: ExpressibleByArgument {}

extension MetricName: ExpressibleByArgument {}

extension Screen: ExpressibleByArgument {}

extension DisplayPreferences.Theme: ExpressibleByArgument {}

extension Regularization: nonisolated ExpressibleByArgument {
  public nonisolated init?(argument: String) {
    guard let value = Double(argument), let regularization = try? Regularization(value) else { return nil }
    self = regularization
  }
}

extension MemoryBudget: nonisolated ExpressibleByArgument {
  public nonisolated init?(argument: String) { self.init(argument) }
}
