import FoundationEssentials
import Glibc

/// Replacing a file so that a reader, or a crash at any moment, sees either the old content or the new one, never a part.
///
/// The content goes to a new file beside the target, which is flushed to disk and renamed over it. A symbolic link is
/// followed, so the file that it points to is replaced and the link stays.
public enum AtomicFile {
    /// Where the content is written to, piece by piece.
    public struct Writer: ~Copyable {
        fileprivate let descriptor: Int32
        fileprivate let path: String
        /// The number of bytes written so far.
        public private(set) var count = 0

        fileprivate init(descriptor: Int32, path: String) {
            self.descriptor = descriptor
            self.path = path
        }

        /// Appends bytes.
        /// - Throws: ``FileFormatError`` of kind `inputOutput`, on a full disk for example.
        public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
            guard let base = bytes.baseAddress else { return }
            var done = 0
            while done < bytes.count {
                let step = Glibc.write(descriptor, base + done, bytes.count - done)
                if step < 0 {
                    if errno == EINTR { continue }
                    throw ByteSource.systemError(path, "cannot be written")
                }
                done += step
            }
            count += done
        }

        /// Appends bytes.
        public mutating func write(_ bytes: [UInt8]) throws {
            try bytes.withUnsafeBytes { try write($0) }
        }
    }

    /// Replaces the file at `url` by what `body` writes. If `body` throws, the old file stays and nothing is left behind.
    /// - Throws: ``FileFormatError`` of kind `notFound` (no such folder) or `inputOutput`, or what `body` throws.
    public static func write(to url: URL, _ body: (inout Writer) throws -> Void) throws {
        let target = resolved(url.path)
        let temporary = "\(target).\(getpid()).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw ByteSource.systemError(url.path, "cannot be written") }
        var isOpen = true
        do {
            var old = stat()
            if stat(target, &old) == 0 {
                guard old.st_mode & S_IFMT == S_IFREG else {
                    throw FileFormatError(.inputOutput, file: url.path, "cannot be written: it exists and is not a file")
                }
                _ = fchmod(descriptor, old.st_mode & 0o777)
            }
            var writer = Writer(descriptor: descriptor, path: url.path)
            try body(&writer)
            guard fsync(descriptor) == 0 else { throw ByteSource.systemError(url.path, "cannot be flushed to disk") }
            isOpen = false
            guard close(descriptor) == 0 else { throw ByteSource.systemError(url.path, "cannot be written") }
            guard rename(temporary, target) == 0 else { throw ByteSource.systemError(url.path, "cannot be replaced") }
        } catch {
            if isOpen { close(descriptor) }
            unlink(temporary)
            throw error
        }
        // The rename itself is made durable where the file system allows it; the content is whole either way.
        let folder = open(URL(filePath: target).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Replaces the file at `url` by `bytes`.
    public static func write(_ bytes: [UInt8], to url: URL) throws {
        try write(to: url) { try $0.write(bytes) }
    }

    /// Replaces the file at `url` by `text` in UTF-8.
    public static func write(_ text: String, to url: URL) throws {
        try write(Array(text.utf8), to: url)
    }

    private static func resolved(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
