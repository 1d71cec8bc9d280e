import FeatureFiles
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@Suite struct ModelFileTests {
  @Test(arguments: ["model.safetensors", "model.npz"])
  func aModelLoadsBackToTheSameScores(name: String) async throws {
    let folder = try ScratchFolder()
    var data = SmallData.dataSet()
    // Two samples in three dimensions: a truncated basis beside complete ones.
    data.train?.labels?[0] = 7
    data.train?.labels?[1] = 7
    let detector = try await DetectorPipeline().fit(data)
    try ModelFile(detector: detector, regularization: SmallData.path[0], classNames: ["a", "b", "c"])
      .write(to: folder.file(name))
    let model = try ModelFile(contentsOf: folder.file(name))
    #expect(model.regularization == SmallData.path[0])
    #expect(model.classNames == ["a", "b", "c"])
    #expect(
      model.detector.classes.map(\.spectrum.directionCount) == detector.classes.map(\.spectrum.directionCount)
    )
    let rows = try #require(data.test?.rows)
    for regularization in SmallData.path {
      let before = try await detector.scores(of: rows, at: regularization)
      let after = try await model.detector.scores(of: rows, at: regularization)
      #expect(before == after)
    }
    #expect(folder.entries == [name])
  }

  @Test func aModelLargerThanWhatIsPermittedIsAnError() async throws {
    let folder = try ScratchFolder()
    let detector = try await DetectorPipeline().fit(SmallData.dataSet())
    let path = folder.file("m.safetensors")
    try ModelFile(detector: detector, regularization: nil, classNames: []).write(to: path)
    // Three classes of three eigenvectors in three dimensions, 216 bytes, and five matrices to pool them, 360.
    let needed = 576
    #expect(
      throws: DetectorError.memoryTooSmall(neededBytes: needed, permittedBytes: needed - 1)
    ) {
      try ModelFile(contentsOf: path, memory: MemoryBudget(bytes: needed - 1))
    }
    #expect(
      try ModelFile(contentsOf: path, memory: MemoryBudget(bytes: needed)).detector.classes.count == 3)
  }

  @Test func aFileThatIsNoModelSaysWhatIsMissing() throws {
    let folder = try ScratchFolder()
    let path = try folder.npz("m.npz", [OutputArray(name: "mean", shape: [1, 2], values: .float64([0, 0]))])
    #expect {
      try ModelFile(contentsOf: path)
    } throws: { error in
      "\(error)".contains("eigenvalues")
    }
  }

  @Test func theExportHoldsInversesOfTheRegularizedCovariances() async throws {
    let folder = try ScratchFolder()
    var data = SmallData.dataSet()
    // Two samples in three dimensions: the inverse of a class with a truncated basis.
    data.train?.labels?[0] = 7
    data.train?.labels?[1] = 7
    let detector = try await DetectorPipeline().fit(data)
    let regularization = SmallData.path[1]
    try PytorchOODExport(detector: detector, regularization: regularization)
      .write(to: folder.file("theirs.npz"))
    let precisions = try FeatureFile.open(folder.file("theirs.npz")).array(named: "_precision")
    #expect(precisions.shape == [4, 3, 3])
    // It is no data set, though it has a matrix and labels.
    let look = try FileInspection(path: folder.file("theirs.npz"))
    #expect(look.problems.count == 1 && look.problems[0].text.contains("exported for pytorch-ood"))
    #expect(look.report.arrays.allSatisfy { $0.role == .unused } && look.memory == nil)
    for (index, gaussian) in detector.classes.enumerated() {
      let precision = try precisions.doubles(rows: [index])
      var covariance = gaussian.covariance()
      for place in 0..<3 { covariance[place, place] += regularization.value }
      for row in 0..<3 {
        for column in 0..<3 {
          let product = (0..<3).reduce(0) { $0 + precision[row * 3 + $1] * covariance[$1, column] }
          #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
        }
      }
    }
  }

  @Test func anUnknownEndingIsRefusedBeforeAnythingIsWritten() async throws {
    let folder = try ScratchFolder()
    let detector = try await DetectorPipeline().fit(SmallData.dataSet())
    let model = ModelFile(detector: detector, regularization: nil, classNames: [])
    #expect(throws: DataSetError.self) { try model.write(to: folder.file("model.txt")) }
    #expect(folder.entries.isEmpty)
  }
}
