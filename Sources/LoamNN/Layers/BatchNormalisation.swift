import LoamTensor

/// Batch normalisation (Ioffe and Szegedy 2015), PyTorch's `BatchNorm1d`, `2d` and `3d`. Input [N, C, …].
///
/// While training, y = (x − mean)/√(variance + ε) · weight + bias with the batch's mean and (biased) variance of each channel, and the
/// running statistics move towards the batch's by `momentum`, the variance with n − 1 in its denominator. In inference the running
/// statistics are used. Parameters `weight` and `bias` [C]; buffers `running_mean` and `running_var` [C], `num_batches_tracked`.
public struct BatchNormalisation<Scalar: TensorScalar>: Layer {
    /// Scale, or nil without an affine map.
    public var weight: Tensor<Scalar>?
    /// Shift, or nil without an affine map.
    public var bias: Tensor<Scalar>?
    /// The running mean of each channel: [C].
    public var runningMean: Tensor<Scalar>
    /// The running variance of each channel, with n − 1 in its denominator: [C].
    public var runningVariance: Tensor<Scalar>
    /// The number of batches that the running statistics have seen.
    public var batchesSeen: Int
    /// ε.
    public var epsilon: Double
    /// The share of the newest batch in the running statistics; nil for the plain average of all batches.
    public var momentum: Double?

    /// A layer for `channels` channels with weight 1, bias 0, running mean 0 and variance 1.
    public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true) {
        precondition(channels > 0, "BatchNormalisation: \(channels) channels")
        weight = affine ? Tensor.ones([channels]) : nil
        bias = affine ? Tensor.zeros([channels]) : nil
        runningMean = Tensor.zeros([channels])
        runningVariance = Tensor.ones([channels])
        batchesSeen = 0
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
        visitor.buffer("running_mean", &runningMean)
        visitor.buffer("running_var", &runningVariance)
        visitor.counter("num_batches_tracked", &batchesSeen)
    }

    public mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        guard context.isTraining else {
            return batchNormalisation(
                x, mean: runningMean, variance: runningVariance, scale: weight, shift: bias, epsilon: Scalar(epsilon))
        }
        precondition(x.rank >= 2, "BatchNormalisation: input \(x.shape) must be [N, C, …]")
        let number = x.count / max(1, x.shape[1])
        precondition(number > 1, "BatchNormalisation: input \(x.shape) has one value a channel, which has no variance")
        let (value, mean, variance) = batchNormalisation(x, scale: weight, shift: bias, epsilon: Scalar(epsilon))
        batchesSeen += 1
        let share = Scalar(momentum ?? 1 / Double(batchesSeen))
        VectorKernels.interpolate(&runningMean, to: mean.detached(), at: share)
        let unbiased = variance.detached() * Scalar(Double(number) / Double(number - 1))
        VectorKernels.interpolate(&runningVariance, to: unbiased, at: share)
        return value
    }
}
