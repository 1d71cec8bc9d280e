import Foundation
import LinearAlgebra
public import OODData
public import OODDetection

/// Three small classes and some outliers in three dimensions; the same numbers on every machine.
public enum SmallData {
  public static let dimension = 3

  public static func dataSet(testCount: Int = 6, hasOutOfDistribution: Bool = true) -> DataSet {
    DataSet(
      train: split(perClass: 12, outCount: 0, phase: 0),
      test: split(perClass: testCount, outCount: hasOutOfDistribution ? 5 : 0, phase: 0.37),
      classNames: ["ant", "bee", "cat"])
  }

  public static func split(perClass: Int, outCount: Int, phase: Double) -> DataSplit {
    var elements: [Double] = []
    var labels: [Int] = []
    for label in 0..<3 {
      for index in 0..<perClass {
        let angle = Double(index) * 2.4 + phase + Double(label)
        elements += [
          Double(label) * 4 + sin(angle), cos(angle * 1.7) - Double(label), 0.3 * sin(angle * 3.1),
        ]
        labels.append(label)
      }
    }
    for index in 0..<outCount {
      elements += [20 + Double(index), -9, 5 + Double(index) * 0.5]
      labels.append(-1)
    }
    return DataSplit(
      rows: Matrix(rowCount: labels.count, columnCount: dimension, elements: elements), labels: labels,
      ids: labels.indices.map { "\(labels[$0] < 0 ? "odd" : "sample")-\($0)" })
  }

  /// A short path whose values are steps of the λ keys.
  public static let path = [1e-3, 1e-2, 1e-1, 1, 10].compactMap { try? Regularization($0) }
}

/// An error that says what it is given.
public struct Failure: Error, CustomStringConvertible {
  public let description: String

  public init(_ text: String) { description = text }
}
