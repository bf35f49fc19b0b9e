import Foundation
import LoamCluster
import LoamTensor
import Synchronization

/// Work handed out by the counter. Rank 0 prints, for each piece, how often it was computed and where.
enum Distribution {
    static func problems(_ cluster: Cluster, pieces: Int, workers: Int) -> [String] {
        Parallel.threads = workers
        let coordination = Coordination(cluster)
        let counts = Mutex([Int](repeating: 0, count: pieces))
        let ranks = Mutex<Set<UInt8>>([])
        let reports = Mutex(0)
        var problems: [String] = []
        // Twice, with something shared between: late workers of the first must not disturb the second.
        for round in 0..<2 {
            let work = Work(
                compute: { index, report in
                    usleep(UInt32(200 * (index % 7)))
                    report(Data([UInt8(cluster.rank)]))
                    // Of very different lengths.
                    return Data([UInt8(cluster.rank)] + Array(repeating: UInt8(index % 251), count: index % 5 == 0 ? 300_000 : 3))
                },
                receive: { index, result in
                    counts.withLock { $0[index] += 1 }
                    ranks.withLock { _ = $0.insert(result.first!) }
                    if result.last != UInt8(index % 251) { counts.withLock { $0[index] += 1000 } }
                },
                progress: { _, _ in reports.withLock { $0 += 1 } },
                conclude: { Data("round \(round)".utf8) })
            let indices = cluster.isFirst ? Array(0..<pieces) : []
            let end = coordination.distribute(indices, atATime: workers, work)
            if text(end) != "round \(round)" { problems.append("outcome of round \(round)") }
            if text(coordination.share { Data("shared \(round)".utf8) }) != "shared \(round)" { problems.append("what was shared") }
        }
        let farewells = coordination.close(Data("rank \(cluster.rank)".utf8)) ?? [:]
        let expected = cluster.isFirst ? Set(0..<cluster.count) : [0, cluster.rank]
        if Set(farewells.keys) != expected { problems.append("farewells of \(farewells.keys.sorted())") }
        if cluster.isFirst {
            let ranks = ranks.withLock { $0.sorted() }
            print("counts", Set(counts.withLock { $0 }).sorted(), "ranks", ranks, "reports", reports.withLock { $0 })
        }
        return problems
    }

    static func text(_ end: Coordination.StepEnd) -> String? {
        if case .outcome(let data) = end { String(decoding: data, as: UTF8.self) } else { nil }
    }
}
