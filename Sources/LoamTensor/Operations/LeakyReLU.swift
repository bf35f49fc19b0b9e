// x for x > 0 and slope·x otherwise, in one pass forward and one backward, in a convolution's blocked layout too.

extension Tensor where Element: TensorScalar {
    /// x for x > 0 and `slope`·x otherwise.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func leakyReLU(slope: Element = 0.01) -> Tensor {
        let value = Tensor.leaking(detached(), where: detached(), slope: slope)
        guard let node else { return value }
        // The result has the sign of x where the slope is not negative; x need not be kept then.
        let sign = slope >= 0 ? value : detached()
        return value.tracked(
            by: OperationNode(parents: node) { g, context in context.accumulate(Tensor.leaking(g, where: sign, slope: slope), into: 0) })
    }

    /// g where the mask is above 0 and slope·g elsewhere: linear in g, and constant in the mask but at 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    private static func leaking(_ g: Tensor, where mask: Tensor, slope: Element) -> Tensor {
        let value = BlockedElementwise.leaking(g, where: mask, slope: slope) ?? rowMajor(g, where: mask, slope: slope)
        guard let node = g.node else { return value }
        return value.tracked(
            by: OperationNode(parents: node) { u, context in context.accumulate(leaking(u, where: mask, slope: slope), into: 0) })
    }

    private static func rowMajor(_ g: Tensor, where mask: Tensor, slope: Element) -> Tensor {
        let result = Tensor(uninitialised: g.shape)
        let to = result.storage.base
        g.withUnsafePointer { g in
            mask.withUnsafePointer { mask in
                Parallel.chunks(result.count, grain: Parallel.elementGrain) { LeakyKernel.run(g, mask, slope, to, $0) }
            }
        }
        return result
    }
}

extension BlockedElementwise {
    /// g where the mask is above 0 and slope·g elsewhere.
    fileprivate static func leaking<Scalar: TensorScalar>(_ g: Tensor<Scalar>, where mask: Tensor<Scalar>, slope: Scalar) -> Tensor<Scalar>?
    {
        guard let signs = mask.blockedActivations, !mask.storage.isMaterialised || g.blockedActivations != nil, g.shape == mask.shape else {
            return nil
        }
        let source = g.inBlocks(of: signs.block)
        let result = BlockedActivations(uninitialised: signs.shape, block: signs.block)
        let (from, mask, to) = (UnsafePointer(source.base), UnsafePointer(signs.base), result.base)
        Parallel.chunks(result.count, grain: Parallel.elementGrain / 2) { LeakyKernel.run(from, mask, Float(slope), to, $0) }
        return withExtendedLifetime((source, signs)) { Tensor(result) }
    }
}

private enum LeakyKernel {
    /// One operation and three moved elements each.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func run<Scalar: TensorScalar>(
        _ g: UnsafePointer<Scalar>, _ mask: UnsafePointer<Scalar>, _ slope: Scalar, _ to: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
    ) {
        for i in range { to[i] = mask[i] > 0 ? g[i] : g[i] * slope }
    }
}
