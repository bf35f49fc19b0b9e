import LoamTensor

/// Maxima over windows; any number of spatial axes. Input [N, C, spatial…].
public struct MaxPooling<Scalar: TensorScalar>: Layer {
    /// The windows' extents.
    public var kernel: AxisValues
    /// The distance between windows; nil for the kernel's extents.
    public var stride: AxisValues?
    /// Elements added at either end of each axis.
    public var padding: AxisValues
    /// The distance between elements of a window.
    public var dilation: AxisValues

    /// Windows of `kernel`, at distance `stride` (the kernel's size by default).
    public init(kernel: AxisValues, stride: AxisValues? = nil, padding: AxisValues = 0, dilation: AxisValues = 1) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        maxPooling(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    }
}

/// Means over windows; any number of spatial axes. Input [N, C, spatial…].
public struct AveragePooling<Scalar: TensorScalar>: Layer {
    /// The windows' extents.
    public var kernel: AxisValues
    /// The distance between windows; nil for the kernel's extents.
    public var stride: AxisValues?
    /// Elements added at either end of each axis.
    public var padding: AxisValues
    /// Whether padded zeros count in the mean.
    public var countsPadding: Bool

    /// Windows of `kernel`, at distance `stride` (the kernel's size by default).
    public init(kernel: AxisValues, stride: AxisValues? = nil, padding: AxisValues = 0, countsPadding: Bool = true) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.countsPadding = countsPadding
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        averagePooling(x, kernel: kernel, stride: stride, padding: padding, countsPadding: countsPadding)
    }
}

/// Means or maxima over windows chosen so that the output has given extents. Input [N, C, spatial…].
public struct AdaptivePooling<Scalar: TensorScalar>: Layer {
    /// What is taken over each window.
    public enum Kind: String, Sendable, Hashable, Codable { case average, maximum }

    /// Mean or maximum.
    public var kind: Kind
    /// The extents of the result.
    public var output: AxisValues

    /// Windows that cover each axis evenly and give the extents `output`.
    public init(_ kind: Kind = .average, output: AxisValues) {
        self.kind = kind
        self.output = output
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        switch kind {
        case .average: adaptiveAveragePooling(x, output: output)
        case .maximum: adaptiveMaxPooling(x, output: output)
        }
    }
}
