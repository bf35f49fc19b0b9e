import LoamNN
import LoamTensor

/// The pre-image of an activation by optimisation (Mahendran and Vedaldi 2015): the image x whose stage ℓ is Φ₀ and that is as plain as
/// can be.
///
/// Minimises, for every image of a batch on its own,
///
///     ‖Φ_ℓ(x) − Φ₀‖²/‖Φ₀‖² + λ_α‖x‖_α^α + λ_β Σ((Δ_h x)² + (Δ_v x)²)^{β/2},  α = 6, β = 2,
///
/// by Adam with a cosine decay of the step size. The weights are given free of units: λ_α = `rangeWeight`/(N·B^α) and
/// λ_β = `variationWeight`/(HW·V^β) with N numbers and HW pixels an image, B the largest magnitude of the inputs and
/// V = B/6.5 (their choice).
struct Inversion {
    let network: Network<Float>
    let stage: Int
    let space: PixelSpace
    /// B.
    let bound: Float
    let settings: Settings
    /// Φ₀, [B, …].
    private let target: Tensor<Float>
    /// ‖Φ₀‖² of every image.
    private let norms: Tensor<Float>

    struct Settings: Codable, Equatable, Sendable {
        var iterations = 300
        /// Adam's step size in units of B.
        var learningRate = 0.05
        var rangeWeight = 1e-2
        var variationWeight = 1e-2
    }

    /// Where an inversion stands.
    struct State {
        /// The next step, from 0.
        var step = 0
        var x: Tensor<Float>
        var first: Tensor<Float>
        var second: Tensor<Float>
        /// The objective and its first term before every step, means over the images.
        var objective: [Double] = []
        var featureError: [Double] = []
    }

    /// What stopped being finite.
    struct Divergence: Error {
        let quantity: String
        let step: Int
    }

    init(_ network: Network<Float>, stage: Int, inputs: Tensor<Float>, space: PixelSpace, settings: Settings) {
        self.network = network
        self.stage = stage
        self.space = space
        self.settings = settings
        bound = max(inputs.magnitude().maximum().item, .leastNormalMagnitude)
        target = network.activations(of: inputs, through: stage).last!
        // A stage that is silent for an image has no scale of its own.
        norms = Tensor(Inversion.perImage(target.squared()).scalars.map { max($0, .leastNormalMagnitude) })
    }

    private static func perImage(_ x: Tensor<Float>) -> Tensor<Float> { x.reshaped([x.shape[0], x.count / x.shape[0]]).sum(axes: [1]) }

    /// ‖Φ_ℓ(x) − Φ₀‖²/‖Φ₀‖² of every image.
    func featureErrors(_ x: Tensor<Float>) -> Tensor<Float> {
        let z = (1...stage).reduce(x) { network.stage($1, of: $0) }
        return Inversion.perImage((z - target).squared()) / norms
    }

    /// λ_α‖x‖_α^α + λ_β Σ((Δ_h x)² + (Δ_v x)²) of every image, α = 6, β = 2.
    func regulariser(_ x: Tensor<Float>) -> Tensor<Float> {
        let count = Float(space.image.elementCount)
        let plane = Float(space.image[1] * space.image[2])
        let scaled = (x * (1 / bound)).squared()
        let range = Inversion.perImage(scaled * scaled * scaled) * (Float(settings.rangeWeight) / count)
        let images = x.reshaped(Shape([x.shape[0]] + Array(space.image)))
        func steps(_ axis: Int) -> Tensor<Float> {
            let extent = images.shape[axis]
            guard extent > 1 else { return Tensor.zeros([x.shape[0]]) }
            return Inversion.perImage((images.sliced(1..<extent, axis: axis) - images.sliced(0..<(extent - 1), axis: axis)).squared())
        }
        let unit = bound / 6.5
        return range + (steps(2) + steps(3)) * (Float(settings.variationWeight) / (plane * unit * unit))
    }

    /// Noise of a tenth of the bound.
    func start(count: Int, seed: UInt64) -> State {
        var generator = PictureStreams.inversion(stage: stage, seed: seed)
        let shape = Shape([count] + Array(network.architecture.input))
        let x = Tensor<Float>(normal: shape, using: &generator) * (bound / 10)
        return State(x: x, first: Tensor.zeros(shape), second: Tensor.zeros(shape))
    }

    /// One step of Adam.
    ///
    /// - Throws: ``Divergence`` where the objective or its gradient is not finite; the state is then that before the step.
    func advance(_ state: inout State) throws {
        var errors = Tensor<Float>.zeros([1])
        let (value, gradient) = valueAndGradient(at: state.x) { x in
            let own = featureErrors(x)
            errors = own.detached()
            return (own + regulariser(x)).sum()
        }
        guard value.item.isFinite else {
            throw Divergence(quantity: errors.hasFiniteSum ? "regulariser" : "feature error", step: state.step + 1)
        }
        guard gradient.hasFiniteSum else { throw Divergence(quantity: "gradient", step: state.step + 1) }
        let count = Double(state.x.shape[0])
        state.objective.append(Double(value.item) / count)
        state.featureError.append(errors.scalars.reduce(0) { $0 + Double($1) } / count)
        let progress = Double(state.step) / Double(settings.iterations)
        let rate = settings.learningRate * Double(bound) * 0.5 * (1 + Double.cos(.pi * progress))
        let update = AdamUpdate<Float>(learningRate: rate, step: state.step + 1)
        let size = state.x.count
        gradient.withUnsafePointer { g in
            state.x.withUnsafeMutablePointer { x in
                state.first.withUnsafeMutablePointer { m in
                    state.second.withUnsafeMutablePointer { v in update(x, gradient: g, first: m, second: v, count: size) }
                }
            }
        }
        state.step += 1
    }
}
