import Foundation
import LoamTensor
import Synchronization

/// The common steps of a run over the processes of a cluster, led by rank 0.
///
/// All processes go through the same steps in the same order: ``distribute(_:atATime:_:)`` and ``share(_:)``, then ``close(_:atMost:)``.
/// Each step ends in all processes with bytes that rank 0 has decided on. A process that fails goes straight to `close`: if it is rank 0,
/// the others get its closing bytes at whatever step they are. Nobody spins while waiting.
public final class Coordination: Sendable {
    /// The processes.
    public let cluster: Cluster

    private struct State {
        /// The number of the present step, from 1.
        var round = 0
        /// By rank, the last step whose outcome the process was sent.
        var served: [Int]
        /// What processes said that have left.
        var farewells: [Int: Data] = [:]
        var wantsStop = false
    }

    private let state: Mutex<State>

    /// A run of a cluster.
    public init(_ cluster: Cluster = .current) {
        self.cluster = cluster
        state = Mutex(State(served: Array(repeating: 0, count: cluster.count)))
    }

    /// Whether another process has been asked to stop (see ``wantsStop``); known in rank 0.
    public var isStopRequested: Bool { state.withLock { $0.wantsStop } }

    /// Tells whether this process was asked to stop; passed on to rank 0 with the next request for work.
    public static var wantsStop: @Sendable () -> Bool {
        get { stopQuestion.withLock { $0 } }
        set { stopQuestion.withLock { $0 = newValue } }
    }

    // MARK: Steps

    /// Computes pieces of work in all processes, `atATime` of them on as many threads of this one.
    ///
    /// - Parameters:
    ///   - indices: the pieces, in rank 0; ignored elsewhere. They are started in this order.
    ///   - atATime: at most `Parallel.threads`.
    ///   - work: what to compute, and what becomes of it.
    /// - Returns: what `work.conclude` returned in rank 0, or the closing bytes when rank 0 has left.
    public func distribute(_ indices: [Int], atATime: Int, _ work: Work) -> StepEnd {
        let workers = max(1, min(atATime, Parallel.threads))
        let round = nextRound()
        guard cluster.isFirst else { return follow(round, workers: workers, work) }
        let counter = DynamicCounter(indices)
        let turn = Mutex(())
        @Sendable func take() -> Int? {
            turn.withLock { _ in
                if !work.mayStart() { counter.stop() }
                return counter.next()
            }
        }
        @Sendable func deliver(_ index: Int, _ result: Data) {
            turn.withLock { _ in work.receive(index, result) }
            counter.finish(index)
        }
        @Sendable func report(_ index: Int, _ bytes: Data) { turn.withLock { _ in work.progress(index, bytes) } }
        let helper = cluster.transport.map { transport in
            Helper { [self] in
                serve(round, over: transport, take, deliver, report, isDone: { counter.isDone }) { work.conclude() }
            }
        }
        // Inside a parallel loop each piece has one thread; a last piece alone must not have more, or it would round otherwise.
        Parallel.forEach(workers == 1 ? 1 : max(2, min(workers, indices.count))) { _ in
            while let index = take() { deliver(index, work.compute(index) { report(index, $0) }) }
        }
        return .outcome(helper?.result() ?? work.conclude())
    }

    /// Bytes that rank 0 makes, in all processes.
    public func share(_ produce: () -> Data) -> StepEnd {
        let round = nextRound()
        guard cluster.isFirst else {
            return follow(round, workers: 1, Work(compute: { _, _ in Data() }, receive: { _, _ in }, conclude: { Data() }))
        }
        let outcome = produce()
        guard let transport = cluster.transport else { return .outcome(outcome) }
        return .outcome(serve(round, over: transport, { nil }, { _, _ in }, { _, _ in }, isDone: { true }) { outcome })
    }

    /// How a step ended.
    public enum StepEnd: Sendable {
        /// With what rank 0 decided.
        case outcome(Data)
        /// Rank 0 has left the run, with these closing bytes.
        case dismissed(Data)
    }

    /// Ends the run in this process: waits for all processes.
    ///
    /// - Parameters:
    ///   - farewell: what this process has to say. Rank 0's reach all others, theirs rank 0.
    ///   - duration: how long to wait; nil for as long as it takes.
    /// - Returns: by rank, what the processes said: in rank 0 all of them, elsewhere its own and that of rank 0. Nil when time is up.
    public func close(_ farewell: Data, atMost duration: Duration? = nil) -> [Int: Data]? {
        guard let transport = cluster.transport else { return [0: farewell] }
        guard cluster.isFirst else {
            transport.send(WorkMessage.left(farewell).encoded, to: 0, tag: WorkMessage.tag)
            guard let answer = transport.receive(from: 0, tag: WorkReply.dismissalTag, atMost: duration),
                case .dismissed(let bytes) = WorkReply(answer.bytes)
            else { return nil }
            return [0: bytes, cluster.rank: farewell]
        }
        var patience = Patience(atMost: duration)
        while state.withLock({ $0.farewells.count }) < cluster.count - 1 {
            if let message = transport.poll(from: nil, tag: WorkMessage.tag) {
                if case .free(_, let worker, _, _) = note(message.source, message.bytes) {
                    transport.send(WorkReply.dismissed(farewell).encoded, to: message.source, tag: WorkReply.tag(worker: worker))
                }
                patience = Patience(atMost: duration)
            } else if !patience.wait() {
                return nil
            }
        }
        for rank in 1..<cluster.count {
            transport.send(WorkReply.dismissed(farewell).encoded, to: rank, tag: WorkReply.dismissalTag)
        }
        return state.withLock { $0.farewells }.merging([0: farewell]) { $1 }
    }

    // MARK: Rank 0

    private func nextRound() -> Int {
        state.withLock { state in
            state.round += 1
            return state.round
        }
    }

    /// Remembers what a message says about its sender.
    private func note(_ rank: Int, _ bytes: Data) -> WorkMessage {
        let message = WorkMessage(bytes)
        state.withLock { state in
            switch message {
            case .free(_, _, let wantsStop, _): state.wantsStop = state.wantsStop || wantsStop
            case .left(let bytes): state.farewells[rank] = bytes
            case .report: break
            }
        }
        return message
    }

    /// Answers the other processes until the work is done and each has come to this round or left.
    private func serve(
        _ round: Int, over transport: any Transport, _ take: () -> Int?, _ deliver: (Int, Data) -> Void, _ report: (Int, Data) -> Void,
        isDone: () -> Bool, _ conclude: () -> Data
    ) -> Data {
        var waiting: [(rank: Int, worker: Int)] = []
        var patience = Patience()
        while true {
            if let message = transport.poll(from: nil, tag: WorkMessage.tag) {
                patience = Patience()
                let rank = message.source
                switch note(rank, message.bytes) {
                case .free(let itsRound, let worker, _, let finished):
                    if let finished { deliver(finished.index, finished.result) }
                    if itsRound < round {
                        // A worker that came late to a round whose outcome its process has.
                        transport.send(WorkReply.over(nil).encoded, to: rank, tag: WorkReply.tag(worker: worker))
                    } else if let index = take() {
                        transport.send(WorkReply.compute(index: index).encoded, to: rank, tag: WorkReply.tag(worker: worker))
                    } else {
                        waiting.append((rank, worker))
                    }
                case .report(let index, let bytes): report(index, bytes)
                case .left: break
                }
            } else {
                let absent = state.withLock { state in (1..<cluster.count).filter { state.farewells[$0] == nil } }
                if isDone(), Set(absent).isSubset(of: waiting.map(\.rank)) { break }
                _ = patience.wait()
            }
        }
        let outcome = conclude()
        for (rank, worker) in waiting {
            let isFirst = state.withLock { state in
                defer { state.served[rank] = round }
                return state.served[rank] < round
            }
            transport.send(WorkReply.over(isFirst ? outcome : nil).encoded, to: rank, tag: WorkReply.tag(worker: worker))
        }
        return outcome
    }

    // MARK: The other ranks

    private func follow(_ round: Int, workers: Int, _ work: Work) -> StepEnd {
        guard let transport = cluster.transport else { preconditionFailure("Coordination: a rank other than 0 without a transport") }
        let end = Mutex<StepEnd?>(nil)
        Parallel.forEach(workers) { worker in
            var finished: (index: Int, result: Data)?
            while true {
                let message = WorkMessage.free(round: round, worker: worker, wantsStop: Self.wantsStop(), finished: finished)
                transport.send(message.encoded, to: 0, tag: WorkMessage.tag)
                switch WorkReply(transport.receive(from: 0, tag: WorkReply.tag(worker: worker))!.bytes) {
                case .compute(let index):
                    let result = work.compute(index) {
                        transport.send(WorkMessage.report(index: index, $0).encoded, to: 0, tag: WorkMessage.tag)
                    }
                    finished = (index, result)
                case .over(let bytes):
                    if let bytes { end.withLock { $0 = .outcome(bytes) } }
                    return
                case .dismissed(let bytes):
                    end.withLock { $0 = $0 ?? .dismissed(bytes) }
                    return
                }
            }
        }
        guard let end = end.withLock({ $0 }) else { preconditionFailure("Coordination: step \(round) ended without an outcome") }
        return end
    }
}

private let stopQuestion = Mutex<@Sendable () -> Bool>({ false })

/// A thread of its own with a result.
private final class Helper: Sendable {
    private let value = Mutex<Data?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Data) {
        let thread = Thread { [self] in
            let result = body()
            value.withLock { $0 = result }
            isDone.signal()
        }
        thread.name = "loam.coordination"
        thread.start()
    }

    /// Waits for it.
    func result() -> Data {
        isDone.wait()
        return value.withLock { $0! }
    }
}
