import Foundation
import LoamCluster
import LoamTensor

/// Collective operations, whose results every process can work out alone.
enum Collectives {
    struct Message: Codable, Equatable {
        var text: String
        var numbers: [Double]
    }

    static func message(_ rank: Int) -> Message {
        Message(text: "from \(rank)", numbers: [Double(rank), -.infinity, Double(rank).nextUp] + Array(repeating: 0.1, count: rank))
    }

    static func problems(_ cluster: Cluster) -> [String] {
        var problems: [String] = []
        do {
            for root in 0..<cluster.count {
                if try cluster.broadcast(message(cluster.rank), from: root) != message(root) { problems.append("broadcast from \(root)") }
            }
            // More than one package of the transport.
            let long = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            if cluster.broadcast(cluster.isFirst ? long : Data()) != long { problems.append("broadcast of \(long.count) bytes") }
            if cluster.broadcast(Data()) != Data() { problems.append("broadcast of nothing") }
            if try cluster.gather(message(cluster.rank)) != (0..<cluster.count).map(message) { problems.append("gather of values") }
            let pieces = cluster.gather(Data(repeating: UInt8(cluster.rank), count: 100_000 * cluster.rank))
            if pieces != (0..<cluster.count).map({ Data(repeating: UInt8($0), count: 100_000 * $0) }) { problems.append("gather of bytes") }
        } catch {
            problems.append("\(error)")
        }
        // The last to arrive holds up all.
        let begin = ContinuousClock.now
        if cluster.rank == cluster.count - 1 { usleep(200_000) }
        cluster.barrier()
        if cluster.count > 1, begin.duration(to: .now) < .milliseconds(150) { problems.append("the barrier let a process through") }
        return problems
    }

    static func values<Scalar: TensorScalar>(_ type: Scalar.Type, _ count: Int, rank: Int) -> Tensor<Scalar> {
        var generator = PhiloxGenerator(seed: 11, stream: UInt64(rank))
        return Tensor(normal: [count], using: &generator)
    }

    /// ((x₀ + x₁) + x₂) + …, to the bit.
    static func problemsOfSums(_ cluster: Cluster) -> [String] {
        func check<Scalar: TensorScalar>(_ type: Scalar.Type) -> [String] {
            [0, 1, 2, 7, 1000, 100_003].compactMap { count in
                var expected = values(type, count, rank: 0)
                for rank in 1..<max(cluster.count, 1) { expected = expected + values(type, count, rank: rank) }
                let sum = cluster.sum(values(type, count, rank: cluster.rank))
                return sum.scalars == expected.scalars ? nil : "sum of \(count) \(type)"
            }
        }
        var problems = check(Float.self) + check(Double.self)
        let several = cluster.sum([Tensor<Double>([1, 2]), Tensor(Double(cluster.rank)), Tensor.zeros([0, 3])])
        let n = Double(cluster.count)
        if several[0].scalars != [n, 2 * n] || several[1].item != n * (n - 1) / 2 || several[2].shape != [0, 3] {
            problems.append("sum of several tensors: \(several)")
        }
        return problems
    }
}
