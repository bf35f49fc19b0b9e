/// Pooling as differentiable operations. Average pooling is linear, and its adjoint's derivative is average pooling again; max pooling
/// is a gather at positions that do not change with x, whose adjoint scatters.
enum PoolingMaps {
    private static func shape(_ x: Shape, _ extents: some Sequence<Int>) -> Shape { Shape([x[0], x[1]] + extents) }

    /// Window maxima, in the layout in which x is held.
    static func maximum<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ windows: PoolingWindows) -> Tensor<Scalar> {
        guard let source = x.blockedActivations else { return maximumOfRowMajor(x, windows).values }
        let values = BlockedActivations(uninitialised: shape(x.shape, windows.resultExtents), block: source.block)
        let indices = Storage<Int32>(count: values.count)
        BlockedPooling.maximum(source, windows, values: values, indices: indices.base)
        let selection = PoolingSelection(indices: indices, inputShape: x.shape, outputShape: values.shape, block: source.block)
        return selection.tracked(Tensor(values), from: x)
    }

    /// Window maxima, and where they came from.
    static func maximumOfRowMajor<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ windows: PoolingWindows
    ) -> (values: Tensor<Scalar>, selection: PoolingSelection) {
        let value = Tensor<Scalar>(uninitialised: shape(x.shape, windows.resultExtents))
        let indices = Storage<Int32>(count: value.count)
        x.withUnsafePointer {
            PoolingKernels.maximum($0, planes: x.shape[0] * x.shape[1], windows, values: value.storage.base, indices: indices.base)
        }
        let selection = PoolingSelection(indices: indices, inputShape: x.shape, outputShape: value.shape, block: 1)
        return (selection.tracked(value, from: x), selection)
    }

    /// Window sums divided by the windows' divisors.
    static func average<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ windows: PoolingWindows) -> Tensor<Scalar> {
        let value: Tensor<Scalar>
        if let source = x.blockedActivations {
            let values = BlockedActivations(uninitialised: shape(x.shape, windows.resultExtents), block: source.block)
            BlockedPooling.average(source, windows, scale: windows.reciprocalDivisors(Float.self), values: values)
            value = Tensor(values)
        } else {
            value = Tensor(uninitialised: shape(x.shape, windows.resultExtents))
            x.withUnsafePointer {
                PoolingKernels.average(
                    $0, planes: x.shape[0] * x.shape[1], windows, scale: windows.reciprocalDivisors(Scalar.self), values: value.storage.base
                )
            }
        }
        guard let node = x.node else { return value }
        let inputShape = x.shape
        let block = x.blockedActivations?.block ?? 1
        return value.tracked(
            by: OperationNode(parents: node) { g, context in
                context.accumulate(spread(g, windows, to: inputShape, block: block), into: 0)
            })
    }

    /// The adjoint of `average`, in blocks of `block` channels.
    static func spread<Scalar: TensorScalar>(
        _ g: Tensor<Scalar>, _ windows: PoolingWindows, to inputShape: Shape, block: Int
    ) -> Tensor<Scalar> {
        let value: Tensor<Scalar>
        if block > 1 {
            let target = BlockedActivations(uninitialised: inputShape, block: block)
            BlockedPooling.spread(g.inBlocks(of: block), windows, scale: windows.reciprocalDivisors(Float.self), into: target)
            value = Tensor(target)
        } else {
            value = Tensor(uninitialised: inputShape)
            g.withUnsafePointer {
                PoolingKernels.spread(
                    $0, planes: inputShape[0] * inputShape[1], windows, scale: windows.reciprocalDivisors(Scalar.self),
                    into: value.storage.base)
            }
        }
        guard let node = g.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { u, context in context.accumulate(average(u, windows), into: 0) })
    }
}

/// One element of the input for every element of the output, within planes: what max pooling chose. Indices count within a plane of
/// `block` channels, in the layout in which the pooling ran.
final class PoolingSelection: Sendable {
    let indices: Storage<Int32>
    private let inputShape: Shape
    private let outputShape: Shape
    private let block: Int

    init(indices: Storage<Int32>, inputShape: Shape, outputShape: Shape, block: Int) {
        self.indices = indices
        self.inputShape = inputShape
        self.outputShape = outputShape
        self.block = block
    }

    private var planes: Int { inputShape[0] * ((inputShape[1] + block - 1) / block) }
    /// Elements of a plane before and after.
    private var inputs: Int { inputShape.dropFirst(2).reduce(block, *) }
    private var outputs: Int { outputShape.dropFirst(2).reduce(block, *) }

    /// y[j] = x[indices[j]].
    func gather<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if block > 1 {
            let source = x.inBlocks(of: block)
            let target = BlockedActivations(uninitialised: outputShape, block: block)
            PoolingKernels.gather(source.base, indices.base, planes: planes, inputs: inputs, outputs: outputs, values: target.base)
            return tracked(withExtendedLifetime(source) { Tensor(target) }, from: x)
        }
        let value = Tensor<Scalar>(uninitialised: outputShape)
        x.withUnsafePointer {
            PoolingKernels.gather($0, indices.base, planes: planes, inputs: inputs, outputs: outputs, values: value.storage.base)
        }
        return tracked(value, from: x)
    }

    /// `value` = gather(x), with its history.
    func tracked<Scalar: TensorScalar>(_ value: Tensor<Scalar>, from x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard let node = x.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(self.scatter(g), into: 0) })
    }

    /// The adjoint of `gather`.
    func scatter<Scalar: TensorScalar>(_ g: Tensor<Scalar>) -> Tensor<Scalar> {
        let value: Tensor<Scalar>
        if block > 1 {
            let source = g.inBlocks(of: block)
            let target = BlockedActivations(uninitialised: inputShape, block: block)
            PoolingKernels.scatter(source.base, indices.base, planes: planes, inputs: inputs, outputs: outputs, into: target.base)
            value = withExtendedLifetime(source) { Tensor(target) }
        } else {
            value = Tensor(uninitialised: inputShape)
            g.withUnsafePointer {
                PoolingKernels.scatter($0, indices.base, planes: planes, inputs: inputs, outputs: outputs, into: value.storage.base)
            }
        }
        guard let node = g.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { u, context in context.accumulate(self.gather(u), into: 0) })
    }
}
