import Foundation
import LoamCluster
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A folder that is removed when the value goes out of use.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "loam-cluster-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The files of a run that do not depend on the clock: all but logs, reports, costs, pictures of costs and cells, which keep their times.
    func lastingFiles(_ run: String) throws -> [String: Data] {
        let root = url.appending(path: run)
        let passing = ["environment.json", "cost.json", "log.txt", "report.html", ".lock", ".files", "figures/league", "cells/"]
        var files: [String: Data] = [:]
        for case let path as String in try #require(FileManager.default.enumerator(atPath: root.path)) {
            var isFolder: ObjCBool = false
            let file = root.appending(path: path)
            guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue,
                !passing.contains(where: { path.hasPrefix($0) })
            else { continue }
            files[path] = try Data(contentsOf: file)
        }
        return files
    }

    func text(_ path: String) throws -> String { try String(contentsOf: url.appending(path: path), encoding: .utf8) }
}

/// A program started by `mpirun`, or alone.
final class Job {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Whether the tests of several processes can run.
    static let isPossible = Cluster.isSupported && mpirun != nil

    private static let mpirun: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
        .map { URL(filePath: String($0)).appending(path: "mpirun") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }

    private let process = Process()
    private let files: [URL]
    private let folder: URL

    /// - Parameters:
    ///   - program: `loam` or `loam-cluster-probe`, which lie beside the test bundle.
    ///   - ranks: nil for a process without `mpirun`.
    init(_ program: String, _ arguments: [String], ranks: Int?, in folder: URL, environment: [String: String] = [:]) throws {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let programs = URL(filePath: bundle).deletingLastPathComponent()
        let program = programs.appending(path: program)
        if let ranks, let mpirun = Self.mpirun {
            // Foundation starts programs with most signals blocked; the probe lets them through and becomes mpirun.
            process.executableURL = programs.appending(path: "loam-cluster-probe")
            // More ranks than processors, and tests in a container, where the user is root.
            let options = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "\(ranks)"]
            process.arguments = ["become", mpirun.path] + options + [program.path] + arguments
        } else {
            process.executableURL = program
            process.arguments = arguments
        }
        self.folder = folder
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        files = ["out", "err"].map { folder.appending(path: ".\(UUID().uuidString).\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
    }

    func result() throws -> Result {
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOf: files[0], encoding: .utf8),
            errors: try String(contentsOf: files[1], encoding: .utf8))
    }

    /// Waits until the run folder has so many finished cells. False when the job ends before.
    func wait(forCells count: Int, in run: String) -> Bool {
        while process.isRunning {
            if cells(run).count >= count { return true }
            usleep(2_000)
        }
        return false
    }

    /// What it has written to standard error so far.
    func errorsSoFar() -> String { (try? String(contentsOf: files[1], encoding: .utf8)) ?? "" }

    /// Waits until a condition holds. False when the job ends before.
    func wait(until condition: () -> Bool) -> Bool {
        while process.isRunning {
            if condition() { return true }
            usleep(2_000)
        }
        return false
    }

    func cells(_ run: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: run + "/cells").path)) ?? []).filter {
            $0.hasSuffix(".json") && !$0.hasPrefix(".")
        }
    }

    /// The process of one rank of this job, found by its environment and its working folder.
    func process(ofRank rank: Int) -> pid_t? {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let number = pid_t(name), let environment = try? Data(contentsOf: URL(filePath: "/proc/\(name)/environ")),
                environment.split(separator: 0).contains(where: { $0.elementsEqual("OMPI_COMM_WORLD_RANK=\(rank)".utf8) }),
                let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd"),
                URL(filePath: place).lastPathComponent == folder.lastPathComponent
            else { continue }
            return number
        }
        return nil
    }

    /// The process that was started: `mpirun`, or the program itself.
    var identifier: pid_t { process.processIdentifier }

    static func run(
        _ program: String, _ arguments: [String], ranks: Int?, in folder: URL, environment: [String: String] = [:]
    ) throws -> Result {
        try Job(program, arguments, ranks: ranks, in: folder, environment: environment).result()
    }
}
