import Foundation
import Synchronization

/// The processes that work together: their number, and which one this is.
///
/// A program that was started alone is a cluster of one process, in which every operation returns at once; the code above it is the same.
/// Started by `mpirun` or `srun`, ``current`` joins the other processes at its first use.
///
/// Collective operations (``barrier()``, `broadcast`, `gather`, `sum`) return when all processes have called them,
/// in the same order, each from one thread. Waiting processes sleep, so that a slow one keeps its processors for itself.
public struct Cluster: Sendable {
    /// The number of this process, from 0. Rank 0 is the one that writes files and speaks to the user.
    public let rank: Int
    /// The number of processes.
    public let count: Int
    /// How they talk; nil in a cluster of one.
    let transport: (any Transport)?

    /// This process alone.
    public static let single = Cluster(transport: nil)

    /// The processes this one was started with.
    ///
    /// Initialises MPI at the first use, if a launcher started this process and the package was built with the trait `MPI`.
    public static let current: Cluster = {
        #if MPI
            if Launch.current.isParallel {
                hasJoined.store(true, ordering: .sequentiallyConsistent)
                return Cluster(transport: MessagePassing.start())
            }
        #endif
        return .single
    }()

    /// Whether this build can talk to other processes.
    public static var isSupported: Bool {
        #if MPI
            true
        #else
            false
        #endif
    }

    /// The library that carries messages, such as "Open MPI v4.1.4"; nil in a build without the trait `MPI`.
    public static var library: String? {
        #if MPI
            MessagePassing.library
        #else
            nil
        #endif
    }

    init(transport: (any Transport)?) {
        rank = transport?.rank ?? 0
        count = transport?.count ?? 1
        self.transport = transport
    }

    /// Whether this process is rank 0.
    public var isFirst: Bool { rank == 0 }

    /// This process's part of `total` things that are shared out in order: contiguous, and as equal as possible.
    public func share(of total: Int) -> Range<Int> {
        precondition(total >= 0, "Cluster.share: \(total) things cannot be shared out")
        return Cluster.share(of: total, rank: rank, count: count)
    }

    static func share(of total: Int, rank: Int, count: Int) -> Range<Int> {
        let (quotient, remainder) = total.quotientAndRemainder(dividingBy: count)
        let start = rank * quotient + min(rank, remainder)
        return start..<start + quotient + (rank < remainder ? 1 : 0)
    }

    /// Returns when all processes have called it.
    public func barrier() { transport?.barrier() }

    /// The value that the process `root` calls it with, in all processes.
    public func broadcast<Value: Codable>(_ value: Value, from root: Int = 0) throws -> Value {
        guard let transport else { return value }
        let own = rank == root ? try Wire.encode(value) : Data()
        return try Wire.decode(Value.self, from: broadcast(own, from: root, over: transport))
    }

    /// The bytes that the process `root` calls it with, in all processes.
    public func broadcast(_ bytes: Data, from root: Int = 0) -> Data {
        guard let transport else { return bytes }
        return broadcast(bytes, from: root, over: transport)
    }

    private func broadcast(_ bytes: Data, from root: Int, over transport: any Transport) -> Data {
        precondition((0..<count).contains(root), "Cluster.broadcast: there is no rank \(root) among \(count)")
        var length = UInt64(bytes.count)
        withUnsafeMutableBytes(of: &length) { transport.broadcast($0, from: root) }
        var result = rank == root ? bytes : Data(count: Int(length))
        result.withUnsafeMutableBytes { transport.broadcast($0, from: root) }
        return result
    }

    /// The values of all processes, by rank, in all processes.
    public func gather<Value: Codable>(_ value: Value) throws -> [Value] {
        guard transport != nil else { return [value] }
        return try gather(Wire.encode(value)).map { try Wire.decode(Value.self, from: $0) }
    }

    /// The bytes of all processes, by rank, in all processes. They may have different lengths.
    public func gather(_ bytes: Data) -> [Data] {
        guard let transport else { return [bytes] }
        return transport.allGather(bytes)
    }

    /// Ends the process together with the others: returns when all of them have called it. The last call of a program.
    ///
    /// - Parameter status: the exit status this process is about to have. One that has failed waits a while for the others, which may have
    ///   failed alike, then ends them all.
    public static func finish(status: Int32) {
        // Without a first use of `current` there is nothing to leave.
        if hasJoined.load(ordering: .sequentiallyConsistent) { current.transport?.finish(status: status) }
    }

    /// Ends all processes at once with an exit status. For a failure that the others cannot know of.
    public func abort(status: Int32) -> Never {
        guard let transport else { exit(status) }
        transport.abort(status: status)
    }
}

private let hasJoined = Atomic<Bool>(false)
