import Foundation
public import OODDetection

/// λ in few characters, as it can be typed back: `1e-06`, `3.2e-02`, `0`.
public func shortText(_ regularization: Regularization) -> String {
  guard regularization.value > 0 else { return "0" }
  return String(format: "%.1e", regularization.value).replacingOccurrences(of: ".0e", with: "e")
}
