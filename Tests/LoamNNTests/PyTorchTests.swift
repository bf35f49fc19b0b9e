import Foundation
import LoamNN
import LoamTensor
import Testing

/// A file that `Fixtures/make_fixture.py` wrote.
struct Fixture {
    let file: Safetensors

    init(_ name: String) throws {
        file = try Safetensors.read(Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name).safetensors"))
    }

    func double(_ name: String) throws -> Tensor<Double> { try file.tensor(named: name) }
    func float(_ name: String) throws -> Tensor<Float> { try file.tensor(named: name) }
    func labels(_ name: String) throws -> Tensor<Int32> { try file.tensor(named: name) }

    /// The tensors of one group as a vector.
    func vector<Scalar: TensorScalar>(_ group: String, like layout: ParameterLayout) throws -> ParameterVector<Scalar> {
        let state = try StateDictionary<Scalar>(file, prefix: group + ".")
        return ParameterVector(layout: layout, tensors: layout.names.map { state.tensor($0)! })
    }
}

/// `Convolutional` of the script.
struct Convolutional: Layer {
    typealias Scalar = Float
    var conv1: Conv2D<Float>
    var bn1: BatchNormalisation<Float>
    var conv2: Conv2D<Float>
    var fc: Dense<Float>

    init() {
        var generator = PhiloxGenerator(seed: 1)
        conv1 = Conv2D(2, 4, kernel: 3, padding: 1, bias: false, using: &generator)
        bn1 = BatchNormalisation(4)
        conv2 = Conv2D(4, 6, kernel: 3, stride: 2, padding: 1, using: &generator)
        fc = Dense(24, 3, using: &generator)
    }

    mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Float {
        visitor.child("conv1", &conv1)
        visitor.child("bn1", &bn1)
        visitor.child("conv2", &conv2)
        visitor.child("fc", &fc)
    }

    mutating func callAsFunction(_ x: Tensor<Float>, in context: inout ForwardContext) -> Tensor<Float> {
        let hidden = bn1(conv1(x, in: &context), in: &context).relu()
        let pooled = MaxPooling(kernel: 2)(conv2(hidden, in: &context).relu())
        return fc(Flatten()(pooled), in: &context)
    }
}

/// `Assorted` of the script.
struct Assorted: Module {
    var embed: Embedding<Float>
    var norm = LayerNormalisation<Float>([16])
    var up: TransposedConv2D<Float>
    var gn = GroupNormalisation<Float>(groups: 3, channels: 6)
    var instance = InstanceNormalisation<Float>(6)

    init() {
        var generator = PhiloxGenerator(seed: 1)
        embed = Embedding(7, 16, using: &generator)
        up = TransposedConv2D(4, 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1, using: &generator)
    }

    mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Float {
        visitor.child("embed", &embed)
        visitor.child("norm", &norm)
        visitor.child("up", &up)
        visitor.child("gn", &gn)
        visitor.child("instance", &instance)
    }

    func callAsFunction(_ indices: Tensor<Int32>) -> Tensor<Float> {
        let x = norm(embed(indices)).reshaped([indices.shape[0], 4, 4, 4])
        return instance(gn(up(x)).gelu()).mean(axes: [2, 3])
    }
}

@Suite struct PyTorchTests {
    /// A perceptron with the fixture's weights, its input and its target.
    private func perceptron() throws -> (Perceptron<Double>, Tensor<Double>, Tensor<Double>, Fixture) {
        let fixture = try Fixture("perceptron")
        var model = Perceptron<Double>()
        try model.load(StateDictionary(fixture.file, prefix: "model."))
        return (model, try fixture.double("inputs.x"), try fixture.double("inputs.target"), fixture)
    }

    @Test func perceptronReproducesOutputLossAndGradients() throws {
        let (model, x, y, fixture) = try perceptron()
        #expect(largestDifference(model(x), try fixture.double("output")) < 1e-14)
        let (loss, gradient) = valueAndGradient(at: model) { meanSquaredError($0(x), y) }
        #expect(abs(loss.item - (try fixture.double("loss").item)) < 1e-14)
        #expect((gradient - (try fixture.vector("gradient", like: gradient.layout))).norm < 1e-14)
    }

    @Test func convolutionalNetworkReproducesInference() throws {
        let fixture = try Fixture("convolutional")
        var model = Convolutional()
        try model.load(StateDictionary(fixture.file, prefix: "model."))
        // Single precision; sums of 36 products of order one.
        #expect(largestDifference(model(try fixture.float("inputs.x")), try fixture.float("inference")) < 2e-6)
    }

    @Test func convolutionalNetworkReproducesATrainingPass() throws {
        let fixture = try Fixture("convolutional")
        var model = Convolutional()
        try model.load(StateDictionary(fixture.file, prefix: "model."))
        let (x, labels) = (try fixture.float("inputs.x"), try fixture.labels("inputs.target"))
        var context = ForwardContext.training(seed: 1)
        var output = Tensor<Float>(0)
        let (loss, gradient) = valueAndGradient(at: &model) { model in
            output = model(x, in: &context)
            return crossEntropy(output, labels, weights: [0.5, 1, 2], labelSmoothing: 0.1)
        }
        #expect(largestDifference(output.detached(), try fixture.float("output")) < 5e-6)
        #expect(abs(loss.item - (try fixture.float("loss").item)) < 2e-6)
        let expected: ParameterVector<Float> = try fixture.vector("gradient", like: gradient.layout)
        for name in gradient.names { #expect(largestDifference(gradient[name], expected[name]) < 5e-6, "\(name)") }
        #expect(largestDifference(model.bn1.runningMean, try fixture.float("after.bn1.running_mean")) < 1e-6)
        #expect(largestDifference(model.bn1.runningVariance, try fixture.float("after.bn1.running_var")) < 1e-6)
        #expect(model.bn1.batchesSeen == 1)
    }

    @Test func assortedLayersReproduceOutputAndGradients() throws {
        let fixture = try Fixture("assorted")
        var model = Assorted()
        try model.load(StateDictionary(fixture.file, prefix: "model."))
        let (x, y) = (try fixture.labels("inputs.x"), try fixture.float("inputs.target"))
        #expect(largestDifference(model(x), try fixture.float("output")) < 2e-6)
        let (loss, gradient) = valueAndGradient(at: model) { binaryCrossEntropy(logits: $0(x), y) }
        #expect(abs(loss.item - (try fixture.float("loss").item)) < 1e-6)
        let expected: ParameterVector<Float> = try fixture.vector("gradient", like: gradient.layout)
        for name in gradient.names { #expect(largestDifference(gradient[name], expected[name]) < 2e-6, "\(name)") }
    }

    @Test(arguments: ["sgd", "nesterov", "dampened", "rmsprop", "centred", "adam", "adamw"])
    func threeStepsOfEveryOptimiserAgree(name: String) throws {
        var (model, x, y, fixture) = try perceptron()
        var optimiser: any Optimiser<Double> =
            switch name {
            case "sgd": SGD(learningRate: 0.1)
            case "nesterov": SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, isNesterov: true)
            case "dampened": SGD(learningRate: 0.1, momentum: 0.9, dampening: 0.3)
            case "rmsprop": RMSprop(learningRate: 0.01)
            case "centred": RMSprop(learningRate: 0.01, weightDecay: 0.01, momentum: 0.5, isCentred: true)
            case "adam": Adam(learningRate: 0.01, weightDecay: 0.01)
            default: AdamW(learningRate: 0.01, weightDecay: 0.1)
            }
        func advance(_ optimiser: inout some Optimiser<Double>) {
            for _ in 0..<3 {
                let (_, gradient) = valueAndGradient(at: &model) { meanSquaredError($0(x), y) }
                optimiser.step(&model, gradient: gradient)
            }
        }
        advance(&optimiser)
        let expected: ParameterVector<Double> = try fixture.vector(name, like: model.parameterLayout)
        // The centred variant divides by a small difference of squares, which magnifies rounding.
        #expect((model.parameters - expected).norm < (name == "centred" ? 1e-9 : 1e-13))
    }

    @Test func lbfgsAgrees() throws {
        var (model, x, y, fixture) = try perceptron()
        var method = LBFGS<Double>(maximumIterations: 8)
        try method.minimise(&model) { meanSquaredError($0(x), y) }
        let expected: ParameterVector<Double> = try fixture.vector("lbfgs", like: model.parameterLayout)
        #expect((model.parameters - expected).norm < 1e-7)
    }

    @Test func weightsWrittenForPyTorchHoldWhatTheScriptReads() throws {
        // `make_fixture.py check` on this file loads the weights into PyTorch and compares the outputs; here its content is checked, and
        // the environment variable says where to leave it.
        let fixture = try Fixture("convolutional")
        var model = Convolutional()
        try model.load(StateDictionary(fixture.file, prefix: "model."))
        let x = try fixture.float("inputs.x")
        var content = StateDictionary<Float>()
        content.merge(model.stateDictionary, prefix: "model.")
        content["inputs.x"] = .tensor(x)
        content["inference"] = .tensor(model(x))
        try withTemporaryFile { url in
            let target = ProcessInfo.processInfo.environment["LOAM_EXCHANGE_FILE"].map { URL(fileURLWithPath: $0) } ?? url
            try content.write(to: target)
            let read = try Safetensors.read(target)
            #expect(read.names.contains("model.bn1.num_batches_tracked"))
            #expect(read.kind(named: "model.bn1.num_batches_tracked") == .int64)
            #expect(read.shape(named: "model.conv1.weight") == [4, 2, 3, 3])
            #expect(try read.tensor(named: "inference", as: Float.self) == model(x))
        }
    }
}
