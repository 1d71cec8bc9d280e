import Testing

#if os(Linux)
  /// The process in which libhdf5 reads a file ends with the one that it reads it for.
  struct HDF5ChildTests {
    /// A file that keeps libhdf5 busy until its time is up, and a parent that is killed before that.
    @Test func doesNotOutliveItsParent() async throws {
      let file = "\(Gmmscope.repository)/Tests/FeatureFilesTests/Fixtures/malformed/h5/endless.h5"
      let script = """
        "$0" inspect "$1" >/dev/null 2>&1 &
        parent=$!
        for try in $(seq 200); do
          child=$(cat /proc/$parent/task/*/children 2>/dev/null)
          [ -n "$child" ] && break
          sleep 0.02
        done
        # The first only lists what there is.
        sleep 0.5
        child=$(cat /proc/$parent/task/*/children 2>/dev/null)
        [ -n "$child" ] || { echo none; exit; }
        kill -KILL $parent
        for try in $(seq 50); do
          grep -q '^State:.[^ZX]' /proc/${child% }/status 2>/dev/null || { echo ended; exit; }
          sleep 0.02
        done
        kill -KILL $child
        echo left
        """
      let result = try await Command.run("/bin/sh", ["-c", script, Gmmscope.path, file])
      #expect(result.output.hasSuffix("ended\n"), "\(result.output) \(result.errors)")
    }
  }
#endif
