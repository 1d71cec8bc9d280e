/// The extents of an array in a file, checked for validity.
struct ArrayShape {
  let extents: [Int]
  let elementCount: Int
  let byteCount: Int

  /// Checks that the numbers of elements and bytes do not overflow. Also limits the extents of arrays without bytes,
  /// which the file size does not limit.
  ///
  /// - Parameter place: The name of the array in messages.
  init(
    _ extents: [Int], elementByteCount: Int, place: String, path: String
  ) throws(FeatureFileError) {
    guard extents.count <= Self.dimensionLimit else {
      throw .impossibleSize(
        path: path, place: place,
        problem: "\(extents.count) dimensions exceed the limit of \(Self.dimensionLimit)")
    }
    // Ignores zeros, so that partial products such as the length of a row cannot overflow either.
    var product = max(elementByteCount, 1)
    for extent in extents {
      guard extent >= 0 else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) has a negative extent")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow else {
        throw .impossibleSize(path: path, place: place, problem: "shape \(extents) exceeds the address space")
      }
      product = next
    }
    elementCount = extents.reduce(1, *)
    byteCount = elementCount * elementByteCount
    guard byteCount > 0 || product <= Self.emptyArrayLimit else {
      throw .impossibleSize(
        path: path, place: place, problem: "shape \(extents) is too large for an array without data")
    }
    self.extents = extents
  }

  /// The strides, in elements, if the last index varies fastest (C).
  static func rowMajorStrides(_ extents: [Int]) -> [Int] {
    columnMajorStrides(extents.reversed()).reversed()
  }

  /// The strides, in elements, if the first index varies fastest (Fortran, MATLAB).
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
