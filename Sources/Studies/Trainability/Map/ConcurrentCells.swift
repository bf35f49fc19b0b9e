import LoamRuns
import LoamTensor
import Synchronization

/// Independent cells of a run, several at a time where one alone cannot use all threads.
///
/// Narrow networks: as many at a time as there are threads, each on one; their matrix products are too small to be shared. Wide ones: one
/// after the other, all threads in each product. The numbers do not depend on it.
struct ConcurrentCells {
    private let atATime: Int
    private let run: RunContext
    private let span: ClosedRange<Double>

    /// - Parameters:
    ///   - sharesThreads: whether one cell alone keeps all threads busy.
    ///   - span: the part of the run's progress bar that the cells take.
    init(sharesThreads: Bool, in run: RunContext, _ span: ClosedRange<Double>) {
        atATime = sharesThreads ? 1 : Parallel.threads
        self.run = run
        self.span = span
    }

    /// The results of `measure` in the order of the jobs.
    ///
    /// - Parameters:
    ///   - measure: one job; called from several threads. It may report which part of the job is done.
    ///   - finished: told of results in the order of the jobs, a group at a time.
    /// - Throws: the error of the first job that failed, after the others of its group have ended.
    func map<Job: Sendable, Value: Sendable>(
        _ jobs: [Job], finished: (Job, Value) -> Void,
        measure: @Sendable (Job, _ report: (_ fraction: Double, _ message: String) -> Void) throws -> Value
    ) throws -> [Value] {
        let parts = Mutex([Double](repeating: 0, count: jobs.count))
        func report(_ index: Int, _ fraction: Double, _ message: String) {
            let done = parts.withLock { parts in
                parts[index] = fraction
                return parts.reduce(0, +) / Double(parts.count)
            }
            run.progress(span.lowerBound + done * (span.upperBound - span.lowerBound), message)
        }
        var values: [Value] = []
        for start in stride(from: 0, to: jobs.count, by: atATime) {
            try run.checkInterruption()
            let group = start..<min(start + atATime, jobs.count)
            let results = Mutex([Int: Result<Value, any Error>]())
            Parallel.forEach(group.count) { offset in
                let index = start + offset
                let result = Result { try measure(jobs[index]) { report(index, $0, $1) } }
                results.withLock { $0[index] = result }
            }
            let done = results.withLock { $0 }
            for index in group {
                let value = try done[index]!.get()
                // A cell that was read back from an interrupted run has reported nothing.
                report(index, 1, "\(index + 1) of \(jobs.count) cells")
                finished(jobs[index], value)
                values.append(value)
            }
        }
        return values
    }
}
