/// Extents read from a file, found to be possible.
struct ArrayShape {
  let extents: [Int]
  let elementCount: Int
  let byteCount: Int

  /// Checks that counts of elements and of bytes can be expressed. For arrays that take no bytes, whose
  /// extents the size of the file does not limit, it checks that nobody runs out of memory counting rows.
  ///
  /// - Parameter place: how messages name the array.
  init(
    _ extents: [Int], elementByteCount: Int, place: String, path: String
  ) throws(FeatureFileError) {
    guard extents.count <= Self.dimensionLimit else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "\(extents.count) dimensions, at most \(Self.dimensionLimit) can be read")
    }
    // Zeros are left out, so that partial products such as the length of a row are known not to overflow.
    var product = max(elementByteCount, 1)
    for extent in extents {
      guard extent >= 0 else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) has a negative extent")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) is larger than any memory")
      }
      product = next
    }
    elementCount = extents.reduce(1, *)
    byteCount = elementCount * elementByteCount
    guard byteCount > 0 || product <= Self.emptyArrayLimit else {
      throw .impossibleSize(
        path: path, place: place, problem: "shape \(extents) claims \(product) places that hold nothing")
    }
    self.extents = extents
  }

  /// Strides where the last index varies fastest (C), in elements.
  static func rowMajorStrides(_ extents: [Int]) -> [Int] {
    columnMajorStrides(extents.reversed()).reversed()
  }

  /// Strides where the first index varies fastest (Fortran, MATLAB), in elements.
  static func columnMajorStrides(_ extents: [Int]) -> [Int] {
    var product = 1
    return extents.map { extent in
      defer { product *= max(extent, 1) }
      return product
    }
  }

  static let dimensionLimit = 32
  private static let emptyArrayLimit = 1 << 24
}
