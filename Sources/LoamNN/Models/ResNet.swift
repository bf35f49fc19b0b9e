import LoamTensor

/// Two 3×3 convolutions with batch normalisation and a shortcut (He et al. 2016), with torchvision's names: `conv1`, `bn1`, `conv2`,
/// `bn2` and, where the extents or channels change, `downsample.0` (1×1 convolution) and `downsample.1` (batch normalisation).
public struct BasicBlock<Scalar: TensorScalar>: Layer {
    /// The first 3×3 convolution, which may have a stride.
    public var conv1: Conv2D<Scalar>
    /// Normalises after `conv1`.
    public var bn1: BatchNormalisation<Scalar>
    /// The second 3×3 convolution.
    public var conv2: Conv2D<Scalar>
    /// Normalises after `conv2`.
    public var bn2: BatchNormalisation<Scalar>
    /// The shortcut where extents or channels change, or nil for the identity.
    public var downsample: Sequential<Scalar>?

    /// A block from `inputs` to `outputs` channels whose first convolution has stride `stride`.
    public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, using generator: inout PhiloxGenerator) {
        let he = Initialisation(weight: .he(fan: .output))
        conv1 = Conv2D(
            inputs, outputs, kernel: 3, stride: AxisValues(stride), padding: 1, bias: false, initialisation: he, using: &generator)
        bn1 = BatchNormalisation(outputs)
        conv2 = Conv2D(outputs, outputs, kernel: 3, padding: 1, bias: false, initialisation: he, using: &generator)
        bn2 = BatchNormalisation(outputs)
        if stride != 1 || inputs != outputs {
            downsample = Sequential([
                Conv2D<Scalar>(
                    inputs, outputs, kernel: 1, stride: AxisValues(stride), bias: false, initialisation: he, using: &generator),
                BatchNormalisation<Scalar>(outputs),
            ])
        }
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.child("conv1", &conv1)
        visitor.child("bn1", &bn1)
        visitor.child("conv2", &conv2)
        visitor.child("bn2", &bn2)
        visitor.child("downsample", &downsample)
    }

    public mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        let hidden = bn1(conv1(x, in: &context), in: &context).relu()
        let branch = bn2(conv2(hidden, in: &context), in: &context)
        let shortcut = downsample?(x, in: &context) ?? x
        return (branch + shortcut).relu()
    }
}

/// A residual network of basic blocks with torchvision's names: `conv1`, `bn1`, `layer1` … `layer4`, `fc`.
///
/// Input [N, channels, height, width], output [N, classes]. The stem is torchvision's 7×7 convolution of stride 2 with pooling, or for
/// 32×32 images a 3×3 convolution without pooling.
public struct ResNet<Scalar: TensorScalar>: Layer {
    /// The stem's convolution.
    public var conv1: Conv2D<Scalar>
    /// Normalises after the stem.
    public var bn1: BatchNormalisation<Scalar>
    /// The first stage, at the stem's resolution.
    public var layer1: [BasicBlock<Scalar>]
    /// The second stage, at half of it.
    public var layer2: [BasicBlock<Scalar>]
    /// The third stage, at a quarter.
    public var layer3: [BasicBlock<Scalar>]
    /// The last stage, at an eighth.
    public var layer4: [BasicBlock<Scalar>]
    /// From the mean over positions to the classes.
    public var fc: Dense<Scalar>
    private let pool: MaxPooling<Scalar>?

    /// A network of four stages.
    ///
    /// - Parameters:
    ///   - blocks: basic blocks a stage: [2, 2, 2, 2] is ResNet-18, [3, 4, 6, 3] ResNet-34.
    ///   - classes: outputs.
    ///   - channels: input channels.
    ///   - width: channels of the first stage; each further stage has twice as many.
    ///   - forSmallImages: the stem for 32×32 images.
    public init(
        blocks: [Int], classes: Int, channels: Int = 3, width: Int = 64, forSmallImages: Bool = true,
        using generator: inout PhiloxGenerator
    ) {
        precondition(blocks.count == 4 && blocks.allSatisfy { $0 > 0 }, "ResNet: needs four stages of at least one block, not \(blocks)")
        conv1 = Conv2D(
            channels, width, kernel: forSmallImages ? 3 : 7, stride: forSmallImages ? 1 : 2, padding: forSmallImages ? 1 : 3, bias: false,
            initialisation: Initialisation(weight: .he(fan: .output)), using: &generator)
        bn1 = BatchNormalisation(width)
        pool = forSmallImages ? nil : MaxPooling(kernel: 3, stride: 2, padding: 1)
        func stage(_ index: Int, _ generator: inout PhiloxGenerator) -> [BasicBlock<Scalar>] {
            let outputs = width << index
            let inputs = index == 0 ? width : outputs / 2
            return (0..<blocks[index]).map { position in
                BasicBlock(
                    position == 0 ? inputs : outputs, outputs, stride: position == 0 && index > 0 ? 2 : 1, using: &generator)
            }
        }
        layer1 = stage(0, &generator)
        layer2 = stage(1, &generator)
        layer3 = stage(2, &generator)
        layer4 = stage(3, &generator)
        fc = Dense(width * 8, classes, using: &generator)
    }

    /// ResNet-18.
    public static func resNet18(
        classes: Int = 10, channels: Int = 3, forSmallImages: Bool = true, using generator: inout PhiloxGenerator
    ) -> ResNet {
        ResNet(blocks: [2, 2, 2, 2], classes: classes, channels: channels, forSmallImages: forSmallImages, using: &generator)
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.child("conv1", &conv1)
        visitor.child("bn1", &bn1)
        visitor.children("layer1", &layer1)
        visitor.children("layer2", &layer2)
        visitor.children("layer3", &layer3)
        visitor.children("layer4", &layer4)
        visitor.child("fc", &fc)
    }

    public mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        var value = bn1(conv1(x, in: &context), in: &context).relu()
        if let pool { value = pool(value, in: &context) }
        for index in layer1.indices { value = layer1[index](value, in: &context) }
        for index in layer2.indices { value = layer2[index](value, in: &context) }
        for index in layer3.indices { value = layer3[index](value, in: &context) }
        for index in layer4.indices { value = layer4[index](value, in: &context) }
        return fc(globalAveragePooling(value), in: &context)
    }
}
