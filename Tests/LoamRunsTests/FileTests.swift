import Foundation
import LoamRuns
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct AtomicFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func replacesTheWholeFile() throws {
        let file = try folder.file("a", String(repeating: "old", count: 1000))
        try WholeFile.write(Data("new".utf8), to: file)
        #expect(try contents(file) == "new")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a"])
    }

    @Test func failureKeepsTheOldFile() throws {
        struct Stop: Error {}
        let file = try folder.file("a", "old")
        #expect(throws: Stop.self) {
            try WholeFile.replace(file) { temporary in
                try Data("half".utf8).write(to: temporary)
                throw Stop()
            }
        }
        #expect(try contents(file) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a"])
    }

    @Test func killWhileWritingKeepsTheOldFile() async throws {
        let file = try folder.file("a", "old")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = file.path as String] in
            try WholeFile.replace(URL(filePath: path)) { temporary in
                try Data("half".utf8).write(to: temporary)
                kill(getpid(), SIGKILL)
            }
        }
        #expect(try contents(file) == "old")
    }

    @Test func missingFolderIsAnInputOutputError() {
        let error = failure { try WholeFile.write(Data(), to: folder.url.appending(path: "none/a")) }
        #expect(error?.exitStatus == 74 && error?.location?.contains("none") == true)
    }

    /// Root may write anywhere, so a test as root mounts a folder read-only instead of taking its permissions away.
    @Test func unwritableFolderIsAnInputOutputError() throws {
        if geteuid() == 0 {
            // /proc accepts no files, whoever asks.
            let error = failure { try runDecay(in: URL(filePath: "/proc/loam-run")) }
            #expect(error?.exitStatus == 74 && error?.advice?.contains("--out") == true)
        } else {
            let closed = folder.url.appending(path: "closed")
            try FileManager.default.createDirectory(at: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
            let error = failure { try runDecay(in: closed.appending(path: "run")) }
            #expect(error?.exitStatus == 74 && error?.advice?.contains("--out") == true)
        }
    }

    static let canMount = geteuid() == 0 && FullDisk.mount() != nil

    @Test(.enabled(if: canMount, "needs the right to mount a small tmpfs"))
    func fullDiskIsAnInputOutputError() throws {
        let disk = try #require(FullDisk.mount())
        let run = disk.url.appending(path: "run")
        let error = failure { try runDecay(in: run, ["output.draws=false", "steps=1000"]) }
        #expect(error?.exitStatus == 74)
        #expect(error?.advice?.contains("disk is full") == true, "\(String(describing: error))")
        #expect((try? RunFolder(run).results())?.status != .finished)
    }

    @Test func deviceWithoutSpaceIsRecognised() {
        let error = failure {
            try WholeFile.replace(folder.url.appending(path: "a")) {
                symlink("/dev/full", $0.path); try Self.fill($0)
            }
        }
        #expect(error?.exitStatus == 74 && error?.advice?.contains("disk is full") == true)
    }

    /// Writes one byte the way Loam's own writers do.
    static func fill(_ url: URL) throws {
        let descriptor = open(url.path, O_WRONLY)
        defer { close(descriptor) }
        if write(descriptor, "x", 1) < 0 { throw WholeFile.failure("cannot write", url) }
    }
}

/// A file system of 64 KiB that is unmounted when the value goes out of use.
final class FullDisk {
    let url: URL
    private let folder: TemporaryFolder

    private init(_ folder: TemporaryFolder) {
        self.folder = folder
        url = folder.url
    }

    static func mount() -> FullDisk? {
        guard let folder = try? TemporaryFolder() else { return nil }
        guard Glibc.mount("tmpfs", folder.url.path, "tmpfs", 0, "size=64k") == 0 else { return nil }
        return FullDisk(folder)
    }

    deinit { umount(url.path) }
}

@Suite struct TableTests {
    @Test func csvQuotesAndKeepsNumbers() {
        let table = Table([
            "name": .texts(["a", "b,c", "d\"e", "f\ng"]), "x": .numbers([0.1, .nan, -.infinity, 1e-300]), "n": .integers([1, 2, 3, 4]),
        ])
        #expect(table.csv == "name,x,n\na,0.1,1\n\"b,c\",nan,2\n\"d\"\"e\",-inf,3\n\"f\ng\",1e-300,4\n")
    }

    @Test func columnsOfUnequalLengthAreAProgrammerError() async {
        await #expect(processExitsWith: .failure) {
            _ = Table(["a": .integers([1]), "b": .integers([1, 2])])
        }
    }
}

@Suite struct FingerprintTests {
    @Test(arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
    func isFNV1a(text: String, expected: String) {
        #expect(fingerprint(Data(text.utf8)) == expected)
    }
}

@Suite struct ConsoleTests {
    /// What a console printed.
    final class Printed: Sendable {
        let lines = Mutex<[(Console.Stream, String)]>([])
        func console(_ style: Console.Style, isTerminal: Bool = false) -> Console {
            Console(style: style, isTerminal: isTerminal) { stream, text in self.lines.withLock { $0.append((stream, text)) } }
        }
        var output: String { lines.withLock { $0.filter { $0.0 == .output }.map(\.1).joined() } }
        var errors: String { lines.withLock { $0.filter { $0.0 == .error }.map(\.1).joined() } }
    }

    let folder: TemporaryFolder
    let printed = Printed()
    init() throws { folder = try TemporaryFolder() }

    @Test func terminalGetsABarWithTimeLeft() throws {
        try runDecay(in: folder.url.appending(path: "run"), console: printed.console(.text, isTerminal: true))
        #expect(printed.errors.contains("\r") && printed.errors.contains("█") && printed.errors.contains("2/3"))
        #expect(printed.errors.contains("left"))
        #expect(printed.errors.hasSuffix("\r\u{1B}[K"))
    }

    @Test func pipeGetsPlainLines() throws {
        try runDecay(in: folder.url.appending(path: "run"), console: printed.console(.text))
        #expect(!printed.errors.contains("\r") && !printed.errors.contains("\u{1B}"))
        #expect(printed.errors.contains(" 33 %  1/3  rate 0.1\n") && printed.errors.contains("100 %  3/3"))
        #expect(printed.output.contains("preset slow, scale quick: about 1.0 s"))
    }

    @Test func quietPrintsWarningsOnly() throws {
        try runDecay(in: folder.url.appending(path: "run"), ["output.draws=false", "rates=[1.5]"], console: printed.console(.quiet))
        #expect(printed.output.isEmpty && printed.errors == "warning: rate 1.5 is above 1\n")
    }

    @Test func jsonPrintsOneEventPerLine() throws {
        try runDecay(in: folder.url.appending(path: "run"), ["output.draws=false", "steps=2"], console: printed.console(.json))
        let events = try printed.output.split(separator: "\n").map {
            try JSON.decode([String: ConfigurationValue].self, from: Data($0.utf8))
        }
        let kinds = events.map { $0["event"] ?? .null }
        #expect(kinds.first == .text("note") || kinds.first == .text("start"))
        #expect(Set(kinds).isSuperset(of: [.text("start"), .text("record"), .text("progress"), .text("finding")]))
        #expect(kinds.count { $0 == .text("finding") } == 3 && kinds.count { $0 == .text("record") } == 7)
        #expect(printed.errors.isEmpty)
    }

    @Test(arguments: [
        (0.42, "0.4 s"), (12.4, "12 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (3600, "1 h"), (.nan, "unknown"), (59.7, "1 min"),
        (900_000, "10 days"),
    ])
    func durationsAreWords(seconds: Double, words: String) {
        #expect(duration(seconds) == words)
    }

    @Test(arguments: [("plain-1.2", "plain-1.2"), ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("", "''"), ("$x", "'$x'")])
    func wordsAreQuotedForTheShell(word: String, quoted: String) {
        #expect(shellQuoted(word) == quoted)
    }
}
