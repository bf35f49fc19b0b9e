import Foundation
import LoamCluster
import LoamTensor
import Synchronization
import Testing

@Suite struct SingleProcessTests {
    @Test func clusterOfOneHasRankZeroAndDoesNothing() throws {
        let cluster = Cluster.single
        #expect(cluster.rank == 0 && cluster.count == 1 && cluster.isFirst)
        #expect(try cluster.broadcast(["a": 1.5]) == ["a": 1.5])
        #expect(try cluster.gather("x") == ["x"])
        #expect(cluster.sum(Tensor<Double>([1, .nan]))[0..<1, axis: 0].item == 1)
        cluster.barrier()
    }

    @Test(
        arguments: [
            ([:], false, 0, nil), (["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4"], true, 2, 4),
            (["PMIX_RANK": "1", "SLURM_STEP_NUM_TASKS": "8"], true, 1, 8), (["PMI_RANK": "3", "PMI_SIZE": "5"], true, 3, 5),
            // A batch script is no rank.
            (["SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_JOB_ID": "7"], false, 0, nil),
        ] as [([String: String], Bool, Int, Int?)])
    func launchIsReadFromTheEnvironment(_ environment: [String: String], _ isParallel: Bool, _ rank: Int, _ count: Int?) {
        let launch = Launch(environment: environment)
        #expect(launch.isParallel == isParallel && launch.rank == rank && launch.count == count)
    }

    @Test func counterGivesEachIndexToOneThread() {
        let counter = DynamicCounter(0..<10_000)
        let counts = Mutex([Int](repeating: 0, count: 10_000))
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            while let index = counter.next() {
                counts.withLock { $0[index] += 1 }
                counter.finish(index)
            }
        }
        #expect(counts.withLock { $0 } == Array(repeating: 1, count: 10_000))
        #expect(counter.isDone)
    }

    @Test func stoppedCounterIsDoneWhenWhatIsInProgressIs() {
        let counter = DynamicCounter([4, 2, 7])
        #expect(counter.next() == 4)
        counter.stop()
        #expect(counter.next() == nil && !counter.isDone)
        counter.finish(4)
        #expect(counter.isDone)
    }

    @Test(arguments: [[], [Data()], [Data([1]), Data(), Data(repeating: 7, count: 1000)]])
    func piecesOfJoinedBytesAreTheOnesJoined(_ pieces: [Data]) {
        let joined = Data(joining: pieces)
        #expect(joined.pieces() == pieces)
        // Of a slice, whose indices do not begin at 0.
        #expect((Data([9, 9]) + joined).dropFirst(2).pieces() == pieces)
    }

    @Test func workThatMayNotStartIsLeftOut() {
        let received = Mutex<[Int]>([])
        let work = Work(
            compute: { index, _ in Data([UInt8(index)]) }, mayStart: { received.withLock { $0.count < 3 } },
            receive: { index, _ in received.withLock { $0.append(index) } }, conclude: { Data("end".utf8) })
        guard case .outcome(let end) = Coordination(.single).distribute([5, 6, 7, 8, 9], atATime: 1, work) else {
            Issue.record("dismissed")
            return
        }
        #expect(received.withLock { $0 } == [5, 6, 7] && end == Data("end".utf8))
    }

    /// With more threads its products would be rounded otherwise than those of the pieces before it.
    @Test(.enabled(if: Parallel.threads > 1), arguments: [(1, false), (2, true)])
    func lastPieceAloneHasOneThreadAsTheOthers(_ atATime: Int, _ isInsideLoop: Bool) {
        let work = Work(
            compute: { _, _ in Data([Parallel.isInsideLoop ? 1 : 0]) },
            receive: { _, result in #expect(result == Data([isInsideLoop ? 1 : 0])) }, conclude: { Data("end".utf8) })
        guard case .outcome(let end) = Coordination(.single).distribute([7], atATime: atATime, work) else {
            Issue.record("dismissed")
            return
        }
        #expect(end == Data("end".utf8))
    }

    @Test func soleProcessClosesWithItsOwnWords() {
        #expect(Coordination(.single).close(Data("bye".utf8)) == [0: Data("bye".utf8)])
    }

    @Test(.enabled(if: !Cluster.isSupported)) func buildWithoutMPIRefusesToBeOneOfSeveral() throws {
        let folder = try TemporaryFolder()
        let result = try Job.run(
            "loam", ["trainability", "meanfield", "--out", "run"], ranks: nil, in: folder.url,
            environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"])
        #expect(result.status == 69 && result.errors.contains("--traits MPI"))
    }
}
