import LoamTensor

/// The number of spatial axes, as a type.
public protocol SpatialRank: Sendable {
    static var axes: Int { get }
}
/// Sequences.
public enum OneDimensional: SpatialRank { public static var axes: Int { 1 } }
/// Images.
public enum TwoDimensional: SpatialRank { public static var axes: Int { 2 } }
/// Volumes.
public enum ThreeDimensional: SpatialRank { public static var axes: Int { 3 } }

/// PyTorch's `Conv1d`.
public typealias Conv1D<Scalar: TensorScalar> = ConvolutionLayer<Scalar, OneDimensional>
/// PyTorch's `Conv2d`.
public typealias Conv2D<Scalar: TensorScalar> = ConvolutionLayer<Scalar, TwoDimensional>
/// PyTorch's `Conv3d`.
public typealias Conv3D<Scalar: TensorScalar> = ConvolutionLayer<Scalar, ThreeDimensional>
/// PyTorch's `ConvTranspose1d`.
public typealias TransposedConv1D<Scalar: TensorScalar> = TransposedConvolutionLayer<Scalar, OneDimensional>
/// PyTorch's `ConvTranspose2d`.
public typealias TransposedConv2D<Scalar: TensorScalar> = TransposedConvolutionLayer<Scalar, TwoDimensional>
/// PyTorch's `ConvTranspose3d`.
public typealias TransposedConv3D<Scalar: TensorScalar> = TransposedConvolutionLayer<Scalar, ThreeDimensional>

/// A convolution (cross-correlation, as everywhere in the field) with bias.
///
/// Input [N, inputs, spatial…], output [N, outputs, spatial…]. Parameters: `weight` [outputs, inputs/groups, kernel…], `bias` [outputs].
public struct ConvolutionLayer<Scalar: TensorScalar, Rank: SpatialRank>: Layer {
    /// The kernels; shape as above.
    public var weight: Tensor<Scalar>
    /// One number an output channel: [outputs], or nil.
    public var bias: Tensor<Scalar>?
    /// The distance between windows, one number for all axes or one an axis.
    public var stride: AxisValues
    /// What is read beyond the input's ends.
    public var padding: ConvolutionPadding
    /// What stands there.
    public var paddingMode: PaddingMode
    /// The distance between kernel elements.
    public var dilation: AxisValues
    /// Output channels of a group see the input channels of that group only.
    public var groups: Int

    /// A layer with drawn parameters. `kernel`, `stride` and `dilation` are one number for all axes or one an axis.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: AxisValues, stride: AxisValues = 1, padding: ConvolutionPadding = 0,
        paddingMode: PaddingMode = .zeros, dilation: AxisValues = 1, groups: Int = 1, bias hasBias: Bool = true,
        initialisation: Initialisation = .standard, using generator: inout PhiloxGenerator
    ) {
        precondition(
            inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
            "Convolution: \(inputs) input and \(outputs) output channels do not divide into \(groups) groups")
        let shape = Shape([outputs, inputs / groups] + kernelExtents(kernel, Rank.axes, "Convolution"))
        (weight, bias) = initialisation.draw(shape, outputs: outputs, hasBias: hasBias, using: &generator)
        self.stride = stride
        self.padding = padding
        self.paddingMode = paddingMode
        self.dilation = dilation
        self.groups = groups
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> { self(x) }

    /// The result for `x`, the same in training and inference.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        precondition(x.rank == Rank.axes + 2, "Convolution: input \(x.shape) does not have \(Rank.axes) spatial axes")
        return convolution(
            x, weight, bias: bias, stride: stride, padding: padding, paddingMode: paddingMode, dilation: dilation, groups: groups)
    }
}

/// A transposed convolution: the adjoint of a convolution with the same weight, for going to a finer grid.
///
/// Input [N, inputs, spatial…], output [N, outputs, spatial…] with extents (n − 1)·stride − 2·padding + dilation·(kernel − 1) +
/// outputPadding + 1. Parameters: `weight` [inputs, outputs/groups, kernel…], `bias` [outputs].
public struct TransposedConvolutionLayer<Scalar: TensorScalar, Rank: SpatialRank>: Layer {
    /// The kernels; shape as above.
    public var weight: Tensor<Scalar>
    /// One number an output channel: [outputs], or nil.
    public var bias: Tensor<Scalar>?
    /// The distance between windows, one number for all axes or one an axis.
    public var stride: AxisValues
    /// Elements cut off from either end of each output axis.
    public var padding: AxisValues
    /// Elements added to the far end of each output axis.
    public var outputPadding: AxisValues
    /// The distance between kernel elements.
    public var dilation: AxisValues
    /// Output channels of a group see the input channels of that group only.
    public var groups: Int

    /// A layer with drawn parameters.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: AxisValues, stride: AxisValues = 1, padding: AxisValues = 0, outputPadding: AxisValues = 0,
        dilation: AxisValues = 1, groups: Int = 1, bias hasBias: Bool = true, initialisation: Initialisation = .standard,
        using generator: inout PhiloxGenerator
    ) {
        precondition(
            inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
            "TransposedConvolution: \(inputs) input and \(outputs) output channels do not divide into \(groups) groups")
        let shape = Shape([inputs, outputs / groups] + kernelExtents(kernel, Rank.axes, "TransposedConvolution"))
        (weight, bias) = initialisation.draw(shape, outputs: outputs, hasBias: hasBias, using: &generator)
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilation = dilation
        self.groups = groups
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> { self(x) }

    /// The result for `x`, the same in training and inference.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        precondition(x.rank == Rank.axes + 2, "TransposedConvolution: input \(x.shape) does not have \(Rank.axes) spatial axes")
        return transposedConvolution(
            x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
    }
}

/// One extent an axis.
private func kernelExtents(_ kernel: AxisValues, _ axes: Int, _ layer: StaticString) -> [Int] {
    precondition(
        (kernel.values.count == 1 || kernel.values.count == axes) && kernel.values.allSatisfy { $0 > 0 },
        "\(layer): kernel \(kernel.values) for \(axes) spatial axes")
    return kernel.values.count == 1 ? Array(repeating: kernel.values[0], count: axes) : kernel.values
}
