import Foundation
import LoamCluster
import LoamTensor
import Synchronization

/// Many independent cells of a run, computed by all threads of all processes; rank 0 stores each as it arrives.
///
/// Cells arrive in any order. Their records, warnings and the calls of `finished` come in the order of the jobs all the same: a cell waits for
/// those before it.
final class CellMap<Job: Sendable, Value: Codable & Sendable>: Sendable {
    private let session: RunSession
    private let jobs: [Job]
    private let ids: [String]
    private let inputs: [String: String]
    private let span: ClosedRange<Double>
    private let finished: @Sendable (Job, Value) -> Void
    private let compute: @Sendable (Job, CellContext) throws -> Value
    private let state: Mutex<State>

    /// What rank 0 knows.
    private struct State {
        /// By job, the stored cell as bytes and as a value.
        var files: [Data?]
        var cells: [CellFile<Value>?]
        var fractions: [Double]
        var published = 0
        /// The errors of jobs, by job.
        var failures: [Int: LoamError] = [:]
    }

    init(
        _ session: RunSession, _ jobs: [Job], ids: [String], inputs: [String: String], span: ClosedRange<Double>,
        finished: @escaping @Sendable (Job, Value) -> Void, compute: @escaping @Sendable (Job, CellContext) throws -> Value
    ) {
        self.session = session
        self.jobs = jobs
        self.ids = ids
        self.inputs = inputs
        self.span = span
        self.finished = finished
        self.compute = compute
        state = Mutex(
            State(
                files: Array(repeating: nil, count: jobs.count), cells: Array(repeating: nil, count: jobs.count),
                fractions: Array(repeating: 0, count: jobs.count)))
    }

    func values(atATime: Int) throws -> [Value] {
        let isFirst = session.coordination.cluster.isFirst
        if isFirst { readStored() }
        let pending = state.withLock { state in jobs.indices.filter { state.cells[$0] == nil } }
        let work = Work(
            compute: { [self] index, report in
                SharedResult.catching { try file(index) { report(Progress($0, $1).data) } }
            },
            mayStart: { [self] in state.withLock { $0.failures.isEmpty } && !session.isInterrupted },
            receive: { [self] in receive($0, SharedResult.decode($1)) },
            progress: { [self] in
                let progress = Progress($1)
                report($0, progress.fraction, progress.message)
            },
            conclude: { [self] in SharedResult.catching { try conclude() } })
        let files = try session.coordination.distribute(pending, atATime: atATime, work).get()
        if isFirst { return state.withLock { state in state.cells.map { $0!.value } } }
        return try files.pieces().map { try JSON.decode(CellFile<Value>.self, from: $0).value }
    }

    // MARK: Any rank

    /// Computes a cell; the bytes of its file.
    private func file(_ index: Int, _ report: @escaping @Sendable (Double, String) -> Void) throws -> Data {
        let records = CellRecords()
        let throttle = Throttle(isOpen: session.coordination.cluster.isFirst)
        let context = CellContext(session: nil, records: records) { if throttle.isDue() { report($0, $1) } }
        let value = try compute(jobs[index], context)
        return try JSON.encode(CellFile(ids[index], of: session.settings, inputs: inputs, records, value))
    }

    // MARK: Rank 0

    private func readStored() {
        for index in jobs.indices {
            guard let (data, cell) = session.storedCell(ids[index], inputs: inputs, as: Value.self) else { continue }
            state.withLock { state in
                state.files[index] = data
                state.cells[index] = cell
            }
        }
        attempt(0) { try publish() }
    }

    private func receive(_ index: Int, _ result: Result<Data, LoamError>) {
        attempt(index) {
            let data = try result.get()
            try session.storeCell(ids[index], data)
            // What a resumed run reads back is what this one goes on with.
            let cell = try JSON.decode(CellFile<Value>.self, from: data)
            state.withLock { state in
                state.files[index] = data
                state.cells[index] = cell
            }
            try publish()
        }
    }

    private func attempt(_ index: Int, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            state.withLock { $0.failures[index] = LoamError(wrapping: error) }
        }
    }

    /// Publishes the cells that have none unfinished before them.
    private func publish() throws {
        while true {
            let next: (index: Int, cell: CellFile<Value>)? = state.withLock { state in
                guard state.published < jobs.count, let cell = state.cells[state.published] else { return nil }
                defer { state.published += 1 }
                return (state.published, cell)
            }
            guard let next else { return }
            try session.publish(next.cell.records, warnings: next.cell.warnings)
            report(next.index, 1, "\(next.index + 1) of \(jobs.count) cells")
            finished(jobs[next.index], next.cell.value)
        }
    }

    private func report(_ index: Int, _ fraction: Double, _ message: String) {
        let done = state.withLock { state in
            state.fractions[index] = max(state.fractions[index], fraction)
            return state.fractions.reduce(0, +) / Double(jobs.count)
        }
        session.console.progress(
            completed: span.lowerBound + done * (span.upperBound - span.lowerBound), total: 1, unit: nil, message: message)
    }

    private func conclude() throws -> Data {
        try state.withLock { state in
            if let first = state.failures.min(by: { $0.key < $1.key }) { throw first.value }
            if session.isInterrupted { throw Interruption.error }
            return session.coordination.cluster.count > 1 ? Data(joining: state.files.map { $0! }) : Data()
        }
    }
}

/// How far a cell is, as bytes.
private struct Progress {
    let fraction: Double
    let message: String

    init(_ fraction: Double, _ message: String) {
        self.fraction = fraction
        self.message = message
    }

    init(_ data: Data) {
        fraction = Double(bitPattern: data.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        message = String(decoding: data.dropFirst(8), as: UTF8.self)
    }

    var data: Data { withUnsafeBytes(of: fraction.bitPattern.bigEndian) { Data($0) } + Data(message.utf8) }
}

/// Lets a few reports a second through, where they have to be sent.
private final class Throttle: Sendable {
    private let isOpen: Bool
    private let last = Mutex(-Double.infinity)

    init(isOpen: Bool) { self.isOpen = isOpen }

    func isDue() -> Bool {
        if isOpen { return true }
        let now = ProgressEstimate.now
        return last.withLock { last in
            guard now - last > 0.3 else { return false }
            last = now
            return true
        }
    }
}
