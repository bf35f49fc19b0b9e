import LoamTensor

/// One way forwards and back through an untrained network: what every stage puts out, and the slopes of the loss.
///
/// ℒ is the mean loss over a batch. Stages are differentiated one after the other, so that the slope at every stage's output is at hand.
public struct GradientPass<Scalar: TensorScalar>: Sendable {
    /// ℒ.
    public let loss: Double
    /// z^ℓ and ∂ℒ/∂z^ℓ of every stage, [n, …] each.
    public private(set) var outputs, outputSlopes: [Tensor<Scalar>]
    /// g = ∂ℒ/∂W, beside `Network.weights`.
    public private(set) var weightSlopes: [[Tensor<Scalar>]]
    /// H g, H the Hessian of ℒ over all weights, biases held fixed; nil where it was not asked for.
    public private(set) var curvatures: [[Tensor<Scalar>]]?
    /// Seconds of the slopes alone, and of everything.
    private(set) var slopeSeconds, seconds: Double

    /// - Parameters:
    ///   - images: [n, input…].
    ///   - curvature: whether ``curvatures`` are wanted: one Hessian-vector product, H g being the gradient of ½‖g‖². The way to g is gone
    ///     once; differentiating it comes on top.
    ///   - loss: ℒ as a function of the last stage's output.
    public init(
        _ network: Network<Scalar>, images: Tensor<Scalar>, curvature: Bool = false, loss: (Tensor<Scalar>) -> Tensor<Scalar>
    ) {
        guard curvature else {
            self.init(slopesOf: network, images: images, loss: loss)
            return
        }
        let clock = ContinuousClock()
        let begin = clock.now
        var slopes: GradientPass?
        let products = gradient(at: Array(network.weights.joined())) { weights in
            let pass = GradientPass(slopesOf: network.replacing(weights), images: images, loss: loss)
            slopes = pass
            return pass.weightSlopes.joined().reduce(Tensor(Scalar(0))) { $0 + $1.squared().sum() } * 0.5
        }
        self = slopes!
        // What the outer gradient needed of them is over.
        outputs = outputs.map { $0.detached() }
        outputSlopes = outputSlopes.map { $0.detached() }
        weightSlopes = weightSlopes.map { $0.map { $0.detached() } }
        curvatures = network.replacing(products).weights
        seconds = begin.duration(to: clock.now).seconds
    }

    private init(slopesOf network: Network<Scalar>, images: Tensor<Scalar>, loss: (Tensor<Scalar>) -> Tensor<Scalar>) {
        let clock = ContinuousClock()
        let begin = clock.now
        var z = images
        var outputs: [Tensor<Scalar>] = []
        var pullbacks: [(Tensor<Scalar>) -> [Tensor<Scalar>]] = []
        for (index, stage) in network.stages.enumerated() {
            // The images' own slope is nobody's business.
            let isFirst = index == 0
            let (next, pullback) = valueWithPullback(at: (isFirst ? [] : [z]) + stage.weights[0]) { inputs in
                stage.replacing(isFirst ? inputs : Array(inputs.dropFirst())).stage(1, of: isFirst ? z : inputs[0])
            }
            z = next
            outputs.append(z)
            pullbacks.append(pullback)
        }
        let (value, slope) = valueAndGradient(at: z, of: loss)
        var slopes = [slope]
        var weightSlopes: [[Tensor<Scalar>]] = []
        for (index, pullback) in pullbacks.enumerated().reversed() {
            let cotangents = pullback(slopes.last!)
            weightSlopes.append(index == 0 ? cotangents : Array(cotangents.dropFirst()))
            if index > 0 { slopes.append(cotangents[0]) }
        }
        self.loss = Double(value.item)
        self.outputs = outputs
        outputSlopes = slopes.reversed()
        self.weightSlopes = weightSlopes.reversed()
        slopeSeconds = begin.duration(to: clock.now).seconds
        seconds = slopeSeconds
    }

    /// Counted operations of the slopes for `samples` images: a product forwards, one for the weights' slopes, one for the input's, which the
    /// first stage does not need.
    static func operations(_ architecture: Architecture, samples: Int) -> Double {
        let first = architecture.stages[0].multiplications(architecture.shapes[0])
        return 2 * Double(samples) * (3 * architecture.multiplications - first)
    }

    /// Counted operations with curvatures: two more products for each of the three, where both factors depend on the weights.
    static func curvatureOperations(_ architecture: Architecture, samples: Int) -> Double {
        let first = architecture.stages[0].multiplications(architecture.shapes[0])
        return 2 * Double(samples) * (9 * architecture.multiplications - 5 * first)
    }
}
