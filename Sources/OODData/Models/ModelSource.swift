import FeatureFiles
import Foundation

/// A training file of a model. Its name, size and checksum identify the file but do not authenticate it.
public struct ModelSource: Sendable, Equatable {
  /// The file name without its folder.
  public var name: String
  public var byteCount: Int
  /// CRC-32 of the whole file.
  public var checksum: UInt32

  /// The CRC-32 as eight hexadecimal digits, as tools such as `crc32` print it.
  public var checksumText: String { String(format: "%08x", checksum) }

  /// Lists the files of the training split. Reads each file once more to compute its checksum.
  ///
  /// - Parameter includesLabelFiles: Whether files that hold labels alone are listed.
  /// - Throws: An error if a file cannot be read.
  public static func list(of data: DataSet, includesLabelFiles: Bool = true) throws -> [ModelSource] {
    var paths: [String] = []
    for file in data.files where file.split == .train {
      for path in [file.path, includesLabelFiles ? file.labelsPath : nil].compactMap(\.self)
      where !paths.contains(path) {
        paths.append(path)
      }
    }
    return try paths.map { path in
      try Task.checkCancellation()
      return ModelSource(
        name: name(of: path), byteCount: try Checksum.byteCount(ofFileAt: path),
        checksum: try Checksum.crc32(ofFileAt: path))
    }
  }

  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension ModelSource {
  /// The arrays that store the sources in a model file.
  static func arrays(_ sources: [ModelSource]) -> [OutputArray] {
    guard !sources.isEmpty else { return [] }
    return [
      OutputArray(name: "source_names", shape: [sources.count], values: .strings(sources.map(\.name))),
      OutputArray(name: "source_sizes", shape: [sources.count], values: .int64(sources.map(\.byteCount))),
      OutputArray(
        name: "source_checksums", shape: [sources.count], values: .int64(sources.map { Int($0.checksum) })),
    ]
  }

  /// The sources stored in a model file. Empty if there are none.
  ///
  /// - Throws: ``DataSetError/notAModel(path:problem:)`` if the arrays are inconsistent.
  static func list(in file: FeatureFile) throws -> [ModelSource] {
    guard let names = try file["source_names"]?.strings() else { return [] }
    let sizes = try file["source_sizes"]?.integers() ?? []
    let checksums = try file["source_checksums"]?.integers() ?? []
    guard names.count == sizes.count, names.count == checksums.count else {
      throw DataSetError.notAModel(
        path: file.path, problem: "it does not say name, size and checksum of each file it was fitted to")
    }
    return names.indices.map {
      ModelSource(
        name: names[$0], byteCount: sizes[$0], checksum: UInt32(truncatingIfNeeded: checksums[$0]))
    }
  }
}

extension ModelFile {
  /// Remarks on files to score: those that the model was fitted to, and different files of the same name.
  ///
  /// Computes a file's checksum only if its size equals the size of a source.
  func remarks(on files: [FileReport]) throws -> [DataSetRemark] {
    var remarks: [DataSetRemark] = []
    for file in files where sources.contains(where: { $0.isCandidate(file) }) {
      let sameSize = sources.filter { $0.byteCount == file.byteCount }
      let checksum = sameSize.isEmpty ? nil : try Checksum.crc32(ofFileAt: file.path)
      if let source = sameSize.first(where: { $0.checksum == checksum }) {
        remarks.append(.modelWasFitted(path: file.path, source: source.name))
      } else if sources.contains(where: { $0.name == ModelSource.name(of: file.path) }) {
        remarks.append(.modelWasFittedToNamesake(path: file.path))
      }
    }
    return remarks
  }
}

extension ModelSource {
  fileprivate func isCandidate(_ file: FileReport) -> Bool {
    byteCount == file.byteCount || name == Self.name(of: file.path)
  }
}
