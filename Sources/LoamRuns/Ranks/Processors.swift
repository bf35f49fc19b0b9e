import Foundation
import LoamCluster

/// The processors that a process may run on, beside those of the other processes.
struct ProcessorShare: Codable {
    let host: String
    let processors: Set<Int>

    /// This process's, from its affinity mask, which `mpirun` and `srun` may have narrowed.
    init() {
        host = ProcessInfo.processInfo.hostName
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let list = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }?.split(separator: "\t").last
        processors = list.flatMap { Self.numbers($0) } ?? Set(0..<Machine.processors)
    }

    /// The numbers of a list such as 0-3,8.
    static func numbers(_ list: some StringProtocol) -> Set<Int>? {
        var result: Set<Int> = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else { return nil }
            result.formUnion(first...last)
        }
        return result.isEmpty ? nil : result
    }

    init(host: String, processors: Set<Int>) {
        self.host = host
        self.processors = processors
    }

    /// The processes on the computer that has most of them.
    static func processesPerComputer(_ shares: [ProcessorShare]) -> Int {
        Dictionary(grouping: shares, by: \.host).values.map(\.count).max() ?? 1
    }

    /// Threads a process, where each processor is shared by the processes that may use it: the least of all, at least 1.
    ///
    /// All processes get the same number, so that a cell gives the same bits wherever it is computed.
    static func threads(_ shares: [ProcessorShare]) -> Int {
        var users: [String: [Int: Int]] = [:]
        for share in shares {
            for processor in share.processors { users[share.host, default: [:]][processor, default: 0] += 1 }
        }
        let parts = shares.map { share in share.processors.reduce(0.0) { $0 + 1 / Double(users[share.host]![$1]!) } }
        return max(1, Int((parts.min() ?? 1) + 1e-9))
    }
}

/// What the processes of a run share of the computers they run on; the same in all of them.
struct Placement {
    /// The default number of threads of each process.
    let threads: Int
    /// Processes that share a computer and its memory, at most.
    let processesPerComputer: Int

    /// Collective.
    init(_ cluster: Cluster) throws {
        guard cluster.count > 1 else {
            (threads, processesPerComputer) = (Machine.processors, 1)
            return
        }
        let shares = try cluster.gather(ProcessorShare())
        threads = ProcessorShare.threads(shares)
        processesPerComputer = ProcessorShare.processesPerComputer(shares)
    }
}
