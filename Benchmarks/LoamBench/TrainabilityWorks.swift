import LoamNN
import LoamTensor
import LoamTrainability

/// The works of the study `trainability`; peers/trainability.py does the same ones.
let trainabilityWorks: [String: @Sendable () -> Work] = [
    "heads-784": { denseHeads(width: 784, depth: 10, samples: 6400) },
    "heads-784-deep": { denseHeads(width: 784, depth: 50, samples: 12_800) },
    "heads-196": { denseHeads(width: 196, depth: 50, samples: 12_800) },
    "heads-conv-8": { convolutionalHeads(channels: 8) },
    "heads-conv-32": { convolutionalHeads(channels: 32) },
    "heads-conv-128": { convolutionalHeads(channels: 128) },
    "cascade-784": { evaluation(width: 784) },
    "cascade-196": { evaluation(width: 196) },
    "meanfield-plane": { plane() },
    "league": { league() },
    "vgg16": { vgg16(batch: 1) },
    "vgg16-batch": { vgg16(batch: 8) },
]

/// Numbers for a frozen network and its heads: network weights uniform with variance σ_w²/fan-in, biases with variance σ_b²; heads
/// uniform in ±1/√fan-in.
private func numbers(_ architecture: Architecture, channels: Bool) -> StateDictionary<Float> {
    var state = StateDictionary<Float>()
    func add(_ name: String, _ shape: Shape, _ bound: Double) {
        state[name] = .tensor(uniform(name, shape, in: -Float(bound)..<Float(bound)))
    }
    for layer in 1...architecture.depth {
        let (input, output) = (architecture.shapes[layer - 1], architecture.shapes[layer])
        let fan = channels ? 9 * input[0] : input[0]
        let kernel: [Int] = channels ? [3, 3] : []
        add("net.\(layer).weight", Shape([output[0], input[0]] + kernel), (3 * 1.76 / Double(fan)).squareRoot())
        add("net.\(layer).bias", [output[0]], (3 * 0.05).squareRoot())
        // A transposed convolution's weight has its axes the other way round.
        let shape = channels ? Shape([output[0], input[0]] + kernel) : [input[0], output[0]]
        let bound = 1 / Double(channels ? 9 * input[0] : output[0]).squareRoot()
        add("head.\(layer).weight", shape, bound)
        add("head.\(layer).bias", [input[0]], bound)
    }
    return state
}

private func cascade(_ architecture: Architecture, channels: Bool = false) -> Cascade<Float> {
    do {
        return try Cascade(architecture, numbers(architecture, channels: channels), rule: .authors, seed: 1)
    } catch {
        fatalError("loam-bench: \(error)")
    }
}

private func dense(width: Int, depth: Int) -> Architecture {
    do {
        return try Architecture(name: "dense", input: [width], stages: Array(repeating: Stage(.dense(units: width), .tanh), count: depth))
    } catch {
        fatalError("loam-bench: \(error)")
    }
}

/// One epoch of head training, batches in the order of the data; the check is every head's mean loss.
private func training(_ start: Cascade<Float>, _ data: Tensor<Float>, batch: Int) -> Work {
    let training = HeadTraining(batch: batch, shuffles: false, schedule: .sweep)
    let call = {
        var cascade = start
        cascade.fit(data, training, startingFrom: start.heads) { _ in }
        return cascade.losses
    }
    return Work(call: { use(call()) }, check: call().map { $0.reduce(0, +) / Double($0.count) })
}

private func denseHeads(width: Int, depth: Int, samples: Int) -> Work {
    training(cascade(dense(width: width, depth: depth)), uniform("x", [samples, width], in: 0..<1), batch: 64)
}

private func convolutionalHeads(channels: Int) -> Work {
    let stage = Stage(.periodicConvolution(channels: channels, kernel: 3), .tanh)
    guard
        let architecture = try? Architecture(
            name: "periodic", input: [channels, 7, 7], stages: Array(repeating: stage, count: 4))
    else { fatalError("loam-bench: no convolutional architecture") }
    return training(cascade(architecture, channels: true), uniform("x", [2000, channels, 7, 7], in: -1..<1), batch: 100)
}

private func evaluation(width: Int) -> Work {
    let cascade = cascade(dense(width: width, depth: 100))
    let x = uniform("x", [100, width], in: 0..<1)
    let images = cascade.reconstructions(of: x)
    return Work(call: { use(cascade.reconstructions(of: x)) }, check: meanMagnitudes([images[0], images[49], images[99]]))
}

private func plane() -> Work {
    let call = {
        PhasePlane(
            .tanh, weightVariances: (1...200).map { 6 * Double($0) / 200 }, biasVariances: (1...200).map { Double($0) / 200 },
            accuracy: 1e-9)
    }
    let plane = call()
    let check = [49, 149].flatMap { row in
        [49, 149].flatMap { column -> [Double] in
            guard let point = plane[column, row] else { return [] }
            return [
                point.length, point.slope, point.lengthSlope, point.correlation, point.lengthScale, point.correlationScale,
            ]
        }
    }
    return Work(call: { use(call()) }, check: check)
}

/// The scores of the seven predictors that look at an untrained network, here 196-…-196-100-10 with 50 weight layers, tanh.
private func league() -> Work {
    let sizes = Array(repeating: 196, count: 49) + [100, 10]
    let pairs = Array(zip(sizes, sizes.dropFirst()))
    func spread(_ name: String, _ variance: Double, _ shape: Shape) -> Tensor<Float> {
        let bound = Float((3 * variance).squareRoot())
        return uniform(name, shape, in: -bound..<bound)
    }
    var stages = pairs.map { Stage(.dense(units: $0.1), .tanh) }
    stages[stages.count - 1].activation = .linear
    guard let architecture = try? Architecture(name: "dense", input: [196], stages: stages) else { fatalError("loam-bench: no network") }
    let network = Network<Float>(
        architecture, weights: pairs.enumerated().map { [spread("\($0 + 1).weight", 1.76 / Double($1.0), [$1.1, $1.0])] },
        biases: pairs.enumerated().map { [spread("\($0 + 1).bias", 0.05, [$1.1])] })
    let (x, y) = (uniform("x", [64, 196], in: 0..<1), labels("y", 64, classes: 10))
    let predictors: [Predictor] = [.gradientNorm, .snip, .grasp, .synapticFlow, .fisher, .jacobianCovariance, .naswot]
    let call = { ProxyScores(predictors, of: network, images: x) { crossEntropy($0, y) }.scores }
    return Work(call: { use(call()) }, check: call().map(\.value))
}

/// The logits of vgg16 for images of 224×224 pixels, weights uniform with the variance 2/fan-in.
private func vgg16(batch: Int) -> Work {
    guard let architecture = try? VGG.full.architecture(input: [3, 224, 224], classes: 1000) else { fatalError("loam-bench: no vgg16") }
    var weights = [[Tensor<Float>]]()
    var biases = [[Tensor<Float>]]()
    for (index, stage) in architecture.stages.enumerated() {
        let shapes = stage.weightShapes(architecture.shapes[index])
        weights.append(
            shapes.map { shape in
                let bound = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
                return uniform("\(index + 1).weight", shape, in: -bound..<bound)
            })
        biases.append(stage.hasBias ? shapes.map { uniform("\(index + 1).bias", [$0[0]], in: -0.1..<0.1) } : [])
    }
    let network = Network<Float>(architecture, weights: weights, biases: biases)
    let x = uniform("x", [batch, 3, 224, 224], in: -2..<2)
    return Work(call: { use(network(x)) }, check: meanMagnitudes([network(x)]))
}
