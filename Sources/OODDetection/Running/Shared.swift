import Synchronization

/// A value that is computed when it is first needed, once for all copies.
final class Shared<Value: Sendable>: Sendable {
  private let compute: @Sendable () throws -> Value
  private let computed = Mutex<Value?>(nil)

  init(_ compute: @escaping @Sendable () throws -> Value) { self.compute = compute }

  /// The value. Concurrent callers wait for the first one.
  var value: Value {
    get throws {
      try computed.withLock { computed in
        if let computed { return computed }
        let value = try compute()
        computed = value
        return value
      }
    }
  }
}

/// A value that the first caller provides, once for all copies.
final class Provided<Value: Sendable>: Sendable {
  private let provided = Mutex<Value?>(nil)

  func value(_ provide: () -> Value) -> Value {
    provided.withLock { provided in
      if let provided { return provided }
      let value = provide()
      provided = value
      return value
    }
  }
}
