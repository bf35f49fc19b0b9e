/// What a dense layer applies after its affine map, fused into it.
public enum FusedActivation: Sendable, Hashable, Codable {
    case identity, tanh, relu, sigmoid

    /// The kernel of this activation; nil for the identity.
    public var function: UnaryFunction? {
        switch self {
        case .identity: nil
        case .tanh: .tanh
        case .relu: .relu
        case .sigmoid: .sigmoid
        }
    }
}

/// φ(x Wᵀ + b): a dense layer in one product and one pass over the result.
///
/// - Parameters:
///   - x: [..., inputs].
///   - weight: [outputs, inputs], as PyTorch stores it.
///   - bias: [outputs].
/// - Returns: [..., outputs].
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func linear<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, activation: FusedActivation = .identity
) -> Tensor<Scalar> {
    precondition(
        weight.rank == 2 && x.rank >= 1 && x.shape[x.rank - 1] == weight.shape[1],
        "linear: input \(x.shape) does not fit weight \(weight.shape)")
    let outputs = weight.shape[0]
    precondition(bias == nil || bias!.shape == [outputs], "linear: bias \(bias!.shape) does not fit weight \(weight.shape)")
    if x.rank != 2 {
        var shape = x.shape
        shape[x.rank - 1] = outputs
        return linear(x.reshaped([x.shape.dropLast().reduce(1, *), weight.shape[1]]), weight: weight, bias: bias, activation: activation)
            .reshaped(shape)
    }
    let value = matmul(x.detached(), weight.detached(), transposeB: true)
    let rows = x.shape[0]
    let target = value.storage.base
    let dense = bias?.detached().contiguous()
    if bias != nil || activation != .identity {
        Parallel.chunks(rows, grain: Swift.max(1, Parallel.elementGrain / 2 / Swift.max(1, outputs))) { range in
            Scalar._biasActivation(
                activation.function, target + range.lowerBound * outputs, dense.map { UnsafePointer($0.storage.base + $0.offset) },
                rows: range.count, columns: outputs)
        }
    }
    guard x.node != nil || weight.node != nil || bias?.node != nil else { return value }
    let savedX = x.detached()
    let savedWeight = weight.detached()
    return value.tracked(
        by: OperationNode(parents: x.node, weight.node, bias?.node) { g, context in
            let y = activation == .identity ? value : context.output(value)
            let delta: Tensor<Scalar> =
                switch activation {
                case .identity: g
                case .tanh: Tensor.tanhBackward(g, y)
                case .relu: Tensor.reluBackward(g, y)
                case .sigmoid: Tensor.sigmoidBackward(g, y)
                }
            context.accumulate(matmul(delta, context.input(savedWeight, 1)), into: 0)
            context.accumulate(matmul(delta, context.input(savedX, 0), transposeA: true), into: 1)
            context.accumulate(delta.sum(axes: [0]), into: 2)
        })
}
