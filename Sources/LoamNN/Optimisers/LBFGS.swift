import LoamTensor

/// L-BFGS (Liu and Nocedal 1989) with a line search for the strong Wolfe conditions, as in PyTorch's `LBFGS` with `strong_wolfe`.
///
/// It minimises a deterministic function: the loss over the whole data, best in double precision. The rule is a value that keeps
/// up to `history` pairs of steps and gradient changes between calls.
public struct LBFGS<Scalar: TensorScalar>: Sendable {
    /// Why a call ended.
    public enum Outcome: String, Sendable, Hashable, Codable {
        /// The largest component of the gradient is at most `gradientTolerance`.
        case gradientIsSmall
        /// Variables or loss changed by less than `changeTolerance`, or the direction no longer descends.
        case noChange
        /// The allowed iterations or evaluations are used up.
        case limitReached
    }

    /// What a call did.
    public struct Report: Sendable, Hashable {
        /// The loss at the end.
        public var loss: Double
        /// The largest component of the gradient at the end.
        public var gradientSize: Double
        /// Iterations done.
        public var iterations: Int
        /// Evaluations of the loss and its gradient.
        public var evaluations: Int
        /// Why the call ended.
        public var outcome: Outcome
    }

    /// The first trial step of each line search.
    public var learningRate: Double
    /// Iterations allowed a call.
    public var maximumIterations: Int
    /// Function evaluations allowed a call; five quarters of the iterations by default.
    public var maximumEvaluations: Int
    /// The call ends when the largest component of the gradient is at most this.
    public var gradientTolerance: Double
    /// The call ends when variables or loss change by less than this.
    public var changeTolerance: Double
    /// The number of pairs kept.
    public var history: Int

    private var iterationsDone = 0
    private var gradientChanges: [Tensor<Scalar>] = []
    private var pastSteps: [Tensor<Scalar>] = []
    private var inverseProducts: [Double] = []
    private var diagonal = 1.0
    private var direction: Tensor<Scalar>?
    private var stepLength = 0.0
    private var previousGradient: Tensor<Scalar>?

    /// A rule that has done nothing. Defaults are PyTorch's.
    public init(
        learningRate: Double = 1, maximumIterations: Int = 20, maximumEvaluations: Int? = nil, gradientTolerance: Double = 1e-7,
        changeTolerance: Double = 1e-9, history: Int = 100
    ) {
        precondition(
            learningRate > 0 && maximumIterations > 0 && history > 0,
            "LBFGS: learning rate, iterations and history must be positive")
        self.learningRate = learningRate
        self.maximumIterations = maximumIterations
        self.maximumEvaluations = maximumEvaluations ?? maximumIterations * 5 / 4
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
        self.history = history
    }

    /// Minimises `loss` over the parameters of `model`, starting from them.
    ///
    /// - Throws: ``TrainingError`` when the loss or its gradient is not finite at the start; what `loss` throws.
    @discardableResult
    public mutating func minimise<Model: Module>(
        _ model: inout Model, of loss: (inout Model) throws -> Tensor<Scalar>
    ) throws -> Report where Model.Scalar == Scalar {
        let layout = model.parameterLayout
        let (end, report) = try minimise(from: model.parameters.flattened()) { point in
            model.assign(ParameterVector(unflattening: point, layout: layout).tensors)
            let (value, gradient) = try valueAndGradient(at: &model, layout: layout, of: loss)
            return (value, gradient.flattened())
        }
        // Each parameter gets memory of its own, so that later updates in place need no copy.
        model.assign(ParameterVector(unflattening: end, layout: layout).tensors.map { Tensor($0.scalars, shape: $0.shape) })
        return report
    }

    /// Minimises `function` over a tensor, starting from `x`.
    @discardableResult
    public mutating func minimise(_ x: inout Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>) throws -> Report {
        let shape = x.shape
        let (end, report) = try minimise(from: x.flattened()) { point in
            let (value, gradient) = try LoamTensor.valueAndGradient(at: point.reshaped(shape), of: function)
            return (value, gradient.flattened())
        }
        x = end.reshaped(shape)
        return report
    }

    private mutating func minimise(
        from start: Tensor<Scalar>, _ evaluate: (Tensor<Scalar>) throws -> (Tensor<Scalar>, Tensor<Scalar>)
    ) throws -> (Tensor<Scalar>, Report) {
        typealias Point = StrongWolfe<Scalar>.Point
        var x = start.detached()
        let (first, firstGradient) = try evaluate(x)
        var loss = Double(first.item)
        var gradient = firstGradient
        guard loss.isFinite else { throw TrainingError.diverged(quantity: "loss", value: "\(loss)", step: iterationsDone) }
        guard gradient.isFinite else {
            throw TrainingError.diverged(quantity: "gradient", value: "not finite", step: iterationsDone)
        }
        var report = Report(loss: loss, gradientSize: size(gradient), iterations: 0, evaluations: 1, outcome: .gradientIsSmall)
        if report.gradientSize <= gradientTolerance { return (x, report) }
        report.outcome = .limitReached
        while report.iterations < maximumIterations {
            report.iterations += 1
            iterationsDone += 1
            let heading = nextDirection(gradient)
            direction = heading
            previousGradient = gradient
            let previousLoss = loss
            let firstStep = iterationsDone == 1 ? min(1, 1 / Double(gradient.magnitude().sum().item)) * learningRate : learningRate
            let slope = inner(gradient, heading)
            if slope > -changeTolerance {
                stepLength = 0
                report.outcome = .noChange
                break
            }
            let origin = x
            let search = StrongWolfe<Scalar>(smallestChange: changeTolerance)
            let (point, evaluations) = try search.search(
                from: Point(step: 0, value: loss, gradient: gradient, slope: slope), firstStep: firstStep, directionSize: size(heading)
            ) { step in
                let (value, gradient) = try evaluate(origin + heading * Scalar(step))
                let number = Double(value.item)
                // Beyond the domain of the loss counts as infinitely high, which sends the search back.
                return Point(
                    step: step, value: number.isNaN ? .infinity : number, gradient: gradient, slope: inner(gradient, heading))
            }
            stepLength = point.step
            loss = point.value
            gradient = point.gradient
            x = origin + heading * Scalar(stepLength)
            report.evaluations += evaluations
            report.loss = loss
            report.gradientSize = size(gradient)
            if report.gradientSize <= gradientTolerance {
                report.outcome = .gradientIsSmall
                break
            }
            if report.evaluations >= maximumEvaluations { break }
            if size(heading) * stepLength <= changeTolerance || abs(loss - previousLoss) < changeTolerance {
                if report.iterations < maximumIterations { report.outcome = .noChange }
                break
            }
        }
        return (x, report)
    }

    /// −H ∇ by the two-loop recursion, after taking in the last step.
    private mutating func nextDirection(_ gradient: Tensor<Scalar>) -> Tensor<Scalar> {
        guard let previousGradient, let direction else { return -gradient }
        let change = gradient - previousGradient
        let step = direction * Scalar(stepLength)
        let product = inner(change, step)
        if product > 1e-10 {
            if pastSteps.count == history {
                gradientChanges.removeFirst()
                pastSteps.removeFirst()
                inverseProducts.removeFirst()
            }
            gradientChanges.append(change)
            pastSteps.append(step)
            inverseProducts.append(1 / product)
            diagonal = product / inner(change, change)
        }
        var vector = -gradient
        var shares = [Double](repeating: 0, count: pastSteps.count)
        for index in pastSteps.indices.reversed() {
            shares[index] = inner(pastSteps[index], vector) * inverseProducts[index]
            VectorKernels.addScaled(Scalar(-shares[index]), gradientChanges[index], to: &vector)
        }
        VectorKernels.scale(&vector, by: Scalar(diagonal))
        for index in pastSteps.indices {
            let share = inner(gradientChanges[index], vector) * inverseProducts[index]
            VectorKernels.addScaled(Scalar(shares[index] - share), pastSteps[index], to: &vector)
        }
        return vector
    }

    private func inner(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Double { Double((a * b).sum().item) }
    private func size(_ vector: Tensor<Scalar>) -> Double { vector.count == 0 ? 0 : Double(vector.magnitude().maximum().item) }

    // MARK: State

    /// Everything that the next call depends on besides the options, exactly.
    public var stateDictionary: StateDictionary<Scalar> {
        var state = StateDictionary<Scalar>()
        state["step"] = .integer(iterationsDone)
        func store(_ name: String, _ value: Double) { state[name] = .integer(Int(bitPattern: UInt(value.bitPattern))) }
        store("H_diag.bits", diagonal)
        store("t.bits", stepLength)
        if let direction { state["d"] = .tensor(direction) }
        if let previousGradient { state["prev_flat_grad"] = .tensor(previousGradient) }
        for index in pastSteps.indices {
            state["old_dirs.\(index)"] = .tensor(gradientChanges[index])
            state["old_stps.\(index)"] = .tensor(pastSteps[index])
            store("ro.\(index).bits", inverseProducts[index])
        }
        return state
    }

    /// Continues from a state that ``stateDictionary`` gave.
    ///
    /// - Throws: ``StateDictionaryError`` where entries are missing.
    public mutating func load(_ state: StateDictionary<Scalar>) throws {
        var missing: [String] = []
        func number(_ name: String) -> Double {
            guard let bits = state.integer(name) else {
                missing.append(name)
                return 0
            }
            return Double(bitPattern: UInt64(UInt(bitPattern: bits)))
        }
        func tensor(_ name: String) -> Tensor<Scalar> {
            if state.tensor(name) == nil { missing.append(name) }
            return state.tensor(name) ?? Tensor.zeros([0])
        }
        var copy = self
        copy.iterationsDone = state.integer("step") ?? 0
        if state.integer("step") == nil { missing.append("step") }
        copy.diagonal = number("H_diag.bits")
        copy.stepLength = number("t.bits")
        copy.direction = state.tensor("d")
        copy.previousGradient = state.tensor("prev_flat_grad")
        if copy.iterationsDone > 0 { for name in ["d", "prev_flat_grad"] where state.tensor(name) == nil { missing.append(name) } }
        let pairs = state.names.count { $0.hasPrefix("old_stps.") }
        copy.gradientChanges = (0..<pairs).map { tensor("old_dirs.\($0)") }
        copy.pastSteps = (0..<pairs).map { tensor("old_stps.\($0)") }
        copy.inverseProducts = (0..<pairs).map { number("ro.\($0).bits") }
        guard missing.isEmpty else { throw StateDictionaryError(missing: missing, unexpected: [], mismatched: []) }
        self = copy
    }
}
