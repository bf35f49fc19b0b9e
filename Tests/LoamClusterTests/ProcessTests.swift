import Foundation
import LoamCluster
import Testing

/// The operations between processes, in the program `loam-cluster-probe` under `mpirun`.
@Suite(.serialized, .enabled(if: Job.isPossible)) struct ProcessTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func probe(_ arguments: [String], ranks: Int?) throws -> Job.Result {
        try Job.run("loam-cluster-probe", arguments, ranks: ranks, in: folder.url)
    }

    @Test(arguments: [1, 2, 3]) func collectiveOperationsGiveAllProcessesTheSame(_ ranks: Int) throws {
        let result = try probe(["collectives"], ranks: ranks)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: [1, 2, 3, 4]) func sumIsTakenInTheOrderOfRanksToTheBit(_ ranks: Int) throws {
        let result = try probe(["sums"], ranks: ranks)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: [(1, 2), (2, 1), (2, 2), (3, 2)]) func eachPieceOfWorkIsComputedOnce(_ ranks: Int, _ workers: Int) throws {
        let result = try probe(["distribute", "60", "\(workers)"], ranks: ranks)
        #expect(result.status == 0, "\(result.errors)")
        // Two rounds of 60 pieces.
        #expect(result.output.contains("counts [2] ranks \(Array(0..<ranks)) reports 120"), "\(result.output)")
    }

    /// The batch is the same, so the steps are, up to the order of sums: 20 steps of Adam in double precision.
    @Test(arguments: [2, 3]) func trainingOnPartsOfTheBatchIsTrainingOnTheBatch(_ ranks: Int) throws {
        func numbers(_ result: Job.Result) throws -> [Double] {
            try #require(result.status == 0, "\(result.errors)")
            return try result.output.split(whereSeparator: \.isWhitespace).map { try #require(Double($0)) }
        }
        let alone = try numbers(probe(["train"], ranks: nil))
        let together = try numbers(probe(["train"], ranks: ranks))
        #expect(alone.count == 20 + 5 * 16 + 16 + 16 * 3 + 3 && together.count == alone.count)
        for (a, b) in zip(alone, together) { #expect(abs(a - b) <= 1e-12 * max(1, abs(a))) }
    }
}
