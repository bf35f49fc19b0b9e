import ArgumentParser
import Foundation
import LoamCluster
import LoamRuns

/// `loam reproduce [study[/preset]…]`: runs experiments and prints the scoreboard.
struct ReproduceCommand: ParsableCommand, RunsOnEveryRank {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "reproduce", abstract: "Run the experiments and print ours beside the published values.",
            discussion: "Without names it runs every experiment of every study. An index of all reports is written into the folder.")
    }

    @Argument(
        help: ArgumentHelp("Studies, or single presets of one as study/preset.", valueName: "study[/preset]"),
        completion: .list(studies.flatMap { study in [study.name] + study.verbs.flatMap { $0.presets.map { "\(study.name)/\($0.name)" } } })
    )
    var names: [String] = []
    @Option(
        help: "quick (the default), paper, or published (the experiments that have it).",
        completion: .list(Scale.allCases.map(\.rawValue)))
    var scale: String?
    @Flag(help: "Run the featured experiment of each study only.")
    var featured = false
    @OptionGroup var settings: CommonOptions
    @Option(help: ArgumentHelp("The folder of all runs. Default: a new one under runs/.", valueName: "folder"), completion: .directory)
    var out: String?
    @Flag(help: "Keep the runs in the folder that are finished, and continue the others.")
    var resume = false
    @Flag(help: "Replace earlier runs in the folder.")
    var force = false
    @Flag(help: "Begin runs of the published scale, whose expected time is shown first.")
    var yes = false

    mutating func run() throws {
        let scale = try self.scale.map(parseScale) ?? .quick
        let experiments = try Selection.experiments(names, featured: featured, in: studies).filter { $0.preset.seconds(scale) != nil }
        guard !experiments.isEmpty else { throw LoamError(.usage, "there is nothing to run", advice: "See: loam list") }
        Interruption.install()
        let console = settings.console
        let folder = out.map { URL(filePath: $0) } ?? URL(filePath: "runs").appending(path: "reproduce-\(Selection.timestamp())")
        let total = experiments.reduce(0) { $0 + ($1.preset.seconds(scale) ?? 0) }
        if scale == .published, !yes, !resume {
            throw LoamError(
                .usage, "the published sizes of these \(experiments.count) experiments take about \(duration(total)) on two cores",
                at: "--scale published", advice: "Begin with --yes; interrupted runs go on with --resume.")
        }
        console.text(
            "\(experiments.count) \(experiments.count == 1 ? "experiment" : "experiments"), about \(duration(total)) on two cores, into \(folder.path)"
        )

        var runs: [RunFolder] = []
        var findings: [Finding] = []
        var firstFailure: LoamError?
        for experiment in experiments {
            let url = folder.appending(path: "\(experiment.study.name)-\(experiment.verb.name)-\(experiment.preset.name)")
            let options = Runner.Options(folder: url, resume: resume, force: force, strict: settings.strict, acceptsDuration: yes || resume)
            let request = RunRequest(preset: experiment.preset.name, scale: scale, seed: settings.seed, threads: settings.threads)
            console.text("")
            do {
                let outcome = try Runner(study: experiment.study, verb: experiment.verb, options: options, console: console).run(request)
                console.text(Scoreboard.text(outcome.results.findings))
                findings += outcome.results.findings
            } catch let error as LoamError {
                firstFailure = firstFailure ?? error
                if error.category == .interrupted { firstFailure = error }
                if error.category != .interrupted { Failure.report(error) }
            }
            if Launch.current.rank == 0, (try? RunFolder(url).results()) != nil { runs.append(RunFolder(url)) }
            if firstFailure?.category == .interrupted { break }
        }
        if !runs.isEmpty {
            try RunIndex.write(runs, studies: studies, to: folder)
            console.text("\nAll together: \(Scoreboard.counts(findings))\nIndex: \(folder.appending(path: "index.html").path)")
        }
        console.event("index", ["file": .text(folder.appending(path: "index.html").path), "runs": .integer(runs.count)])
        if let firstFailure {
            guard firstFailure.category == .interrupted else { throw ExitCode(firstFailure.exitStatus) }
            throw LoamError(
                .interrupted, "interrupted; what is finished is saved in \(folder.path)",
                advice: "Continue with: \(continuation(in: folder))")
        }
        if settings.strict, findings.contains(where: { $0.verdict == .failed }) { throw ExitCode(1) }
        try console.checkOutput()
    }

    /// The command that goes on with these runs.
    private func continuation(in folder: URL) -> String {
        var words = ["loam reproduce"] + names
        if featured { words.append("--featured") }
        if let scale { words.append("--scale \(scale)") }
        if yes { words.append("--yes") }
        words += settings.words
        return (words + ["--out \(shellQuoted(folder.path))", "--resume"]).joined(separator: " ")
    }
}

/// What `reproduce` runs.
enum Selection {
    struct Experiment {
        let study: Study
        let verb: AnyVerb
        let preset: PresetSummary
    }

    /// The experiments of the named studies (all of them without names), in order and without repetition.
    static func experiments(_ names: [String], featured: Bool, in studies: [Study]) throws -> [Experiment] {
        var result: [Experiment] = []
        func add(_ experiment: Experiment) {
            let isNew = !result.contains {
                $0.study.name == experiment.study.name && $0.verb.name == experiment.verb.name && $0.preset.name == experiment.preset.name
            }
            if isNew { result.append(experiment) }
        }
        for name in names.isEmpty ? studies.map(\.name) : names {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            guard let study = studies.first(where: { $0.name == parts.first }) else {
                throw CommandWords.unknown("study", parts.first ?? name, studies.map(\.name))
            }
            let all = study.verbs.filter { $0.kind == .experiment }.flatMap { verb in
                verb.presets.map { Experiment(study: study, verb: verb, preset: $0) }
            }
            var chosen = all
            if parts.count == 2 {
                chosen = all.filter { $0.preset.name == parts[1] || "\($0.verb.name)/\($0.preset.name)" == parts[1] }
                if chosen.isEmpty { throw CommandWords.unknown("preset of \(study.name)", parts[1], all.map(\.preset.name)) }
            }
            if featured { chosen = chosen.filter { study.featured == .init(verb: $0.verb.name, preset: $0.preset.name) } }
            chosen.forEach(add)
        }
        return result
    }

    static func timestamp() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return formatter.string(from: Date())
    }
}
