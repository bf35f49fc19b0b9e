import LoamRuns
import LoamTensor

/// What one predictor says of one untrained network, and what it cost.
public struct ProxyScore: Hashable, Codable, Sendable {
    /// The predictor.
    public var predictor: Predictor
    /// Higher is better; −∞ where it cannot be computed: a singular matrix, slopes that are not finite.
    public var value: Double
    /// Counted operations of this predictor alone. A pass that several share is run once and counted for each.
    public var operations: Double
    /// Measured seconds of the same.
    @Measured public var seconds: Double

    /// All members.
    public init(predictor: Predictor, value: Double, operations: Double, seconds: Double) {
        self.predictor = predictor
        self.value = value
        self.operations = operations
        self.seconds = seconds
    }
}

/// The predictors that look at an untrained network with a batch of images and labels.
public struct ProxyScores: Sendable {
    /// In the order they were asked for.
    public let scores: [ProxyScore]
    /// Seconds of everything, shared passes once.
    public let seconds: Double

    /// - Parameters:
    ///   - predictors: those of them that look at a network, ``Predictor/looksAtNetworks``.
    ///   - images: [n ≥ 2, input…]; `loss` takes the outputs of the network for them.
    public init<Scalar: TensorScalar>(
        _ predictors: [Predictor], of network: Network<Scalar>, images: Tensor<Scalar>, loss: (Tensor<Scalar>) -> Tensor<Scalar>
    ) {
        let clock = ContinuousClock()
        let begin = clock.now
        func timed<Value>(_ body: () -> Value) -> (value: Value, seconds: Double) {
            let start = clock.now
            let value = body()
            return (value, start.duration(to: clock.now).seconds)
        }
        let architecture = network.architecture
        let samples = images.shape[0]
        let wanted = Set(predictors)
        let gradient =
            wanted.isDisjoint(with: [.gradientNorm, .snip, .fisher, .grasp])
            ? nil : GradientPass(network, images: images, curvature: wanted.contains(.grasp), loss: loss)
        let jacobian = wanted.isDisjoint(with: [.jacobianCovariance, .naswot]) ? nil : JacobianPass(network, images: images)
        let slopeOperations = GradientPass<Scalar>.operations(architecture, samples: samples)
        let jacobianOperations = JacobianPass<Scalar>.operations(architecture, samples: samples)

        func score(_ predictor: Predictor, operations: Double, shared: Double, _ body: () throws -> Double) -> ProxyScore {
            // The decompositions refuse matrices that are not finite.
            let (value, seconds) = timed { (try? body()) ?? -.infinity }
            return ProxyScore(
                predictor: predictor, value: value.isNaN ? -.infinity : value, operations: operations, seconds: shared + seconds)
        }
        scores = predictors.compactMap { predictor in
            switch predictor {
            case .gradientNorm:
                return score(predictor, operations: slopeOperations, shared: gradient!.slopeSeconds) { GradientNorm.score(gradient!) }
            case .snip:
                return score(predictor, operations: slopeOperations, shared: gradient!.slopeSeconds) { SNIP.score(network, gradient!) }
            case .fisher:
                return score(predictor, operations: slopeOperations, shared: gradient!.slopeSeconds) { Fisher.score(network, gradient!) }
            case .grasp:
                return score(
                    predictor, operations: GradientPass<Scalar>.curvatureOperations(architecture, samples: samples),
                    shared: gradient!.seconds
                ) { GraSP.score(network, gradient!) }
            case .synapticFlow:
                return score(predictor, operations: SynapticFlow.operations(architecture), shared: 0) { SynapticFlow(network).logScore }
            case .jacobianCovariance:
                return score(predictor, operations: jacobianOperations.both, shared: jacobian!.seconds) {
                    try JacobianCovariance.score(jacobian!.jacobian)
                }
            case .naswot:
                return score(predictor, operations: jacobianOperations.forward, shared: jacobian!.forwardSeconds) {
                    try jacobian!.codes.score()
                }
            case .relativeEntropy, .differentialEntropy, .vonNeumann, .activationVonNeumann, .tangentGain, .meanField, .parameterCount:
                return nil
            }
        }
        seconds = begin.duration(to: clock.now).seconds
    }
}
