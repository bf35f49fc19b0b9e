import Glibc

/// A right-hand side y′ = f(t, y) over plain memory: reads the state, writes the derivative.
public typealias VectorField = (_ time: Double, _ state: UnsafePointer<Double>, _ derivative: UnsafeMutablePointer<Double>) -> Void

/// One trajectory, advanced step by step by the method of Dormand and Prince, order 5(4), with everything between the ends of the last step
/// at hand: for integrators that look at each step before they go on, such as event-driven ones.
///
/// ```swift
/// let stepper = DormandPrinceStepper(dimension: 2, tolerances: Tolerances(relative: 1e-9))
/// let oscillator: VectorField = { _, y, dy in (dy[0], dy[1]) = (y[1], -y[0]) }
/// stepper.start(at: 0, from: [1, 0], oscillator)
/// while stepper.time < 10 {
///     guard stepper.step(until: 10, oscillator) == .accepted else { break }
///     if let root = stepper.earliestRoot(count: 1, of: { _, _, y in y[0] }) {
///         stepper.cut(at: root.time)                  // time and state are now those of the crossing
///         stepper.changeState { y in y[1] *= 0.5 }    // whatever happens there
///     }
/// }
/// ```
///
/// The right-hand side is passed to every call, so that it may change between steps: call ``changeState(_:)`` (with an empty closure if
/// need
/// be) whenever it does, since the method reuses the derivative at the end of a step as the first stage of the next.
///
/// Between ``previousTime`` and ``time`` the state is given by a polynomial of degree 4 whose error is O(h⁵), that of the ends O(h⁶).
/// A step costs six evaluations of the right-hand side, and nothing is allocated. One stepper serves one thread at a time.
public final class DormandPrinceStepper: TrajectoryStepper {
    /// The number of components of the state.
    public let dimension: Int
    /// What steps must satisfy; may be changed between steps.
    public var tolerances: Tolerances
    /// The time that has been reached.
    public private(set) var time = 0.0
    /// The time at which the last accepted step began; equal to ``time`` when there is none that could be looked into.
    public private(set) var previousTime = 0.0
    /// The length of the next step that will be tried.
    public var stepSize: Double {
        get { controller.stepSize }
        set { controller.stepSize = newValue }
    }
    /// What the steps since ``start(at:from:stepSize:_:)-(_,[Double],_,_)`` have cost.
    public private(set) var statistics = StepStatistics()

    /// The length of the last step, also after it was cut.
    private var lastStep = 0.0
    private var controller = StepController(errorExponent: 0.2, previousExponent: DormandPrinceTableau.previousExponent)
    private var derivativeIsCurrent = false
    private var polynomialIsCurrent = false
    private let vectors: PaddedVectors
    /// Where the vectors lie: seven stages, then these.
    private enum Slot { static let state = 7, next = 8, trial = 9, begin = 10, polynomial = 11, probe = 15, count = 16 }

    /// A stepper for states of `dimension` components; ``start(at:from:stepSize:_:)-(_,[Double],_,_)`` gives it one.
    public init(dimension: Int, tolerances: Tolerances = Tolerances()) {
        precondition(dimension > 0, "DormandPrinceStepper(dimension: \(dimension)): a state has at least one component")
        self.dimension = dimension
        self.tolerances = tolerances
        vectors = PaddedVectors(count: Slot.count, dimension: dimension)
        // With ones there, the padding's error is 0 of 1 whatever the tolerances.
        for slot in [Slot.state, Slot.next, Slot.trial, Slot.begin, Slot.probe] { vectors.setPadding(of: slot, from: dimension, to: 1) }
    }

    /// The state at ``time``, `dimension` numbers. Valid until the stepper is used next.
    public var state: UnsafePointer<Double> { UnsafePointer(vectors.scalars(Slot.state)) }
    /// The state at ``previousTime``. Valid until the stepper is used next.
    public var previousState: UnsafePointer<Double> { UnsafePointer(vectors.scalars(Slot.begin)) }
    /// A copy of the state at ``time``.
    public var stateCopy: [Double] { Array(UnsafeBufferPointer(start: state, count: dimension)) }

    /// Begins a trajectory. Without a step size one is chosen from the derivative and its change (Hairer, Nørsett and Wanner, II.4), for
    /// two evaluations of the right-hand side.
    public func start(at time: Double, from state: [Double], stepSize: Double? = nil, _ field: VectorField) {
        precondition(
            state.count == dimension, "DormandPrinceStepper.start: \(state.count) numbers for a state of \(dimension) components")
        state.withUnsafeBufferPointer { start(at: time, from: $0.baseAddress!, stepSize: stepSize, field) }
    }

    /// Begins a trajectory at the `dimension` numbers behind `state`.
    public func start(at time: Double, from state: UnsafePointer<Double>, stepSize: Double? = nil, _ field: VectorField) {
        self.time = time
        previousTime = time
        lastStep = 0
        statistics = StepStatistics()
        vectors.scalars(Slot.state).update(from: state, count: dimension)
        vectors.scalars(Slot.begin).update(from: state, count: dimension)
        controller.reset()
        derivativeIsCurrent = false
        polynomialIsCurrent = false
        self.stepSize = stepSize ?? firstStep(field)
    }

    /// Changes the state where it is, or only says that the right-hand side is another one from here on.
    public func changeState(_ change: (UnsafeMutablePointer<Double>) -> Void) {
        change(vectors.scalars(Slot.state))
        vectors.scalars(Slot.begin).update(from: vectors.scalars(Slot.state), count: dimension)
        previousTime = time
        lastStep = 0
        derivativeIsCurrent = false
        polynomialIsCurrent = false
        controller.reset()
    }

    /// Takes one step, as long as the tolerances allow but not beyond `end`, trying shorter ones until one is accurate enough.
    public func step(until end: Double, _ field: VectorField) -> StepOutcome {
        precondition(end > time, "DormandPrinceStepper.step(until: \(end)): the time is \(time) already")
        let k1 = vectors.vector(0)
        if !derivativeIsCurrent {
            evaluate(field, time, Slot.state, into: 0)
            derivativeIsCurrent = true
        }
        guard isFinite(k1) else { return .notFinite }
        while let proposal = controller.proposal(from: time, to: end, tolerances) {
            let error = attempt(proposal.length, field)
            if error <= 1 {
                controller.accept(proposal, error: error)
                accept(proposal.length, at: proposal.isLast ? end : time + proposal.length)
                return .accepted
            }
            statistics.rejected += 1
            controller.reject(proposal, error: error)
        }
        return controller.failure
    }

    /// The state at a time within the last step, written to `destination` (`dimension` numbers).
    public func interpolate(at time: Double, into destination: UnsafeMutablePointer<Double>) {
        interpolate(at: time, slot: Slot.probe)
        destination.update(from: vectors.scalars(Slot.probe), count: dimension)
    }

    /// The state at a time within the last step, valid until the stepper is used next. Nothing is copied.
    public func stateWithinStep(at time: Double) -> UnsafePointer<Double> {
        interpolate(at: time, slot: Slot.probe)
        return UnsafePointer(vectors.scalars(Slot.probe))
    }

    /// Goes back to a time within the last step. The state is the one that ``interpolate(at:into:)`` gives there, to the bit; the part of
    /// the
    /// step before it can still be looked into.
    public func cut(at time: Double) {
        if time == self.time { return }
        interpolate(at: time, slot: Slot.state)
        self.time = time
        derivativeIsCurrent = false
    }

    // MARK: - One step

    private func evaluate(_ field: VectorField, _ time: Double, _ slot: Int, into stage: Int) {
        field(time, UnsafePointer(vectors.scalars(slot)), vectors.scalars(stage))
        statistics.evaluations += 1
    }

    private func isFinite(_ vector: UnsafeMutablePointer<Octet>) -> Bool {
        var total = Octet(repeating: 0)
        for i in 0..<vectors.octets { total += vector[i] * 0 }
        return total.sum() == 0
    }

    /// The seven stages of a step of length h; the result lies in `next`, the returned error is in units of the tolerance.
    private func attempt(_ h: Double, _ field: VectorField) -> Double {
        typealias T = DormandPrinceTableau
        let n = vectors.octets
        let (k1, k2, k3, k4, k5, k6, k7) = (
            vectors.vector(0), vectors.vector(1), vectors.vector(2), vectors.vector(3), vectors.vector(4), vectors.vector(5),
            vectors.vector(6)
        )
        let (y, next, trial) = (vectors.vector(Slot.state), vectors.vector(Slot.next), vectors.vector(Slot.trial))
        for i in 0..<n { trial[i] = y[i] + k1[i] * (h * T.a21) }
        evaluate(field, time + T.c2 * h, Slot.trial, into: 1)
        for i in 0..<n { trial[i] = y[i] + (k1[i] * T.a31 + k2[i] * T.a32) * h }
        evaluate(field, time + T.c3 * h, Slot.trial, into: 2)
        for i in 0..<n { trial[i] = y[i] + (k1[i] * T.a41 + k2[i] * T.a42 + k3[i] * T.a43) * h }
        evaluate(field, time + T.c4 * h, Slot.trial, into: 3)
        for i in 0..<n {
            let sum = k1[i] * T.a51 + k2[i] * T.a52 + k3[i] * T.a53 + k4[i] * T.a54
            trial[i] = y[i] + sum * h
        }
        evaluate(field, time + T.c5 * h, Slot.trial, into: 4)
        for i in 0..<n {
            let sum = k1[i] * T.a61 + k2[i] * T.a62 + k3[i] * T.a63 + k4[i] * T.a64 + k5[i] * T.a65
            trial[i] = y[i] + sum * h
        }
        evaluate(field, time + h, Slot.trial, into: 5)
        for i in 0..<n {
            let sum = k1[i] * T.b1 + k3[i] * T.b3 + k4[i] * T.b4 + k5[i] * T.b5 + k6[i] * T.b6
            next[i] = y[i] + sum * h
        }
        evaluate(field, time + h, Slot.next, into: 6)
        var total = Octet(repeating: 0)
        let absolute = Octet(repeating: tolerances.absolute)
        let tiny = Octet(repeating: Double.leastNormalMagnitude)
        for i in 0..<n {
            let first = k1[i] * T.e1 + k3[i] * T.e3 + k4[i] * T.e4
            let error = (first + k5[i] * T.e5 + k6[i] * T.e6 + k7[i] * T.e7) * h
            let size = pointwiseMax(magnitude(y[i]), magnitude(next[i]))
            let ratio = error / pointwiseMax(absolute + size * tolerances.relative, tiny)
            total += ratio * ratio
        }
        return (total.sum() / Double(dimension)).squareRoot()
    }

    private func accept(_ h: Double, at end: Double) {
        let n = vectors.octets
        vectors.vector(Slot.begin).update(from: vectors.vector(Slot.state), count: n)
        vectors.vector(Slot.state).update(from: vectors.vector(Slot.next), count: n)
        // The polynomial needs the first stage's derivative, which the next step replaces by the last one's.
        preparePolynomial(h)
        vectors.vector(0).update(from: vectors.vector(6), count: n)
        statistics.accepted += 1
        previousTime = time
        lastStep = h
        time = end
    }

    private func preparePolynomial(_ h: Double) {
        typealias T = DormandPrinceTableau
        let (k1, k3, k4, k5, k6, k7) = (
            vectors.vector(0), vectors.vector(2), vectors.vector(3), vectors.vector(4), vectors.vector(5), vectors.vector(6)
        )
        let (y, next, p) = (vectors.vector(Slot.begin), vectors.vector(Slot.next), vectors.vector(Slot.polynomial))
        let n = vectors.octets
        for i in 0..<n {
            let difference = next[i] - y[i]
            let bend = k1[i] * h - difference
            let first = k1[i] * T.d1 + k3[i] * T.d3 + k4[i] * T.d4
            p[i] = difference
            p[n + i] = bend
            p[2 * n + i] = difference - k7[i] * h - bend
            p[3 * n + i] = (first + k5[i] * T.d5 + k6[i] * T.d6 + k7[i] * T.d7) * h
        }
        polynomialIsCurrent = true
    }

    private func interpolate(at time: Double, slot: Int) {
        let destination = vectors.vector(slot)
        let y = vectors.vector(Slot.begin)
        let n = vectors.octets
        if time == self.time {
            if slot != Slot.state { destination.update(from: vectors.vector(Slot.state), count: n) }
            return
        }
        precondition(polynomialIsCurrent, "DormandPrinceStepper: there is no step to look into at \(time), the time is \(self.time)")
        precondition(
            time >= previousTime && time <= previousTime + lastStep * (1 + 1e-12),
            "DormandPrinceStepper: \(time) is not within the last step, \(previousTime) to \(previousTime + lastStep)")
        let s = (time - previousTime) / lastStep
        let r = 1 - s
        let p = vectors.vector(Slot.polynomial)
        for i in 0..<n {
            let inner = p[2 * n + i] + p[3 * n + i] * r
            destination[i] = y[i] + (p[i] + (p[n + i] + inner * s) * r) * s
        }
    }

    // MARK: - The first step

    /// The step after which the fifth-order term would be about a hundredth of the tolerance, from the sizes of y, y′ and y″.
    private func firstStep(_ field: VectorField) -> Double {
        if tolerances.isFixedStep { return tolerances.maximumStep }
        evaluate(field, time, Slot.state, into: 0)
        derivativeIsCurrent = true
        let (y, k1, k2, trial) = (vectors.vector(Slot.state), vectors.vector(0), vectors.vector(1), vectors.vector(Slot.trial))
        let stateSize = scaledNorm(y, nil)
        let slope = scaledNorm(k1, nil)
        var h = stateSize < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * stateSize / slope
        h = min(h, tolerances.maximumStep)
        for i in 0..<vectors.octets { trial[i] = y[i] + k1[i] * h }
        evaluate(field, time + h, Slot.trial, into: 1)
        let bend = scaledNorm(k2, k1) / h
        let size = max(slope, bend)
        let second = size <= 1e-15 ? max(1e-6, 1e-3 * h) : pow(0.01 / size, 0.2)
        let chosen = min(100 * h, second, tolerances.maximumStep)
        return chosen.isFinite ? chosen : h
    }

    /// The root mean square of a vector, or of a difference, in units of the tolerance at the state.
    private func scaledNorm(_ a: UnsafeMutablePointer<Octet>, _ b: UnsafeMutablePointer<Octet>?) -> Double {
        let y = vectors.scalars(Slot.state)
        let a = UnsafeMutableRawPointer(a).assumingMemoryBound(to: Double.self)
        let b = b.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Double.self) }
        var total = 0.0
        for i in 0..<dimension {
            let scale = max(tolerances.absolute + tolerances.relative * y[i].magnitude, Double.leastNormalMagnitude)
            let ratio = (a[i] - (b?[i] ?? 0)) / scale
            total += ratio * ratio
        }
        return (total / Double(dimension)).squareRoot()
    }
}

@inline(__always)
private func magnitude(_ x: Octet) -> Octet {
    unsafeBitCast(unsafeBitCast(x, to: SIMD8<UInt64>.self) & 0x7fff_ffff_ffff_ffff, to: Octet.self)
}
