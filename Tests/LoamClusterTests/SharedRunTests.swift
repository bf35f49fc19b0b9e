import Foundation
import LoamCluster
import LoamRuns
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Runs whose cells are shared out among processes: the verb of `loam-cluster-probe`.
@Suite(.serialized, .enabled(if: Job.isPossible)) struct SharedRunTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func run(_ name: String, _ arguments: [String] = [], ranks: Int?) throws -> Job.Result {
        try Job.run("loam-cluster-probe", ["run", name] + arguments, ranks: ranks, in: folder.url)
    }

    func results(_ run: String) throws -> RunResults? { try RunFolder(folder.url.appending(path: run)).results() }

    @Test func filesDoNotDependOnTheNumberOfProcesses() throws {
        let alone = try run("alone", ranks: nil)
        #expect(alone.output.hasPrefix("values [0, 1, 4,"))
        for ranks in 1...3 {
            let result = try run("r\(ranks)", ranks: ranks)
            #expect(result.status == 0 && result.output == alone.output, "\(result.errors)")
            for file in ["metrics.jsonl", "results.json", "cells/a3.json", "cells/one.json"] {
                #expect(try folder.text("r\(ranks)/\(file)") == folder.text("alone/\(file)"), "\(file), \(ranks) ranks")
            }
        }
    }

    @Test func environmentSaysHowManyProcessesThereWere() throws {
        _ = try run("run", ranks: 2)
        let environment = try JSON.decode(RunEnvironment.self, from: Data(folder.text("run/environment.json").utf8))
        #expect(environment.sessions.map(\.ranks) == [2])
        #expect(environment.libraries["MPI"]?.isEmpty == false)
        // All share this computer's memory.
        #expect(try folder.text("run/log.txt").contains("2 processes on this computer"))
    }

    /// The later of two failing cells may come first; that of the earlier job is reported all the same.
    @Test(arguments: [nil, 2, 3]) func failureOfACellEndsTheRunWithItsError(_ ranks: Int?) throws {
        let result = try run("run", ["failing=3"], ranks: ranks)
        #expect(result.output == "status 65 cell 3 has no sense\n", "\(result.errors)")
        #expect(try results("run")?.status == .failed)
        #expect(try folder.text("run/metrics.jsonl") == "{\"cell\":0}\n{\"cell\":1}\n{\"cell\":2}\n")
    }

    @Test(arguments: [0, 1, 2]) func failureOfOneProcessOutsideCellsEndsTheRun(_ rank: Int) throws {
        let result = try run("run", ["alone=\(rank)"], ranks: 3)
        #expect(result.output == "status 66 \(rank == 0 ? "" : "rank \(rank): ")nothing to eat\n", "\(result.errors)")
        #expect(try results("run")?.status == .failed)
    }

    @Test func refusedFolderIsRefusedForAll() throws {
        _ = try run("run", ranks: 2)
        let result = try run("run", ranks: 2)
        #expect(result.output.hasPrefix("status 64 the folder holds a finished run"))
    }

    /// Stops a run of slow cells with a signal, resumes it, and holds it against one that was left alone.
    @Test(
        arguments: [
            (nil, nil, SIGINT), (nil, nil, SIGUSR1), (3, 0, SIGINT), (3, 2, SIGINT), (2, nil, SIGUSR1),
        ] as [(Int?, Int?, Int32)])
    func firstSignalLetsCellsInProgressFinish(_ ranks: Int?, _ target: Int?, _ signal: Int32) throws {
        let cells = ["cells=12", "milliseconds=30"]
        let job = try Job("loam-cluster-probe", ["run", "broken"] + cells, ranks: ranks, in: folder.url)
        #expect(job.wait(forCells: 2, in: "broken"))
        let before = job.cells("broken").count
        kill(try target.map { try #require(job.process(ofRank: $0)) } ?? job.identifier, signal)
        let result = try job.result()
        #expect(result.output.hasPrefix("status 130"), "\(result.errors)")
        #expect(try results("broken")?.status == .interrupted)
        let after = job.cells("broken").count
        #expect(after > before && after < 12)
        // With another number of processes.
        let again = try run("broken", ["resume"], ranks: 2)
        _ = try run("whole", cells, ranks: nil)
        #expect(again.status == 0, "\(again.errors)")
        for file in ["metrics.jsonl", "results.json"] {
            #expect(try folder.text("broken/\(file)") == folder.text("whole/\(file)"))
        }
    }

    @Test(arguments: [0, 1]) func deathOfOneProcessEndsTheRunAndTheCellsAreKept(_ rank: Int) throws {
        let cells = ["cells=12", "milliseconds=30"]
        let job = try Job("loam-cluster-probe", ["run", "broken"] + cells, ranks: 3, in: folder.url)
        #expect(job.wait(forCells: 2, in: "broken"))
        kill(try #require(job.process(ofRank: rank)), SIGKILL)
        let result = try job.result()
        #expect(result.status != 0)
        #expect(result.errors.contains("rank \(rank)") && result.errors.contains("signal 9"), "\(result.errors)")
        #expect(job.cells("broken").count >= 2)
        let again = try run("broken", ["resume"], ranks: 3)
        _ = try run("whole", cells, ranks: nil)
        #expect(again.status == 0, "\(again.errors)")
        for file in ["metrics.jsonl", "results.json"] {
            #expect(try folder.text("broken/\(file)") == folder.text("whole/\(file)"))
        }
    }
}
