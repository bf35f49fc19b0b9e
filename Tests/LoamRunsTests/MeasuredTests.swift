import Foundation
import LoamRuns
import Synchronization
import Testing

/// A run with everything that depends on the clock.
private enum TimedVerb: Verb {
    struct Settings: Configuration {
        var count = 3
        static let fields = [Field("count", "a number", .integer(in: 0...10))]
    }

    struct Value: Codable, Equatable {
        var count = 3
        @Measured var seconds: Double
    }

    static let name = "timed"
    static let summary = "times"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(name: "default", summary: "", source: "", quick: Settings(), paper: Settings(), quickSeconds: 1, paperSeconds: 1)
    ]

    static func run(_ configuration: Settings, in run: RunContext) throws {
        let value = try run.cell("a") { cell in
            let value = Value(count: configuration.count, seconds: Clock.now.value ?? 0)
            try cell.record(value)
            return value
        }
        try run.record(value)
        try run.summarize("count", value.count)
        try run.measure("seconds", value.seconds)
        run.add(Finding(id: "count", quantity: "n", value: 3, .within(reference: 3, tolerance: 0), source: ""))
        run.add(
            Finding(id: "rate", quantity: "n/s", value: 3 / value.seconds, .informational(reference: nil), source: ""), isMeasured: true)
        run.html("Cost", "<p>\(value.seconds) s</p>", isMeasured: true)
        try run.saveJSON([value], to: "values.json")
        try run.saveCSV(Table(["count": .integers([3]), "seconds": .measured([value.seconds])]), to: "tables/values.csv")
    }
}

private enum Clock { static let now = Disturbance.ThreadLocal<Double>() }

private let study = Study(
    name: "clock", title: "Clock", summary: "", paper: "", verbs: [AnyVerb(TimedVerb.self)],
    featured: .init(verb: "timed", preset: "default"))

@Suite struct MeasuredTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @discardableResult
    func run(_ name: String, clock: Double, resume: Bool = false, force: Bool = false) throws -> Runner.Outcome {
        let options = Runner.Options(folder: folder.url.appending(path: name), resume: resume, force: force)
        return try Clock.now.withValue(clock) {
            try Runner(study: study, verb: study.verbs[0], options: options, console: Console(style: .quiet)).run(RunRequest())
        }
    }

    func text(_ path: String) throws -> String { try contents(folder.url.appending(path: path)) }

    @Test func filesDoNotDependOnTheClock() throws {
        try run("a", clock: 1.5)
        try run("b", clock: 7)
        for file in ["results.json", "metrics.jsonl", "values.json", "tables/values.csv", "config.yaml"] {
            #expect(try text("a/\(file)") == text("b/\(file)"), "\(file)")
        }
        #expect(try text("a/tables/values.csv") == "count\n3\n")
        #expect(try text("a/metrics.jsonl") == String(repeating: "{\"count\":3,\"seconds\":null}\n", count: 2))
    }

    @Test func costsHoldWhatWasMeasured() throws {
        let outcome = try run("a", clock: 1.5)
        let folder = RunFolder(folder.url.appending(path: "a"))
        let cost = try #require(folder.cost())
        #expect(cost.summary == ["seconds": .number(1.5)] && cost.columns == ["tables/values.csv": ["seconds": [1.5]]])
        #expect(cost.findings.map(\.id) == ["rate"] && cost.sections.map(\.title) == ["Cost"])
        // Reports and scoreboards see all.
        let results = try #require(try folder.results())
        #expect(results.findings.map(\.id) == ["count", "rate"] && results.summary["seconds"] == .number(1.5))
        #expect(outcome.results == results)
        #expect(try text("a/report.html").contains("<p>1.5 s</p>"))
    }

    /// A resumed run knows what its earlier sessions took.
    @Test func cellsKeepTheirTimes() throws {
        try run("a", clock: 1.5)
        try FileManager.default.removeItem(at: folder.url.appending(path: "a/results.json"))
        try run("a", clock: 7, resume: true)
        #expect(RunFolder(folder.url.appending(path: "a")).cost()?.summary["seconds"] == .number(1.5))
    }

    @Test func missingNumbersAreReadAsNaN() throws {
        for text in ["{\"count\":3,\"seconds\":null}", "{\"count\":3}"] {
            #expect(try JSON.decode(TimedVerb.Value.self, from: Data(text.utf8)).seconds.isNaN)
        }
        #expect(try JSON.decode(TimedVerb.Value.self, from: JSON.encode(TimedVerb.Value(seconds: 2))).seconds == 2)
    }

    @Test func forceRemovesTheRunAndNothingElse() throws {
        try run("a", clock: 1.5)
        let manager = FileManager.default
        let place = folder.url.appending(path: "a")
        // Another version's table, by the list of files, and what a user has put there.
        try Data("values.json\ntables/values.csv\nold/deep/table.csv\n../outside.txt\n".utf8).write(to: place.appending(path: ".files"))
        _ = try folder.file("a/old/deep/table.csv", "1")
        _ = try folder.file("a/tables/mine.csv", "2")
        _ = try folder.file("a/notes.txt", "3")
        _ = try folder.file("outside.txt", "4")
        _ = try folder.file("a/cells/old.json", "{}")
        _ = try folder.file("a/.results.json.123.tmp", "half")
        try run("a", clock: 2, force: true)
        #expect(!manager.fileExists(atPath: place.appending(path: "old").path))
        #expect(!manager.fileExists(atPath: place.appending(path: "cells/old.json").path))
        #expect(!manager.fileExists(atPath: place.appending(path: ".results.json.123.tmp").path))
        #expect(try ["a/tables/mine.csv", "a/notes.txt", "outside.txt"].map(text) == ["2", "3", "4"])
        #expect(try text("a/tables/values.csv") == "count\n3\n" && text("a/.files") == "values.json\ntables/values.csv\n")
    }
}

/// Files that the configuration names and that change between sessions.
@Suite struct ChangedInputTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    /// Stops a run after its first cell, lets `change` happen, and resumes; the number of cells computed then, and what the user was told.
    func resume(_ assignments: [String], after change: () throws -> Void) throws -> (computed: Int, notes: String) {
        _ = Disturbance.beforeCell.withValue({ if $0 == 1 { throw LoamError(.interrupted, "interrupted") } }) {
            failure { try runDecay(in: run, assignments) }
        }
        try change()
        let counter = Disturbance.Counter()
        let said = Said()
        let console = Console(style: .text, isTerminal: false) { _, text in said.add(text) }
        try Disturbance.computed.withValue(counter) { try runDecay(in: run, [], resume: true, console: console) }
        return (counter.value, said.text)
    }

    final class Said: Sendable {
        private let lines = Mutex("")
        var text: String { lines.withLock { $0 } }
        func add(_ text: String) { lines.withLock { $0 += text } }
    }

    @Test func finishedCellsOfAnEditedFileAreComputedAgain() throws {
        let file = try folder.file("net.yaml", "stages: 3")
        let assignments = ["output.draws=false", "input=\(file.path)"]
        let same = try resume(assignments) {}
        #expect(same.computed == 2 && !same.notes.contains("changed since"))
        try FileManager.default.removeItem(at: run)
        let edited = try resume(assignments) { try Data("stages: 4".utf8).write(to: file) }
        #expect(edited.computed == 3 && edited.notes.contains("input (\(file.path)) changed since the run was started"))
    }

    @Test func finishedRunOfAnEditedFileIsNotTakenForFinished() throws {
        let file = try folder.file("net.yaml", "stages: 3")
        try runDecay(in: run, ["output.draws=false", "input=\(file.path)"])
        #expect(try runDecay(in: run, [], resume: true).wasFinished)
        try Data("stages: 4".utf8).write(to: file)
        let error = failure { try runDecay(in: run, [], resume: true) }
        #expect(error?.exitStatus == 64 && error?.what.contains("input (\(file.path)) changed") == true)
        #expect(error?.advice?.contains("--force") == true)
    }

    @Test func fileBehindAKindIsWatchedToo() throws {
        let file = try folder.file("weights.npz", "1")
        let assignments = ["output.draws=false", "output.label=file:\(file.path)"]
        #expect(try resume(assignments) { try Data("2".utf8).write(to: file) }.computed == 3)
    }

    @Test func folderThatGetsAnotherPictureIsNoticed() throws {
        _ = try folder.file("pictures/a.png", "1")
        let assignments = ["output.draws=false", "input=\(folder.url.appending(path: "pictures").path)"]
        #expect(try resume(assignments) { _ = try folder.file("pictures/b.png", "1") }.computed == 3)
    }
}
