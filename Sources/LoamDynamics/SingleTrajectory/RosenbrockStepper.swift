import COpenBLAS
import LoamTensor

/// What a stiff method needs of an equation y′ = f(t, y).
public struct StiffField {
    /// The right-hand side.
    public var field: VectorField
    /// Writes ∂fᵢ/∂yⱼ to place i·n + j of the third argument, all n² of them.
    public var jacobian: VectorField
    /// Writes ∂f/∂t. When nil it is taken from a difference quotient, at the cost of one evaluation a step.
    public var timeDerivative: VectorField?

    /// A right-hand side with its derivatives.
    public init(field: @escaping VectorField, jacobian: @escaping VectorField, timeDerivative: VectorField? = nil) {
        self.field = field
        self.jacobian = jacobian
        self.timeDerivative = timeDerivative
    }

    /// A system written for many trajectories, differentiated in forward mode, for one trajectory with given parameters.
    public init<System: DynamicalSystem>(_ system: System, parameters: [Double] = []) {
        precondition(
            parameters.count == system.parameterCount,
            "StiffField: \(parameters.count) parameters for a system of \(system.parameterCount)")
        let n = system.dimension
        let values = parameters + [0]
        let duals = values.map { Dual<Double>($0) }
        field = { t, y, dy in system.derivative(at: t, y, values, into: dy) }
        jacobian = { t, y, matrix in
            var x = (0..<n).map { Dual(y[$0], tangent: 0) }
            var dx = x
            for column in 0..<n {
                x[column].tangent = 1
                system.derivative(at: Dual(t, tangent: 0), x, duals, into: &dx)
                x[column].tangent = 0
                for row in 0..<n { matrix[row * n + column] = dx[row].tangent }
            }
        }
        timeDerivative = { t, y, derivative in
            let x = (0..<n).map { Dual(y[$0], tangent: 0) }
            var dx = x
            system.derivative(at: Dual(t, tangent: 1), x, duals, into: &dx)
            for i in 0..<n { derivative[i] = dx[i].tangent }
        }
    }

    /// An autonomous right-hand side written in tensors of shape [dimension], such as a network's, differentiated by the engine.
    ///
    /// The Jacobian is made row by row from the pullback, which records the function once and runs back through it `dimension` times.
    public init(dimension n: Int, _ function: @escaping (Tensor<Double>) -> Tensor<Double>) {
        func tensor(_ y: UnsafePointer<Double>) -> Tensor<Double> { Tensor(Array(UnsafeBufferPointer(start: y, count: n))) }
        field = { _, y, dy in
            let value = function(tensor(y))
            precondition(value.shape == [n], "StiffField: the right-hand side has shape \(value.shape), the state [\(n)]")
            value.withUnsafePointer { dy.update(from: $0, count: n) }
        }
        jacobian = { _, y, matrix in
            let (_, pullback) = valueWithPullback(at: tensor(y), of: function)
            for row in 0..<n {
                var unit = Array(repeating: 0.0, count: n)
                unit[row] = 1
                pullback(Tensor(unit)).withUnsafePointer { (matrix + row * n).update(from: $0, count: n) }
            }
        }
        timeDerivative = { _, _, derivative in derivative.update(repeating: 0, count: n) }
    }
}

/// One stiff trajectory, advanced step by step by the Rosenbrock–Wanner method Rodas5P of order 5(4), with each step open to inspection as
/// in
/// ``DormandPrinceStepper``.
///
/// A step costs a Jacobian, a factorisation of an n × n matrix by LAPACK, eight evaluations of the right-hand side and eight solutions:
/// ⅔n³ + 16n² operations beside the equation's own, 2n² numbers of memory. Reference: Steinebach, BIT 63, 2023.
public final class RosenbrockStepper: TrajectoryStepper {
    public let dimension: Int
    /// What steps must satisfy; may be changed between steps.
    public var tolerances: Tolerances
    public private(set) var time = 0.0
    public private(set) var previousTime = 0.0
    /// What the steps since the start have cost. The Jacobian's evaluations are not counted.
    public private(set) var statistics = StepStatistics()
    /// The length of the next step that will be tried.
    public var stepSize: Double {
        get { controller.stepSize }
        set { controller.stepSize = newValue }
    }

    private var controller = StepController(errorExponent: 0.2, previousExponent: 0)
    private var lastStep = 0.0
    private var jacobianIsCurrent = false
    private let tableau = RosenbrockTableau.rodas5P
    private let vectors: PaddedVectors
    private let jacobian: UnsafeMutablePointer<Double>
    private let matrix: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int32>
    /// Eight stages, then these.
    private enum Slot {
        static let state = 8, next = 9, trial = 10, begin = 11, right = 12, time = 13, probe = 14, polynomial = 15, count = 18
    }

    /// A stepper for states of `dimension` components.
    public init(dimension: Int, tolerances: Tolerances = Tolerances()) {
        precondition(dimension > 0, "RosenbrockStepper(dimension: \(dimension)): a state has at least one component")
        self.dimension = dimension
        self.tolerances = tolerances
        vectors = PaddedVectors(count: Slot.count, dimension: dimension)
        jacobian = .allocate(capacity: dimension * dimension)
        matrix = .allocate(capacity: dimension * dimension)
        pivots = .allocate(capacity: dimension)
    }

    deinit {
        jacobian.deallocate()
        matrix.deallocate()
        pivots.deallocate()
    }

    public var state: UnsafePointer<Double> { UnsafePointer(vectors.scalars(Slot.state)) }
    public var previousState: UnsafePointer<Double> { UnsafePointer(vectors.scalars(Slot.begin)) }
    /// A copy of the state at ``time``.
    public var stateCopy: [Double] { Array(UnsafeBufferPointer(start: state, count: dimension)) }

    /// Begins a trajectory. Without a step size, a thousandth of the time in which the state would change by its own size.
    public func start(at time: Double, from state: [Double], stepSize: Double? = nil, _ equation: StiffField) {
        precondition(state.count == dimension, "RosenbrockStepper.start: \(state.count) numbers for a state of \(dimension) components")
        self.time = time
        statistics = StepStatistics()
        changeState { y in for i in 0..<dimension { y[i] = state[i] } }
        if let stepSize {
            self.stepSize = stepSize
        } else if tolerances.isFixedStep {
            self.stepSize = tolerances.maximumStep
        } else {
            let k = vectors.scalars(Slot.right)
            evaluate(equation, time, Slot.state)
            var (size, slope) = (0.0, 0.0)
            for i in 0..<dimension {
                let scale = max(tolerances.absolute + tolerances.relative * state[i].magnitude, Double.leastNormalMagnitude)
                size += (state[i] / scale) * (state[i] / scale)
                slope += (k[i] / scale) * (k[i] / scale)
            }
            let ratio = (size / slope).squareRoot()
            self.stepSize = min(ratio.isFinite && ratio > 0 ? 1e-3 * ratio : 1e-6, tolerances.maximumStep)
        }
    }

    public func changeState(_ change: (UnsafeMutablePointer<Double>) -> Void) {
        change(vectors.scalars(Slot.state))
        vectors.vector(Slot.begin).update(from: vectors.vector(Slot.state), count: vectors.octets)
        previousTime = time
        lastStep = 0
        jacobianIsCurrent = false
        controller.reset()
    }

    /// Takes one step, as long as the tolerances allow but not beyond `end`, trying shorter ones until one is accurate enough.
    public func step(until end: Double, _ equation: StiffField) -> StepOutcome {
        precondition(end > time, "RosenbrockStepper.step(until: \(end)): the time is \(time) already")
        while let proposal = controller.proposal(from: time, to: end, tolerances) {
            let error = attempt(proposal.length, equation)
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

    public func stateWithinStep(at time: Double) -> UnsafePointer<Double> {
        interpolate(at: time, slot: Slot.probe)
        return UnsafePointer(vectors.scalars(Slot.probe))
    }

    public func cut(at time: Double) {
        if time == self.time { return }
        interpolate(at: time, slot: Slot.state)
        self.time = time
        jacobianIsCurrent = false
    }

    // MARK: - One step

    private func evaluate(_ equation: StiffField, _ time: Double, _ slot: Int) {
        equation.field(time, UnsafePointer(vectors.scalars(slot)), vectors.scalars(Slot.right))
        statistics.evaluations += 1
    }

    /// ∂f/∂y and ∂f/∂t where the step begins.
    private func linearise(_ equation: StiffField) {
        let n = dimension
        equation.jacobian(time, state, jacobian)
        let derivative = vectors.scalars(Slot.time)
        if let timeDerivative = equation.timeDerivative {
            timeDerivative(time, state, derivative)
        } else {
            let shift = max(time.magnitude, stepSize) * 1.5e-8
            evaluate(equation, time, Slot.state)
            derivative.update(from: vectors.scalars(Slot.right), count: n)
            evaluate(equation, time + shift, Slot.state)
            let later = vectors.scalars(Slot.right)
            for i in 0..<n { derivative[i] = (later[i] - derivative[i]) / shift }
        }
        jacobianIsCurrent = true
    }

    private func attempt(_ h: Double, _ equation: StiffField) -> Double {
        let n = dimension
        let octets = vectors.octets
        if !jacobianIsCurrent { linearise(equation) }
        // LAPACK's matrices are by columns.
        for row in 0..<n { for column in 0..<n { matrix[column * n + row] = -jacobian[row * n + column] } }
        for i in 0..<n { matrix[i * n + i] += 1 / (RosenbrockTableau.gamma * h) }
        var (order, info) = (Int32(n), Int32(0))
        dgetrf_(&order, &order, matrix, &order, pivots, &info)
        if info != 0 { return .infinity }
        let (y, trial, right, slope) = (
            vectors.vector(Slot.state), vectors.vector(Slot.trial), vectors.vector(Slot.right), vectors.vector(Slot.time)
        )
        for stage in 0..<RosenbrockTableau.stages {
            let k = vectors.vector(stage)
            for i in 0..<octets {
                trial[i] = y[i]
                k[i] = slope[i] * (h * tableau.d[stage])
            }
            for j in 0..<stage {
                let earlier = vectors.vector(j)
                let (a, c) = (tableau.a[8 * stage + j], tableau.c[8 * stage + j] / h)
                for i in 0..<octets {
                    trial[i] += earlier[i] * a
                    k[i] += earlier[i] * c
                }
            }
            evaluate(equation, time + tableau.times[stage] * h, Slot.trial)
            for i in 0..<octets { k[i] += right[i] }
            solve(vectors.scalars(stage))
        }
        let (last, next) = (vectors.vector(7), vectors.vector(Slot.next))
        for i in 0..<octets { next[i] = trial[i] + last[i] }
        let (error, from, to) = (vectors.scalars(7), vectors.scalars(Slot.state), vectors.scalars(Slot.next))
        var total = 0.0
        for i in 0..<n {
            let size = max(from[i].magnitude, to[i].magnitude)
            let ratio = error[i] / max(tolerances.absolute + tolerances.relative * size, Double.leastNormalMagnitude)
            total += ratio * ratio
        }
        return (total / Double(n)).squareRoot()
    }

    private func solve(_ b: UnsafeMutablePointer<Double>) {
        let n = Int32(dimension)
        for i in 0..<dimension where Int(pivots[i]) - 1 != i {
            let other = Int(pivots[i]) - 1
            (b[i], b[other]) = (b[other], b[i])
        }
        cblas_dtrsm(
            Int32(LoamColMajor), Int32(LoamLeft), Int32(LoamLower), Int32(LoamNoTrans),
            Int32(LoamUnit), n, 1, 1, matrix, n, b, n)
        cblas_dtrsm(
            Int32(LoamColMajor), Int32(LoamLeft), Int32(LoamUpper), Int32(LoamNoTrans),
            Int32(LoamNonUnit), n, 1, 1, matrix, n, b, n)
    }

    private func accept(_ h: Double, at end: Double) {
        let n = vectors.octets
        vectors.vector(Slot.begin).update(from: vectors.vector(Slot.state), count: n)
        vectors.vector(Slot.state).update(from: vectors.vector(Slot.next), count: n)
        for part in 0..<3 {
            let p = vectors.vector(Slot.polynomial + part)
            for i in 0..<n { p[i] = Octet(repeating: 0) }
            for stage in 0..<RosenbrockTableau.stages {
                let (k, weight) = (vectors.vector(stage), tableau.dense[8 * part + stage])
                for i in 0..<n { p[i] += k[i] * weight }
            }
        }
        statistics.accepted += 1
        previousTime = time
        lastStep = h
        time = end
        jacobianIsCurrent = false
    }

    private func interpolate(at time: Double, slot: Int) {
        let n = vectors.octets
        let destination = vectors.vector(slot)
        if time == self.time {
            if slot != Slot.state { destination.update(from: vectors.vector(Slot.state), count: n) }
            return
        }
        precondition(
            lastStep > 0 && time >= previousTime && time <= previousTime + lastStep * (1 + 1e-12),
            "RosenbrockStepper: \(time) is not within the last step, \(previousTime) to \(previousTime + lastStep)")
        let s = (time - previousTime) / lastStep
        let r = 1 - s
        let (from, to) = (vectors.vector(Slot.begin), vectors.vector(Slot.next))
        let (k1, k2, k3) = (
            vectors.vector(Slot.polynomial), vectors.vector(Slot.polynomial + 1), vectors.vector(Slot.polynomial + 2)
        )
        for i in 0..<n {
            let bend = k1[i] + (k2[i] + k3[i] * s) * s
            destination[i] = from[i] * r + (to[i] + bend * r) * s
        }
    }
}
