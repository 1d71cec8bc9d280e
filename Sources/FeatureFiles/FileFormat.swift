/// A file format that can be read.
public enum FileFormat: String, CaseIterable, Sendable {
  case npy, npz, csv, tsv, safetensors, pt, pkl, h5, mat

  /// What people call it.
  public var displayName: String {
    switch self {
    case .npy: "NumPy array (.npy)"
    case .npz: "NumPy archive (.npz)"
    case .csv: "comma-separated table (.csv)"
    case .tsv: "tab-separated table (.tsv)"
    case .safetensors: "safetensors (.safetensors)"
    case .pt: "PyTorch file (.pt)"
    case .pkl: "Python pickle (.pkl)"
    case .h5: "HDF5 file (.h5)"
    case .mat: "MATLAB file (.mat)"
    }
  }

  /// Endings of file names that promise this format, in lower case and without the dot.
  public var fileExtensions: [String] {
    switch self {
    case .npy, .npz, .safetensors: [rawValue]
    case .csv: ["csv", "txt"]
    case .tsv: ["tsv", "tab"]
    case .pt: ["pt", "pth"] + Self.commonExtensions
    case .pkl: ["pkl", "pickle"]
    case .h5: ["h5", "hdf5", "hdf", "he5"]
    case .mat: ["mat"]
    }
  }

  /// Endings that PyTorch files have and many others too: these names promise nothing.
  private static let commonExtensions = ["bin", "ckpt"]

  /// Whether the name of `path` would be the same for a file of another format.
  static func isCommon(nameOf path: String) -> Bool {
    commonExtensions.contains { path.lowercased().hasSuffix(".\($0)") }
  }

  /// The format that the name of `path` suggests, if any; of `a.csv.gz` that of `a.csv`.
  public init?(fileExtensionOf path: String) {
    let name = Compression.uncompressedName(of: path).split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.fileExtensions.contains(ending) }) else { return nil }
    self = format
  }

  /// Whether the name of `path` promises a file that can be opened: a known ending, and compressed only where that
  /// is read.
  public static func isOpened(byNameOf path: String) -> Bool {
    guard let format = FileFormat(fileExtensionOf: path) else { return false }
    return format.isReadCompressed || Compression.uncompressedName(of: path).count == path.count
  }
}
