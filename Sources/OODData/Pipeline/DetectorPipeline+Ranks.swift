import LinearAlgebra
import OODDetection

/// Every rank opens all files, and reads its part of the features. So all of them must find the same files.
extension DetectorPipeline {
  /// Opens the files of a request on every rank. If one fails, all do. A collective on several ranks.
  ///
  /// - Throws: ``DataSetError/ranksDiffer(rank:path:)`` if ranks find different files.
  func openFilesOfAllRanks(
    _ request: DataRequest, progress: @escaping ProgressHandler
  ) async throws -> OpenedData {
    let opened = try await ranks.together { try openFiles(of: request, progress: progress) }
    guard !ranks.isSingle else { return opened }
    let own = Self.traits(of: opened)
    let all = try await ranks.waiting { ranks in try ranks.allGather(own) }
    for (rank, found) in all.enumerated() {
      let count = min(found.count, all[0].count)
      let place = (0..<count).first { found[$0] != all[0][$0] } ?? (found.count == all[0].count ? nil : count)
      guard let place else { continue }
      // The last one stands for what the files amount to.
      let files = opened.data.files
      throw DataSetError.ranksDiffer(rank: rank, path: files[min(place, files.count - 1)].path)
    }
    return opened
  }

  /// A number for each file, and one for the samples that they make: equal where the files are.
  private static func traits(of opened: OpenedData) -> [UInt64] {
    var traits: [UInt64] = []
    for file in opened.data.files {
      var hash = ContentHash()
      for scalar in ModelSource.name(of: file.path).unicodeScalars { hash.combine(UInt64(scalar.value)) }
      hash.combine(UInt64(file.byteCount))
      for array in file.arrays { for extent in array.shape { hash.combine(UInt64(extent)) } }
      traits.append(hash.value.x)
    }
    var hash = ContentHash()
    for split in Split.allCases {
      guard let part = opened.data[split] else { continue }
      hash.combine(UInt64(part.count))
      hash.combine(UInt64(part.rows.dimension))
      for label in part.labels ?? [] { hash.combine(UInt64(bitPattern: Int64(label))) }
    }
    hash.combine(opened.model?.detector.classes.flatMap(\.mean) ?? [])
    return traits + [hash.value.x]
  }
}
