import Foundation
import LoamCluster
import LoamRuns
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Runs of one process that are stopped or killed and continued.
@Suite(.serialized) struct StoppedRunTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let map = [
        "data=noise", "images=1024", "batch=32", "depth=8", "evaluation=16", "weightVariances=0.5,1,1.5,2,3,4", "biasVariance=0.05",
    ].flatMap { ["--set", $0] }

    func map(_ name: String, _ options: [String] = Self.map) throws -> Job {
        try Job("loam", ["trainability", "map", "--quiet", "--out", name] + options, ranks: nil, in: folder.url)
    }

    @Test func secondSignalEndsAtOnce() throws {
        let job = try Job("loam-cluster-probe", ["run", "run", "cells=4", "milliseconds=10000"], ranks: nil, in: folder.url)
        #expect(job.wait { FileManager.default.fileExists(atPath: folder.url.appending(path: "run/environment.json").path) })
        usleep(100_000)
        kill(job.identifier, SIGINT)
        #expect(job.wait { job.errorsSoFar().contains("press Ctrl-C again") })
        let clock = ContinuousClock()
        let begin = clock.now
        kill(job.identifier, SIGINT)
        #expect(try job.result().status == 130)
        // A cell takes at least ten seconds.
        #expect(begin.duration(to: clock.now) < .seconds(5) && job.cells("run").isEmpty)
    }

    @Test func interruptedMapSavesWhatIsInProgressAndResumes() throws {
        let job = try map("broken")
        #expect(job.wait(forCells: 1, in: "broken"))
        kill(job.identifier, SIGINT)
        let stopped = try job.result()
        #expect(stopped.status == 130 && stopped.errors.contains("--resume"), "\(stopped.errors)")
        #expect(try RunFolder(folder.url.appending(path: "broken")).results()?.status == .interrupted)
        #expect(try map("broken", ["--resume"]).result().status == 0)
        #expect(try map("whole").result().status == 0)
        #expect(try folder.lastingFiles("broken") == folder.lastingFiles("whole"))
    }

    /// Killed after these shares of the time that a whole run takes: in cells, in figures, in between.
    @Test func runKilledAtAnyMomentResumesToTheSameFiles() throws {
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(try map("whole").result().status == 0)
        let duration = begin.duration(to: clock.now)
        let whole = try folder.lastingFiles("whole")
        #expect(["map.csv", "cutoffs.csv", "map.json", "results.json", "metrics.jsonl", "config.yaml"].allSatisfy { whole[$0] != nil })
        for (index, share) in [0.1, 0.3, 0.5, 0.7, 0.85].enumerated() {
            let name = "broken\(index)"
            let job = try map(name)
            let moment = clock.now + duration * share
            _ = job.wait { clock.now >= moment }
            kill(job.identifier, SIGKILL)
            _ = try job.result()
            // What the killed process was writing.
            let half = folder.url.appending(path: "\(name)/.map.csv.\(job.identifier).tmp")
            if FileManager.default.fileExists(atPath: folder.url.appending(path: name).path) { try Data("half".utf8).write(to: half) }
            let result = try map(name, Self.map + ["--resume"]).result()
            #expect(result.status == 0, "\(share): \(result.errors)")
            let files = try folder.lastingFiles(name)
            #expect(Set(files.keys) == Set(whole.keys), "\(share)")
            for file in whole.keys { #expect(files[file] == whole[file], "\(share): \(file)") }
        }
    }

    @Test func finishedCellsAreReportedWithTheTimeLeft() throws {
        let result = try Job.run("loam", ["trainability", "map", "--out", "run"] + Self.map, ranks: nil, in: folder.url)
        let lines = (result.errors + result.output).split(separator: "\n").filter { $0.contains("cutoff") && $0.contains("eta") }
        #expect(lines.count == 6)
        let form =
            /.*σw² \d\.\d{3}  cutoff \d+( \(censored\))?  S_diff\(L\) -?\d+\.\d  \d+\.\d s  \d+ GFLOP\/s  eta (\d+:)?\d\d:\d\d/
        for line in lines { #expect(line.wholeMatch(of: form) != nil, "\(line)") }
        #expect((result.errors + result.output).contains(/best σw² .*: predicted to train down to depth .*; R 125:/))
    }
}
