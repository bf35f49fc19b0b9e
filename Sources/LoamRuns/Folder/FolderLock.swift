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
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw AtomicFile.failure("cannot create the lock", url) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = (try? String(contentsOf: url, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            close(descriptor)
            guard code == EWOULDBLOCK else { throw AtomicFile.failure("cannot lock the folder", url, code: code) }
            throw LoamError(
                .inputOutput, "another process\(holder.isEmpty ? "" : " (\(holder))") is writing to this folder", at: folder.path,
                advice: "Wait for it, stop it, or choose another folder with --out.")
        }
        ftruncate(descriptor, 0)
        let text = "process \(getpid())\n"
        _ = text.withCString { write(descriptor, $0, text.utf8.count) }
    }

    /// Ends the lock and removes its file.
    func release() {
        unlink(url.path)
    }

    deinit { close(descriptor) }
}
