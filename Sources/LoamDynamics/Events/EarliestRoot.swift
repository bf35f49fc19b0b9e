/// Which passages through zero count.
public enum RootDirection: Sendable, Hashable {
    /// From negative to positive.
    case rising
    /// From positive to negative.
    case falling
    /// Both.
    case either

    @usableFromInline
    func includes(rising: Bool) -> Bool { self == .either || (self == .rising) == rising }
}

/// Where one of several functions along a trajectory passes through zero.
public struct EventRoot: Sendable, Hashable {
    /// Which function.
    public var index: Int
    /// When: at this time the function is zero or has its new sign already.
    public var time: Double
    /// From negative to positive.
    public var isRising: Bool
}

extension TrajectoryStepper {
    /// The first passage of any of `count` functions through zero within the last step, or nil.
    ///
    /// The functions are looked at in both ends and `samples − 1` equally spaced times between; two passages of one function between
    /// neighbouring samples go unseen. The passage is then closed in on along the step's interpolating polynomial until it is known to
    /// `relativeTolerance` of the step (or to the spacing of numbers around the time). Among equal times the lowest index wins.
    ///
    /// A function that is exactly zero where the step begins has no passage there; its sign is the one a millionth of the step later.
    /// After ``cut(at:)`` with the returned time the function has its new sign, so the same passage is not found again.
    ///
    /// - Parameters:
    ///   - direction: which passages count, by the function's index.
    ///   - function: the value of one function: its index, the time, the state there.
    public func earliestRoot(
        count: Int, samples: Int = 4, relativeTolerance: Double = 1e-13, direction: (Int) -> RootDirection = { _ in .either },
        of function: (_ index: Int, _ time: Double, _ state: UnsafePointer<Double>) -> Double
    ) -> EventRoot? {
        precondition(count >= 0 && samples >= 1, "earliestRoot(count: \(count), samples: \(samples))")
        let (begin, end) = (previousTime, time)
        guard end > begin, count > 0 else { return nil }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { values -> EventRoot? in
            let before = values.baseAddress!
            let after = before + count
            for index in 0..<count { before[index] = function(index, begin, previousState) }
            if (0..<count).contains(where: { before[$0] == 0 }) {
                let soon = begin + 1e-6 * (end - begin)
                let there = stateWithinStep(at: soon)
                for index in 0..<count where before[index] == 0 { before[index] = function(index, soon, there) }
            }
            var left = begin
            for sample in 1...samples {
                let right = sample == samples ? end : begin + (end - begin) * Double(sample) / Double(samples)
                let isEnd = sample == samples
                let there = isEnd ? state : stateWithinStep(at: right)
                var changed = false
                for index in 0..<count {
                    after[index] = function(index, right, there)
                    changed = changed || passes(before[index], after[index], direction(index))
                }
                if changed, let root = first(left, right, before, after, count, relativeTolerance * (end - begin), direction, function) {
                    return root
                }
                for index in 0..<count where after[index] != 0 { before[index] = after[index] }
                left = right
            }
            return nil
        }
    }

    private func passes(_ before: Double, _ after: Double, _ direction: RootDirection) -> Bool {
        before != 0 && (after == 0 || (before < 0) != (after < 0)) && direction.includes(rising: before < 0)
    }

    /// The first of the passages between `left` and `right`. A candidate that has not yet passed where an earlier one was found is later.
    private func first(
        _ left: Double, _ right: Double, _ before: UnsafePointer<Double>, _ after: UnsafePointer<Double>, _ count: Int, _ tolerance: Double,
        _ direction: (Int) -> RootDirection, _ function: (Int, Double, UnsafePointer<Double>) -> Double
    ) -> EventRoot? {
        var found: EventRoot?
        for index in 0..<count where passes(before[index], after[index], direction(index)) {
            var (end, endValue) = (right, after[index])
            if let earlier = found {
                end = earlier.time
                endValue = function(index, end, stateWithinStep(at: end))
                if !passes(before[index], endValue, .either) { continue }
            }
            let root = bracketedRoot(from: left, to: end, startValue: before[index], endValue: endValue, tolerance: tolerance) {
                function(index, $0, stateWithinStep(at: $0))
            }
            if found == nil || root < found!.time { found = EventRoot(index: index, time: root, isRising: before[index] < 0) }
        }
        return found
    }
}
