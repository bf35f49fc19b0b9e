import Foundation
import LoamCluster
import LoamRuns

/// A run of cells that sleep, and that can be told to fail: `run FOLDER [resume] [failing=CELL] [alone=RANK] [between]`.
enum ProbeRun {
    static func problems(_ cluster: Cluster, _ arguments: [String]) -> [String] {
        Interruption.install()
        let study = Study(
            name: "probe", title: "Probe", summary: "", paper: "", verbs: [AnyVerb(ProbeVerb.self)],
            featured: .init(verb: "cells", preset: "default"))
        let folder = URL(filePath: arguments[1])
        let options = Runner.Options(folder: folder, resume: arguments.contains("resume"))
        let assignments = arguments.dropFirst(2).filter { $0.contains("=") }
        do {
            let runner = Runner(study: study, verb: study.verbs[0], options: options, console: Console(style: .quiet), cluster: cluster)
            let outcome = try runner.run(RunRequest(assignments: Array(assignments), threads: 1))
            if cluster.isFirst { print("values", outcome.results.summary["values"]?.description ?? "none") }
            return []
        } catch {
            let error = LoamError(wrapping: error)
            if cluster.isFirst { print("status", error.exitStatus, error.what) }
            return []
        }
    }
}

struct ProbeSettings: Configuration {
    var cells = 8
    var milliseconds = 20
    /// The cell that throws; −1 for none.
    var failing = -1
    /// The rank that throws between the cells; −1 for none.
    var alone = -1

    static let fields = [
        Field("cells", "cells", .integer(in: 1...1000)), Field("milliseconds", "duration of a cell", .integer(in: 0...10_000)),
        Field("failing", "cell that fails", .integer(in: -1...1000)), Field("alone", "rank that fails", .integer(in: -1...1000)),
    ]
}

enum ProbeVerb: Verb {
    static let name = "cells"
    static let summary = "cells that sleep"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "", source: "", quick: ProbeSettings(), paper: ProbeSettings(), quickSeconds: 1, paperSeconds: 1)
    ]

    static func run(_ configuration: ProbeSettings, in run: RunContext) throws {
        run.log("\(run.processesPerComputer) processes on this computer")
        let first = try cells("a", configuration, in: run)
        if run.cluster.rank == configuration.alone { throw LoamError(.noInput, "nothing to eat", at: "kitchen") }
        let one = try run.cell("one") { cell in
            try cell.record(["one": 1])
            return first.reduce(0, +)
        }
        let second = try cells("b", configuration, in: run)
        try run.summarize("values", first + [one] + second)
    }

    private static func cells(_ name: String, _ configuration: ProbeSettings, in run: RunContext) throws -> [Int] {
        try run.cells(Array(0..<configuration.cells), id: { "\(name)\($0)" }, finished: { index, _ in run.log("\(name)\(index)") }) {
            index, cell in
            // The later, the faster: they are finished in another order.
            sleep(milliseconds: configuration.milliseconds * (1 + (configuration.cells - index) % 3))
            if index == configuration.failing { throw LoamError(.badData, "cell \(index) has no sense", at: name) }
            try cell.record(["cell": index])
            cell.warn("\(name)\(index)")
            return index * index
        }
    }

    /// A signal ends a system call that waits, but not the wait.
    private static func sleep(milliseconds: Int) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while ContinuousClock.now < end { usleep(1000) }
    }
}
