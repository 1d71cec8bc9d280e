// swift-tools-version: 6.2
import PackageDescription

// Layers point down only. A target can import only what it names here, so this file is the architecture.

// MARK: C libraries: a module map and a header of inline functions each

let systemLibraries: [Target] = [
  .systemLibrary(name: "CNCurses", providers: [.apt(["libncursesw5-dev"])]),
  .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
  /// Only with the trait MPI.
  .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
  /// Temporary files, which a signal handler removes.
  .target(name: "CPendingFiles"),
  /// Loops that BLAS has no routine for, in C because only C can be compiled for several processors at once.
  .target(name: "CVectorKernels"),
  /// In C, for a child of `fork` may run nothing else. libhdf5 is loaded when it is needed, not linked.
  .target(name: "CHDF5"),
  /// zlib is linked; libzstd and liblzma are loaded when they are needed.
  .target(name: "CDecompression", dependencies: ["CZlib"]),
]

// MARK: The library

let libraries: [Target] = [
  /// The C library under its name on each platform, and what several targets do with it.
  .target(name: "SystemSupport", dependencies: ["CPendingFiles"]),
  /// The only caller of BLAS and LAPACK.
  .target(name: "LinearAlgebra", dependencies: ["COpenBLAS", "CVectorKernels", "CXXHash", "SystemSupport"]),
  /// Detector, scores, λ path, leave-one-out, metrics, explanations.
  .target(
    name: "OODDetection",
    dependencies: [
      "LinearAlgebra", "CVectorKernels", "SystemSupport",
      .product(name: "HeapModule", package: "swift-collections"),
    ]),
  /// What a launcher such as mpirun says to a process, and, with the trait MPI, the ranks as a communicator.
  .target(
    name: "MessagePassing",
    dependencies: [
      "OODDetection", "SystemSupport", .target(name: "CMPI", condition: .when(traits: ["MPI"])),
    ]),
  /// Bytes to named arrays and back, one file per format.
  .target(
    name: "FeatureFiles",
    dependencies: ["CZlib", "CHDF5", "CDecompression", "CVectorKernels", "SystemSupport"]),
  /// Files to data sets, detectors, scores and reports; models on disk: what commands, explorer and programs call.
  .target(name: "OODData", dependencies: ["OODDetection", "FeatureFiles", "LinearAlgebra", "SystemSupport"]),
]

// MARK: The terminal

let terminal: [Target] = [
  /// The view-model of the explorer: state, actions, effects. No terminal.
  .target(
    name: "ExplorerModel",
    dependencies: [
      "OODData", "OODDetection", "FeatureFiles", "LinearAlgebra",
      .product(name: "TOMLKit", package: "TOMLKit"),
    ]),
  /// Cells, styles, layout, charts, tables. Pure; knows no domain.
  .target(name: "TerminalRendering"),
  /// State and size to cells, keys to actions. Pure.
  .target(
    name: "ExplorerScreens",
    dependencies: ["ExplorerModel", "OODData", "OODDetection", "LinearAlgebra", "TerminalRendering"]),
  /// The only importer of ncurses: session, painter, keys, event loop.
  .target(
    name: "CursesFrontEnd",
    dependencies: [
      "CNCurses", "CTerminalSignals", "CZlib", "ExplorerScreens", "ExplorerModel", "OODData", "SystemSupport",
      "TerminalRendering",
    ]),
  /// The signal handlers, in C because only C can be seen to be async-signal-safe.
  .target(name: "CTerminalSignals"),
]

// MARK: Programs

let programs: [Target] = [
  /// What has to be done before the libraries are set up, and inside signal handlers.
  .target(name: "CProcessStart", dependencies: ["CPendingFiles"]),
  .executableTarget(
    name: "gmmscope",
    dependencies: [
      "CursesFrontEnd", "ExplorerScreens", "ExplorerModel", "TerminalRendering", "OODData", "OODDetection",
      "FeatureFiles", "MessagePassing", "CProcessStart",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  /// Fixed workloads, timed and checked, beside pytorch-ood where that is asked for.
  .executableTarget(
    name: "gmmscope-bench",
    dependencies: [
      "ExplorerScreens", "ExplorerModel", "OODData", "OODDetection", "LinearAlgebra", "FeatureFiles",
      "SystemSupport", "TerminalRendering",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    resources: [
      .embedInCode("Peer/pytorch_ood_peer.py"), .embedInCode("Peer/settings_peer.py"),
      .embedInCode("Peer/pandas_peer.py"),
    ]),
  /// The examples of the documentation. They may use products only.
  .executableTarget(
    name: "score-files", dependencies: ["OODData", "OODDetection", "LinearAlgebra"],
    path: "Sources/Examples/ScoreFiles"),
  .executableTarget(
    name: "encode-inputs", dependencies: ["OODDetection", "LinearAlgebra"],
    path: "Sources/Examples/EncodeInputs"),
]

// MARK: Tests

let tests: [Target] = [
  .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"]),
  .target(
    name: "TestData", dependencies: ["OODData", "OODDetection", "LinearAlgebra"], path: "Tests/TestData"),
  /// Checks MPI as a communicator, started by mpirun.
  .executableTarget(
    name: "communicator-check", dependencies: ["MessagePassing", "OODDetection"],
    path: "Tests/CommunicatorCheck"),
  .testTarget(
    name: "OODDetectionTests", dependencies: ["OODDetection", "LinearAlgebra", "TestData"],
    resources: [.copy("Goldens")]),
  .testTarget(
    name: "FeatureFilesTests",
    dependencies: ["FeatureFiles", "CHDF5", "CPendingFiles", "LinearAlgebra", "TestData"],
    resources: [.copy("Fixtures")]),
  .testTarget(
    name: "OODDataTests",
    dependencies: ["OODData", "OODDetection", "FeatureFiles", "LinearAlgebra", "TestData"],
    resources: [.copy("Caches")]),
  .testTarget(
    name: "ExplorerModelTests",
    dependencies: ["ExplorerModel", "OODData", "OODDetection", "FeatureFiles", "LinearAlgebra", "TestData"]),
  .testTarget(name: "TerminalRenderingTests", dependencies: ["TerminalRendering"]),
  .testTarget(
    name: "ExplorerScreensTests",
    dependencies: [
      "ExplorerScreens", "ExplorerModel", "OODData", "OODDetection", "LinearAlgebra", "TerminalRendering",
      "TestData",
    ],
    resources: [.copy("Snapshots")]),
  .testTarget(
    name: "CursesFrontEndTests", dependencies: ["CursesFrontEnd", "CNCurses", "CZlib", "TerminalRendering"]),
  .testTarget(
    name: "EndToEndTests",
    dependencies: [
      "gmmscope", "score-files", "encode-inputs", "FeatureFiles", "MessagePassing", "TestData",
    ]),
  .testTarget(
    name: "BenchmarkTests",
    dependencies: [
      "gmmscope-bench", "ExplorerModel", "OODData", "OODDetection", "LinearAlgebra", "FeatureFiles",
      "TestData",
    ]),
]

// MARK: Settings every target shares

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
/// ncurses has one screen and no locks: what draws or reads keys lives on the main actor.
let onMainActor: Set<String> = ["CursesFrontEnd", "CursesFrontEndTests", "gmmscope"]

for target in libraries + terminal + programs + tests {
  target.swiftSettings = strict
  if onMainActor.contains(target.name) {
    target.swiftSettings?.append(.defaultIsolation(MainActor.self))
  }
}

let package = Package(
  name: "gmmscope",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "gmmscope", targets: ["gmmscope"]),
    .executable(name: "gmmscope-bench", targets: ["gmmscope-bench"]),
    // LinearAlgebra for its Matrix, which holds features.
    .library(name: "OODDetection", targets: ["OODDetection", "LinearAlgebra"]),
    .library(name: "FeatureFiles", targets: ["FeatureFiles"]),
    .library(name: "OODData", targets: ["OODData", "OODDetection", "LinearAlgebra"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Lets mpirun and srun spread the commands over several machines.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // The settings file.
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
  ],
  targets: systemLibraries + libraries + terminal + programs + tests
)
