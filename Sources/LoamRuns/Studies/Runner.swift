import Foundation
import LoamCluster

/// Runs a verb into a folder: lock, configuration, environment, the verb itself, results and report.
public struct Runner: Sendable {
    /// The study.
    public let study: Study
    /// The verb that is run.
    public let verb: AnyVerb
    /// Where and how.
    public var options: Options
    /// Where progress goes.
    public let console: Console
    /// The processes that the run is shared out to; rank 0 alone writes and prints.
    public let cluster: Cluster

    /// Where a run goes and how it is treated.
    public struct Options: Sendable {
        /// The run folder; `nil` makes a new one under `runs/`.
        public var folder: URL?
        /// Continue an interrupted run.
        public var resume = false
        /// Replace an earlier run in the folder.
        public var force = false
        /// A failed finding gives exit status 1.
        public var strict = false
        /// Begin a run of the published scale, which takes days; resuming one needs no second consent.
        public var acceptsDuration = false
        /// For `environment.json`.
        public var commandLine: [String]

        /// Options; a new folder by default.
        public init(
            folder: URL? = nil, resume: Bool = false, force: Bool = false, strict: Bool = false, acceptsDuration: Bool = false,
            commandLine: [String] = CommandLine.arguments
        ) {
            self.folder = folder
            self.resume = resume
            self.force = force
            self.strict = strict
            self.acceptsDuration = acceptsDuration
            self.commandLine = commandLine
        }
    }

    /// How a run ended.
    public struct Outcome: Sendable {
        /// The run folder.
        public let folder: URL
        /// What is in `results.json`.
        public let results: RunResults
        /// 0, 1 for a failed finding under `strict`, or the verb's own verdict.
        public let exitStatus: Int32
        /// Wall time of this session.
        public let seconds: Double
        /// Whether the run had been finished before and nothing was computed.
        public let wasFinished: Bool
    }

    /// A runner of one verb.
    public init(
        study: Study, verb: AnyVerb, options: Options = Options(), console: Console = Console(), cluster: Cluster = .current
    ) {
        self.study = study
        self.verb = verb
        self.options = options
        self.console = cluster.isFirst ? console : .silent
        self.cluster = cluster
    }

    /// Runs what was asked for.
    ///
    /// All processes of the cluster call it with the same request. They throw the same error, unless one alone has failed.
    ///
    /// - Throws: `LoamError`. After an interruption, a failure or a missing component, what was computed is saved first.
    public func run(_ request: RunRequest) throws -> Outcome {
        do {
            return try start(request)
        } catch {
            throw LoamError(wrapping: error)
        }
    }

    private func start(_ request: RunRequest) throws -> Outcome {
        try RunOpening.requireSupport()
        let coordination = Coordination(cluster)
        let placement = try Placement(cluster)
        var lock: FolderLock?
        defer { lock?.release() }
        let opening = try coordination.shared {
            let (opening, opened) = try RunOpening.open(self, request, defaultThreads: placement.threads)
            lock = opened.lock
            return opening
        }
        let isSilent = !cluster.isFirst
        for note in opening.notes { console.note(note) }
        if let results = opening.finishedResults {
            let folder = RunFolder(opening.folder, isSilent: isSilent)
            console.note("The run in \(folder.url.path) is finished; there is nothing to resume.")
            if cluster.isFirst { try Report.write(folder, study: study) }
            return Outcome(folder: folder.url, results: results, exitStatus: exitStatus(results), seconds: 0, wasFinished: true)
        }
        let folder = RunFolder(opening.folder, isSilent: isSilent, ownFiles: isSilent ? nil : OwnFiles(opening.folder))
        return try execute(opening.settings, in: folder, coordination, placement)
    }

    private func execute(
        _ settings: RunSettings, in folder: RunFolder, _ coordination: Coordination, _ placement: Placement
    ) throws -> Outcome {
        let begin = ProgressEstimate.now
        var session: RunSession?
        var record: SessionRecord?
        var failure: LoamError?
        do {
            record = try SessionRecord(settings, ranks: cluster.count, options.commandLine, fields: verb.fields, in: folder)
            let started = try RunSession(
                settings: settings, folder: folder, console: console, coordination: coordination,
                processesPerComputer: placement.processesPerComputer)
            session = started
            Machine.setThreads(settings.threads)
            announce(settings, folder)
            started.log.info("started: \(options.commandLine.joined(separator: " "))")
            try verb.run(settings.configuration, in: RunContext(session: started))
            try started.metrics.finish()
        } catch {
            failure = LoamError(wrapping: error)
            if failure?.category == .internal { session?.log.error("\(error)") }
        }
        console.finishProgress()
        failure = coordination.close(after: failure)
        guard let session, var record else { throw failure ?? LoamError(.internal, "the run did not start") }
        let seconds = ProgressEstimate.now - begin
        let status: RunResults.Status = failure.map { $0.category == .interrupted ? .interrupted : .failed } ?? .finished
        let (written, cost) = (session.results(status), session.cost)
        let results = written.adding(cost)
        session.log.info("\(status.rawValue) after \(duration(seconds))\(failure.map { ": \($0)" } ?? "")")
        if cluster.isFirst {
            do {
                try record.finish(status, seconds: seconds)
                // First the times: whoever finds the results finds these too.
                try folder.write(JSON.encode(cost, pretty: true), to: RunFolder.File.cost.rawValue)
                try folder.write(JSON.encode(written, pretty: true), to: RunFolder.File.results.rawValue)
                try Report.write(folder, study: study)
            } catch {
                // The first failure is the cause.
                throw failure ?? LoamError(wrapping: error)
            }
        }
        if let failure {
            guard failure.category == .interrupted else { throw failure }
            throw LoamError(
                .interrupted, "interrupted; what is finished is saved in \(folder.url.path)",
                advice: "Continue with: loam \(study.name) \(verb.name) --out \(shellQuoted(folder.url.path)) --resume")
        }
        let outcome = Outcome(
            folder: folder.url, results: results, exitStatus: exitStatus(results), seconds: seconds, wasFinished: false)
        if let missing = session.missingComponent {
            console.note("The numbers are in \(folder.url.path).")
            throw missing
        }
        return outcome
    }

    private func exitStatus(_ results: RunResults) -> Int32 {
        if options.strict, results.count(.failed) > 0 { return 1 }
        return results.exitStatus ?? 0
    }

    private func announce(_ settings: RunSettings, _ folder: RunFolder) {
        let seconds = verb.presets.first { $0.name == settings.preset }?.seconds(settings.scale)
        let expected = seconds.map { duration($0) } ?? "unknown"
        console.text(
            "\(study.name) \(verb.name), preset \(settings.preset), scale \(settings.scale.rawValue): about \(expected) on two cores")
        console.event(
            "start",
            [
                "study": .text(study.name), "verb": .text(verb.name), "preset": .text(settings.preset),
                "scale": .text(settings.scale.rawValue),
                "folder": .text(folder.url.path), "expectedSeconds": .number(seconds ?? .nan),
            ])
    }

    /// `runs/<study>-<verb>-<preset>-<scale>-<time>`, numbered where that exists.
    static func newFolder(for settings: RunSettings, now: Date = Date()) -> URL {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        let name = "\(settings.study)-\(settings.verb)-\(settings.preset)-\(settings.scale.rawValue)-\(formatter.string(from: now))"
        let base = URL(filePath: "runs").appending(path: name)
        var url = base
        var number = 2
        while FileManager.default.fileExists(atPath: url.path) {
            url = base.deletingLastPathComponent().appending(path: "\(name)-\(number)")
            number += 1
        }
        return url
    }
}

/// A word as a shell reads it back.
public func shellQuoted(_ word: String) -> String {
    let isPlain =
        !word.isEmpty
        && word.unicodeScalars.allSatisfy { CharacterSet.alphanumerics.contains($0) || "-_./=:,+%@".unicodeScalars.contains($0) }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
