/// Element-wise operations on activations that are in a convolution's blocked layout. Each answers nil when its operands are not,
/// and the caller takes the row-major route.
///
/// Channels that fill up the last block are zero and must stay so: a function that does not map 0 to 0 is only applied where there
/// are none.
enum BlockedElementwise {
    /// a + b of two tensors held alike.
    static func sum<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar>? {
        guard let (left, right) = pair(a, b) else { return nil }
        return binary(.add, left, right)
    }

    /// f(x).
    static func apply<Scalar: TensorScalar>(_ function: UnaryFunction, _ x: Tensor<Scalar>) -> Tensor<Scalar>? {
        guard let source = x.blockedActivations, keepsZero(function) || !source.isFilledUp else { return nil }
        let result = BlockedActivations(uninitialised: source.shape, block: source.block)
        let (from, to) = (UnsafePointer(source.base), result.base)
        Parallel.chunks(source.count, grain: Parallel.elementGrain / 2) { range in
            Float._apply(function, from + range.lowerBound, to + range.lowerBound, range.count)
        }
        return Tensor(result)
    }

    /// g where y > 0, 0 elsewhere.
    static func reluBackward<Scalar: TensorScalar>(_ g: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
        guard let result = y.blockedActivations, !y.storage.isMaterialised || g.blockedActivations != nil, g.shape == y.shape else {
            return nil
        }
        return binary(.reluBackward, g.inBlocks(of: result.block), result)
    }

    private static func pair<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> (BlockedActivations, BlockedActivations)? {
        guard let left = a.blockedActivations, let right = b.blockedActivations, left.block == right.block, left.shape == right.shape else {
            return nil
        }
        return (left, right)
    }

    private static func binary<Scalar: TensorScalar>(
        _ function: BinaryFunction, _ a: BlockedActivations, _ b: BlockedActivations
    ) -> Tensor<Scalar> {
        let result = BlockedActivations(uninitialised: a.shape, block: a.block)
        let (left, right, to) = (UnsafePointer(a.base), UnsafePointer(b.base), result.base)
        Parallel.chunks(a.count, grain: Parallel.elementGrain / 2) { range in
            let i = range.lowerBound
            Float._apply(function, left + i, 1, right + i, 1, to + i, range.count)
        }
        return Tensor(result)
    }

    private static func keepsZero(_ function: UnaryFunction) -> Bool {
        switch function {
        case .negate, .magnitude, .sign, .square, .squareRoot, .expMinusOne, .sin, .tanh, .erf, .relu, .gelu, .silu, .floor, .logOnePlus:
            true
        default: false
        }
    }
}
