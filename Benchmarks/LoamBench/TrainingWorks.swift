import LoamNN
import LoamTensor

/// The works that train a network, and convolutions.
let trainingWorks: [String: @Sendable () -> Work] = [
    "step-small": {
        training(
            Perceptron([2, 64, 64, 1], activation: .tanh), Adam(learningRate: 1e-3), uniform("x", [128, 2]), uniform("y", [128, 1])
        ) { meanSquaredError($0, $1) }
    },
    "step-large": {
        training(
            Perceptron([784, 1000, 1000, 10], activation: .relu), SGD(learningRate: 0.1), uniform("x", [256, 784]),
            labels("y", 256, classes: 10)
        ) { crossEntropy($0, $1) }
    },
    "resnet18": {
        var generator = PhiloxGenerator(seed: 1)
        return training(
            ResNet<Float>.resNet18(using: &generator), SGD(learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4),
            uniform("x", [32, 3, 32, 32]), labels("y", 32, classes: 10)
        ) { crossEntropy($0, $1) }
    },
    "unet3d": {
        var generator = PhiloxGenerator(seed: 1)
        return training(
            UNet3D<Float>(inputs: 1, channels: [16, 32, 64], classes: 3, using: &generator),
            SGD(learningRate: 0.01, momentum: 0.99, isNesterov: true), uniform("x", [1, 1, 64, 64, 64]),
            labels("y", 64 * 64 * 64, classes: 3).reshaped([1, 64, 64, 64])
        ) { crossEntropy($0, $1) }
    },
    "conv2d": { convolutionBothWays(inputs: 64, outputs: 64, batch: 32, space: [32, 32]) },
    "conv3d": { convolutionBothWays(inputs: 16, outputs: 32, batch: 1, space: [64, 64, 64]) },
]

/// A network of dense layers with the parameter names of PyTorch's `nn.Sequential`, where activations take a number too.
struct Perceptron: Layer {
    typealias Scalar = Float

    var layers: [Dense<Float>] = []

    init(_ widths: [Int], activation: FusedActivation) {
        var generator = PhiloxGenerator(seed: 1)
        for (index, pair) in zip(widths, widths.dropFirst()).enumerated() {
            layers.append(
                Dense(pair.0, pair.1, activation: index == widths.count - 2 ? .identity : activation, using: &generator))
        }
    }

    mutating func visit<Visitor: ParameterVisitor<Float>>(_ visitor: inout Visitor) {
        for index in layers.indices { visitor.child(String(2 * index), &layers[index]) }
    }

    func callAsFunction(_ x: Tensor<Float>, in context: inout ForwardContext) -> Tensor<Float> {
        layers.reduce(x) { $1($0) }
    }
}

/// Full training steps; the check is the loss before each of the first four.
private func training<Model: Layer<Float>, Method: Optimiser<Float>, Target>(
    _ start: Model, _ method: Method, _ x: Tensor<Float>, _ target: Target,
    loss: @escaping (Tensor<Float>, Target) -> Tensor<Float>
) -> Work {
    var model = start
    var optimiser = method
    var context = ForwardContext.training(seed: 1)
    let layout = model.parameterLayout
    model.parameters = ParameterVector(layout: layout, tensors: zip(layout.names, layout.shapes).map { initial($0, $1) })
    func step() -> Float {
        let (value, gradient) = valueAndGradient(at: &model, layout: layout) { loss($0(x, in: &context), target) }
        optimiser.step(&model, gradient: gradient)
        return value.item
    }
    let check = (0..<4).map { _ in Double(step()) }
    return Work(call: { use(step()) }, check: check)
}

private func convolutionBothWays(inputs: Int, outputs: Int, batch: Int, space: Shape) -> Work {
    let kernel = space.map { _ in 3 }
    let x = uniform("x", Shape([batch, inputs] + space))
    let weight = uniform("weight", Shape([outputs, inputs] + kernel), in: -0.1..<0.1)
    let bias = uniform("bias", [outputs])
    let cotangent = uniform("dy", Shape([batch, outputs] + space))
    let call = {
        let (y, pullback) = valueWithPullback(at: [x, weight, bias]) { convolution($0[0], $0[1], bias: $0[2], padding: 1) }
        return [y] + pullback(cotangent)
    }
    return Work(call: { use(call()) }, check: meanMagnitudes(call()))
}
