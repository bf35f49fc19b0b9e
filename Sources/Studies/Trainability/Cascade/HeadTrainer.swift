import LoamNN
import LoamTensor

/// One head in training.
protocol HeadTrainer<Scalar>: AnyObject {
    associatedtype Scalar: TensorScalar

    /// The head as trained so far.
    var head: Head<Scalar> { get }

    /// One step on the samples `picks` of the outputs `z` and the inputs `target` of a stage; returns the loss before the step.
    func step(z: Tensor<Scalar>, target: Tensor<Scalar>, picks: ArraySlice<Int32>) -> Double

    /// One step on all samples; returns the loss before the step.
    func step(z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double
}

/// Trains a head of any kind by automatic differentiation.
final class ModuleHeadTrainer<Scalar: TensorScalar>: HeadTrainer {
    private(set) var head: Head<Scalar>
    private var adam: Adam<Scalar>
    private let layout: ParameterLayout
    private let pooling: (kernel: Int, stride: Int)?

    /// - Parameter stage: what the head inverts.
    init(_ head: Head<Scalar>, of stage: Stage, adam: AdamSettings) {
        self.head = head
        layout = head.parameterLayout
        self.adam = Adam(
            learningRate: adam.learningRate, firstDecay: adam.firstDecay, secondDecay: adam.secondDecay, epsilon: adam.epsilon)
        if case .maxPool(let kernel, let stride) = stage.kind, head.unpools { pooling = (kernel, stride) } else { pooling = nil }
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>, picks: ArraySlice<Int32>) -> Double {
        let picks = Tensor(Array(picks))
        return step(z: z.gathered(picks), target: target.gathered(picks))
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double {
        let switches = pooling.map {
            maxPoolingWithIndices(target, kernel: AxisValues($0.kernel), stride: AxisValues($0.stride)).indices
        }
        func loss(_ head: Head<Scalar>) -> Tensor<Scalar> { (head(z, switches: switches) - target).squared().mean() }
        if layout.names.isEmpty { return Double(loss(head).item) }
        let (value, gradient) = valueAndGradient(at: &head, layout: layout) { loss($0) }
        adam.step(&head, gradient: gradient)
        return Double(value.item)
    }
}
