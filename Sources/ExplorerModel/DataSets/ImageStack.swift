/// Pictures of the samples: N × height × width × channels (1 or 3), 8 bits, read on demand.
public struct ImageStack: Sendable {
  public let height: Int
  public let width: Int
  public let channelCount: Int
  public let count: Int
  private let read: @Sendable (Int) throws -> [UInt8]

  /// - Parameter read: the pixels of one sample, row after row, channels together.
  public init(
    count: Int, height: Int, width: Int, channelCount: Int, read: @escaping @Sendable (Int) throws -> [UInt8]
  ) {
    self.count = count
    self.height = height
    self.width = width
    self.channelCount = channelCount
    self.read = read
  }

  public func picture(at index: Int) throws -> Picture {
    Picture(height: height, width: width, channelCount: channelCount, pixels: try read(index))
  }
}

/// One picture: `pixels[(y * width + x) * channelCount + channel]`.
public struct Picture: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let channelCount: Int
  public let pixels: [UInt8]

  public init(height: Int, width: Int, channelCount: Int, pixels: [UInt8]) {
    self.height = height
    self.width = width
    self.channelCount = channelCount
    self.pixels = pixels
  }
}
