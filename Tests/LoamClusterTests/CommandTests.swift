import Foundation
import LoamCluster
import LoamRuns
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The command `loam` under `mpirun`.
@Suite(.serialized, .enabled(if: Job.isPossible)) struct CommandTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let map = settings([
        "data=noise", "images=256", "batch=32", "depth=4", "evaluation=16", "weightVariances=1,2,3", "biasVariance=0.05", "repetitions=2",
    ])
    static let compare = settings([
        "map.data=noise", "map.images=2048", "map.batch=32", "map.depth=10", "map.evaluation=16", "map.weightVariances=0.5,1,1.5,2,3,4",
        "training.depths=2,4", "training.images=2048", "training.testImages=100", "resamples=20",
    ])

    static func settings(_ assignments: [String]) -> [String] { assignments.flatMap { ["--set", $0] } }

    func loam(_ arguments: [String], ranks: Int?) throws -> Job.Result { try Job.run("loam", arguments, ranks: ranks, in: folder.url) }

    @Test func mapIsTheSameForAnyNumberOfProcesses() throws {
        let alone = try loam(["trainability", "map", "--quiet", "--out", "alone"] + Self.map, ranks: nil)
        #expect(alone.status == 0, "\(alone.errors)")
        for ranks in 1...3 {
            let result = try loam(["trainability", "map", "--quiet", "--out", "r\(ranks)"] + Self.map, ranks: ranks)
            #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
            for file in ["map.csv", "cutoffs.csv", "meanfield.csv"] {
                #expect(try folder.text("r\(ranks)/\(file)") == folder.text("alone/\(file)"), "\(file), \(ranks) ranks")
            }
        }
    }

    @Test func processorsAreSharedByTheProcessesOfAComputer() throws {
        _ = try loam(["trainability", "map", "--quiet", "--out", "run"] + Self.map, ranks: 2)
        #expect(try folder.text("run/config.yaml").contains("threads: \(max(1, Machine.processors / 2))\n"))
    }

    @Test func onlyRankZeroSpeaks() throws {
        let result = try loam(["trainability", "map", "--out", "run"] + Self.map, ranks: 3)
        #expect(result.output.components(separatedBy: "report.html").count == 2)
        let list = try loam(["list"], ranks: 3)
        #expect(try list.status == 0 && list.output == loam(["list"], ranks: nil).output)
        let wrong = try loam(["trainability", "mpa"], ranks: 3)
        #expect(wrong.status == 64 && wrong.errors.components(separatedBy: "Did you mean 'map'?").count == 2, "\(wrong.errors)")
        let missing = try loam(["trainability", "map", "--set", "data=nothing", "--out", "missing"], ranks: 2)
        #expect(missing.status == 64 && missing.errors.components(separatedBy: "loam:").count == 2, "\(missing.errors)")
    }

    @Test func severalRunsFollowOneAnother() throws {
        let result = try loam(["reproduce", "trainability/meanfield-plane", "--out", "all"], ranks: 2)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try folder.text("all/index.html").contains("meanfield"))
    }

    @Test(arguments: [SIGINT, SIGKILL]) func stoppedComparisonResumesToTheSameFiles(_ signal: Int32) throws {
        let job = try Job("loam", ["trainability", "compare", "--quiet", "--out", "broken"] + Self.compare, ranks: 2, in: folder.url)
        #expect(job.wait(forCells: 1, in: "broken"))
        kill(try #require(job.process(ofRank: signal == SIGINT ? 0 : 1)), signal)
        let stopped = try job.result()
        #expect(signal == SIGINT ? stopped.status == 130 : stopped.status != 0, "\(stopped.errors)")
        let again = try loam(["trainability", "compare", "--quiet", "--out", "broken", "--resume"], ranks: 3)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try loam(["trainability", "compare", "--quiet", "--out", "whole"] + Self.compare, ranks: nil).status == 0)
        let (broken, whole) = (try folder.lastingFiles("broken"), try folder.lastingFiles("whole"))
        // Threads are those of one process among so many.
        #expect(Set(broken.keys) == Set(whole.keys) && whole.keys.contains("train.csv"))
        for file in whole.keys where file != "config.yaml" { #expect(broken[file] == whole[file], "\(file)") }
    }
}
