/// Pooling as differentiable operations. Average pooling is linear, and its adjoint's derivative is average pooling again; max pooling
/// is a gather at positions that do not change with x, whose adjoint scatters.
enum PoolingMaps {
    static func shape(_ x: Shape, _ extents: some Sequence<Int>) -> Shape { Shape([x[0], x[1]] + extents) }

    /// Window maxima, and where they came from.
    static func maximum<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ windows: PoolingWindows
    ) -> (values: Tensor<Scalar>, selection: PoolingSelection) {
        maximumOfRowMajor(x, windows)
    }

    static func maximumOfRowMajor<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ windows: PoolingWindows
    ) -> (values: Tensor<Scalar>, selection: PoolingSelection) {
        let value = Tensor<Scalar>(uninitialised: shape(x.shape, windows.resultExtents))
        let indices = Storage<Int32>(count: value.count)
        let planes = x.shape[0] * x.shape[1]
        x.withUnsafePointer {
            PoolingKernels.maximum($0, planes: planes, windows, values: value.storage.base, indices: indices.base)
        }
        let selection = PoolingSelection(indices: indices, planes: planes, inputShape: x.shape, outputShape: value.shape)
        return (selection.tracked(value, from: x), selection)
    }

    /// Window sums divided by the windows' divisors.
    static func average<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ windows: PoolingWindows) -> Tensor<Scalar> {
        let value = Tensor<Scalar>(uninitialised: shape(x.shape, windows.resultExtents))
        x.withUnsafePointer {
            PoolingKernels.average(
                $0, planes: x.shape[0] * x.shape[1], windows, scale: windows.reciprocalDivisors(Scalar.self), values: value.storage.base)
        }
        guard let node = x.node else { return value }
        let inputShape = x.shape
        return value.tracked(
            by: OperationNode(parents: node) { g, context in context.accumulate(spread(g, windows, to: inputShape), into: 0) })
    }

    /// The adjoint of `average`.
    static func spread<Scalar: TensorScalar>(_ g: Tensor<Scalar>, _ windows: PoolingWindows, to inputShape: Shape) -> Tensor<Scalar> {
        let value = Tensor<Scalar>(uninitialised: inputShape)
        g.withUnsafePointer {
            PoolingKernels.spread(
                $0, planes: inputShape[0] * inputShape[1], windows, scale: windows.reciprocalDivisors(Scalar.self), into: value.storage.base)
        }
        guard let node = g.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { u, context in context.accumulate(average(u, windows), into: 0) })
    }
}

/// One element of the input for every element of the output, within planes: what max pooling chose.
final class PoolingSelection: Sendable {
    let indices: Storage<Int32>
    let planes: Int
    let inputShape: Shape
    let outputShape: Shape

    init(indices: Storage<Int32>, planes: Int, inputShape: Shape, outputShape: Shape) {
        self.indices = indices
        self.planes = planes
        self.inputShape = inputShape
        self.outputShape = outputShape
    }

    /// y[j] = x[indices[j]].
    func gather<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let value = Tensor<Scalar>(uninitialised: outputShape)
        let perPlane = Swift.max(1, planes)
        x.withUnsafePointer {
            PoolingKernels.gather(
                $0, indices.base, planes: planes, inputs: inputShape.elementCount / perPlane, outputs: outputShape.elementCount / perPlane,
                values: value.storage.base)
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
        let value = Tensor<Scalar>(uninitialised: inputShape)
        let perPlane = Swift.max(1, planes)
        g.withUnsafePointer {
            PoolingKernels.scatter(
                $0, indices.base, planes: planes, inputs: inputShape.elementCount / perPlane, outputs: outputShape.elementCount / perPlane,
                into: value.storage.base)
        }
        guard let node = g.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { u, context in context.accumulate(self.gather(u), into: 0) })
    }
}
