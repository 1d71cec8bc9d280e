/// How many samples of each class are likeliest in each class. Class indices refer to the detector's classes.
///
/// Only pairs that occur take memory, since a data set of many classes confuses few of them.
public struct ConfusionMatrix: Sendable, Equatable {
  /// Samples of one class that are likeliest in one class.
  public struct Cell: Sendable, Equatable {
    /// The index of the samples' own class.
    public let classIndex: Int
    /// The index of their likeliest class.
    public let likeliestClass: Int
    /// Above 0.
    public let count: Int
  }

  /// K.
  public let classCount: Int
  private var counts: [Int: Int] = [:]

  public init(classCount: Int) { self.classCount = classCount }

  /// Counts samples by the likeliest class that was found for them. Skips samples whose label is of none of the classes.
  ///
  /// - Parameters:
  ///   - likeliest: The index of the likeliest class, (N,).
  ///   - classLabels: The labels of the classes, (K,).
  public init(likeliest: [Int32], labels: [Int], classLabels: [Int]) {
    self.init(classCount: classLabels.count)
    let places = Dictionary(uniqueKeysWithValues: classLabels.enumerated().map { ($0.element, $0.offset) })
    for (label, found) in zip(labels, likeliest) {
      if let own = places[label] { add(classIndex: own, likeliestClass: Int(found)) }
    }
  }

  mutating func add(classIndex: Int, likeliestClass: Int) {
    counts[classIndex * classCount + likeliestClass, default: 0] += 1
  }

  /// The number of samples of a class that are likeliest in another class, or in their own.
  public subscript(classIndex: Int, likeliestClass: Int) -> Int {
    counts[classIndex * classCount + likeliestClass] ?? 0
  }

  /// The pairs that occur, in ascending order of class and likeliest class.
  public var cells: [Cell] {
    counts.sorted { $0.key < $1.key }.map {
      Cell(classIndex: $0.key / classCount, likeliestClass: $0.key % classCount, count: $0.value)
    }
  }

  /// The number of all samples.
  public var sampleCount: Int { counts.values.reduce(0, +) }

  /// The share of samples that are likeliest in their own class; nil without samples.
  public var accuracy: Double? {
    let correct = (0..<classCount).reduce(0) { $0 + self[$1, $1] }
    return sampleCount > 0 ? Double(correct) / Double(sampleCount) : nil
  }
}
