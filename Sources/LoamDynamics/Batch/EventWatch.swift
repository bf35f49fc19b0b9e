/// The event functions of a block of trajectories: their values where the lanes are, and the search of a step for passages through zero.
@usableFromInline
struct EventWatch<Method: BlockMethod> {
    @usableFromInline typealias Lanes = DoubleLanes
    @usableFromInline typealias Mask = DoubleLanes.Mask
    @usableFromInline let count: Int
    @usableFromInline let dimension: Int
    /// Times at which a step is looked at, its end included.
    @usableFromInline let samples = 4
    @usableFromInline var before: [Lanes]
    @usableFromInline var after: [Lanes]
    /// Where the lanes that have been hit were hit, and by which function.
    @usableFromInline var time = Lanes(0)
    @usableFromInline var index = SIMD8<Int>(repeating: -1)
    @usableFromInline var rising = Mask(repeating: false)
    @usableFromInline var hitStates: [Lanes]
    @usableFromInline var found: [TrajectoryEvent] = []

    @inlinable
    init(count: Int, dimension: Int) {
        self.count = count
        self.dimension = dimension
        before = Array(repeating: Lanes(0), count: count)
        after = before
        hitStates = Array(repeating: Lanes(0), count: count > 0 ? dimension : 0)
    }

    /// Evaluates the functions where trajectories begin.
    @inlinable
    mutating func begin(_ system: Method.System, _ method: Method, time: Lanes, where mask: Mask) {
        if count == 0 { return }
        after.withUnsafeMutableBufferPointer { system.events(at: time, method.state, method.parameters, into: $0.baseAddress!) }
        for event in 0..<count { before[event] = after[event].selected(where: mask, otherwise: before[event]) }
    }

    /// The lanes whose step contains an event; ``time`` and ``index`` say which. Steps without any leave the functions' new values behind.
    @inlinable
    mutating func scan(_ system: Method.System, _ method: Method, time start: Lanes, step: Lanes, arrival: Lanes, where ok: Mask) -> Mask {
        var hit = Mask(repeating: false)
        resolveZeros(system, method, start, step, ok)
        var left = Lanes(0)
        for sample in 1...samples {
            let right = Lanes(Double(sample) / Double(samples))
            evaluate(system, method, start, step, right)
            var candidates = Mask(repeating: false)
            for event in 0..<count { candidates = candidates .| ((before[event] * after[event]).lanes .<= 0) }
            candidates = candidates .& ok .& .!hit
            for lane in 0..<Lanes.width where candidates[lane] {
                for event in 0..<count where passes(before[event][lane], after[event][lane], system.direction(ofEvent: event)) {
                    locate(system, method, start, step, lane, from: left[lane], to: right[lane], upTo: arrival[lane])
                    evaluate(system, method, start, step, right)
                    hit[lane] = true
                    break
                }
            }
            for event in 0..<count {
                let keeps = .!ok .| hit .| (after[event].lanes .== 0)
                before[event] = before[event].selected(where: keeps, otherwise: after[event])
            }
            left = right
        }
        return hit
    }

    /// Functions that are zero where a step begins have the sign that they have a millionth of it later.
    @inlinable
    mutating func resolveZeros(_ system: Method.System, _ method: Method, _ start: Lanes, _ step: Lanes, _ ok: Mask) {
        var zero = Mask(repeating: false)
        for event in 0..<count { zero = zero .| (ok .& (before[event].lanes .== 0)) }
        if !Lanes.any(zero) { return }
        evaluate(system, method, start, step, Lanes(1e-6))
        for event in 0..<count { before[event] = after[event].selected(where: before[event].lanes .== 0, otherwise: before[event]) }
    }

    @inlinable
    mutating func evaluate(_ system: Method.System, _ method: Method, _ start: Lanes, _ step: Lanes, _ fraction: Lanes) {
        method.interpolate(at: fraction, step: step, into: method.scratch)
        after.withUnsafeMutableBufferPointer {
            system.events(at: Lanes.multiplyAdd(fraction, step, start), method.scratch, method.parameters, into: $0.baseAddress!)
        }
    }

    @inlinable
    func passes(_ before: Double, _ after: Double, _ direction: RootDirection) -> Bool {
        before != 0 && (after == 0 || (before < 0) != (after < 0)) && direction.includes(rising: before < 0)
    }

    /// The first passage of a lane between two fractions of its step, closed in on to 10⁻¹³ of the step.
    @inlinable
    mutating func locate(
        _ system: Method.System, _ method: Method, _ start: Lanes, _ step: Lanes, _ lane: Int, from left: Double, to right: Double,
        upTo arrival: Double
    ) {
        let values = after.map { $0[lane] }
        var best = right
        var bestIndex = -1
        for event in 0..<count where passes(before[event][lane], values[event], system.direction(ofEvent: event)) {
            var (end, endValue) = (right, values[event])
            if bestIndex >= 0 {
                end = best
                evaluate(system, method, start, step, Lanes(end))
                endValue = after[event][lane]
                if !passes(before[event][lane], endValue, .either) { continue }
            }
            let root = bracketedRoot(from: left, to: end, startValue: before[event][lane], endValue: endValue, tolerance: 1e-13) {
                evaluate(system, method, start, step, Lanes($0))
                return after[event][lane]
            }
            if bestIndex < 0 || root < best { (best, bestIndex) = (root, event) }
        }
        method.interpolate(at: Lanes(best), step: step, into: method.scratch)
        for i in 0..<dimension { hitStates[i][lane] = method.scratch[i][lane] }
        time[lane] = min(start[lane] + best * step[lane], arrival)
        index[lane] = bestIndex
        rising[lane] = before[bestIndex][lane] < 0
    }

    /// Puts the lanes that were hit where they were hit, lets the system respond and notes the events; the lanes that are to stop.
    @inlinable
    mutating func respond(_ system: Method.System, _ method: Method, _ trajectory: SIMD8<Int>, where hit: Mask) -> Mask {
        var stopped = Mask(repeating: false)
        for lane in 0..<Lanes.width where hit[lane] {
            var state = (0..<dimension).map { hitStates[$0][lane] }
            let parameters = (0..<system.parameterCount).map { method.parameters[$0][lane] }
            found.append(
                TrajectoryEvent(
                    trajectory: trajectory[lane], index: index[lane], time: time[lane], isRising: rising[lane], state: state))
            let response = state.withUnsafeMutableBufferPointer { state in
                parameters.withUnsafeBufferPointer { parameters in
                    system.respond(
                        toEvent: index[lane], at: time[lane], state.baseAddress!,
                        parameters.baseAddress ?? UnsafePointer(state.baseAddress!))
                }
            }
            for i in 0..<dimension { method.state[i][lane] = state[i] }
            stopped[lane] = response == .stop
        }
        return stopped
    }
}
