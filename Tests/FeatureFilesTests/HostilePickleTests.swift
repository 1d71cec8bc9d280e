import Testing

@testable import FeatureFiles

/// Pickles that create as much data as possible from few bytes. Their memory is bounded by their size.
struct HostilePickleTests {
  private static let large = 1 << 20

  /// A tensor's function and arguments, memoized as 0 and 1.
  private static let tensor: [UInt8] =
    [0x80, 2] + Array("ctorch._utils\n_rebuild_tensor_v2\nq\0".utf8) + [0x30]
    + [0x28, 0x28] + [0x8C, 7] + Array("storage".utf8) + Array("ctorch\nFloatStorage\n".utf8)
    + [0x8C, 1, 0x30, 0x8C, 3] + Array("cpu".utf8) + [0x4B, 6, 0x74, 0x51]
    + [0x4B, 0, 0x28, 0x4B, 2, 0x4B, 3, 0x74, 0x28, 0x4B, 3, 0x4B, 1, 0x74, 0x74, 0x71, 1, 0x30]

  /// An array's function and arguments, memoized as 0 and 1.
  private static let array: [UInt8] =
    [0x80, 2] + Array("cnumpy.core.multiarray\n_reconstruct\nq\0".utf8) + [0x30]
    + Array("cnumpy\nndarray\n".utf8) + [0x4B, 0, 0x85, 0x8C, 1, 0x62, 0x87, 0x71, 1, 0x30]

  static let hostile: [(name: String, bytes: [UInt8])] = [
    ("tuples in tuples", [0x5D] + Array(repeating: 0x85, count: large)),
    ("empty lists", Array(repeating: 0x5D, count: large)),
    ("empty tuples", Array(repeating: 0x29, count: large)),
    ("lists of one", Array((0..<large / 3).map { _ in [0x5D, 0x4E, 0x61] as [UInt8] }.joined())),
    ("numbers", Array(repeating: 0x4E, count: large)),
    ("copies", [0x4E] + Array(repeating: 0x32, count: large)),
    // Memoized at a large index, directly and counting from the beginning.
    ("far memory", [0x4E, 0x72, 0xF0, 0xFF, 0x0F, 0] + Array(repeating: 0x30, count: large)),
    ("memory", [0x4E] + Array(repeating: 0x94, count: large)),
    // Many tensors with the same arguments.
    (
      "tensors",
      tensor + Array((0..<large / 5).map { _ in [0x68, 0, 0x68, 1, 0x52] as [UInt8] }.joined())
    ),
    // Bytes of a long text, and names, created repeatedly.
    (
      "bytes of a text",
      Array("c_codecs\nencode\nq\0".utf8) + [0x30, 0x58, 0, 0, 8, 0]
        + Array(repeating: Array("é".utf8), count: large / 4).joined() + [0x85, 0x71, 1, 0x30]
        + Array((0..<large / 10).map { _ in [0x68, 0, 0x68, 1, 0x52] as [UInt8] }.joined())
    ),
    ("arrays", array + Array((0..<large / 5).map { _ in [0x68, 0, 0x68, 1, 0x52] as [UInt8] }.joined())),
    ("contents", Array((0..<large / 2).map { _ in [0x43, 0] as [UInt8] }.joined())),
    ("names", Array((0..<large / 8).map { Array("cm\n\($0)\n".utf8) }.joined())),
    // A long list that is converted to a set repeatedly.
    (
      "sets of a list",
      Array("c__builtin__\nset\nq\0".utf8) + [0x30, 0x28] + Array(repeating: 0x4E, count: large / 2)
        + [0x74, 0x85, 0x71, 1, 0x30]
        + Array((0..<large / 10).map { _ in [0x68, 0, 0x68, 1, 0x52] as [UInt8] }.joined())
    ),
  ]

  @Test(arguments: hostile.indices) func memoryIsBoundedByThePickleSize(_ index: Int) {
    let (name, bytes) = Self.hostile[index]
    var machine = PickleMachine(ByteRegion(copying: bytes), path: "x.pt")
    let error = #expect(throws: FeatureFileError.self, "\(name)") {
      _ = try machine.run(stage: ReadStage(path: "x.pt", byteCount: 1))
    }
    #expect(error?.path == "x.pt")
    #expect(machine.heldByteCount <= PickleMachine.limit(of: bytes.count), "\(name)")
    #expect(PickleMachine.limit(of: bytes.count) <= 32 * bytes.count + 1 << 20)
    // The counts match the content.
    let containers = machine.containers.reduce(0) {
      $0 + 16 + ($1.elements.isEmpty ? 0 : 32 + PickleMachine.valueByteCount * $1.elements.count)
    }
    #expect(containers <= machine.heldByteCount, "\(name)")
  }

  @Test func picklesOfPythonAreFarFromTheLimit() throws {
    // The largest ratio that Python writes: a list of tuples of one number each.
    let count = 200_000
    let items = (0..<count).flatMap { _ in [0x4B, 1, 0x85, 0x94] as [UInt8] }
    var machine = PickleMachine(
      ByteRegion(copying: [0x80, 4, 0x5D, 0x94, 0x28] + items + [0x65, 0x2E]), path: "x.pt")
    guard case .container(let number) = try machine.run(stage: ReadStage(path: "x.pt", byteCount: 1)) else {
      Issue.record("no list")
      return
    }
    #expect(machine.containers[number].elements.count == count)
    for file in ["dataset/full.pt", "arrays/containers.pt", "arrays/list.pt"] {
      #expect(try FeatureFile.open(Fixtures.path(file)).arrays.isEmpty == false)
    }
  }
}
