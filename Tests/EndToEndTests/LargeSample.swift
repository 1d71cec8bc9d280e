import Foundation
import TestData

/// A data set that takes seconds to fit: noise, as small integers.
enum LargeSample {
  /// Writes `large.npy` and `large_labels.npy`. Every class has more samples than dimensions.
  static func write(to folder: ScratchFolder, classCount: Int, dimension: Int) throws {
    let count = classCount * (dimension + 8)
    var generator = SystemRandomNumberGenerator()
    // Over and over, since making as much noise as that takes longer than fitting to it; a prime length, so that no
    // two samples are alike.
    let piece = Data((0..<99_991).map { _ in UInt8.random(in: 0...255, using: &generator) })
    var noise = Data(capacity: count * dimension + piece.count)
    while noise.count < count * dimension { noise.append(piece) }
    let labels = Data((0..<count).map { UInt8($0 % classCount) })
    try write(
      noise.prefix(count * dimension), type: "|i1", shape: "(\(count), \(dimension))",
      to: folder.file("large.npy"))
    try write(labels, type: "|u1", shape: "(\(count),)", to: folder.file("large_labels.npy"))
  }

  private static func write(_ data: Data, type: String, shape: String, to path: String) throws {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    let padded = header.padding(toLength: 118, withPad: " ", startingAt: 0) + "\n"
    var file = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(padded.utf8.count), 0])
    file += Data(padded.utf8) + data
    try file.write(to: URL(fileURLWithPath: path))
  }
}
