public import OODDetection

/// The λ in force and the ones before it, for undo and redo.
public struct RegularizationHistory: Sendable, Equatable {
  public private(set) var current: Regularization
  public private(set) var undoStack: [Regularization] = []
  public private(set) var redoStack: [Regularization] = []

  public init(_ regularization: Regularization) { current = regularization }

  public mutating func set(_ regularization: Regularization) {
    guard regularization != current else { return }
    undoStack.append(current)
    redoStack = []
    current = regularization
  }

  /// Takes back every change since `regularization` was last in force, as if they had not been made.
  mutating func goBack(to regularization: Regularization) {
    if let place = undoStack.lastIndex(of: regularization) { undoStack.removeSubrange(place...) }
    redoStack = []
    current = regularization
  }

  public mutating func undo() {
    guard let previous = undoStack.popLast() else { return }
    redoStack.append(current)
    current = previous
  }

  public mutating func redo() {
    guard let next = redoStack.popLast() else { return }
    undoStack.append(current)
    current = next
  }
}
