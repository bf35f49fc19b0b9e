import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a second process out of a run folder. The lock ends with the process, however it ends.
final class FolderLock: Sendable {
    private let descriptor: Int32
    private let url: URL

    init(folder: URL) throws {
        url = folder.appending(path: ".lock")
        while true {
            let candidate = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard candidate >= 0 else { throw WholeFile.failure("cannot create the lock", url) }
            guard flock(candidate, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                close(candidate)
                throw code == EWOULDBLOCK ? Self.held(url, folder) : WholeFile.failure("cannot lock the folder", url, code: code)
            }
            // The holder before us may have removed the file after we opened it; then the lock is on nothing.
            var ours = stat()
            var named = stat()
            if fstat(candidate, &ours) == 0, stat(url.path, &named) == 0, ours.st_ino == named.st_ino {
                descriptor = candidate
                break
            }
            close(candidate)
        }
        ftruncate(descriptor, 0)
        let text = "process \(getpid())\n"
        _ = text.withCString { write(descriptor, $0, text.utf8.count) }
    }

    private static func held(_ url: URL, _ folder: URL) -> LoamError {
        let holder = (try? String(contentsOf: url, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return LoamError(
            .inputOutput, "another process\(holder.isEmpty ? "" : " (\(holder))") is writing to this folder", at: folder.path,
            advice: "Wait for it, stop it, or choose another folder with --out.")
    }

    /// Ends the lock and removes its file.
    func release() {
        unlink(url.path)
    }

    deinit { close(descriptor) }
}
