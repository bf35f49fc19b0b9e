import LoamTensor

/// RMSprop (Tieleman and Hinton 2012) as in PyTorch, with the centred variant and momentum.
///
/// With g ← ∇ + λθ: s ← αs + (1 − α)g²; r ← s, or s − ḡ² with ḡ ← αḡ + (1 − α)g when centred; u ← g/(√r + ε);
/// b ← μb + u with momentum; θ ← θ − ηb (or ηu).
public struct RMSprop<Scalar: TensorScalar>: Optimiser {
    /// η, the step size.
    public var learningRate: Double
    /// α.
    public var decay: Double
    /// ε.
    public var epsilon: Double
    /// λ.
    public var weightDecay: Double
    /// μ.
    public var momentum: Double
    /// Whether the variance of the gradient replaces its mean square.
    public let isCentred: Bool
    /// The number of steps taken.
    public private(set) var steps = 0
    private var squares = OptimiserSlot<Scalar>("square_avg")
    private var means = OptimiserSlot<Scalar>("grad_avg")
    private var buffers = OptimiserSlot<Scalar>("momentum_buffer")

    /// A rule that has taken no step.
    public init(
        learningRate: Double = 1e-2, decay: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
        isCentred: Bool = false
    ) {
        precondition(
            learningRate >= 0 && epsilon >= 0 && weightDecay >= 0 && momentum >= 0 && (0..<1).contains(decay),
            "RMSprop: negative constants or a decay outside [0, 1)")
        self.learningRate = learningRate
        self.decay = decay
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.momentum = momentum
        self.isCentred = isCentred
    }

    public mutating func beginStep(_ shapes: [Shape]) {
        squares.prepare(shapes)
        if isCentred { means.prepare(shapes) }
        if momentum != 0 { buffers.prepare(shapes) }
        steps += 1
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func update(_ index: Int, _ parameter: inout Tensor<Scalar>, gradient: Tensor<Scalar>) {
        let count = parameter.count
        let constants = UpdateKernels.RootMeanSquareConstants(
            learningRate: learningRate, decay: decay, rate: 1 - decay, epsilon: epsilon, weightDecay: weightDecay, momentum: momentum)
        var mean: UnsafeMutablePointer<Scalar>?
        var buffer: UnsafeMutablePointer<Scalar>?
        // Both slots keep their memory: nothing else holds these tensors while the loop runs.
        if isCentred { means.withPointer(index) { mean = $0 } }
        if momentum != 0 { buffers.withPointer(index) { buffer = $0 } }
        gradient.withUnsafePointer { g in
            parameter.withUnsafeMutablePointer { p in
                squares.withPointer(index) { s in
                    UpdateKernels.rootMeanSquare(
                        .init(parameter: p, gradient: g, first: s, second: mean, third: buffer), constants, count)
                }
            }
        }
    }

    private var slots: [OptimiserSlot<Scalar>] { [squares] + (isCentred ? [means] : []) + (momentum != 0 ? [buffers] : []) }

    public func stateDictionary(for layout: ParameterLayout) -> StateDictionary<Scalar> {
        OptimiserState.dictionary(steps: steps, slots, layout)
    }

    public mutating func load(_ state: StateDictionary<Scalar>, for layout: ParameterLayout) throws {
        var (steps, tensors) = try OptimiserState.read(state, slots.map(\.name), layout)
        self.steps = steps
        if momentum != 0 { buffers.restore(tensors.removeLast()) }
        if isCentred { means.restore(tensors.removeLast()) }
        squares.restore(tensors[0])
    }
}
