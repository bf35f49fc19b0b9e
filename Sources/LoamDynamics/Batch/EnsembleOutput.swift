import LoamTensor
import Synchronization

/// Where threads fetch trajectories and leave results. Which thread computes which trajectory is chance; no result depends on it.
@usableFromInline
final class EnsembleOutput: @unchecked Sendable {
    @usableFromInline let dimension: Int
    @usableFromInline let parameterCount: Int
    @usableFromInline let trajectoryCount: Int
    @usableFromInline let times: [Double]
    @usableFromInline let initial: UnsafePointer<Double>
    @usableFromInline let parameters: UnsafePointer<Double>
    @usableFromInline let saved: UnsafeMutablePointer<Double>
    @usableFromInline let final: UnsafeMutablePointer<Double>
    @usableFromInline let finalTimes: UnsafeMutablePointer<Double>
    @usableFromInline let outcomes: UnsafeMutablePointer<TrajectoryOutcome>
    @usableFromInline let statistics: UnsafeMutablePointer<StepStatistics>
    private let next = Atomic<Int>(0)
    private let events = Mutex<[TrajectoryEvent]>([])

    init(
        dimension: Int, parameterCount: Int, trajectoryCount: Int, times: [Double], initial: UnsafePointer<Double>,
        parameters: UnsafePointer<Double>, saved: UnsafeMutablePointer<Double>, final: UnsafeMutablePointer<Double>
    ) {
        self.dimension = dimension
        self.parameterCount = parameterCount
        self.trajectoryCount = trajectoryCount
        self.times = times
        self.initial = initial
        self.parameters = parameters
        self.saved = saved
        self.final = final
        let places = max(trajectoryCount, 1)
        finalTimes = .allocate(capacity: places)
        finalTimes.initialize(repeating: 0, count: places)
        outcomes = .allocate(capacity: places)
        outcomes.initialize(repeating: .finished, count: places)
        statistics = .allocate(capacity: places)
        statistics.initialize(repeating: StepStatistics(), count: places)
    }

    deinit {
        finalTimes.deallocate()
        outcomes.deallocate()
        statistics.deallocate()
    }

    /// The next trajectory that nobody has begun, or −1.
    @usableFromInline
    func takeTrajectory() -> Int {
        let index = next.add(1, ordering: .relaxed).oldValue
        return index < trajectoryCount ? index : -1
    }

    @usableFromInline
    func add(_ found: [TrajectoryEvent]) {
        if !found.isEmpty { events.withLock { $0 += found } }
    }

    var sortedEvents: [TrajectoryEvent] {
        events.withLock { $0 }.sorted { ($0.trajectory, $0.time, $0.index) < ($1.trajectory, $1.time, $1.index) }
    }
}

extension InitialValueProblem {
    /// Runs `worker` on every thread until no trajectory is left, and gathers the results.
    @usableFromInline
    func gather(savingAt times: [Double], _ worker: (EnsembleOutput) -> Void) -> EnsembleSolution {
        precondition(
            zip(times, times.dropFirst()).allSatisfy { $0 < $1 } && times.allSatisfy { timeSpan.contains($0) },
            "solve(savingAt:): the times must ascend within \(timeSpan)")
        let dimension = system.dimension
        let count = trajectoryCount
        var final = Tensor<Double>.zeros([dimension, count])
        var output: EnsembleOutput?
        var states = Tensor<Double>(repeating: .nan, shape: [times.count, dimension, count])
        final.withUnsafeMutablePointer { final in
            states.withUnsafeMutablePointer { states in
                initialStates.withUnsafePointer { initial in
                    parameters.withUnsafePointer { parameters in
                        let shared = EnsembleOutput(
                            dimension: dimension, parameterCount: system.parameterCount, trajectoryCount: count, times: times,
                            initial: initial,
                            parameters: parameters, saved: states, final: final)
                        // A second thread is worth its start only when there is more than one block of lanes.
                        let workers = max(1, min(Parallel.threads, (count + DoubleLanes.width - 1) / DoubleLanes.width))
                        Parallel.forEach(workers) { _ in worker(shared) }
                        output = shared
                    }
                }
            }
        }
        let result = output!
        return EnsembleSolution(
            times: times, states: states, finalStates: final,
            finalTimes: Array(UnsafeBufferPointer(start: result.finalTimes, count: count)),
            outcomes: Array(UnsafeBufferPointer(start: result.outcomes, count: count)),
            statistics: Array(UnsafeBufferPointer(start: result.statistics, count: count)), events: result.sortedEvents)
    }
}
