import FeatureFiles
import Foundation

extension EffectRunner {
  private var workingDirectory: String {
    user?.workingDirectory ?? FileName.workingDirectory
  }

  /// A folder's listing; for the path of a file, that it is one.
  func list(_ path: String) throws -> Action {
    let path = FilePath.absolute(path, in: workingDirectory)
    if FolderReader.isFile(path) { return .foundFile(path: path) }
    let recent = user.map { RecentOpeningsFile($0.folders).read() } ?? []
    return .listed(try FolderReader.listing(of: path), recent: recent, home: user?.folders.home)
  }

  /// Notes what was opened, where there is a user to note it for.
  func remember(_ request: DataRequest) -> Action {
    // What came through a pipe cannot be opened again.
    guard let user,
      !(request.train + request.test + request.outOfDistribution).contains(where: FeatureFile.isPipe)
    else { return .remembered }
    let absolute = request.absolute(in: workingDirectory, isFile: FolderReader.isFile)
    RecentOpeningsFile(user.folders).add(absolute, at: Int(Date().timeIntervalSince1970))
    return .remembered
  }
}
