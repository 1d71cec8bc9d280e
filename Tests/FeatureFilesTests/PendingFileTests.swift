import CPendingFiles
import TestData
import Testing

/// Temporary files that a signal handler would remove.
@Suite(.serialized) struct PendingFileTests {
  @Test func notedFilesAreRemovedAndForgottenOnesStay() throws {
    let folder = try ScratchFolder()
    let (noted, forgotten) = (try folder.write("a", to: "noted"), try folder.write("b", to: "forgotten"))
    let number = pending_files_add(noted)
    #expect(number >= 0)
    pending_files_forget(pending_files_add(forgotten))
    pending_files_remove()
    pending_files_forget(number)
    #expect(folder.entries == ["forgotten"])
    #expect(pending_files_add(String(repeating: "a", count: 5000)) < 0)
  }

  @Test func aFullListRefusesMore() throws {
    var numbers: [Int32] = []
    while numbers.last != -1 { numbers.append(pending_files_add("/nonexistent/\(numbers.count)")) }
    numbers.removeLast()
    #expect((1...64).contains(numbers.count))
    numbers.forEach(pending_files_forget)
  }
}
