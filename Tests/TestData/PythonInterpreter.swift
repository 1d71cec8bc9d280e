import Foundation

/// The interpreter that `GMMSCOPE_PYTHON` names, else `python3`.
public enum PythonInterpreter {
  public static let name = ProcessInfo.processInfo.environment["GMMSCOPE_PYTHON"] ?? "python3"

  /// Whether it is there and finds all of the modules.
  public static func has(_ modules: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let finds = modules.map { "u.find_spec('\($0)')" }.joined(separator: " and ")
    process.arguments = [name, "-c", "import importlib.util as u; assert \(finds)"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
