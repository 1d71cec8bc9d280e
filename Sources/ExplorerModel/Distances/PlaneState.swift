import LinearAlgebra
public import OODData
import OODDetection

/// Which classes the plane tells apart.
public enum PlaneChoice: CaseIterable, Sendable {
  /// The two classes of the selected pair.
  case pair
  /// The class of the selected row and the classes closest to it.
  case neighbors
  case all
  /// The class of the selected row alone.
  case single
}

/// Which samples are drawn besides the training samples.
public enum PlaneLayers: CaseIterable, Sendable {
  case all, train, heldOut, outOfDistribution

  public var showsHeldOut: Bool { self == .all || self == .heldOut }
  public var showsOutOfDistribution: Bool { self == .all || self == .outOfDistribution }
}

/// A rectangle of the plane.
public struct PlaneRange: Sendable, Equatable {
  public var x: ClosedRange<Double>
  public var y: ClosedRange<Double>

  func contains(_ sample: ClassPlane.Sample) -> Bool { x.contains(sample.x) && y.contains(sample.y) }

  /// The range whose width and height are `factor` times as large, around a point.
  func scaled(by factor: Double, around point: (x: Double, y: Double)) -> PlaneRange {
    func scaled(_ range: ClosedRange<Double>, _ fixed: Double) -> ClosedRange<Double> {
      let low = fixed - (fixed - range.lowerBound) * factor
      return low...max(low, fixed + (range.upperBound - fixed) * factor)
    }
    return PlaneRange(x: scaled(x, point.x), y: scaled(y, point.y))
  }

  /// The range moved by parts of its width and height.
  func moved(by offset: (x: Double, y: Double)) -> PlaneRange {
    func moved(_ range: ClosedRange<Double>, _ part: Double) -> ClosedRange<Double> {
      let distance = part * (range.upperBound - range.lowerBound)
      return range.lowerBound + distance...range.upperBound + distance
    }
    return PlaneRange(x: moved(x, offset.x), y: moved(y, offset.y))
  }
}

/// The plane that separates classes best, with a cursor on one of its samples.
public struct PlaneState: Sendable {
  public private(set) var isOpen = false
  /// `nil` until the user chose: all classes if they are few, else the nearest ones.
  private var choice: PlaneChoice?
  public private(set) var layers = PlaneLayers.all
  /// The latest plane, which can be that of other classes or another setting.
  public private(set) var found: ClassPlane?
  /// The shown part of the plane; `nil` for the part with nearly all samples.
  private var zoomed: PlaneRange?
  /// The sample under the cursor; `nil` until the user moves it.
  public private(set) var cursor: ClassPlane.Sample?

  /// The number of classes that are shown together without being asked for.
  public static let usualCount = 12
  /// The number of classes around the selected one.
  public static let neighborCount = 5
}

// MARK: Values

extension PlaneState {
  /// What is chosen among this number of classes.
  public func choice(of classCount: Int) -> PlaneChoice {
    choice ?? (classCount <= Self.usualCount ? .all : .neighbors)
  }

  /// The drawn samples, the ones on top last.
  public var samples: [ClassPlane.Sample] {
    guard let found else { return [] }
    return found.train.kept + (layers.showsHeldOut ? found.heldOut.kept : [])
      + (layers.showsOutOfDistribution ? found.outOfDistribution.kept : [])
  }

  public var isZoomed: Bool { zoomed != nil }

  /// The shown part of the plane; `nil` until there is one.
  public var range: PlaneRange? { zoomed ?? usualRange }

  /// The part with all training samples of the classes and all but the farthest other samples, which would squeeze them.
  private var usualRange: PlaneRange? {
    guard let found else { return nil }
    func range(_ coordinate: (ClassPlane.Sample) -> Double, _ axis: Int) -> ClosedRange<Double>? {
      let means = (0..<found.plane.means.rowCount).map { found.plane.means[$0, axis] }
      let inner = (found.train.kept.isEmpty ? found.heldOut.kept : found.train.kept).map(coordinate) + means
      let values = inner.filter(\.isFinite)
      guard let low = values.min(), let high = values.max() else { return nil }
      var (least, greatest) = (low, high)
      let width = max(high - low, 1e-9)
      let others =
        (layers.showsHeldOut ? found.heldOut.kept : [])
        + (layers.showsOutOfDistribution ? found.outOfDistribution.kept : [])
      for value in others.map(coordinate) where value.isFinite {
        // Others extend the range by at most a quarter on either side.
        least = min(least, max(value, low - width / 4))
        greatest = max(greatest, min(value, high + width / 4))
      }
      let margin = 0.04 * max(greatest - least, 1e-9)
      return least - margin...greatest + margin
    }
    guard let x = range(\.x, 0), let y = range(\.y, 1) else { return nil }
    return PlaneRange(x: x, y: y)
  }
}

// MARK: Changes

extension PlaneState {
  mutating func toggle() { isOpen.toggle() }

  mutating func close() { isOpen = false }

  mutating func cycleChoice(_ offset: Int, of classCount: Int) {
    var next = choice(of: classCount)
    repeat {
      next = next.neighbor(by: offset)
      // A pair needs two classes, and a neighborhood differs from all of them only among more.
    } while next == .pair && classCount < 2 || next == .neighbors && classCount <= Self.neighborCount + 1
      || next == .all && classCount < 2
    choice = next
    (zoomed, cursor) = (nil, nil)
  }

  mutating func cycleLayers(_ offset: Int) {
    layers = layers.neighbor(by: offset)
    if let cursor, !samples.contains(cursor) { self.cursor = nil }
  }

  mutating func take(_ plane: ClassPlane) {
    let isOther = found?.plane.classIndices != plane.plane.classIndices
    found = plane
    if isOther { zoomed = nil }
    // The cursor stays on its sample.
    cursor = cursor.flatMap { old in samples.first { $0.reference == old.reference } }
  }

  /// Moves the cursor to the nearest sample in a direction, (±1, 0) or (0, ±1), at least `step` of the shown width or
  /// height away; from no sample, to the one nearest to the middle. O(n).
  mutating func moveCursor(x: Int, y: Int, step: (x: Double, y: Double)) {
    guard let range else { return }
    let (width, height) = (
      max(range.x.upperBound - range.x.lowerBound, .leastNormalMagnitude),
      max(range.y.upperBound - range.y.lowerBound, .leastNormalMagnitude)
    )
    let middle = (x: range.x.lowerBound + width / 2, y: range.y.lowerBound + height / 2)
    let start = cursor.map { (x: $0.x, y: $0.y) } ?? middle
    var best: (distance: Double, sample: ClassPlane.Sample)?
    for sample in samples where cursor != nil || range.contains(sample) {
      let (across, up) = ((sample.x - start.x) / width, (sample.y - start.y) / height)
      let distance: Double
      if cursor == nil {
        distance = across * across + up * up
      } else {
        let along = x != 0 ? across * Double(x) : up * Double(y)
        let aside = (x != 0 ? up : across).magnitude
        guard along >= (x != 0 ? step.x : step.y), aside <= 2 * along else { continue }
        distance = along + 2 * aside
      }
      if best.map({ distance < $0.distance }) ?? true { best = (distance, sample) }
    }
    guard let found = best?.sample else { return }
    cursor = found
    follow(found)
  }

  /// Puts the cursor on the drawn sample nearest to a point. O(n).
  mutating func placeCursor(x: Double, y: Double) {
    guard let range else { return }
    let (width, height) = (
      range.x.upperBound - range.x.lowerBound, range.y.upperBound - range.y.lowerBound
    )
    let isFlat = found?.plane.directions.rowCount == 1
    cursor = samples.min {
      func distance(_ sample: ClassPlane.Sample) -> Double {
        // With one direction, the height says nothing.
        let (across, up) = ((sample.x - x) / width, isFlat ? 0 : (sample.y - y) / height)
        return across * across + up * up
      }
      return distance($0) < distance($1)
    }
  }

  /// Pans so that a sample is visible.
  private mutating func follow(_ sample: ClassPlane.Sample) {
    guard var range, !range.contains(sample) else { return }
    func distance(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      let width = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
      if value < range.lowerBound { return (value - range.lowerBound) / width - 0.1 }
      return value > range.upperBound ? (value - range.upperBound) / width + 0.1 : 0
    }
    range = range.moved(by: (distance(sample.x, range.x), distance(sample.y, range.y)))
    zoomed = range
  }

  /// Shows a part of the plane around the cursor, or around the middle.
  mutating func zoom(by factor: Double) {
    guard let range, factor > 0 else { return }
    let middle = (
      x: (range.x.lowerBound + range.x.upperBound) / 2, y: (range.y.lowerBound + range.y.upperBound) / 2
    )
    let next = range.scaled(by: factor, around: cursor.map { ($0.x, $0.y) } ?? middle)
    let width = next.x.upperBound - next.x.lowerBound
    let magnitude = max(next.x.lowerBound.magnitude, next.x.upperBound.magnitude)
    // Further in, coordinates would have no digits left to tell points apart.
    guard width > 1e-9 * magnitude, width < 1e12, width.isFinite else { return }
    zoomed = next
  }

  mutating func pan(x: Double, y: Double) { if let range { zoomed = range.moved(by: (x, y)) } }

  mutating func resetZoom() { zoomed = nil }
}

extension ExplorerState {
  /// The classes that the plane tells apart, by index.
  public var planeClasses: [Int] {
    let count = classes.outlines.count
    let (row, column) = (distances.row, distances.column)
    guard count > 0, row < count else { return [] }
    switch distances.plane.choice(of: count) {
    case .single: return [row]
    case .pair: return row == column || column >= count ? [row] : [row, column].sorted()
    case .neighbors:
      return ([row] + distances.closestClasses(to: row, limit: PlaneState.neighborCount).map(\.index))
        .sorted()
    case .all: return Array(0..<count)
    }
  }

  /// Whether the shown plane is that of the shown classes and setting.
  public var planeIsCurrent: Bool {
    guard let found = distances.plane.found else { return false }
    return found.plane.classIndices == planeClasses && found.setting == setting.fit
      && found.regularization == setting.regularization
  }

  /// Starts computing the plane, unless it is known or running.
  mutating func planeIfWanted(_ detector: SpectralDetector, _ samples: DataSet) -> [Effect] {
    let wanted = RequestedWork.Plane(
      classIndices: planeClasses, fit: setting.fit, regularization: setting.regularization)
    guard !planeIsCurrent, !wanted.classIndices.isEmpty, tasks.requested.plane != wanted else { return [] }
    tasks.requested.plane = wanted
    return [tasks.start(.plane(detector, samples, wanted.classIndices, wanted.regularization))]
  }

  /// Applies an action of the plane.
  mutating func usePlane(_ action: PlaneAction) -> [Effect] {
    switch action {
    case .toggle:
      distances.plane.toggle()
      // A cancelled computation starts again when the plane is shown again.
      if tasks[.plane] == nil { tasks.requested.plane = nil }
    case .cycleChoice(let offset):
      distances.plane.cycleChoice(offset, of: classes.outlines.count)
      if tasks[.plane] == nil { tasks.requested.plane = nil }
    case .cycleLayers(let offset): distances.plane.cycleLayers(offset)
    case .moveCursor(let x, let y, let stepX, let stepY):
      distances.plane.moveCursor(x: x, y: y, step: (stepX, stepY))
    case .placeCursor(let x, let y): distances.plane.placeCursor(x: x, y: y)
    case .zoom(let factor): distances.plane.zoom(by: factor)
    case .pan(let x, let y): distances.plane.pan(x: x, y: y)
    case .resetZoom: distances.plane.resetZoom()
    case .toggleMark:
      if let reference = distances.plane.cursor?.reference { outliers.toggleMark(of: reference) }
    case .openSample:
      guard let reference = distances.plane.cursor?.reference else {
        messages.say(.info, "Move the cursor to a sample with the arrow keys first.")
        return []
      }
      show(sample: reference)
    }
    return []
  }

  /// The drawn samples with their coordinates, for the export.
  var planeTable: ReportTable? {
    guard let samples = data.dataSet, distances.plane.found != nil else { return nil }
    return ReportTable(
      columns: ["split", "index", "id", "label", "x", "y"],
      rows: distances.plane.samples.map { sample in
        let reference = sample.reference
        let split = samples[reference.split]
        return [
          .text(reference.split.rawValue), .integer(reference.index),
          .text(split?.name(of: reference.index) ?? ""),
          split?.labels.map { .integer($0[reference.index]) } ?? .missing, .number(sample.x),
          .number(sample.y),
        ]
      })
  }

  /// Goes to a sample in the sample table.
  mutating func show(sample reference: SampleReference) {
    outliers.show(reference, of: data.dataSet)
    screen = .outliers
    refreshOutliers()
  }
}

/// What can be done in the plane.
public enum PlaneAction: Sendable, Equatable {
  /// Show the plane, or the map of distances again.
  case toggle
  case cycleChoice(Int)
  case cycleLayers(Int)
  /// Move the cursor in a direction, at least by parts of the shown width and height.
  case moveCursor(x: Int, y: Int, stepX: Double, stepY: Double)
  case placeCursor(x: Double, y: Double)
  case zoom(Double)
  /// Move the shown part by parts of its width and height.
  case pan(x: Double, y: Double)
  case resetZoom
  case toggleMark
  /// Show the sample under the cursor in the sample table.
  case openSample
}
