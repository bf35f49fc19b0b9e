import Foundation
import LoamRuns
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Sends SIGINT to this process (to whichever thread takes it) and waits until it has been seen.
func signalSelf() {
    kill(getpid(), SIGINT)
    for _ in 0..<10_000 where !Interruption.isRequested { usleep(1000) }
}

@Suite struct ResumeTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    /// Runs until the cell of an index, then stops with an interruption.
    func interrupt(at cell: Int, _ assignments: [String] = ["output.draws=false"]) -> LoamError? {
        Disturbance.beforeCell.withValue({ index in
            if index == cell { throw LoamError(.interrupted, "interrupted") }
        }) { failure { try runDecay(in: run, assignments) } }
    }

    /// The files that must not depend on interruptions.
    func outcome(_ url: URL) throws -> [String] {
        try ["results.json", "metrics.jsonl", "config.yaml"].map { try contents(url.appending(path: $0)) }
    }

    @Test(arguments: [0, 1, 2])
    func interruptedAndResumedEqualsUninterrupted(cell: Int) throws {
        let whole = folder.url.appending(path: "whole")
        try runDecay(in: whole)
        #expect(interrupt(at: cell)?.exitStatus == 130)
        try runDecay(in: run, [], resume: true)
        #expect(try outcome(run) == outcome(whole))
    }

    @Test func interruptionSavesWhatIsFinished() throws {
        let error = interrupt(at: 2)
        #expect(error?.advice?.contains("--resume") == true)
        let results = try #require(try RunFolder(run).results())
        #expect(results.status == .interrupted && results.findings.count == 2)
        #expect(try contents(run.appending(path: "report.html")).contains("interrupted"))
    }

    @Test func finishedCellsAreNotComputedAgain() throws {
        _ = interrupt(at: 2)
        let counter = Disturbance.Counter()
        try Disturbance.computed.withValue(counter) { try runDecay(in: run, [], resume: true) }
        #expect(counter.value == 1)
    }

    @Test func twoInterruptionsGiveTheSameResults() throws {
        let whole = folder.url.appending(path: "whole")
        try runDecay(in: whole)
        _ = interrupt(at: 1)
        let second = Disturbance.beforeCell.withValue({ if $0 == 2 { throw LoamError(.interrupted, "interrupted") } }) {
            failure { try runDecay(in: run, [], resume: true) }
        }
        #expect(second?.exitStatus == 130)
        try runDecay(in: run, [], resume: true)
        #expect(try outcome(run) == outcome(whole))
    }

    @Test func sessionsOfAResumedRunAreListed() throws {
        _ = interrupt(at: 1)
        try runDecay(in: run, [], resume: true)
        let environment = try JSON.decode(RunEnvironment.self, from: Data(contentsOf: run.appending(path: "environment.json")))
        #expect(environment.sessions.map(\.status) == ["interrupted", "finished"])
    }

    @Test func otherConfigurationIsRefused() throws {
        _ = interrupt(at: 1)
        let error = failure { try runDecay(in: run, ["steps=21"], resume: true) }
        #expect(error?.exitStatus == 64 && error?.what.contains("steps is 21, was 20") == true)
    }

    @Test func otherSeedIsRefused() throws {
        _ = interrupt(at: 1)
        let error = failure { try runDecay(in: run, [], request: RunRequest(seed: 5), resume: true) }
        #expect(error?.what.contains("seed is 5, was 0") == true)
    }

    @Test func sameCommandLineResumes() throws {
        _ = interrupt(at: 1, ["output.draws=false", "steps=9"])
        let outcome = try runDecay(
            in: run, ["output.draws=false", "steps=9"], request: RunRequest(preset: "slow"), resume: true)
        #expect(outcome.results.status == .finished)
    }

    @Test func unfinishedRunIsNotOverwritten() throws {
        _ = interrupt(at: 1)
        let error = failure { try runDecay(in: run) }
        #expect(error?.exitStatus == 64 && error?.what.contains("unfinished") == true && error?.advice?.contains("--resume") == true)
    }

    @Test func resumeNeedsAFolder() {
        let runner = Runner(study: DecayStudy.study, verb: decay, options: .init(resume: true), console: Console(style: .quiet))
        #expect(failure { _ = try runner.run(RunRequest()) }?.exitStatus == 64)
    }

    @Test func resumeOfAMissingFolderStartsAfresh() throws {
        #expect(try runDecay(in: run, resume: true).results.status == .finished)
    }

    @Test func damagedCellIsComputedAgain() throws {
        _ = interrupt(at: 2)
        let cells = run.appending(path: "cells")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: cells.path).sorted().first)
        let file = cells.appending(path: name)
        try Data(Data(contentsOf: file).prefix(50)).write(to: file)
        let counter = Disturbance.Counter()
        try Disturbance.computed.withValue(counter) { try runDecay(in: run, [], resume: true) }
        #expect(counter.value == 2)
    }

    @Test func cellOfOtherDataIsComputedAgain() throws {
        _ = interrupt(at: 2)
        let cells = run.appending(path: "cells")
        for name in try FileManager.default.contentsOfDirectory(atPath: cells.path) {
            let file = cells.appending(path: name)
            try Data(contents(file).replacing("\"v1\"", with: "\"v0\"").utf8).write(to: file)
        }
        let counter = Disturbance.Counter()
        try Disturbance.computed.withValue(counter) { try runDecay(in: run, [], resume: true) }
        #expect(counter.value == 3)
    }

    @Test func tornLastLineOfMetricsIsDroppedByTheReader() throws {
        let file = try folder.file("metrics.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":")
        #expect(try Metrics.read([String: Int].self, from: file) == [["a": 1], ["a": 2]])
    }

    @Test func damagedLineOfMetricsIsBadData() throws {
        let file = try folder.file("metrics.jsonl", "{\"a\":1}\n{\"a\"\n{\"a\":3}\n")
        let error = failure { _ = try Metrics.read([String: Int].self, from: file) }
        #expect(error?.exitStatus == 65 && error?.what.contains("line 2") == true)
    }

    @Test func tornLineIsGoneAfterResume() throws {
        let whole = folder.url.appending(path: "whole")
        try runDecay(in: whole)
        _ = interrupt(at: 1)
        let metrics = run.appending(path: "metrics.jsonl")
        try Data((contents(metrics) + "{\"rate\":0.2,\"st").utf8).write(to: metrics)
        try runDecay(in: run, [], resume: true)
        #expect(try outcome(run) == outcome(whole))
    }

    @Test func killedRunResumesToTheSameResults() async throws {
        let whole = folder.url.appending(path: "whole")
        try runDecay(in: whole)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = run.path as String] in
            try Disturbance.beforeCell.withValue({ index in
                if index == 2 { kill(getpid(), SIGKILL) }
            }) { _ = try runDecay(in: URL(filePath: path)) }
        }
        #expect(try RunFolder(run).results() == nil)
        #expect(try contents(run.appending(path: "environment.json")).contains("running"))
        try runDecay(in: run, [], resume: true)
        #expect(try outcome(run) == outcome(whole))
    }

    @Test func firstSignalFinishesTheCellAndSaves() async throws {
        let whole = folder.url.appending(path: "whole")
        try runDecay(in: whole)
        await #expect(processExitsWith: .exitCode(130)) { [path = run.path as String] in
            Interruption.install()
            let error = Disturbance.beforeCell.withValue({ index in
                if index == 1 { signalSelf() }
            }) { failure { try runDecay(in: URL(filePath: path)) } }
            exit(error?.exitStatus ?? 0)
        }
        // The cell in which the signal came is complete.
        #expect(try RunFolder(run).results()?.findings.count == 2)
        try runDecay(in: run, [], resume: true)
        #expect(try outcome(run) == outcome(whole))
    }

    @Test func secondSignalStopsAtOnce() async throws {
        await #expect(processExitsWith: .exitCode(130)) { [path = run.path as String] in
            Interruption.install()
            _ = Disturbance.beforeCell.withValue({ index in
                if index == 1 {
                    signalSelf()
                    kill(getpid(), SIGINT)
                    sleep(20)
                }
            }) { failure { try runDecay(in: URL(filePath: path)) } }
            exit(3)
        }
        #expect(try RunFolder(run).results() == nil)
    }
}

/// A verb that resumes from a checkpoint instead of cells.
enum CountingVerb: Verb {
    struct Settings: Configuration {
        var epochs = 6
        static let fields = [Field("epochs", "epochs", .integer(in: 1...100))]
    }

    struct State: Codable { var epoch: Int; var sum: Double }

    static let name = "count"
    static let summary = "Sums"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(name: "default", summary: "", source: "", quick: Settings(), paper: Settings(), quickSeconds: 1, paperSeconds: 1)
    ]

    static func run(_ configuration: Settings, in run: RunContext) throws {
        var state = State(epoch: 0, sum: 0)
        if let restored = try run.restoreCheckpoint(as: State.self) {
            state = restored.state
            let text = try String(contentsOf: try #require(restored.tensors), encoding: .utf8)
            guard text == "\(state.sum)" else { throw LoamError(.badData, "wrong tensors \(text)") }
        }
        while state.epoch < configuration.epochs {
            try Disturbance.beforeCell.value?(state.epoch)
            state.epoch += 1
            state.sum += 1 / Double(state.epoch)
            try run.record(["epoch": Double(state.epoch), "sum": state.sum])
            if state.epoch % 2 == 0 {
                let sum = state.sum
                try run.saveCheckpoint(state) { try Data("\(sum)".utf8).write(to: $0) }
            }
        }
        try run.summarize("sum", state.sum)
    }
}

@Suite struct CheckpointTests {
    let folder: TemporaryFolder
    var url: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    func run(in url: URL, resume: Bool = false) throws {
        let study = Study(
            name: "sums", title: "Sums", summary: "", paper: "", verbs: [AnyVerb(CountingVerb.self)],
            featured: .init(verb: "count", preset: "default"))
        _ = try Runner(study: study, verb: study.verbs[0], options: .init(folder: url, resume: resume), console: Console(style: .quiet))
            .run(RunRequest())
    }

    func stop(at epoch: Int) -> LoamError? {
        Disturbance.beforeCell.withValue({ if $0 == epoch { throw LoamError(.interrupted, "interrupted") } }) {
            failure { try run(in: url) }
        }
    }

    @Test(arguments: [0, 1, 3, 4, 5])
    func resumedRunEqualsUninterrupted(epoch: Int) throws {
        let whole = folder.url.appending(path: "whole")
        try run(in: whole)
        #expect(stop(at: epoch)?.exitStatus == 130)
        try run(in: url, resume: true)
        for file in ["results.json", "metrics.jsonl", "checkpoint.safetensors"] {
            #expect(try contents(url.appending(path: file)) == contents(whole.appending(path: file)), "\(file)")
        }
    }

    @Test func tensorsLeftUnderTheirTemporaryNameAreUsed() throws {
        _ = stop(at: 5)
        let tensors = url.appending(path: "checkpoint.safetensors")
        try FileManager.default.moveItem(at: tensors, to: url.appending(path: "checkpoint.safetensors.next"))
        try Data("older".utf8).write(to: tensors)
        try run(in: url, resume: true)
        #expect(try RunFolder(url).results()?.status == .finished)
    }

    @Test func foreignTensorsAreBadData() throws {
        _ = stop(at: 5)
        try Data("other".utf8).write(to: url.appending(path: "checkpoint.safetensors"))
        #expect(failure { try run(in: url, resume: true) }?.exitStatus == 65)
    }
}
