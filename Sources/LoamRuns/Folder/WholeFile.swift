import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that appear whole or not at all: written beside their place, flushed to disk, then renamed.
public enum WholeFile {
    /// Replaces the file at `url` by `data`.
    public static func write(_ data: Data, to url: URL) throws {
        try replace(url) { temporary in
            let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw failure("cannot create the file", temporary) }
            defer { close(descriptor) }
            try write(data, to: descriptor, url)
        }
    }

    /// Lets `body` write a file at a temporary place in the same folder, then puts it at `url`.
    public static func replace(_ url: URL, _ body: (URL) throws -> Void) throws {
        let temporary = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(getpid()).tmp")
        do {
            try body(temporary)
            let descriptor = open(temporary.path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure("cannot open the file just written", temporary) }
            let status = fsync(descriptor)
            close(descriptor)
            guard status == 0 else { throw failure("cannot flush the file to disk", url) }
            guard rename(temporary.path, url.path) == 0 else { throw failure("cannot put the file in place", url) }
        } catch {
            unlink(temporary.path)
            throw error
        }
    }

    /// Puts a finished file in another one's place.
    static func move(_ source: URL, to target: URL) throws {
        guard rename(source.path, target.path) == 0 else { throw failure("cannot put the file in place", target) }
    }

    /// Writes all bytes to a descriptor; short writes are continued.
    static func write(_ data: Data, to descriptor: Int32, _ url: URL) throws {
        if let code = put(data, to: descriptor) { throw failure("cannot write", url, code: code) }
    }

    /// Writes all bytes to a descriptor, continuing short writes; the system's error (`errno`) where that fails.
    public static func put(_ data: Data, to descriptor: Int32) -> Int32? {
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                offset += count
            }
            return nil
        }
    }

    /// An input/output error with the system's reason and what to do about it.
    public static func failure(_ what: String, _ url: URL, code: Int32 = errno) -> LoamError {
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "The disk is full: free some space or choose another folder with --out, then continue with --resume."
            case EACCES, EPERM, EROFS: "Choose a folder you may write to with --out."
            case ENOENT, ENOTDIR: "A folder on the way does not exist; choose another with --out."
            default: "Choose another folder with --out."
            }
        return LoamError(.inputOutput, "\(what): \(String(cString: strerror(code)))", at: url.path, advice: advice)
    }
}

/// A file to which lines are appended, each by a single `write`.
final class AppendedFile: Sendable {
    let url: URL
    private let descriptor: Int32

    init(_ url: URL) throws {
        self.url = url
        descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw WholeFile.failure("cannot open the file", url) }
    }

    deinit { close(descriptor) }

    func append(_ line: Data) throws {
        try WholeFile.write(line + [10], to: descriptor, url)
    }

    /// Cuts the file to its first `length` bytes.
    func truncate(to length: Int) throws {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw WholeFile.failure("cannot shorten the file", url) }
    }
}
