import OODDetection

/// The contents of files and the role of each array: the output of `gmmscope inspect`.
public struct InspectionReport: Report {
  struct ArrayEntry: Encodable, Sendable {
    var name: String
    var shape: [Int]
    var elementType: String
    /// Null if unknown, as for text of varying length.
    @Nullable var byteCount: Int?
    var role: String
    @Nullable var minimum: Double?
    @Nullable var maximum: Double?
    @Nullable var mean: Double?
    @Nullable var nonFiniteCount: Int?
    @Nullable var nanCount: Int?
    @Nullable var infiniteCount: Int?
    var nonFiniteRows: [Int]
  }

  struct LabelEntry: Encodable, Sendable {
    var label: Int
    var name: String
    var count: Int
  }

  struct FileEntry: Encodable, Sendable {
    var path: String
    var format: String
    var byteCount: Int
    var arrays: [ArrayEntry]
    var labels: [LabelEntry]
    /// The label file beside this file. Null if the file has its own labels or none.
    @Nullable var labelsPath: String?
    var problems: [String]
    /// Remarks on unexpected uses, such as columns that are not features.
    var remarks: [String]
    var fitting: [FittingEntry]
    /// The memory that scoring takes with a detector fitted to this file. Null if fitting is impossible.
    @Nullable var memory: MemoryEntry?
    /// The memory that fitting to this file for every λ takes. Null if fitting is impossible.
    @Nullable var spectra: SpectraEntry?
    /// CRC-32 in hexadecimal.
    var checksum: String
    @Nullable var model: ModelEntry?
    @Nullable var moments: MomentsEntry?
  }

  /// The sizes of a ``MemoryPlan``, in bytes.
  struct MemoryEntry: Encodable, Sendable {
    var plannedPeakBytes: Int
    var permittedBytes: Int
    var leastBytes: Int
    var factorBytes: Int
    var heldFactorCount: Int
  }

  /// The sizes of a ``SpectraPlan``, in bytes.
  struct SpectraEntry: Encodable, Sendable {
    var plannedPeakBytes: Int
    var permittedBytes: Int
    var leastBytes: Int
    var spectraBytes: Int
    var heldClassCount: Int
  }

  /// A saved model and its training files.
  struct ModelEntry: Encodable, Sendable {
    var classCount: Int
    var dimension: Int
    var sampleCount: Int
    @Nullable var regularization: Double?
    var sources: [SourceEntry]
  }

  /// Statistics of samples, and the files of these.
  struct MomentsEntry: Encodable, Sendable {
    var classCount: Int
    var dimension: Int
    var sampleCount: Int
    var normalization: Double
    var shardCount: Int
    var sources: [SourceEntry]
  }

  struct SourceEntry: Encodable, Sendable {
    var name: String
    var byteCount: Int
    var checksum: String

    init(_ source: ModelSource) {
      (name, byteCount, checksum) = (source.name, source.byteCount, source.checksumText)
    }
  }

  /// Suggested arrays and the options that select them.
  struct FittingEntry: Encodable, Sendable {
    var features: String
    @Nullable var labels: String?
    var arguments: String
  }

  let schemaVersion = reportSchemaVersion
  let files: [FileEntry]
  /// Files of a folder that hold no features.
  let leftOut: [String]

  /// The errors of files that cannot be inspected.
  let failures: [String]

  /// - Parameter words: Phrases a remedy for the user.
  public init(
    _ inspections: [FileInspection], leftOut: [String] = [], failures: [Statement] = [],
    _ words: (Remedy) -> String = \.description
  ) {
    self.leftOut = leftOut
    self.failures = failures.map { $0.line(words) }
    files = inspections.map { inspection in
      FileEntry(
        path: inspection.report.path, format: inspection.report.format,
        byteCount: inspection.report.byteCount,
        arrays: inspection.report.arrays.map {
          ArrayEntry(
            name: $0.name, shape: $0.shape, elementType: $0.elementType, byteCount: $0.byteCount,
            role: $0.role.rawValue, minimum: $0.range?.minimum, maximum: $0.range?.maximum,
            mean: $0.range?.mean, nonFiniteCount: $0.nonFiniteCount, nanCount: $0.nanCount,
            infiniteCount: $0.infiniteCount, nonFiniteRows: $0.nonFiniteRows)
        },
        labels: inspection.report.labelCounts.map {
          LabelEntry(label: $0.label, name: $0.name, count: $0.count)
        },
        labelsPath: inspection.labelsPath,
        problems: inspection.problems.map { $0.line(words) },
        remarks: inspection.remarks.map { $0.line(words) },
        fitting: inspection.fitting.map {
          FittingEntry(features: $0.features.name, labels: $0.labels?.name, arguments: $0.arguments)
        },
        memory: inspection.memory.map {
          MemoryEntry(
            plannedPeakBytes: $0.peakBytes, permittedBytes: $0.budget.bytes, leastBytes: $0.leastBytes,
            factorBytes: $0.factorBytes, heldFactorCount: $0.heldFactorCount)
        },
        spectra: inspection.spectra.map {
          SpectraEntry(
            plannedPeakBytes: $0.peakBytes, permittedBytes: $0.budget.bytes, leastBytes: $0.leastBytes,
            spectraBytes: $0.allSpectraBytes, heldClassCount: $0.heldCount)
        },
        checksum: inspection.checksumText,
        model: inspection.model.map { model in
          ModelEntry(
            classCount: model.classCount, dimension: model.dimension, sampleCount: model.sampleCount,
            regularization: model.regularization, sources: model.sources.map(SourceEntry.init))
        },
        moments: inspection.moments.map { moments in
          MomentsEntry(
            classCount: moments.classCount, dimension: moments.dimension, sampleCount: moments.sampleCount,
            normalization: moments.normalization, shardCount: moments.shardCount,
            sources: moments.sources.map(SourceEntry.init))
        })
    }
  }

  public var table: ReportTable {
    func value(_ number: Double?) -> ReportValue { number.map { .number($0) } ?? .missing }
    func integer(_ number: Int?) -> ReportValue { number.map { .integer($0) } ?? .missing }
    return ReportTable(
      columns: [
        "file", "array", "shape", "elementType", "byteCount", "role", "minimum", "maximum", "mean",
        "nanCount",
        "infiniteCount",
      ],
      rows: files.flatMap { file in
        file.arrays.map { array in
          [
            .text(file.path), .text(array.name), .text(array.shape.map(String.init).joined(separator: "×")),
            .text(array.elementType), integer(array.byteCount), .text(array.role), value(array.minimum),
            value(array.maximum), value(array.mean), integer(array.nanCount), integer(array.infiniteCount),
          ]
        }
      })
  }
}
