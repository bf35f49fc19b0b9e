import Foundation
import LoamRuns
import Testing

@Suite struct RunTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    @Test func folderHoldsTheNamedFiles() throws {
        try runDecay(in: run, [])
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: run.path))
        #expect(
            names == [
                "config.yaml", "environment.json", "metrics.jsonl", "results.json", "cost.json", "figures", "report.html", "log.txt",
                "cells",
            ])
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: run.path + "/figures")) == ["decay.svg", "decay.csv", "decay.gp"])
    }

    @Test func metricsHoldEveryRecordInOrder() throws {
        try runDecay(in: run, ["output.draws=false", "steps=3", "rates=[0.5]"])
        let lines = try contents(run.appending(path: "metrics.jsonl")).split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "{\"rates\":1}")
        #expect(lines[2].contains("\"step\":2"))
    }

    @Test func resultsHoldFindingsAndSummary() throws {
        let outcome = try runDecay(in: run, ["output.draws=false", "rates=[0.5, 1.5]"])
        let stored = try #require(try RunFolder(run).results())
        #expect(stored == outcome.results)
        #expect(stored.findings.count == 2 && stored.count(.passed) == 2)
        #expect(stored.summary == ["rates": .integer(2)])
        #expect(stored.status == .finished && stored.warnings == ["rate 1.5 is above 1"])
    }

    @Test func equalRunsGiveEqualResults() throws {
        try runDecay(in: run)
        let other = folder.url.appending(path: "other")
        try runDecay(in: other)
        #expect(try contents(run.appending(path: "results.json")) == contents(other.appending(path: "results.json")))
    }

    @Test func environmentNamesTheMachineAndTheLibraries() throws {
        try runDecay(in: run)
        let environment = try JSON.decode(RunEnvironment.self, from: Data(contentsOf: run.appending(path: "environment.json")))
        #expect(environment.version == Loam.version && environment.processors >= 1)
        #expect(environment.libraries["OpenBLAS"]?.contains("OpenBLAS") == true)
        #expect(environment.libraries["oneDNN"]?.split(separator: ".").count == 3)
        #expect(environment.sessions.count == 1 && environment.sessions[0].status == "finished")
        #expect(environment.sessions[0].commandLine == ["loam", "physics", "decay"])
    }

    @Test func strictTurnsAFailedFindingIntoStatusOne() throws {
        let assignments = ["output.draws=false", "method=euler", "rates=[0.5]", "steps=2"]
        #expect(try runDecay(in: run, assignments).exitStatus == 0)
        #expect(try runDecay(in: run, assignments, force: true, strict: true).exitStatus == 1)
        #expect(try runDecay(in: folder.url.appending(path: "good"), strict: true).exitStatus == 0)
    }

    @Test func publishedScaleShowsItsTimeAndAsks() throws {
        let error = try #require(failure { try runDecay(in: run, request: RunRequest(scale: .published)) })
        #expect(error.exitStatus == 64 && error.what.contains("10 days") && error.advice?.contains("--yes") == true)
        #expect(!FileManager.default.fileExists(atPath: run.path))
    }

    @Test func acceptedPublishedRunResumesWithoutBeingAskedAgain() throws {
        let accepted = try runDecay(in: run, request: RunRequest(scale: .published), acceptsDuration: true)
        #expect(accepted.results.scale == .published)
        try FileManager.default.removeItem(at: run.appending(path: "results.json"))
        #expect(try runDecay(in: run, [], resume: true).results.status == .finished)
    }

    @Test func finishedRunIsNotOverwritten() throws {
        try runDecay(in: run)
        let error = failure { try runDecay(in: run) }
        #expect(error?.exitStatus == 64 && error?.what.contains("finished run") == true && error?.advice?.contains("--force") == true)
    }

    @Test func forceReplacesAFinishedRun() throws {
        try runDecay(in: run)
        let outcome = try runDecay(in: run, ["output.draws=false", "steps=7"], force: true)
        #expect(!outcome.wasFinished && outcome.results.findings[0].quantity.contains("7 steps"))
        let environment = try JSON.decode(RunEnvironment.self, from: Data(contentsOf: run.appending(path: "environment.json")))
        #expect(environment.sessions.count == 1)
    }

    @Test func resumeOfAFinishedRunComputesNothing() throws {
        try runDecay(in: run)
        let before = try contents(run.appending(path: "results.json"))
        let counter = Disturbance.Counter()
        let outcome = try Disturbance.computed.withValue(counter) { try runDecay(in: run, [], resume: true) }
        #expect(outcome.wasFinished && counter.value == 0)
        #expect(try contents(run.appending(path: "results.json")) == before)
    }

    @Test func foreignFolderIsRefusedEvenWithForce() throws {
        let file = try folder.file("run/thesis.tex", "precious")
        for force in [false, true] {
            let error = failure { try runDecay(in: run, force: force) }
            #expect(error?.exitStatus == 64 && error?.what.contains("thesis.tex") == true)
        }
        #expect(try contents(file) == "precious")
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.path) == ["thesis.tex"])
    }

    @Test func configurationOfAnotherProgramIsForeign() throws {
        let file = try folder.file("run/config.yaml", "server: 1\n")
        #expect(failure { try runDecay(in: run, force: true) }?.exitStatus == 64)
        #expect(try contents(file) == "server: 1\n")
    }

    @Test func hiddenFilesOfOthersAreForeign() throws {
        _ = try folder.file("run/.git/HEAD", "x")
        #expect(failure { try runDecay(in: run) }?.what.contains(".git") == true)
    }

    @Test func emptyFolderIsUsed() throws {
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        #expect(try runDecay(in: run).exitStatus == 0)
    }

    @Test func fileInTheWayIsAnInputOutputError() throws {
        _ = try folder.file("run", "text")
        #expect(failure { try runDecay(in: run) }?.exitStatus == 74)
    }

    @Test func folderBelowAFileIsAnInputOutputError() throws {
        _ = try folder.file("file", "text")
        let error = failure { try runDecay(in: folder.url.appending(path: "file/run")) }
        #expect(error?.exitStatus == 74 && error?.advice?.contains("--out") == true)
    }

    @Test func secondProcessIsKeptOut() throws {
        let error = try Disturbance.beforeCell.withValue({ [run] index in
            if index == 0 {
                // A lock of the same file through a second descriptor conflicts like another process's.
                let inner = failure { try runDecay(in: run, resume: true) }
                throw LoamError(.badData, inner?.what ?? "no error", at: inner.map { "\($0.exitStatus)" })
            }
        }) { try #require(failure { try runDecay(in: run) }) }
        #expect(error.what.contains("another process") && error.what.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(error.location == "74")
    }

    @Test func lockEndsWithTheRun() throws {
        try runDecay(in: run)
        #expect(!FileManager.default.fileExists(atPath: run.appending(path: ".lock").path))
    }

    @Test func errorOfAVerbIsSavedAndPassedOn() throws {
        let error = Disturbance.beforeCell.withValue({ index in
            if index == 1 { throw LoamError(.badData, "image 3 holds NaN", at: "x.idx", advice: "Clean it.") }
        }) { failure { try runDecay(in: run) } }
        #expect(error == LoamError(.badData, "image 3 holds NaN", at: "x.idx", advice: "Clean it."))
        let results = try #require(try RunFolder(run).results())
        #expect(results.status == .failed && results.findings.count == 1)
        #expect(try contents(run.appending(path: "log.txt")).contains("image 3 holds NaN"))
        #expect(try contents(run.appending(path: "report.html")).contains("stopped by an error"))
    }

    @Test func unknownErrorOfAVerbIsInternal() throws {
        struct Surprise: Error {}
        let error = Disturbance.beforeCell.withValue({ _ in throw Surprise() }) { failure { try runDecay(in: run) } }
        #expect(error?.exitStatus == 70 && error?.what.contains("Surprise") == true)
    }

    @Test func errorOfAnotherModuleKeepsItsCategory() throws {
        struct Missing: LoamErrorConvertible {
            var loamError: LoamError { LoamError(.noInput, "no images") }
        }
        #expect(Disturbance.beforeCell.withValue({ _ in throw Missing() }) { failure { try runDecay(in: run) } }?.exitStatus == 66)
    }

    @Test(arguments: zip(LoamError.Category.allCases, [64, 65, 66, 69, 70, 74, 130]))
    func categoriesHaveTheirStatus(category: LoamError.Category, status: Int32) {
        #expect(category.exitStatus == status)
    }
}
