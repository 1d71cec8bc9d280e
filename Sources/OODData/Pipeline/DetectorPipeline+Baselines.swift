public import OODDetection

extension DetectorPipeline {
  /// The baselines whose arrays the files hold, in the order of `Baseline.allCases`.
  ///
  /// `knn` needs training samples, `vim` also the last layer. The others need the logits of all samples to score, or the
  /// last layer, which gives them.
  public static func availableBaselines(of data: DataSet, split: Split = .test) -> [Baseline] {
    guard let samples = data[split] else { return [] }
    return Baseline.allCases.filter { baseline in
      switch baseline {
      case .knn: data.train != nil
      case .vim: data.train != nil && data.head != nil
      case .msp, .maxLogit, .energy: samples.logits != nil || data.head != nil
      }
    }
  }

  /// The scores of a baseline for every sample of a split, (N,), higher for samples that are more out-of-distribution.
  /// Training samples with labels below 0 are left out of what it is compared with. A training sample is its own
  /// nearest neighbor.
  ///
  /// - Parameters:
  ///   - split: The samples to score; none if the data set lacks the split.
  ///   - neighborCount: k of `knn`, from 1 to 1,000.
  /// - Throws: ``DataSetError/missingLogits(_:paths:)``, ``DataSetError/missingHead(_:paths:)``,
  ///   ``DataSetError/nonFiniteLogits(path:rowCount:firstRows:)``, and the errors of
  ///   `Baseline.scores(of:neighborCount:threadCount:progress:)`.
  @concurrent
  public func baseline(
    _ baseline: Baseline, of data: DataSet, split: Split = .test,
    neighborCount: Int = Baseline.standardNeighborCount, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> [Double] {
    guard let samples = data[split] else { return [] }
    do {
      return try await baseline.scores(
        of: BaselineSamples(
          samples.rows, logits: samples.logits, training: data.train?.rows,
          trainingLabels: data.train?.labels, head: data.head),
        neighborCount: neighborCount, threadCount: threadCount, progress: progress)
    } catch BaselineError.missingLogits(let baseline) {
      throw DataSetError.missingLogits(baseline, paths: data.paths(of: split, without: .logits))
    } catch BaselineError.missingHead(let baseline) {
      throw DataSetError.missingHead(baseline, paths: data.paths(of: .train, without: .headWeight))
    } catch BaselineError.nonFiniteLogits(let rowCount, let rows) where baseline.isOfLogits {
      guard let first = rows.first.flatMap(samples.origin(of:)) else {
        throw BaselineError.nonFiniteLogits(rowCount: rowCount, firstRows: rows)
      }
      // The first rows of the first file; others may follow in other files.
      let origins = rows.compactMap(samples.origin(of:)).filter { $0.path == first.path }
      throw DataSetError.nonFiniteLogits(
        path: first.path, rowCount: rowCount, firstRows: origins.map(\.row))
    }
  }
}

extension DataSet {
  /// The files of a split in which no array has a role.
  fileprivate func paths(of split: Split, without role: ArrayRole) -> [String] {
    files.filter { file in file.split == split && !file.arrays.contains { $0.role == role } }.map(\.path)
  }
}
