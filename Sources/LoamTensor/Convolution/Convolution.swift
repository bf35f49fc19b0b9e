/// The convolution (cross-correlation, as every deep-learning library has it) of a batch with a set of kernels:
///
///     y[n, o, p] = bias[o] + Σ_{c, k} weight[o, c, k] · x[n, c, p·stride − padding + k·dilation].
///
/// Differentiable to any order: the map is bilinear, and its two adjoints and itself are one another's derivatives.
///
/// - Parameters:
///   - x: [N, C, spatial…] with one to three spatial axes.
///   - weight: [O, C/groups, kernel…], PyTorch's layout.
///   - bias: [O].
///   - stride: distance between output positions, in elements of x.
///   - padding: elements read beyond either end of each axis.
///   - paddingMode: what is read there.
///   - dilation: distance between kernel elements.
///   - groups: output channels of group g see the input channels of group g only.
/// - Returns: [N, O, spatial…] of extents ⌊(in + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1.
public func convolution<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: AxisValues = 1, padding: ConvolutionPadding = 0,
    paddingMode: PaddingMode = .zeros, dilation: AxisValues = 1, groups: Int = 1
) -> Tensor<Scalar> {
    let geometry = ConvolutionGeometry(
        input: x.shape, weight: weight.shape, stride: stride, padding: padding, dilation: dilation, groups: groups, operation: "convolution"
    )
    precondition(
        bias == nil || bias!.shape == [geometry.outputChannels], "convolution: bias \(bias!.shape) does not fit weight \(weight.shape)")
    if paddingMode != .zeros {
        let after = (0..<geometry.spatialRank).map { Swift.max(0, geometry.paddingAfter($0)) }
        let extended = x.paddedSpatially(before: AxisValues(Array(geometry.padding)), after: AxisValues(after), mode: paddingMode)
        return convolution(extended, weight, bias: bias, stride: stride, dilation: dilation, groups: groups)
    }
    return ConvolutionMaps.forward(x, weight, bias: bias, geometry)
}

/// The adjoint of a convolution as an operation of its own (a "deconvolution"): each input element adds its multiple of the kernel to
/// the output.
///
/// - Parameters:
///   - x: [N, C, spatial…] with one to three spatial axes.
///   - weight: [C, O/groups, kernel…], PyTorch's layout.
///   - bias: [O].
///   - stride: distance between the places where neighbouring input elements add their kernels.
///   - padding: elements cut off from either end of each output axis.
///   - outputPadding: elements added to the far end of each output axis, to tell apart the extents that one strided convolution maps to
///     the same.
///   - dilation: distance between kernel elements.
///   - groups: output channels of group g see the input channels of group g only.
/// - Returns: [N, O, spatial…] of extents (in − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
public func transposedConvolution<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: AxisValues = 1, padding: AxisValues = 0,
    outputPadding: AxisValues = 0, dilation: AxisValues = 1, groups: Int = 1
) -> Tensor<Scalar> {
    let geometry = ConvolutionGeometry(
        transposedInput: x.shape, weight: weight.shape, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation,
        groups: groups)
    precondition(
        bias == nil || bias!.shape == [geometry.inputChannels],
        "transposedConvolution: bias \(bias!.shape) does not fit weight \(weight.shape)")
    let y = ConvolutionMaps.backwardByData(x, weight, geometry)
    return bias.map { ChannelOperations.shifted(y, by: $0) } ?? y
}

/// The three bilinear maps of a convolution as differentiable operations. With ⟨u, forward(x, w)⟩ = ⟨byData(u, w), x⟩ =
/// ⟨byWeights(x, u), w⟩, the derivatives of each are the other two.
enum ConvolutionMaps {
    static func forward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let isTracked = x.node != nil || weight.node != nil || bias?.node != nil
        let savedX = weight.node == nil ? x.detached() : ConvolutionRoutes.preparedInput(x.detached(), geometry, hasBias: bias != nil)
        let savedWeight = weight.detached()
        let value = ConvolutionRoutes.forward(savedX, savedWeight, bias: bias?.detached(), geometry)
        guard isTracked else { return value }
        return value.tracked(
            by: OperationNode(parents: x.node, weight.node, bias?.node) { g, context in
                let g = ConvolutionRoutes.preparedCotangent(g, geometry)
                if context.needs(0) { context.accumulate(backwardByData(g, context.input(savedWeight, 1), geometry), into: 0) }
                if context.needs(1) { context.accumulate(backwardByWeights(context.input(savedX, 0), g, geometry), into: 1) }
                if context.needs(2) { context.accumulate(ChannelOperations.sums(g), into: 2) }
            })
    }

    static func backwardByData<Scalar: TensorScalar>(
        _ cotangent: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let savedCotangent = cotangent.detached()
        let savedWeight = weight.detached()
        let value = ConvolutionRoutes.backwardByData(savedCotangent, savedWeight, geometry)
        guard cotangent.node != nil || weight.node != nil else { return value }
        return value.tracked(
            by: OperationNode(parents: cotangent.node, weight.node) { u, context in
                if context.needs(0) { context.accumulate(forward(u, context.input(savedWeight, 1), geometry), into: 0) }
                if context.needs(1) { context.accumulate(backwardByWeights(u, context.input(savedCotangent, 0), geometry), into: 1) }
            })
    }

    static func backwardByWeights<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ cotangent: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let savedX = x.detached()
        let savedCotangent = cotangent.detached()
        let value = ConvolutionRoutes.backwardByWeights(savedX, savedCotangent, geometry)
        guard x.node != nil || cotangent.node != nil else { return value }
        return value.tracked(
            by: OperationNode(parents: x.node, cotangent.node) { u, context in
                if context.needs(0) { context.accumulate(backwardByData(context.input(savedCotangent, 1), u, geometry), into: 0) }
                if context.needs(1) { context.accumulate(forward(context.input(savedX, 0), u, geometry), into: 1) }
            })
    }
}
