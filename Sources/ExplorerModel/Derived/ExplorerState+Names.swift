import OODData
public import OODDetection

extension ExplorerState {
  /// The label of a class, by its index within the detector; nil where there is no such class.
  public func label(ofClass index: Int) -> Int? {
    outlines.indices.contains(index) ? outlines[index].label : nil
  }

  /// D of the fitted detector.
  public var dimension: Int? { outlines.first?.mean.count }

  /// The name of a class, by its index within the detector.
  public func className(_ index: Int) -> String { label(ofClass: index).map(name(ofLabel:)) ?? "?" }

  /// The name of a label: the data's own, "OOD" below 0, else the number.
  public func name(ofLabel label: Int) -> String {
    data?.name(ofLabel: label) ?? (label < 0 ? "OOD" : String(label))
  }

  /// The long-running task to show, the most basic first.
  public var longTask: (kind: TaskKind, progress: WorkProgress)? {
    for kind in TaskKind.allCases where kind.isLong {
      if let progress = tasks[kind] { return (kind, progress) }
    }
    return nil
  }
}
