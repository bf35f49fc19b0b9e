import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The list of a study's own files in a run folder, `.files`: a path a line, written before the file is. So a folder can be cleared of a run
/// without touching what somebody else has put there.
final class OwnFiles: Sendable {
    static let name = ".files"

    private let url: URL
    private let state: Mutex<(known: Set<String>, list: AppendedFile?)>

    init(_ folder: URL) {
        url = folder.appending(path: OwnFiles.name)
        state = Mutex((Set(OwnFiles.paths(in: folder)), nil))
    }

    /// Notes a path, unless it lies in a file or folder that every run has.
    func note(_ path: String) throws {
        guard RunFolder.File(rawValue: String(path.prefix { $0 != "/" })) == nil else { return }
        try state.withLock { state in
            guard state.known.insert(path).inserted else { return }
            let list = try state.list ?? AppendedFile(url)
            state.list = list
            try list.append(Data(path.utf8))
        }
    }

    private static func paths(in folder: URL) -> [String] {
        guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init).filter { path in
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            return !parts.contains("..") && !parts.contains("")
        }
    }

    /// Removes all that a run has written, and folders that become empty by it. What loam did not write stays.
    static func clear(_ folder: RunFolder) {
        let manager = FileManager.default
        for path in paths(in: folder.url) {
            unlink(folder.url.appending(path: path).path)
            var parent = URL(filePath: path).relativePath.split(separator: "/").dropLast()
            while !parent.isEmpty, rmdir(folder.url.appending(path: parent.joined(separator: "/")).path) == 0 { parent.removeLast() }
        }
        for file in RunFolder.File.allCases { try? manager.removeItem(at: folder[file]) }
        unlink(folder.url.appending(path: RunFolder.File.checkpoint.rawValue + ".next").path)
        unlink(folder.url.appending(path: name).path)
    }

    /// Removes what a killed process was writing. Nobody else writes while the folder is locked.
    static func clearTemporaries(_ folder: URL) {
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return }
        for case let file as URL in files where file.lastPathComponent.contains(/^\..+\.[0-9]+\.tmp$/) { unlink(file.path) }
    }
}
