import LoamTensor

/// Stochastic gradient descent, with momentum, Nesterov's variant and weight decay as in PyTorch's `SGD`.
///
/// With g ← ∇ + λθ: b ← μb + (1 − τ)g (b ← g in the first step); θ ← θ − ηb, or θ − η(g + μb) with Nesterov's momentum.
/// State: nothing without momentum, one tensor a parameter (`momentum_buffer`) with it.
public struct SGD<Scalar: TensorScalar>: Optimiser {
    /// η, the step size.
    public var learningRate: Double
    /// μ.
    public var momentum: Double
    /// τ.
    public var dampening: Double
    /// λ: the gradient of λ/2 |θ|² is added.
    public var weightDecay: Double
    /// Whether momentum looks ahead.
    public var isNesterov: Bool
    /// The number of steps taken.
    public private(set) var steps = 0
    private var buffers = OptimiserSlot<Scalar>("momentum_buffer")
    private var constants = UpdateKernels.DescentConstants(
        learningRate: 0, weightDecay: 0, momentum: 0, gradientShare: 1, isNesterov: false)

    /// A rule that has taken no step. Nesterov's variant needs momentum and no dampening.
    public init(learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0, isNesterov: Bool = false) {
        precondition(learningRate >= 0 && momentum >= 0 && weightDecay >= 0, "SGD: negative learning rate, momentum or weight decay")
        precondition(!isNesterov || (momentum > 0 && dampening == 0), "SGD: Nesterov's variant needs momentum and no dampening")
        self.learningRate = learningRate
        self.momentum = momentum
        self.dampening = dampening
        self.weightDecay = weightDecay
        self.isNesterov = isNesterov
    }

    public mutating func beginStep(_ shapes: [Shape]) {
        if momentum != 0 { buffers.prepare(shapes) }
        steps += 1
        constants = .init(
            learningRate: learningRate, weightDecay: weightDecay, momentum: momentum, gradientShare: steps == 1 ? 1 : 1 - dampening,
            isNesterov: isNesterov)
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func update(_ index: Int, _ parameter: inout Tensor<Scalar>, gradient: Tensor<Scalar>) {
        let count = parameter.count
        let constants = constants
        gradient.withUnsafePointer { g in
            parameter.withUnsafeMutablePointer { p in
                if momentum == 0 {
                    UpdateKernels.descent(.init(parameter: p, gradient: g), constants, count)
                } else {
                    buffers.withPointer(index) { b in
                        UpdateKernels.descent(.init(parameter: p, gradient: g, first: b), constants, count)
                    }
                }
            }
        }
    }

    public func stateDictionary(for layout: ParameterLayout) -> StateDictionary<Scalar> {
        OptimiserState.dictionary(steps: steps, [buffers], layout)
    }

    public mutating func load(_ state: StateDictionary<Scalar>, for layout: ParameterLayout) throws {
        let (steps, tensors) = try OptimiserState.read(state, momentum == 0 ? [] : [buffers.name], layout)
        self.steps = steps
        if let first = tensors.first { buffers.restore(first) }
    }
}
