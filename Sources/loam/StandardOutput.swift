import Foundation
import LoamRuns

#if canImport(Glibc)
    import Glibc
#endif

/// What commands print: a full disk behind a redirection is an error, a closed pipe is not.
enum StandardOutput {
    static func print(_ text: String) throws {
        guard let code = WholeFile.put(Data((text + "\n").utf8), to: 1) else { return }
        if code == EPIPE { exit(0) }
        throw WholeFile.failure("cannot write", URL(filePath: "/dev/stdout"), code: code)
    }
}
