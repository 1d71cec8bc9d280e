public import OODData

/// The pictures of the listed samples, side by side, in place of the table.
public struct ContactSheet: Sendable {
  public internal(set) var isShown = false
  /// Whether pictures are drawn large, so that fewer fit.
  public internal(set) var isLarge = false
  /// The pictures near the selected sample, as far as they were read.
  public private(set) var pictures: [SampleReference: Picture] = [:]

  /// The number of cells of the largest terminal that is filled at once.
  private static let cellCount = 40_000

  /// The most pictures that a sheet shows, of samples with pictures of this size. Each has a caption and a gap.
  static func capacity(width: Int, height: Int) -> Int {
    let tile = (min(width, 20) + 1) * (min(height, 20) / 2 + 1)
    return max(1, cellCount / max(1, tile))
  }

  /// Adds pictures. Forgets those of samples far from the selected one.
  mutating func take(_ found: [SampleReference: Picture], near kept: Set<SampleReference>) {
    pictures = pictures.filter { kept.contains($0.key) }
    pictures.merge(found) { _, new in new }
  }
}

extension OutliersState {
  /// Shows the sheet instead of the table, or the table again.
  mutating func toggleSheet() {
    if showsFrequencies { toggleFrequencies() }
    sheet.isShown.toggle()
  }

  mutating func toggleSheetSize() { sheet.isLarge.toggle() }

  /// The samples around the selected one whose pictures a sheet can show, nearest first.
  func samplesOnSheet(of data: DataSet) -> [SampleReference] {
    guard let images = images(in: data) else { return [] }
    let reach = ContactSheet.capacity(width: images.width, height: images.height)
    let first = max(0, selectedRow - reach)
    let last = min(rows.count, selectedRow + reach)
    return (first..<max(first, last)).sorted { abs($0 - selectedRow) < abs($1 - selectedRow) }
      .map(rows.reference).filter { data[$0.split]?.images != nil }
  }
}

extension OutliersState {
  /// The pictures of the listed samples. Lists of both splits take the size of those of the first that has some.
  fileprivate func images(in data: DataSet) -> ImageStack? {
    let splits: [Split] =
      [.marked, .nearDuplicates].contains(subset) ? [.test, .train] : [subset.split(of: data)]
    return splits.lazy.compactMap { data[$0]?.images }.first
  }
}

extension ExplorerState {
  /// The pictures of the listed samples; `nil` if they have none.
  public var listedImages: ImageStack? { data.dataSet.flatMap(outliers.images) }

  /// Whether the listed samples have pictures.
  public var hasPictures: Bool { listedImages != nil }

  /// Whether pictures stand in place of the table of samples.
  public var showsSheet: Bool {
    screen == .outliers && outliers.sheet.isShown && !outliers.isDetailOpen && !outliers.showsFrequencies
      && hasPictures
  }

  /// Starts reading the pictures that the sheet can show, once half of the way to those that were read is left.
  mutating func readPicturesIfWanted(_ data: DataSet) -> [Effect] {
    guard showsSheet, tasks[.pictures] == nil else { return [] }
    let wanted = outliers.samplesOnSheet(of: data)
    let near = wanted.prefix(max(1, wanted.count / 2))
    guard near.contains(where: { outliers.sheet.pictures[$0] == nil }) else { return [] }
    let missing = wanted.filter { outliers.sheet.pictures[$0] == nil }
    // A picture that cannot be read is not asked for again.
    guard tasks.requested.pictures != missing else { return [] }
    tasks.requested.pictures = missing
    return [tasks.start(.readPictures(data, missing))]
  }
}
