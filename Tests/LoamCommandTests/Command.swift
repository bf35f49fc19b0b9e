import Foundation
import LoamRuns

/// The built `loam`, which lies beside the test bundle.
enum Command {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    static let program: URL = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "loam")
    }()

    /// Runs `loam` in a folder, with an environment of its own.
    static func run(_ arguments: [String], in folder: URL, environment: [String: String] = [:], output: FileHandle? = nil) throws -> Result
    {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let name = UUID().uuidString
        let files = ["out", "err"].map { FileManager.default.temporaryDirectory.appending(path: "loam-command-\(name).\($0)") }
        defer { files.forEach { try? FileManager.default.removeItem(at: $0) } }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try output ?? FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOf: files[0], encoding: .utf8),
            errors: try String(contentsOf: files[1], encoding: .utf8))
    }
}

/// A folder that is removed when the value goes out of use.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "loam-command-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// A verb whose runs the commands read.
enum SampleVerb: Verb {
    struct Settings: Configuration {
        var count = 3
        static let fields = [Field("count", "points", .integer(in: 2...10))]
    }

    static let name = "sample"
    static let summary = "A line"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(name: "line", summary: "", source: "", quick: Settings(), paper: Settings(), quickSeconds: 1, paperSeconds: 1)
    ]

    static func run(_ configuration: Settings, in run: RunContext) throws {
        let x = (0..<configuration.count).map(Double.init)
        try run.add(Figure(name: "line", title: "Line", caption: "", panel: Panel(x: Axis("x"), y: Axis("y"), marks: [.line(x: x, y: x)])))
        run.add(Finding(id: "end", quantity: "end of the line", value: x.last!, .within(reference: 2, tolerance: 0), source: "count − 1"))
    }
}

/// Makes a finished run of a study that the program does not know.
func makeRun(_ url: URL) throws {
    let study = Study(
        name: "samples", title: "Samples", summary: "", paper: "", verbs: [AnyVerb(SampleVerb.self)],
        featured: .init(verb: "sample", preset: "line"))
    _ = try Runner(study: study, verb: study.verbs[0], options: .init(folder: url), console: Console(style: .quiet)).run(
        RunRequest())
}
