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
  /// The number where JSON can hold it.
  var finite: Double? { isFinite ? self : nil }
}

/// A value that a report may lack. Its key is written either way, so that every report of a kind, and every row of one,
/// has the same keys: null stands in for what is absent, and for a number that JSON cannot hold.
@propertyWrapper
public struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  public var wrappedValue: Value?

  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    guard let wrappedValue, (wrappedValue as? Double)?.isFinite ?? true else {
      return try container.encodeNil()
    }
    try container.encode(wrappedValue)
  }
}
