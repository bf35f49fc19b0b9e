import Foundation
import LoamRuns

#if canImport(Glibc)
    import Glibc
#endif

/// What commands print: a full disk behind a redirection is an error, a closed pipe is not.
enum StandardOutput {
    static func print(_ text: String) throws {
        let bytes = Array((text + "\n").utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { write(1, $0.baseAddress! + offset, bytes.count - offset) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { exit(0) }
            guard count > 0 else { throw WholeFile.failure("cannot write", URL(filePath: "/dev/stdout")) }
            offset += count
        }
    }
}
