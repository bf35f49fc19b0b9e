import Foundation
import LoamTensor

/// Architectures that exist in any depth: what a phase map looks at and what is trained beside it.
///
/// The *body* of depth L is what gets heads; the *classifier* of depth L is the body with the published narrow layers in place of its last
/// ones, or behind it.
public enum ArchitectureFamily: Hashable, Sendable {
    /// Dense layers of as many units as the image has pixels, or of `units`.
    case dense(units: Int?)
    /// Dense layers whose sizes fall linearly from the pixels to the classes.
    case shrinking
    /// The published residual dense blocks.
    case residualDense
    /// z + φ(Wz + b).
    case residualPre
    /// The vanilla periodic convolutional network: a stem that quarters the image, then L − 1 convolutions.
    case convolutional(channels: Int)
    /// The same stem, then L residual blocks.
    case residual(channels: Int)
    /// Convolutions with pooling, then dense layers.
    case vgg(VGG)
    /// What an architecture file lists.
    case file(ArchitectureFile)

    /// Names that ``init(named:channels:width:)`` understands.
    public static let names = [
        "mlp", "mlp-shrinking", "resnet-fc", "resnet-fc-pre", "cnn", "resnet", "vgg-mini", "vgg16", "file:PATH",
    ]

    /// The family with that name.
    ///
    /// - Parameters:
    ///   - channels: of convolutional and residual networks.
    ///   - width: units of dense layers; nil for the pixels of an image.
    /// - Throws: ``TrainabilityError`` with the list of names; what reading a file throws.
    public init(named name: String, channels: Int, width: Int?) throws {
        switch name {
        case "mlp": self = .dense(units: width)
        case "mlp-shrinking": self = .shrinking
        case "resnet-fc": self = .residualDense
        case "resnet-fc-pre": self = .residualPre
        case "cnn": self = .convolutional(channels: channels)
        case "resnet": self = .residual(channels: channels)
        case "vgg16": self = .vgg(.full)
        case "vgg-mini": self = .vgg(.mini)
        case _ where name.hasPrefix("file:") && name.count > 5: self = .file(try ArchitectureFile(URL(filePath: String(name.dropFirst(5)))))
        default:
            throw TrainabilityError(
                "architecture", "“\(name)” is unknown; choose one of \(ArchitectureFamily.names.joined(separator: ", "))")
        }
    }

    /// Whether inputs are vectors: images are made grey and flattened.
    public var isDense: Bool {
        switch self {
        case .dense, .shrinking, .residualDense, .residualPre: true
        case .convolutional, .residual, .vgg: false
        case .file(let file): file.isDense
        }
    }

    /// Stages before the part that is repeated with depth.
    public var stem: Int {
        switch self {
        case .convolutional, .residual: 3
        default: 0
        }
    }

    /// The stage of the body that a network of depth L reaches.
    public func lastStage(depth: Int) -> Int {
        switch self {
        case .convolutional: depth + 2
        case .residual: depth + 3
        default: depth
        }
    }

    /// What gets heads.
    ///
    /// - Parameter input: the shape of an image, [channels, height, width].
    /// - Throws: ``TrainabilityError`` where the image is too small.
    public func body(depth: Int, input: Shape, classes: Int, _ activation: Activation) throws -> Architecture {
        let pixels = input.elementCount
        func architecture(_ name: String, _ stages: [Stage]) throws -> Architecture {
            try Architecture(name: name, input: isDense ? [pixels] : input, stages: stages, stem: stem)
        }
        func repeated(_ kind: Stage.Kind) -> [Stage] { Array(repeating: Stage(kind, activation), count: depth) }
        switch self {
        case .dense(let units): return try architecture("mlp", repeated(.dense(units: units ?? pixels)))
        case .shrinking:
            // As in the wide network, the last two layers of a classifier get no heads.
            return Architecture.dense(
                ArchitectureFamily.shrinkingWidths(inputs: pixels, depth: depth + 2, classes: classes), activation, name: "mlp-shrinking"
            ).prefix(depth)
        case .residualDense: return try architecture("resnet-fc", repeated(.residualDense))
        case .residualPre: return try architecture("resnet-fc-pre", repeated(.residualPre))
        case .convolutional(let channels):
            let layers = repeated(.periodicConvolution(channels: channels, kernel: 3)).dropLast()
            return try architecture("cnn", stem(channels, activation) + layers)
        case .residual(let channels):
            return try architecture("resnet", stem(channels, activation) + repeated(.residualConvolution(kernel: 3)))
        case .vgg(let vgg): return try vgg.architecture(input: input, classes: classes).prefix(atMost: depth)
        case .file(let file): return try file.architecture(input: input, activation).prefix(atMost: depth)
        }
    }

    /// What is trained: the published narrow layers at the end.
    ///
    /// - Parameter output: the activation of the last layer: linear for logits.
    public func classifier(depth: Int, input: Shape, classes: Int, _ activation: Activation, output: Activation) throws -> Architecture {
        let pixels = input.elementCount
        switch self {
        case .dense(let units):
            return .dense(
                ArchitectureFamily.wideWidths(inputs: pixels, units: units, depth: depth, classes: classes), activation, output: output)
        case .shrinking:
            return .dense(
                ArchitectureFamily.shrinkingWidths(inputs: pixels, depth: depth, classes: classes), activation, output: output,
                name: "mlp-shrinking")
        case .convolutional(let channels), .residual(let channels):
            // The published end: a convolution without padding, the mean over 5×5 pixels, a dense layer without biases.
            let body = try body(depth: depth, input: input, classes: classes, activation)
            let end = [
                Stage(.convolution(channels: channels, kernel: 3, stride: 1, padding: 0), activation), Stage(.averagePool(kernel: 5)),
                Stage(.flatten), Stage(.dense(units: classes), output, hasBias: false),
            ]
            return try Architecture(name: body.name, input: input, stages: body.stages + end, stem: stem)
        case .vgg(let vgg):
            let whole = try vgg.architecture(input: input, classes: classes, output: output)
            guard depth < whole.depth else { return whole }
            return try Architecture(
                name: whole.name, input: input, stages: Array(whole.stages.prefix(depth)) + [Stage(.dense(units: classes), output)])
        case .residualDense, .residualPre, .file:
            let body = try body(depth: depth, input: input, classes: classes, activation)
            return try Architecture(
                name: body.name, input: body.input, stages: body.stages + [Stage(.dense(units: classes), output)], stem: stem)
        }
    }

    /// The published dense classifier with L weight layers: N → units (L − 2 times) → narrow → classes, narrow = 400 at 784 units, in
    /// proportion otherwise.
    public static func wideWidths(inputs: Int, units: Int? = nil, depth: Int, classes: Int) -> [Int] {
        precondition(depth >= 2, "wideWidths: a depth of \(depth) has no narrow layer")
        let units = units ?? inputs
        let narrow = max(classes, Int((Double(units) * 400 / 784).rounded()))
        return [inputs] + [Int](repeating: units, count: depth - 2) + [narrow, classes]
    }

    /// The published shrinking sizes with L weight layers: ⌈L + 1 numbers spaced evenly from N to the classes⌉.
    public static func shrinkingWidths(inputs: Int, depth: Int, classes: Int) -> [Int] {
        precondition(depth >= 1, "shrinkingWidths: a depth of \(depth) has no layer")
        return (0...depth).map {
            Int((Double(inputs) + (Double(classes) - Double(inputs)) * Double($0) / Double(depth) - 1e-9).rounded(.up))
        }
    }

    /// Three convolutions that quarter the image.
    private func stem(_ channels: Int, _ activation: Activation) -> [Stage] {
        [(1, 1), (2, 1), (2, 1)].map { Stage(.convolution(channels: channels, kernel: 3, stride: $0.0, padding: $0.1), activation) }
    }
}
