import Foundation
import LoamCluster

/// How a run begins: its settings and its folder, which rank 0 finds out for all.
struct RunOpening: Codable {
    let settings: RunSettings
    let folder: URL
    /// The results of a run that is complete already.
    let finishedResults: RunResults?
    /// What the user is to know of.
    var notes: [String] = []

    static func open(_ runner: Runner, _ request: RunRequest, defaultThreads: Int) throws -> (RunOpening, OpenedFolder) {
        let (study, verb, options) = (runner.study, runner.verb, runner.options)
        var request = request
        var stored: RunSettings?
        var hasOtherRanks = false
        var earlierInputs: [String: String]?
        if options.resume {
            guard let url = options.folder else { throw noFolderToResume(runner) }
            let file = RunFolder(url)[.configuration]
            if FileManager.default.fileExists(atPath: file.path) {
                stored = try verb.settings(study: study.name, for: RunRequest(file: file))
                if !request.namesBase { request.file = file }
                let environment = try? JSON.decode(RunEnvironment.self, from: Data(contentsOf: RunFolder(url)[.environment]))
                hasOtherRanks = (environment?.sessions.last?.ranks ?? 1) != runner.cluster.count
                earlierInputs = environment?.sessions.last.map { $0.inputs ?? [:] }
            }
        }
        var settings = try verb.settings(study: study.name, for: request, defaultThreads: defaultThreads)
        if let earlier = stored {
            // What the command line leaves open is as it was. Threads are those of one process among so many.
            let assigned = Set(request.assignments.compactMap { try? Schema.split(assignment: $0).key })
            if request.threads == nil, !assigned.contains("threads") { settings.threads = hasOtherRanks ? defaultThreads : earlier.threads }
            if request.seed == nil, !assigned.contains("seed") { settings.seed = earlier.seed }
            if hasOtherRanks { stored?.threads = settings.threads }
        }
        if stored == nil { try askConsent(for: settings, runner) }
        let url = options.folder ?? Runner.newFolder(for: settings)
        let opened = try OpenedFolder(url, settings: settings, stored: stored, resume: options.resume, force: options.force)
        var opening = RunOpening(settings: settings, folder: url.absoluteURL, finishedResults: opened.finishedResults)
        let changed = InputFiles.changed(earlierInputs ?? settings.inputs, settings.inputs)
        if !changed.isEmpty {
            opening.notes.append(
                "\(InputFiles.named(changed, in: settings)) changed since the run was started: what was finished is computed again")
        }
        return (opening, opened)
    }

    /// Published sizes take days: the estimate comes first, and nothing is begun or written before the user has seen it.
    private static func askConsent(for settings: RunSettings, _ runner: Runner) throws {
        guard settings.scale == .published, !runner.options.acceptsDuration,
            let preset = runner.verb.presets.first(where: { $0.name == settings.preset }), let seconds = preset.publishedSeconds
        else { return }
        throw LoamError(
            .usage,
            "the published sizes of preset \(settings.preset) take about \(duration(seconds)) on two cores",
            at: "--scale published",
            advice: "Begin with --yes; an interrupted run goes on with --resume. The scale paper takes about "
                + "\(duration(preset.paperSeconds)).")
    }

    /// A build without MPI that is started several times over would be so many runs.
    static func requireSupport(_ launch: Launch = .current, isSupported: Bool = Cluster.isSupported) throws {
        guard launch.isParallel, !isSupported, launch.count != 1 else { return }
        throw LoamError(
            .missingComponent, "this program was started as one of several processes, but built without MPI",
            advice: "Build it with: scripts/setup && swift build -c release --traits MPI (or make build)")
    }

    private static func noFolderToResume(_ runner: Runner) -> LoamError {
        let (study, verb) = (runner.study.name, runner.verb.name)
        let prefix = "\(study)-\(verb)-"
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: "runs")) ?? []
        let open = runs.filter { name in
            name.hasPrefix(prefix) && (try? RunFolder(URL(filePath: "runs/\(name)")).results())??.status != .finished
        }.sorted()
        let advice =
            open.last.map { "The last unfinished one is: --out runs/\($0)" }
            ?? "No unfinished run of \(study) \(verb) is under runs/."
        return LoamError(.usage, "--resume needs the folder of the run: --out DIR", advice: advice)
    }
}
