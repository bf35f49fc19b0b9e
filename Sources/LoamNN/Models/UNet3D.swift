import LoamTensor

/// Two 3×3×3 convolutions, each followed by instance normalisation and a leaky rectifier of slope 0.01. Children: `conv1`, `norm1`,
/// `conv2`, `norm2`.
public struct VolumetricPair<Scalar: TensorScalar>: Layer {
    /// The first convolution, which may have a stride.
    public var conv1: Conv3D<Scalar>
    /// Normalises after `conv1`.
    public var norm1: InstanceNormalisation<Scalar>
    /// The second convolution.
    public var conv2: Conv3D<Scalar>
    /// Normalises after `conv2`.
    public var norm2: InstanceNormalisation<Scalar>
    /// The slope of the rectifiers below 0.
    public var slope: Double = 0.01

    /// A pair from `inputs` to `outputs` channels whose first convolution has stride `stride`.
    public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, using generator: inout PhiloxGenerator) {
        conv1 = Conv3D(inputs, outputs, kernel: 3, stride: AxisValues(stride), padding: 1, using: &generator)
        norm1 = InstanceNormalisation(outputs)
        conv2 = Conv3D(outputs, outputs, kernel: 3, padding: 1, using: &generator)
        norm2 = InstanceNormalisation(outputs)
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.child("conv1", &conv1)
        visitor.child("norm1", &norm1)
        visitor.child("conv2", &conv2)
        visitor.child("norm2", &norm2)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        let hidden = norm1(conv1(x), in: &context).leakyReLU(slope: Scalar(slope))
        return norm2(conv2(hidden), in: &context).leakyReLU(slope: Scalar(slope))
    }
}

/// A U-Net for volumes (Çiçek et al. 2016): strided convolutions down, transposed convolutions of kernel and stride 2 up, skip
/// connections by concatenation with the up-sampled channels first, and a 1×1×1 convolution to the classes.
///
/// Input [N, inputs, depth, height, width] with extents divisible by 2^(levels − 1); output [N, classes, depth, height, width]. Children,
/// with level 0 the finest: `down0` …, then from coarse to fine `up1`, `merge1`, `up0`, `merge0`, and `head`.
public struct UNet3D<Scalar: TensorScalar>: Layer {
    /// The way down, finest level first.
    public var down: [VolumetricPair<Scalar>]
    /// The transposed convolution to each level, level 0 first.
    public var up: [TransposedConv3D<Scalar>]
    /// The pair after each concatenation, level 0 first.
    public var merge: [VolumetricPair<Scalar>]
    /// 1×1×1 convolution to the classes.
    public var head: Conv3D<Scalar>

    /// A network with the given channels a level, finest first.
    public init(inputs: Int = 1, channels: [Int] = [16, 32, 64], classes: Int = 3, using generator: inout PhiloxGenerator) {
        precondition(!channels.isEmpty, "UNet3D: needs at least one level")
        down = channels.indices.map {
            VolumetricPair($0 == 0 ? inputs : channels[$0 - 1], channels[$0], stride: $0 == 0 ? 1 : 2, using: &generator)
        }
        up = []
        merge = []
        for level in 0..<(channels.count - 1) {
            up.append(TransposedConv3D(channels[level + 1], channels[level], kernel: 2, stride: 2, using: &generator))
            merge.append(VolumetricPair(2 * channels[level], channels[level], using: &generator))
        }
        head = Conv3D(channels[0], classes, kernel: 1, using: &generator)
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        for level in down.indices { visitor.child("down\(level)", &down[level]) }
        for level in up.indices.reversed() {
            visitor.child("up\(level)", &up[level])
            visitor.child("merge\(level)", &merge[level])
        }
        visitor.child("head", &head)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        let factor = 1 << (down.count - 1)
        precondition(
            x.rank == 5 && x.shape.dropFirst(2).allSatisfy { $0 % factor == 0 },
            "UNet3D: input \(x.shape) must be [N, C, depth, height, width] with extents divisible by \(factor)")
        var levels: [Tensor<Scalar>] = []
        var value = x
        for pair in down {
            value = pair(value, in: &context)
            levels.append(value)
        }
        for level in up.indices.reversed() {
            value = merge[level](Tensor.concatenated([up[level](value), levels[level]], axis: 1), in: &context)
        }
        return head(value)
    }
}
