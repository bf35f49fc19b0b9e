import LoamTensor

/// Adam (Kingma and Ba 2015) as in PyTorch.
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²; θ ← θ − η/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε). With `weightDecay` λ, g ← ∇ + λθ.
/// State: two tensors a parameter (`exp_avg`, `exp_avg_sq`). A step moves 28 bytes a parameter in single precision.
public struct Adam<Scalar: TensorScalar>: Optimiser {
    /// η, the step size.
    public var learningRate: Double
    /// The decay of the mean gradient, β₁.
    public var firstDecay: Double
    /// The decay of the mean squared gradient, β₂.
    public var secondDecay: Double
    /// ε.
    public var epsilon: Double
    /// λ: the gradient of λ/2 |θ|² is added.
    public var weightDecay: Double
    /// The number of steps taken.
    public private(set) var steps = 0
    fileprivate var decouplesWeightDecay = false
    private var first = OptimiserSlot<Scalar>("exp_avg")
    private var second = OptimiserSlot<Scalar>("exp_avg_sq")
    private var constants = UpdateKernels.AdamConstants(
        firstRate: 0, secondDecay: 0, secondRate: 0, stepSize: 0, denominatorScale: 0, epsilon: 0, coupledDecay: 0, parameterFactor: 1)

    /// A rule that has taken no step.
    public init(
        learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
    ) {
        precondition(learningRate >= 0 && epsilon >= 0 && weightDecay >= 0, "Adam: negative learning rate, ε or weight decay")
        precondition((0..<1).contains(firstDecay) && (0..<1).contains(secondDecay), "Adam: decays must be in [0, 1)")
        self.learningRate = learningRate
        self.firstDecay = firstDecay
        self.secondDecay = secondDecay
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func beginStep(_ shapes: [Shape]) {
        first.prepare(shapes)
        second.prepare(shapes)
        steps += 1
        constants = .init(
            learningRate: learningRate, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, step: steps,
            coupledDecay: decouplesWeightDecay ? 0 : weightDecay, parameterFactor: decouplesWeightDecay ? 1 - learningRate * weightDecay : 1
        )
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func update(_ index: Int, _ parameter: inout Tensor<Scalar>, gradient: Tensor<Scalar>) {
        let count = parameter.count
        let constants = constants
        gradient.withUnsafePointer { g in
            parameter.withUnsafeMutablePointer { p in
                first.withPointer(index) { m in
                    second.withPointer(index) { v in
                        UpdateKernels.adam(.init(parameter: p, gradient: g, first: m, second: v), constants, count)
                    }
                }
            }
        }
    }

    public func stateDictionary(for layout: ParameterLayout) -> StateDictionary<Scalar> {
        OptimiserState.dictionary(steps: steps, [first, second], layout)
    }

    public mutating func load(_ state: StateDictionary<Scalar>, for layout: ParameterLayout) throws {
        let (steps, tensors) = try OptimiserState.read(state, [first.name, second.name], layout)
        self.steps = steps
        first.restore(tensors[0])
        second.restore(tensors[1])
    }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019) as in PyTorch: θ ← (1 − ηλ)θ, then Adam's step.
public struct AdamW<Scalar: TensorScalar>: Optimiser {
    private var adam: Adam<Scalar>

    /// A rule that has taken no step.
    public init(
        learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 1e-2
    ) {
        adam = Adam(
            learningRate: learningRate, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, weightDecay: weightDecay)
        adam.decouplesWeightDecay = true
    }

    /// η, the step size.
    public var learningRate: Double {
        get { adam.learningRate }
        set { adam.learningRate = newValue }
    }
    /// λ.
    public var weightDecay: Double {
        get { adam.weightDecay }
        set { adam.weightDecay = newValue }
    }
    /// The number of steps taken.
    public var steps: Int { adam.steps }
    public mutating func beginStep(_ shapes: [Shape]) { adam.beginStep(shapes) }
    public mutating func update(_ index: Int, _ parameter: inout Tensor<Scalar>, gradient: Tensor<Scalar>) {
        adam.update(index, &parameter, gradient: gradient)
    }
    public func stateDictionary(for layout: ParameterLayout) -> StateDictionary<Scalar> { adam.stateDictionary(for: layout) }
    public mutating func load(_ state: StateDictionary<Scalar>, for layout: ParameterLayout) throws { try adam.load(state, for: layout) }
}
