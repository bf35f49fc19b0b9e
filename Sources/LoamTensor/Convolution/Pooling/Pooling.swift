/// The largest element of every window.
///
/// - Parameters:
///   - x: [N, C, spatial…] with one to three spatial axes.
///   - kernel: extents of a window.
///   - stride: distance between windows; the kernel's extents if not given.
///   - padding: positions by which the first and the last window reach beyond the input; never chosen. At most half of the kernel.
///   - dilation: distance between a window's elements.
///   - roundingUp: whether a last, partial window counts (PyTorch's `ceil_mode`).
/// - Returns: [N, C, spatial…]. The derivative goes to the first of equal elements; NaN wins.
public func maxPooling<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, kernel: AxisValues, stride: AxisValues? = nil, padding: AxisValues = 0, dilation: AxisValues = 1,
    roundingUp: Bool = false
) -> Tensor<Scalar> {
    let windows = PoolingWindows(
        x.shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation, roundingUp: roundingUp, countsPadding: false,
        operation: "maxPooling")
    return PoolingMaps.maximum(x, windows)
}

/// Max pooling with the positions of what was chosen, counted row-major within the spatial extents of one channel, as `maxUnpooling`
/// takes them and as PyTorch returns them. Parameters as in ``maxPooling(_:kernel:stride:padding:dilation:roundingUp:)``.
public func maxPoolingWithIndices<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, kernel: AxisValues, stride: AxisValues? = nil, padding: AxisValues = 0, dilation: AxisValues = 1,
    roundingUp: Bool = false
) -> (values: Tensor<Scalar>, indices: Tensor<Int32>) {
    let windows = PoolingWindows(
        x.shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation, roundingUp: roundingUp, countsPadding: false,
        operation: "maxPoolingWithIndices")
    let (values, selection) = PoolingMaps.maximumOfRowMajor(x, windows)
    return (values, Tensor(storage: selection.indices, shape: values.shape))
}

/// Puts every element of `x` at its position in a tensor of zeros: the partial inverse of max pooling. Where windows overlap and a
/// position is named twice, the elements add up (PyTorch keeps one of them, which one it does not say).
///
/// - Parameters:
///   - x: [N, C, pooled…].
///   - indices: of the same shape, from ``maxPoolingWithIndices(_:kernel:stride:padding:dilation:roundingUp:)``.
///   - extents: spatial extents of the result.
public func maxUnpooling<Scalar: TensorScalar>(_ x: Tensor<Scalar>, indices: Tensor<Int32>, extents: [Int]) -> Tensor<Scalar> {
    precondition(x.shape == indices.shape, "maxUnpooling: input \(x.shape) and indices \(indices.shape) differ in shape")
    precondition(
        x.rank == extents.count + 2 && extents.allSatisfy { $0 > 0 }, "maxUnpooling: extents \(extents) do not fit input \(x.shape)")
    let target = Shape([x.shape[0], x.shape[1]] + extents)
    let positions = extents.reduce(1, *)
    let dense = indices.contiguous()
    let own = dense.offset == 0 && dense.storage.count == dense.count ? dense : Tensor.copy(of: dense)
    own.withUnsafePointer { values in
        for i in 0..<own.count {
            precondition(values[i] >= 0 && Int(values[i]) < positions, "maxUnpooling: index \(values[i]) is outside extents \(extents)")
        }
    }
    return PoolingSelection(indices: own.storage, inputShape: target, outputShape: x.shape, block: 1).scatter(x)
}

/// The mean of every window.
///
/// - Parameters:
///   - x: [N, C, spatial…] with one to three spatial axes.
///   - kernel: extents of a window.
///   - stride: distance between windows; the kernel's extents if not given.
///   - padding: positions by which the first and the last window reach beyond the input. At most half of the kernel.
///   - countsPadding: whether the padding counts as zeros (PyTorch's `count_include_pad`) or not at all.
///   - roundingUp: whether a last, partial window counts (PyTorch's `ceil_mode`).
public func averagePooling<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, kernel: AxisValues, stride: AxisValues? = nil, padding: AxisValues = 0, countsPadding: Bool = true,
    roundingUp: Bool = false
) -> Tensor<Scalar> {
    let windows = PoolingWindows(
        x.shape, kernel: kernel, stride: stride, padding: padding, dilation: 1, roundingUp: roundingUp, countsPadding: countsPadding,
        operation: "averagePooling")
    return PoolingMaps.average(x, windows)
}

/// Means over windows that cover each axis evenly: window i of an axis runs from ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉.
///
/// - Parameters:
///   - x: [N, C, spatial…] with one to three spatial axes.
///   - output: spatial extents of the result.
public func adaptiveAveragePooling<Scalar: TensorScalar>(_ x: Tensor<Scalar>, output: AxisValues) -> Tensor<Scalar> {
    PoolingMaps.average(x, PoolingWindows(x.shape, adaptingTo: output, operation: "adaptiveAveragePooling"))
}

/// Maxima over windows that cover each axis evenly, as in ``adaptiveAveragePooling(_:output:)``.
public func adaptiveMaxPooling<Scalar: TensorScalar>(_ x: Tensor<Scalar>, output: AxisValues) -> Tensor<Scalar> {
    PoolingMaps.maximum(x, PoolingWindows(x.shape, adaptingTo: output, operation: "adaptiveMaxPooling"))
}

/// The mean over all spatial positions: [N, C, spatial…] to [N, C].
public func globalAveragePooling<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    adaptiveAveragePooling(x, output: 1).reshaped([x.shape[0], x.shape[1]])
}

/// The maximum over all spatial positions: [N, C, spatial…] to [N, C].
public func globalMaxPooling<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    adaptiveMaxPooling(x, output: 1).reshaped([x.shape[0], x.shape[1]])
}
