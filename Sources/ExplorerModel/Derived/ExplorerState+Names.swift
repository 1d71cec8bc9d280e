public import OODDetection

extension ExplorerState {
  /// The name of a class, by its index within the detector.
  public func className(_ index: Int) -> String {
    guard let detector, detector.classes.indices.contains(index) else { return "?" }
    return name(ofLabel: detector.classes[index].label)
  }

  /// The name of a label: the data's own, "OOD" below 0, else the number.
  public func name(ofLabel label: Int) -> String {
    data?.name(ofLabel: label) ?? (label < 0 ? "OOD" : String(label))
  }

  public func sampleName(_ reference: SampleReference) -> String {
    data?[reference.split]?.name(of: reference.index) ?? "#\(reference.index)"
  }

  /// The long-running task to show, the most basic first.
  public var longTask: (kind: TaskKind, progress: WorkProgress)? {
    for kind in TaskKind.allCases where kind.isLong {
      if let progress = tasks[kind] { return (kind, progress) }
    }
    return nil
  }
}
