/// MATLAB's version 4 format, also written by `save -v4`, SciPy and Octave: consecutive matrices, each with a header
/// of five 32-bit integers and a name.
///
/// Shapes are as in ``MATReader``. Character matrices contain one text per row.
///
/// The format: mathworks.com/help/pdf_doc/matlab/matfile_format.pdf, chapter 2
enum MAT4Reader: FormatReader {
  static var formats: [FileFormat] { [.mat] }

  /// There is no signature, but few byte sequences are a valid header; see ``Header``.
  static func recognizes(_ bytes: ByteRegion) -> Bool { Header(at: 0, in: bytes) != nil }

  static func read(
    _ bytes: ByteRegion, path: String, stage: ReadStage
  ) throws(FeatureFileError) -> FeatureFile {
    var arrays: [NamedArray] = []
    var unreadable: [(name: String, reason: FeatureFileError)] = []
    var offset = 0
    while offset < bytes.count {
      try stage.advance(to: offset, of: bytes.count)
      guard let header = Header(at: offset, in: bytes) else {
        throw .malformedHeader(
          path: path, place: "byte \(offset)", problem: "expected the header of a MATLAB 4 matrix")
      }
      let place = FeatureFileError.quoted(header.name)
      let shape = try ArrayShape(
        header.extents, elementByteCount: header.elementByteCount, place: place, path: path)
      let start = offset + header.byteCount
      let (byteCount, overflow) = shape.byteCount.multipliedReportingOverflow(by: header.isComplex ? 2 : 1)
      guard !overflow, let values = bytes.slice(at: start, count: byteCount) else {
        throw .truncated(
          path: path, place: place, neededByteCount: overflow ? .max : byteCount,
          foundByteCount: max(0, bytes.count - start))
      }
      offset = start + byteCount
      switch array(header, values: values, path: path) {
      case .success(let array): arrays.append(array)
      case .failure(let reason): unreadable.append((header.name, reason))
      }
    }
    return try FeatureFile(
      path: path, format: .mat, byteCount: bytes.count, arrays: arrays, unreadable: unreadable)
  }

  private static func array(
    _ header: Header, values: ByteRegion, path: String
  ) -> Result<NamedArray, FeatureFileError> {
    func refused(_ type: String, _ remedy: String) -> Result<NamedArray, FeatureFileError> {
      .failure(.unsupportedElementType(path: path, array: header.name, type: type, remedy: remedy))
    }
    let name = header.name
    if header.machine > 1 { return refused("numbers in VAX or Cray format", "save it with -v7") }
    if header.isComplex { return refused("complex numbers", "save real(\(name)) and imag(\(name))") }
    func matrix(_ extents: [Int]) -> NamedArray {
      MATLABText.matrix(
        name, extents, header.elementType, storedType: header.elementType, values: .mapped(values),
        isBigEndian: header.machine == 1, path: path)
    }
    switch header.kind {
    case .numbers: return .success(matrix(header.extents))
    case .text: return .success(MATLABText.array(of: matrix(header.extents).asMatrix))
    case .sparse: return refused("a sparse matrix", "save full(\(name))")
    }
  }

  /// The beginning of a matrix.
  private struct Header {
    enum Kind: Int { case numbers, text, sparse }

    static let wordCount = 5
    private static let nameLimit = 1024
    private static let types: [ElementType] = [.float64, .float32, .int32, .int16, .uint16, .uint8]

    /// 0 for little-endian, 1 for big-endian; other values are obsolete machines.
    let machine: Int
    let kind: Kind
    let elementType: ElementType
    let extents: [Int]
    let isComplex: Bool
    let name: String
    /// With the name.
    let byteCount: Int

    var elementByteCount: Int { elementType.byteCount ?? 8 }

    /// Nil if the bytes are not a valid header.
    init?(at offset: Int, in bytes: ByteRegion) {
      guard let region = bytes.slice(at: offset, count: 4 * Self.wordCount) else { return nil }
      let start = region.prefix(4 * Self.wordCount)
      // The decimal digits of the type: machine, zero, precision, kind. In the wrong byte order it is much too large.
      guard
        let words = [false, true].lazy.map({ MATScanner.words(start, isBigEndian: $0) })
          .first(where: { $0[0] < 5000 })
      else { return nil }
      let type = words[0]
      let isBigEndian = words != MATScanner.words(start, isBigEndian: false)
      guard type / 100 % 10 == 0, let kind = Kind(rawValue: type % 10), type / 10 % 10 < Self.types.count,
        type / 1000 != 0 || !isBigEndian, type / 1000 != 1 || isBigEndian,
        words[1] <= Int32.max, words[2] <= Int32.max, words[3] <= 1,
        (2...Self.nameLimit).contains(words[4]),
        let text = bytes.slice(at: offset + start.count, count: words[4])?.prefix(words[4]),
        let end = text.firstIndex(of: 0), end > 0,
        text[..<end].allSatisfy({ $0 == UInt8(ascii: "_") || Character(Unicode.Scalar($0)).isLetterOrDigit })
      else { return nil }
      machine = type / 1000
      self.kind = kind
      elementType = Self.types[type / 10 % 10]
      extents = [words[1], words[2]]
      isComplex = words[3] == 1
      name = String(decoding: text[..<end], as: UTF8.self)
      byteCount = start.count + words[4]
    }
  }
}

extension Character {
  fileprivate var isLetterOrDigit: Bool { isASCII && (isLetter || isNumber) }
}
