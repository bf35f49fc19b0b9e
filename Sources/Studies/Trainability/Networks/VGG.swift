import LoamTensor

/// Simonyan and Zisserman's networks (2014): blocks of 3×3 convolutions with ReLU, each followed by max pooling, then dense layers.
///
/// Every convolution with its ReLU and every pooling is a stage, so the 16 layers have 22: 1, 2, pool 3, 4, 5, pool 6, 7–9, pool 10, 11–13,
/// pool 14, 15–17, pool 18, flatten 19, dense 20–22.
public struct VGG: Hashable, Sendable {
    /// The channels of the convolutions, a list a block.
    public let blocks: [[Int]]
    /// The units of the dense layers before the last.
    public let hidden: [Int]
    /// What reports call it.
    public let name: String

    /// The 16 layers for images of 224×224 pixels.
    public static let full = VGG(
        blocks: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]], hidden: [4096, 4096], name: "vgg16")
    /// A small one of the same kind for images of 28×28 pixels.
    public static let mini = VGG(blocks: [[16, 16], [32, 32], [64, 64]], hidden: [64], name: "vgg-mini")

    /// A network of this kind.
    public init(blocks: [[Int]], hidden: [Int], name: String) {
        self.blocks = blocks
        self.hidden = hidden
        self.name = name
    }

    /// The stages for an image [channels, height, width].
    ///
    /// - Throws: ``TrainabilityError`` where the image is too small.
    public func architecture(input: Shape, classes: Int, output: Activation = .linear) throws -> Architecture {
        var stages: [Stage] = []
        for block in blocks {
            stages += block.map { Stage(.convolution(channels: $0, kernel: 3, stride: 1, padding: 1), .relu) }
            stages.append(Stage(.maxPool(kernel: 2, stride: 2)))
        }
        stages.append(Stage(.flatten))
        stages += hidden.map { Stage(.dense(units: $0), .relu) }
        stages.append(Stage(.dense(units: classes), output))
        return try Architecture(name: name, input: input, stages: stages)
    }
}
