/// A number of a report. JSON has no infinity, which scores reach where λ is next to nothing: null stands in for it.
@propertyWrapper
public struct JSONNumber: Encodable, Sendable {
  public var wrappedValue: Double

  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension Double {
  /// The number where JSON can hold it, for what is left out where it is absent.
  var finite: Double? { isFinite ? self : nil }
}
