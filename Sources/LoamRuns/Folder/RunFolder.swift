import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The files of one run.
public struct RunFolder: Sendable {
    /// The folder.
    public let url: URL

    /// Whether what is written goes nowhere, as on all ranks but the first.
    let isSilent: Bool
    /// Remembers the study's own files while a run is made.
    let ownFiles: OwnFiles?

    /// The run in a folder; nothing is read.
    public init(_ url: URL) { self.init(url, isSilent: false) }

    init(_ url: URL, isSilent: Bool, ownFiles: OwnFiles? = nil) {
        self.url = url
        self.isSilent = isSilent
        self.ownFiles = ownFiles
    }

    /// The files and folders that every run has, by their names.
    public enum File: String, CaseIterable, Sendable {
        case configuration = "config.yaml"
        case environment = "environment.json"
        case metrics = "metrics.jsonl"
        case results = "results.json"
        case cost = "cost.json"
        case report = "report.html"
        case checkpoint = "checkpoint.safetensors"
        case checkpointState = "checkpoint.json"
        case log = "log.txt"
        case figures = "figures"
        case cells = "cells"
    }

    /// The address of a file.
    public subscript(file: File) -> URL { url.appending(path: file.rawValue) }

    func exists(_ file: File) -> Bool { FileManager.default.fileExists(atPath: self[file].path) }

    /// Writes a file, whole or not at all, making the folders on its way.
    func write(_ data: Data, to path: String) throws {
        if isSilent { return }
        let target = try address(path)
        try WholeFile.write(data, to: target)
    }

    func replace(_ path: String, _ body: (URL) throws -> Void) throws {
        if isSilent { return }
        try WholeFile.replace(try address(path), body)
    }

    /// The address of a file of the folder, its own folder made. A path that leads out of the folder is a programmer error.
    func address(_ path: String) throws -> URL {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        precondition(!parts.contains("..") && !parts.contains(""), "RunFolder: '\(path)' is not a relative path inside the run folder")
        let target = url.appending(path: path)
        try ownFiles?.note(path)
        try RunFolder.create(target.deletingLastPathComponent())
        return target
    }

    /// Makes a folder and those above it.
    static func create(_ url: URL) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue { return }
        let parent = url.deletingLastPathComponent()
        if parent.path != url.path { try create(parent) }
        guard mkdir(url.path, 0o777) == 0 || errno == EEXIST else { throw WholeFile.failure("cannot create the folder", url) }
    }

    /// The values of `results.json` with those of `cost.json`; `nil` where there is none.
    public func results() throws -> RunResults? {
        guard exists(.results) else { return nil }
        do {
            let results = try JSON.decode(RunResults.self, from: Data(contentsOf: self[.results]))
            return cost().map { results.adding($0) } ?? results
        } catch {
            throw LoamError(.badData, "not the results of a run: \(error)", at: self[.results].path)
        }
    }
}

/// What is in `results.json`. The file holds no times, so that equal runs give equal files; those are in `cost.json` (``RunCost``).
public struct RunResults: Codable, Sendable, Equatable {
    /// How the run ended.
    public enum Status: String, Codable, Sendable { case finished, interrupted, failed }

    /// The study's name.
    public var study: String
    /// The verb's name.
    public var verb: String
    /// The preset it started from.
    public var preset: String
    /// The scale of that preset.
    public var scale: Scale
    /// The seed.
    public var seed: UInt64
    /// Fingerprints of the files that the configuration names, by key.
    public var inputs: [String: String]?
    /// How the run ended.
    public var status: Status
    /// The scoreboard.
    public var findings: [Finding]
    /// Values by key that have no reference.
    public var summary: [String: ConfigurationValue]
    /// The figures, in order.
    public var figures: [FigureEntry]
    /// The study's own parts of the report, in order.
    public var sections: [Section]
    /// Caveats, in order.
    public var warnings: [String]
    /// The exit status that carries the verb's own verdict.
    public var exitStatus: Int32?

    /// A figure of the report; its files are `figures/NAME.*`.
    public struct FigureEntry: Codable, Sendable, Equatable {
        /// The stem of its files.
        public var name: String
        /// Its heading.
        public var title: String
        /// What it shows and how to read it.
        public var caption: String
        /// Width in points.
        public var width: Double
        /// Height in points.
        public var height: Double
    }

    /// A study's own part of the report.
    public struct Section: Codable, Sendable, Equatable {
        /// Its heading.
        public var title: String
        /// The fragment of HTML.
        public var html: String
    }
}

extension RunResults {
    /// The number of findings with a verdict.
    public func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }
}
