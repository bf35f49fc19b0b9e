import LoamCluster
import LoamTensor

/// How the processes that train one model together make one gradient of theirs.
///
/// Every process holds the whole model and takes the same steps; each differentiates on its part of the batch. Their losses are summands of
/// the loss of the batch:
///
/// ```swift
/// let cluster = Cluster.current
/// var trainer = Trainer(model: model, optimiser: Adam(learningRate: 1e-3), exchange: .sum(over: cluster), seed: 1)
/// try trainer.step { model, context in
///     let own = cluster.share(of: batch.count)
///     let prediction = model(batch.inputs[own, axis: 0], in: &context)
///     return crossEntropy(prediction, batch.targets[own, axis: 0], reduction: .sum) / Float(batch.count)
/// }
/// ```
///
/// The step is that of one process on the whole batch, up to the rounding of sums taken in another order. Models, optimisers and options must
/// be equal in all processes, and stay so to the bit, since all get the same bits of the sum. Not shared are running statistics (batch
/// normalisation sees its process's part) and random numbers of the forward pass: give each process its own seed where dropout is to differ.
public struct GradientExchange<Scalar: TensorScalar>: Sendable {
    /// Replaces the process's loss (one element) and gradient by the common ones. Called once a step, before divergence is looked for and
    /// gradients are clipped.
    public var combine: @Sendable (_ loss: inout Tensor<Scalar>, _ gradient: inout ParameterVector<Scalar>) -> Void

    /// An exchange by a function.
    public init(combine: @escaping @Sendable (_ loss: inout Tensor<Scalar>, _ gradient: inout ParameterVector<Scalar>) -> Void) {
        self.combine = combine
    }

    /// Sums over the processes of a cluster, in the order of their ranks.
    public static func sum(over cluster: Cluster) -> GradientExchange {
        GradientExchange { loss, gradient in
            let sums = cluster.sum([loss] + gradient.tensors)
            loss = sums[0]
            gradient = ParameterVector(layout: gradient.layout, tensors: Array(sums.dropFirst()))
        }
    }
}

extension Cluster {
    /// The sum of the parameter vectors of all processes, in all of them, as one exchange. The vectors must have the same layout; it rounds as
    /// the sum of tensors does. The result has no history.
    public func sum<Scalar: TensorScalar>(_ vector: ParameterVector<Scalar>) -> ParameterVector<Scalar> {
        ParameterVector(layout: vector.layout, tensors: sum(vector.tensors))
    }
}
