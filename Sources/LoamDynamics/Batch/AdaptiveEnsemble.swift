/// Many trajectories, eight at a time, each with its own time, step length and decisions. A lane whose trajectory has ended takes up the
/// next one at once, so that lanes do not wait for their neighbours.
@usableFromInline
struct AdaptiveEnsemble<Method: BlockMethod> {
    @usableFromInline typealias Lanes = DoubleLanes
    @usableFromInline typealias Mask = DoubleLanes.Mask
    @usableFromInline let system: Method.System
    @usableFromInline let method: Method
    @usableFromInline let tolerances: Tolerances
    @usableFromInline let output: EnsembleOutput
    @usableFromInline let start: Double
    @usableFromInline let end: Double
    @usableFromInline let firstStep: Double?
    @usableFromInline let maximumSteps: Int

    // One number, or decision, a lane.
    @usableFromInline var trajectory = SIMD8<Int>(repeating: -1)
    @usableFromInline var active = Mask(repeating: false)
    @usableFromInline var time = Lanes(0)
    @usableFromInline var stepSize = Lanes(0)
    @usableFromInline var previousLogError = Lanes(0)
    @usableFromInline var growth = Lanes(10)
    @usableFromInline var nextSave = SIMD8<Int>(repeating: 0)
    @usableFromInline var nextSaveTime = Lanes(Double.infinity)
    @usableFromInline var accepted = Lanes(0)
    @usableFromInline var rejected = Lanes(0)
    @usableFromInline var beginnings = Lanes(0)
    @usableFromInline var events: EventWatch<Method>

    @inlinable
    init(
        _ problem: InitialValueProblem<Method.System>, _ method: Method, _ tolerances: Tolerances, firstStep: Double?, maximumSteps: Int,
        _ output: EnsembleOutput
    ) {
        system = problem.system
        self.method = method
        self.tolerances = tolerances
        self.output = output
        self.firstStep = firstStep
        self.maximumSteps = maximumSteps
        start = problem.timeSpan.lowerBound
        end = problem.timeSpan.upperBound
        events = EventWatch(count: problem.system.eventCount, dimension: problem.system.dimension)
    }

    /// Follows trajectories until none is left.
    @inlinable
    mutating func run() {
        let none = Mask(repeating: false)
        let longest = Lanes(tolerances.maximumStep)
        let finish = Lanes(end)
        while true {
            var fresh = refill()
            if !Lanes.any(active) { break }
            if Lanes.any(fresh) { begin(where: fresh, newTrajectories: true) }
            // Now a step of every lane that is active.
            let wanted = Lanes.smaller(stepSize, longest)
            let isLast = (finish.lanes .<= (time + wanted * Lanes(1.01)).lanes)
            let h = (finish - time).selected(where: isLast, otherwise: wanted)
            let errors = method.attempt(at: time, step: h)
            let ok = active .& (errors.lanes .<= 1)
            let arrival = finish.selected(where: isLast, otherwise: time + h)
            let isFiniteError = errors.lanes .< Double.infinity
            controlStep(errors, ok, h, wanted, isFiniteError)
            // Tolerances that no step can meet, derivatives that are not finite.
            let shortest = Lanes.larger(Lanes(tolerances.minimumStep), time.magnitude * Lanes(8.9e-16))
            let failed = active .& .!ok .& (stepSize.lanes .<= shortest.lanes)
            accepted = (accepted + Lanes(1)).selected(where: ok, otherwise: accepted)
            rejected = (rejected + Lanes(1)).selected(where: active .& .!ok, otherwise: rejected)
            var reached = arrival
            var hit = none
            if events.count > 0 && Lanes.any(ok) {
                hit = events.scan(system, method, time: time, step: h, arrival: arrival, where: ok)
                reached = events.time.selected(where: hit, otherwise: arrival)
            }
            save(until: reached, step: h, where: ok)
            method.accept(where: ok)
            time = reached.selected(where: ok, otherwise: time)
            if Lanes.any(hit) {
                stepSize = wanted.selected(where: hit, otherwise: stepSize)
                let stopped = events.respond(system, method, trajectory, where: hit)
                fresh = hit .& .!stopped
                end(lanes: stopped, .stopped)
                if Lanes.any(fresh) { begin(where: fresh, newTrajectories: false) }
            }
            end(lanes: active .& (finish.lanes .<= time.lanes), .finished)
            if Lanes.any(failed) {
                end(lanes: failed .& isFiniteError, .stalled)
                end(lanes: failed .& .!isFiniteError, .notFinite)
            }
            let attempts = accepted + rejected
            end(lanes: active .& (Lanes(Double(maximumSteps)).lanes .<= attempts.lanes), .tooManySteps)
        }
        output.add(events.found)
    }

    /// The next step's length from this one's error: proportional-integral control after an accepted step, plain after a rejected one.
    @inlinable @inline(__always)
    mutating func controlStep(_ errors: Lanes, _ ok: Mask, _ h: Lanes, _ wanted: Lanes, _ isFinite: Mask) {
        let logError = Lanes.larger(errors, Lanes(1e-10)).log()
        let alpha = method.errorExponent - 0.75 * method.previousExponent
        let smooth = previousLogError * Lanes(method.previousExponent) - logError * Lanes(alpha)
        let plain = logError * Lanes(-method.errorExponent)
        let factor = Lanes(0.9) * smooth.selected(where: ok, otherwise: plain).exp()
        let most = growth.selected(where: ok, otherwise: Lanes(1))
        let bounded = Lanes.larger(Lanes(0.2), Lanes.smaller(factor, most))
        let changed = h * bounded.selected(where: isFinite, otherwise: Lanes(0.2))
        stepSize = changed.selected(where: active, otherwise: stepSize)
        growth = Lanes(10).selected(where: ok, otherwise: Lanes(1))
        previousLogError = Lanes.larger(logError, Lanes(-9.210_340_371_976_182)).selected(where: ok, otherwise: previousLogError)
    }

    /// Gives a trajectory to every lane that has none, as long as there are some; which lanes got one.
    @inlinable
    mutating func refill() -> Mask {
        var fresh = Mask(repeating: false)
        if !Lanes.any(.!active) { return fresh }
        let count = output.trajectoryCount
        for lane in 0..<Lanes.width where !active[lane] {
            let index = output.takeTrajectory()
            if index < 0 { break }
            trajectory[lane] = index
            for i in 0..<output.dimension { method.state[i][lane] = output.initial[i * count + index] }
            for i in 0..<output.parameterCount { method.parameters[i][lane] = output.parameters[i * count + index] }
            fresh[lane] = true
            var save = 0
            if let first = output.times.first, first == start {
                for i in 0..<output.dimension { output.saved[i * count + index] = output.initial[i * count + index] }
                save = 1
            }
            nextSave[lane] = save
            nextSaveTime[lane] = save < output.times.count ? output.times[save] : .infinity
        }
        let zero = Lanes(0)
        time = Lanes(start).selected(where: fresh, otherwise: time)
        accepted = zero.selected(where: fresh, otherwise: accepted)
        rejected = zero.selected(where: fresh, otherwise: rejected)
        beginnings = zero.selected(where: fresh, otherwise: beginnings)
        active = active .| fresh
        return fresh
    }

    /// Evaluates what a step presupposes where a trajectory begins or has been changed.
    @inlinable
    mutating func begin(where mask: Mask, newTrajectories: Bool) {
        let n = output.dimension
        system.derivative(at: time, method.state, method.parameters, into: method.scratch)
        for i in 0..<n { method.derivative[i] = method.scratch[i].selected(where: mask, otherwise: method.derivative[i]) }
        beginnings = (beginnings + Lanes(1)).selected(where: mask, otherwise: beginnings)
        previousLogError = Lanes(-9.210_340_371_976_182).selected(where: mask, otherwise: previousLogError)
        growth = Lanes(10).selected(where: mask, otherwise: growth)
        events.begin(system, method, time: time, where: mask)
        if newTrajectories {
            let chosen = tolerances.isFixedStep ? Lanes(tolerances.maximumStep) : firstStep.map { Lanes($0) } ?? firstSteps()
            stepSize = chosen.selected(where: mask, otherwise: stepSize)
        }
    }

    /// The starting step of Hairer, Nørsett and Wanner, *Solving Ordinary Differential Equations I*, II.4.
    @inlinable
    mutating func firstSteps() -> Lanes {
        let n = output.dimension
        let (y, k, trial, bend) = (method.state, method.derivative, method.next, method.scratch)
        let absolute = Lanes(tolerances.absolute)
        let relative = Lanes(tolerances.relative)
        let tiny = Lanes(Double.leastNormalMagnitude)
        var (stateSum, slopeSum, bendSum) = (Lanes(0), Lanes(0), Lanes(0))
        for i in 0..<n {
            let scale = Lanes(1) / Lanes.larger(absolute + relative * y[i].magnitude, tiny)
            let (a, b) = (y[i] * scale, k[i] * scale)
            stateSum += a * a
            slopeSum += b * b
        }
        let perComponent = Lanes(1 / Double(n))
        let (size, slope) = ((stateSum * perComponent).squareRoot(), (slopeSum * perComponent).squareRoot())
        let isSmall = (size.lanes .< 1e-5) .| (slope.lanes .< 1e-5)
        let longest = Lanes(min(tolerances.maximumStep, end - start))
        let h = Lanes.smaller(Lanes(1e-6).selected(where: isSmall, otherwise: Lanes(0.01) * size / slope), longest)
        for i in 0..<n { trial[i] = Lanes.multiplyAdd(h, k[i], y[i]) }
        system.derivative(at: time + h, trial, method.parameters, into: bend)
        for i in 0..<n {
            let scale = Lanes(1) / Lanes.larger(absolute + relative * y[i].magnitude, tiny)
            let c = (bend[i] - k[i]) * scale
            bendSum += c * c
        }
        let steepest = Lanes.larger(slope, (bendSum * perComponent).squareRoot() / h)
        let regular = ((Lanes(0.01) / steepest).log() * Lanes(method.errorExponent)).exp()
        let second = Lanes.larger(Lanes(1e-6), h * Lanes(1e-3)).selected(where: steepest < Lanes(1e-15), otherwise: regular)
        let chosen = Lanes.smaller(Lanes.smaller(h * Lanes(100), second), longest)
        return chosen.selected(where: chosen.lanes .> 0, otherwise: h)
    }

    /// Writes the states at the times asked for that the step has passed.
    @inlinable
    mutating func save(until reached: Lanes, step: Lanes, where ok: Mask) {
        var due = ok .& (nextSaveTime.lanes .<= reached.lanes)
        if !Lanes.any(due) { return }
        let count = output.trajectoryCount
        let n = output.dimension
        while Lanes.any(due) {
            let fraction = Lanes.smaller((nextSaveTime - time) / step, Lanes(1))
            method.interpolate(at: fraction, step: step, into: method.scratch)
            for lane in 0..<Lanes.width where due[lane] {
                let target = output.saved + nextSave[lane] * n * count + trajectory[lane]
                let source = fraction[lane] == 1 ? method.next : method.scratch
                for i in 0..<n { target[i * count] = source[i][lane] }
                nextSave[lane] += 1
                nextSaveTime[lane] = nextSave[lane] < output.times.count ? output.times[nextSave[lane]] : .infinity
            }
            due = ok .& (nextSaveTime.lanes .<= reached.lanes)
        }
    }

    /// Hands over the results of lanes whose trajectories have ended.
    @inlinable
    mutating func end(lanes: Mask, _ outcome: TrajectoryOutcome) {
        if !Lanes.any(lanes) { return }
        let count = output.trajectoryCount
        for lane in 0..<Lanes.width where lanes[lane] {
            let index = trajectory[lane]
            for i in 0..<output.dimension { output.final[i * count + index] = method.state[i][lane] }
            output.finalTimes[index] = time[lane]
            output.outcomes[index] = outcome
            var statistics = StepStatistics()
            statistics.accepted = Int(accepted[lane])
            statistics.rejected = Int(rejected[lane])
            statistics.evaluations = (statistics.accepted + statistics.rejected) * method.evaluationsPerStep + Int(beginnings[lane])
            output.statistics[index] = statistics
            active[lane] = false
        }
    }
}
