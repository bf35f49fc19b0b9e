import Foundation

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
        /// For `environment.json`.
        public var commandLine: [String]

        /// Options; a new folder by default.
        public init(
            folder: URL? = nil, resume: Bool = false, force: Bool = false, strict: Bool = false,
            commandLine: [String] = CommandLine.arguments
        ) {
            self.folder = folder
            self.resume = resume
            self.force = force
            self.strict = strict
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
    public init(study: Study, verb: AnyVerb, options: Options = Options(), console: Console = Console()) {
        self.study = study
        self.verb = verb
        self.options = options
        self.console = console
    }

    /// Runs what was asked for.
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
        var request = request
        var stored: RunSettings?
        if options.resume {
            guard let url = options.folder else { throw noFolderToResume() }
            let file = RunFolder(url)[.configuration]
            if FileManager.default.fileExists(atPath: file.path) {
                stored = try verb.settings(study: study.name, for: RunRequest(file: file))
                if !request.namesBase { request.file = file }
            }
        }
        var settings = try verb.settings(study: study.name, for: request)
        if let stored {
            // What the command line leaves open is as it was.
            let assigned = Set(request.assignments.compactMap { try? Schema.split(assignment: $0).key })
            if request.threads == nil, !assigned.contains("threads") { settings.threads = stored.threads }
            if request.seed == nil, !assigned.contains("seed") { settings.seed = stored.seed }
        }
        let url = options.folder ?? Runner.newFolder(for: settings)
        let opened = try OpenedFolder(url, settings: settings, stored: stored, resume: options.resume, force: options.force)
        defer { opened.lock.release() }
        if let results = opened.finishedResults {
            console.note("The run in \(url.path) is finished; there is nothing to resume.")
            try Report.write(opened.folder, study: study)
            return Outcome(folder: url, results: results, exitStatus: exitStatus(results), seconds: 0, wasFinished: true)
        }
        return try execute(settings, in: opened.folder)
    }

    private func execute(_ settings: RunSettings, in folder: RunFolder) throws -> Outcome {
        try folder.write(Data(settings.yaml(fields: verb.fields).utf8), to: RunFolder.File.configuration.rawValue)
        var environment = RunEnvironment.current()
        environment.sessions = (try? JSON.decode(RunEnvironment.self, from: Data(contentsOf: folder[.environment])))?.sessions ?? []
        environment.sessions.append(
            .init(
                started: Date(), finished: nil, seconds: nil, threads: settings.threads, commandLine: options.commandLine, status: "running"
            ))
        try folder.write(JSON.encode(environment, pretty: true), to: RunFolder.File.environment.rawValue)

        let session = try RunSession(settings: settings, folder: folder, console: console)
        Machine.setThreads(settings.threads)
        announce(settings, folder)
        session.log.info("started: \(options.commandLine.joined(separator: " "))")
        let begin = ProgressEstimate.now
        var failure: LoamError?
        do {
            try verb.run(settings.configuration, in: RunContext(session: session))
            try session.metrics.finish()
        } catch {
            failure = LoamError(wrapping: error)
            if failure?.category == .internal { session.log.error("\(error)") }
        }
        console.finishProgress()
        let seconds = ProgressEstimate.now - begin
        let status: RunResults.Status = failure.map { $0.category == .interrupted ? .interrupted : .failed } ?? .finished
        let results = session.results(status)
        session.log.info("\(status.rawValue) after \(duration(seconds))\(failure.map { ": \($0)" } ?? "")")
        environment.sessions[environment.sessions.count - 1].finished = Date()
        environment.sessions[environment.sessions.count - 1].seconds = seconds
        environment.sessions[environment.sessions.count - 1].status = status.rawValue
        do {
            try folder.write(JSON.encode(environment, pretty: true), to: RunFolder.File.environment.rawValue)
            try folder.write(JSON.encode(results, pretty: true), to: RunFolder.File.results.rawValue)
            try Report.write(folder, study: study)
        } catch {
            // The first failure is the cause.
            throw failure ?? LoamError(wrapping: error)
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
        let preset = verb.presets.first { $0.name == settings.preset }
        let expected = preset.map { duration($0.seconds(settings.scale)) } ?? "unknown"
        console.text(
            "\(study.name) \(verb.name), preset \(settings.preset), scale \(settings.scale.rawValue): about \(expected) on two cores")
        console.event(
            "start",
            [
                "study": .text(study.name), "verb": .text(verb.name), "preset": .text(settings.preset),
                "scale": .text(settings.scale.rawValue),
                "folder": .text(folder.url.path), "expectedSeconds": .number(preset?.seconds(settings.scale) ?? .nan),
            ])
    }

    private func noFolderToResume() -> LoamError {
        let prefix = "\(study.name)-\(verb.name)-"
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: "runs")) ?? []
        let open = runs.filter { name in
            name.hasPrefix(prefix) && (try? RunFolder(URL(filePath: "runs/\(name)")).results())??.status != .finished
        }.sorted()
        let advice =
            open.last.map { "The last unfinished one is: --out runs/\($0)" }
            ?? "No unfinished run of \(study.name) \(verb.name) is under runs/."
        return LoamError(.usage, "--resume needs the folder of the run: --out DIR", advice: advice)
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
