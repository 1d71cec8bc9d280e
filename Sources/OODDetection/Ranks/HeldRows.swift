import CVectorKernels
import LinearAlgebra
import Synchronization
import SystemSupport

/// The rows of a rank's classes in memory, as float32 where that represents them, else as float64. Classes can be
/// dropped one by one.
final class HeldRows: Sendable {
  /// A row of the class at `slot`, by its number among all samples.
  typealias Place = (slot: Int, row: Int)

  private let dimension: Int
  /// The row numbers of each class, ascending.
  private let rows: [[Int]]
  /// The rows of each class in that order; nil once they are dropped.
  private let classes: Mutex<[RowStorage?]>

  /// Makes room for the rows of some classes.
  init(rows: [[Int]], dimension: Int) {
    self.rows = rows
    self.dimension = dimension
    classes = Mutex(rows.map { RowStorage(count: $0.count * dimension, isSingle: true) })
  }

  /// The size of the rows that are held, and of their numbers.
  var byteCount: Int {
    classes.withLock { $0.reduce(0) { $0 + ($1?.byteCount ?? 0) } } + rows.reduce(0) { $0 + 8 * $1.count }
  }

  /// Keeps rows that have arrived, one after another.
  func store(_ places: [Place], _ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !places.isEmpty else { return }
    let isSingle = bytes.count == places.count * dimension * MemoryLayout<Float>.stride
    let width = bytes.count / places.count
    classes.withLock { classes in
      forEachIndex(of: places) { place, slot, index in
        guard var storage = classes[slot] else { return }
        if storage.isSingle, !isSingle {
          storage = storage.widened()
          classes[slot] = storage
        }
        storage.store(source + place * width, isSingle: isSingle, at: index * dimension, count: dimension)
      }
    }
  }

  /// Rows as a matrix; nil if some of them are dropped.
  func matrix(_ places: [Place]) -> Matrix? {
    let classes = classes.withLock { $0 }
    guard places.allSatisfy({ classes[$0.slot] != nil }) else { return nil }
    let elements = [Double](unsafeUninitializedCapacity: places.count * dimension) {
      buffer, initializedCount in
      guard let start = buffer.baseAddress else { return }
      forEachIndex(of: places) { place, slot, index in
        classes[slot]?.read(at: index * dimension, count: dimension, into: start + place * dimension)
      }
      initializedCount = places.count * dimension
    }
    return Matrix(rowCount: places.count, columnCount: dimension, elements: elements)
  }

  /// Gives the memory of a class back.
  func drop(_ slot: Int) { classes.withLock { $0[slot] = nil } }

  /// The index of each row within its class. O(log n) for a row, or O(1) after its predecessor.
  private func forEachIndex(of places: [Place], _ body: (_ place: Int, _ slot: Int, _ index: Int) -> Void) {
    var last = (slot: -1, index: 0)
    for (place, (slot, row)) in places.enumerated() {
      let rows = rows[slot]
      var index = last.index + 1
      if slot != last.slot || index >= rows.count || rows[index] != row {
        index = rows.indices.partitioningIndex { rows[$0] >= row }
        precondition(index < rows.count && rows[index] == row, "the row belongs to another class")
      }
      last = (slot, index)
      body(place, slot, index)
    }
  }
}

/// Numbers in a mapping of their own, so that their memory goes back to the system with them. Pieces of the heap between
/// others would not fit the factors that are computed from them.
private final class RowStorage: Sendable {
  let isSingle: Bool
  // Written while samples are divided, by one task at a time, and only read after that.
  nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer

  init(count: Int, isSingle: Bool) {
    self.isSingle = isSingle
    let size = max(1, count * (isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride))
    let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | populates, -1, 0)
    precondition(start != MAP_FAILED, "no memory for \(size) bytes of samples")
    bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  var byteCount: Int { bytes.count }

  func store(_ source: UnsafeRawPointer, isSingle isSourceSingle: Bool, at start: Int, count: Int) {
    guard let base = bytes.baseAddress else { return }
    if isSourceSingle == isSingle {
      let stride = isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
      (base + start * stride).copyMemory(from: source, byteCount: count * stride)
    } else {
      precondition(isSourceSingle, "float64 needs storage of float64")
      gmmscope_widen(base.assumingMemoryBound(to: Double.self) + start, source, count)
    }
  }

  func read(at start: Int, count: Int, into target: UnsafeMutablePointer<Double>) {
    guard let base = bytes.baseAddress else { return }
    if isSingle {
      gmmscope_widen(target, base + start * MemoryLayout<Float>.stride, count)
    } else {
      target.initialize(from: base.assumingMemoryBound(to: Double.self) + start, count: count)
    }
  }

  /// The same numbers as float64.
  func widened() -> RowStorage {
    let count = bytes.count / MemoryLayout<Float>.stride
    let result = RowStorage(count: count, isSingle: false)
    if let source = bytes.baseAddress { result.store(source, isSingle: true, at: 0, count: count) }
    return result
  }
}

/// Maps all pages at once, where the system can: all of them will be written.
#if os(Linux)
  private let populates = MAP_POPULATE
#else
  private let populates: Int32 = 0
#endif

extension [Double] {
  /// The bytes of these numbers as float32; nil if that does not represent them all.
  func encodedAsSingles() -> [UInt8]? {
    var isExact = true
    let bytes = [UInt8](unsafeUninitializedCapacity: count * MemoryLayout<Float>.stride) {
      buffer, initializedCount in
      if let target = buffer.baseAddress { isExact = gmmscope_narrow(target, self, count) }
      initializedCount = count * MemoryLayout<Float>.stride
    }
    return isExact ? bytes : nil
  }

  /// The bytes of these numbers.
  func encoded() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

/// Rows as the bytes of several ranks, which may be float32 or float64.
struct EncodedRows: FeatureRows {
  let dimension: Int
  private let bytes: [UInt8]
  /// Where each rank's rows begin: the first row, and the first byte.
  private let starts: [(row: Int, byte: Int)]

  /// - Parameters:
  ///   - sizes: The number of bytes of each rank, (P,).
  ///   - counts: The number of rows of each rank, (P,).
  init(_ bytes: [UInt8], sizes: [Int], counts: [Int], dimension: Int) {
    self.bytes = bytes
    self.dimension = dimension
    starts = zip(counts, sizes).reduce(into: [(0, 0)]) { starts, part in
      let (row, byte) = starts[starts.count - 1]
      starts.append((row + part.0, byte + part.1))
    }
  }

  var count: Int { starts[starts.count - 1].row }

  func matrix(at indices: [Int]) -> Matrix {
    let elements = [Double](unsafeUninitializedCapacity: indices.count * dimension) {
      buffer, initializedCount in
      bytes.withUnsafeBytes { bytes in
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        var rank = 0
        for (place, row) in indices.enumerated() {
          if row < starts[rank].row || row >= starts[rank + 1].row {
            rank = starts.indices.partitioningIndex { starts[$0].row > row } - 1
          }
          let (first, next) = (starts[rank], starts[rank + 1])
          let width = (next.byte - first.byte) / (next.row - first.row)
          let start = source + first.byte + (row - first.row) * width
          if width == dimension * MemoryLayout<Float>.stride {
            gmmscope_widen(target + place * dimension, start, dimension)
          } else {
            UnsafeMutableRawPointer(target + place * dimension).copyMemory(from: start, byteCount: width)
          }
        }
      }
      initializedCount = indices.count * dimension
    }
    return Matrix(rowCount: indices.count, columnCount: dimension, elements: elements)
  }
}
