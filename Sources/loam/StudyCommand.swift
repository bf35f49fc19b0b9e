import ArgumentParser
import Foundation
import LoamCluster
import LoamRuns

/// `loam <study>`: the study's verbs.
struct StudyCommand<Provider: StudyProvider>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let study = Provider.study
        return CommandConfiguration(
            commandName: study.name, abstract: study.title, discussion: "\(study.summary)\n\nPaper: \(study.paper)",
            subcommands: study.verbs.map { verbCommand(Provider.self, $0.type) })
    }
}

func studyCommand<Provider: StudyProvider>(_ provider: Provider.Type) -> any ParsableCommand.Type { StudyCommand<Provider>.self }

func verbCommand<Provider: StudyProvider, V: Verb>(_ provider: Provider.Type, _ verb: V.Type) -> any ParsableCommand.Type {
    VerbCommand<Provider, V>.self
}

/// `loam <study> <verb>`: one run.
struct VerbCommand<Provider: StudyProvider, V: Verb>: ParsableCommand, RunsOnEveryRank {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: V.name, abstract: V.summary, discussion: VerbHelp.text(AnyVerb(V.self)))
    }

    @Option(help: "The published experiment to run.", completion: .list(V.presets.map(\.name)))
    var preset: String?
    @Option(
        help: "quick (at most 20 seconds, the default), paper, or published (exactly the authors' sizes, where a preset has them).",
        completion: .list(Scale.allCases.map(\.rawValue)))
    var scale: String?
    @Option(
        name: .customLong("set"), help: ArgumentHelp("Set one key of the configuration; may be repeated.", valueName: "key=value"),
        completion: .list(V.Settings.fields.map { $0.key + "=" }))
    var assignments: [String] = []
    @Option(
        help: ArgumentHelp("A YAML file of settings, such as the config.yaml of a run.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?
    @OptionGroup var settings: CommonOptions
    @Option(help: ArgumentHelp("The run folder. Default: a new one under runs/.", valueName: "folder"), completion: .directory)
    var out: String?
    @Flag(help: "Continue an interrupted run.")
    var resume = false
    @Flag(help: "Replace an earlier run in the folder.")
    var force = false
    @Flag(help: "Begin a run of the published scale, whose expected time is shown first.")
    var yes = false

    mutating func run() throws {
        Interruption.install()
        let verb = AnyVerb(V.self)
        let console = settings.console
        let options = Runner.Options(
            folder: out.map { URL(filePath: $0) }, resume: resume, force: force, strict: settings.strict, acceptsDuration: yes)
        let request = RunRequest(
            preset: preset, scale: try scale.map(parseScale), file: config.map { URL(filePath: $0) }, assignments: assignments,
            seed: settings.seed, threads: settings.threads)
        let outcome = try Runner(study: Provider.study, verb: verb, options: options, console: console).run(request)
        if !outcome.results.findings.isEmpty { console.text("\n" + Scoreboard.text(outcome.results.findings)) }
        console.text("\nReport: \(RunFolder(outcome.folder)[.report].path)  (\(duration(outcome.seconds)))")
        console.event(
            "done",
            [
                "folder": .text(outcome.folder.path), "seconds": .number(outcome.seconds), "exitStatus": .integer(Int(outcome.exitStatus)),
                "passed": .integer(outcome.results.count(.passed)), "failed": .integer(outcome.results.count(.failed)),
            ])
        if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
        try console.checkOutput()
    }
}

/// Options of everything that runs.
struct CommonOptions: ParsableArguments {
    @Option(help: "Seed of the random numbers. Default: 0.")
    var seed: UInt64?
    @Option(help: "Threads of each process. Default: all processors, shared by the processes on a computer.")
    var threads: Int?
    @Flag(help: "Exit with status 1 when a finding fails.")
    var strict = false
    @Flag(help: "Print errors and warnings only.")
    var quiet = false
    @Flag(help: "Print one JSON event per line.")
    var json = false

    /// These options as words of a command line.
    var words: [String] {
        var words: [String] = []
        if let seed { words.append("--seed \(seed)") }
        if let threads { words.append("--threads \(threads)") }
        if strict { words.append("--strict") }
        if quiet { words.append("--quiet") }
        if json { words.append("--json") }
        return words
    }

    /// On ranks other than 0, one that prints nothing.
    var console: Console { Launch.current.rank > 0 ? .silent : Console(style: json ? .json : quiet ? .quiet : .text) }
}

func parseScale(_ name: String) throws -> Scale {
    guard let scale = Scale(rawValue: name) else { throw CommandWords.unknown("scale", name, Scale.allCases.map(\.rawValue)) }
    return scale
}

/// The part of a verb's help that comes from its declaration.
enum VerbHelp {
    static func text(_ verb: AnyVerb) -> String {
        var text = verb.presets.count == 1 ? "Preset:\n" : "Presets (the first is the default):\n"
        for preset in verb.presets {
            let times = Scale.allCases.compactMap { scale in preset.seconds(scale).map { "\(scale.rawValue) \(duration($0))" } }
            text += "  \(preset.name): \(preset.summary) (\(times.joined(separator: ", ")))\n"
        }
        text += "\nKeys for --set and for --config files:\n"
        for field in verb.fields { text += "  \(field.key): \(field.summary); \(field.domain)\n" }
        return text + "\nLists: --set 'key=[1, 2, 3]', --set key=1,2,3 or --set key=START:STOP:STEP."
    }
}
