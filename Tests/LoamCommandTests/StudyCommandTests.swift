import Foundation
import LoamRuns
import Testing

/// The study `trainability` from the command line, small and on white noise, which needs no files.
@Suite struct StudyCommandTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let map = settings([
        "data=noise", "images=256", "batch=32", "depth=4", "evaluation=16", "weightVariances=1,2", "biasVariance=0.05",
    ])
    static let compare = settings([
        "map.data=noise", "map.images=256", "map.batch=32", "map.depth=4", "map.evaluation=16", "map.weightVariances=1,2",
        "training.depths=2,4", "training.images=256", "training.testImages=100", "resamples=20",
    ])

    static func settings(_ assignments: [String]) -> [String] { assignments.flatMap { ["--set", $0] } }

    func loam(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Result {
        try Command.run(arguments, in: folder.url, environment: environment)
    }

    func text(_ path: String) throws -> String { try String(contentsOf: folder.url.appending(path: path), encoding: .utf8) }

    @Test(arguments: [("map", map, "map.csv"), ("compare", compare, "league.csv")])
    func verbRunsAndLeavesACompleteFolder(_ verb: String, _ settings: [String], _ table: String) throws {
        let result = try loam(["trainability", verb, "--out", "run"] + settings)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("report.html"))
        for file in ["config.yaml", "environment.json", "metrics.jsonl", "results.json", "report.html", "log.txt", table] {
            #expect(try !text("run/" + file).isEmpty, "\(file)")
        }
        #expect(try text("run/report.html").contains("<svg"))
    }

    @Test func configurationOfARunMakesTheSameRun() throws {
        #expect(try loam(["trainability", "map", "--out", "first"] + Self.map).status == 0)
        #expect(try loam(["trainability", "map", "--config", "first/config.yaml", "--out", "second"]).status == 0)
        #expect(try text("first/map.csv") == text("second/map.csv"))
    }

    @Test func reproduceRunsAPresetAndWritesTheIndex() throws {
        let result = try loam(["reproduce", "trainability/meanfield-plane", "--out", "all"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("passed") && !result.output.contains("✗"))
        #expect(try text("all/index.html").contains("meanfield"))
    }

    @Test func listOfAStudyNamesItsVerbsPresetsAndKeys() throws {
        let result = try loam(["list", "trainability"])
        #expect(result.status == 0)
        for word in ["meanfield", "map", "compare", "mlp-fashion", "weightVariances", "quick"] { #expect(result.output.contains(word)) }
    }

    @Test func quietPrintsNothingAndJSONOneObjectALine() throws {
        let quiet = try loam(["trainability", "map", "--quiet", "--out", "quiet"] + Self.map)
        #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
        let events = try loam(["trainability", "map", "--json", "--out", "json"] + Self.map)
        #expect(events.status == 0)
        let lines = events.output.split(separator: "\n")
        #expect(lines.count > 3)
        for line in lines { #expect(try JSON.decode([String: ConfigurationValue].self, from: Data(line.utf8))["event"] != nil) }
    }

    @Test func strictTurnsAFailedFindingIntoStatusOne() throws {
        // Noise whose two networks of one depth train alike cannot be ordered: the rank correlation misses its threshold.
        let arguments = ["trainability", "compare", "--strict", "--out", "run"] + Self.compare + Self.settings(["accuracyThreshold=0.99"])
        let result = try loam(arguments)
        #expect(result.status == 1, "\(result.output)")
        #expect(result.output.contains("✗"))
    }

    @Test func missingGnuplotIsReportedAfterTheNumbersAreSaved() throws {
        let result = try loam(["trainability", "map", "--out", "run"] + Self.map, environment: ["PATH": "/nonexistent"])
        #expect(result.status == 69)
        #expect(result.errors.contains("gnuplot-nox"))
        #expect(try !text("run/map.csv").isEmpty && !text("run/results.json").isEmpty)
        let report = try loam(["report", "run"])
        #expect(report.status == 0)
        #expect(try text("run/report.html").contains("<svg"))
    }

    @Test func fullOutputIsAnErrorAfterTheResultsAreSaved() throws {
        let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let result = try Command.run(["trainability", "map", "--json", "--out", "run"] + Self.map, in: folder.url, output: full)
        #expect(result.status == 74)
        #expect(result.errors.contains("disk is full"))
        #expect(try !text("run/results.json").isEmpty)
    }

    @Test func damagedDataAreBadData() throws {
        try Data("label,p0,p1,p2,p3\n0,1,2,3,4\n1,1,nan,3,4\n".utf8).write(to: folder.url.appending(path: "images.csv"))
        let result = try loam(["trainability", "map", "--out", "run"] + Self.map + Self.settings(["data=file:images.csv"]))
        #expect(result.status == 65, "\(result.errors)")
        #expect(result.errors.contains("images.csv"))
    }

    @Test func mapOfOtherNetworksIsRefused() throws {
        #expect(try loam(["trainability", "map", "--out", "map"] + Self.map).status == 0)
        let use = Self.compare + Self.settings(["mapFolder=map"])
        #expect(try loam(["trainability", "compare", "--out", "good"] + use).status == 0)
        let other = try loam(["trainability", "compare", "--out", "bias"] + use + Self.settings(["map.biasVariance=0.1"]))
        #expect(other.status == 64 && other.errors.contains("biasVariance"))
        let deep = try loam(["trainability", "compare", "--out", "deep"] + use + Self.settings(["training.depths=2,9"]))
        #expect(deep.status == 64 && deep.errors.contains("training.depths"))
    }

    @Test(arguments: [#""depth":0"#, #""depth":1"#, #""width":-1"#])
    func damagedMapIsBadData(_ field: String) throws {
        #expect(try loam(["trainability", "map", "--out", "map"] + Self.map).status == 0)
        let name = field.split(separator: ":")[0]
        let text = try text("map/map.json")
        // The map's own members stand outside every layer and cell.
        let own = try Regex("\(name)\\s*:\\s*\\d+(?=[^{}\\[\\]]*\\}\\s*$|[^{}\\[\\]]*\"(mean|width))")
        let damaged = text.replacing(own, with: field)
        try #require(damaged != text)
        try Data(damaged.utf8).write(to: folder.url.appending(path: "map/map.json"))
        let result = try loam(["trainability", "compare", "--out", "run"] + Self.compare + Self.settings(["mapFolder=map"]))
        #expect(result.status == 65, "\(result.errors)")
    }

    /// Stops a run with a signal after its first cell, resumes it, and holds it against one that was left alone.
    @Test(arguments: [SIGINT, SIGKILL])
    func resumedRunGivesTheSameFiles(_ signal: Int32) throws {
        let long = Self.compare + Self.settings(["map.images=4096", "map.depth=12", "map.weightVariances=0.5,1,1.5,2,3,4"])
        let process = Process()
        process.executableURL = Command.program
        process.arguments = ["trainability", "compare", "--quiet", "--out", "broken"] + long
        process.currentDirectoryURL = folder.url
        (process.standardInput, process.standardOutput, process.standardError) = (
            FileHandle.nullDevice, FileHandle.nullDevice, FileHandle.nullDevice
        )
        try process.run()
        let cells = folder.url.appending(path: "broken/cells").path
        while process.isRunning, (try? FileManager.default.contentsOfDirectory(atPath: cells).isEmpty) ?? true { usleep(2_000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        if signal == SIGINT {
            #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        } else {
            #expect(process.terminationReason == .uncaughtSignal)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "broken/league.csv").path))
        let again = try loam(["trainability", "compare", "--out", "broken", "--resume"] + long)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try loam(["trainability", "compare", "--out", "whole"] + long).status == 0)
        for file in ["map.csv", "cutoffs.csv", "meanfield.csv", "config.yaml"] {
            #expect(try text("broken/" + file) == text("whole/" + file), "\(file)")
        }
        // All but the measured seconds.
        func trained(_ run: String) throws -> [ArraySlice<Substring>] {
            try text(run + "/train.csv").split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).dropLast()
            }
        }
        #expect(try trained("broken") == trained("whole"))
    }
}
