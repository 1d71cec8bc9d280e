import CTerminalSignals
import Dispatch
import SystemSupport

/// Delivers signals on the main actor, one call each, until it is stopped or deinitialized.
final class SignalReader {
  var onSignal: (Int32) -> Void = { _ in }
  private var source: (any DispatchSourceRead)?

  /// - Parameter patience: The seconds until a signal that nobody acted on ends the process.
  init(patience: UInt32) {
    let descriptor = terminal_signals_install(patience)
    guard descriptor >= 0 else { return }
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .main)
    source.setEventHandler { [weak self] in
      var signals = [UInt8](repeating: 0, count: 64)
      let count = read(descriptor, &signals, signals.count)
      for signal in signals.prefix(max(0, count)) { self?.onSignal(Int32(signal)) }
    }
    source.activate()
    self.source = source
  }

  /// Restores the previous handlers.
  func stop() {
    guard let source else { return }
    source.cancel()
    self.source = nil
    terminal_signals_remove()
  }

  isolated deinit { stop() }
}
