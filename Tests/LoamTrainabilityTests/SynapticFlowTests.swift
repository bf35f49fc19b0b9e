import Foundation
import LoamNN
import LoamTensor
import LoamTrainability
import Testing

@Suite struct SynapticFlowTests {
    @Test func flowThroughTheSmallNetworkIs18() throws {
        let flow = SynapticFlow(try SmallNetwork.network(activation: .relu))
        #expect(isClose(flow.logSum, log(18), 1e-12))
        for stage in flow.stages { #expect(isClose(stage, log(18), 1e-12)) }
        #expect(isClose(flow.logScore, log(36), 1e-12))
    }

    @Test func withoutBiasesEveryStageConservesTheFlowAtAnyDepth() throws {
        // L = 400, σ_w² = 4: R grows eightfold a stage to about 10³⁶⁰, beyond double precision. Seed 4.
        let network = Self.deep(weight: 4)
        let flow = SynapticFlow(network)
        #expect(flow.logSum > 710 && flow.logSum < 1000)
        #expect(flow.stages.count == 400)
        for stage in flow.stages { #expect(isClose(stage, flow.logSum, 1e-3)) }
        // R is homogeneous of degree L in the weights: doubling them adds L ln 2.
        #expect(isClose(SynapticFlow(Self.deep(weight: 16)).logScore - flow.logScore, 400 * log(2), 1e-3))
    }

    static func deep(weight: Double) -> Network<Float> {
        Network(
            .dense([Int](repeating: 25, count: 401), .tanh), variances: InitialVariances(weight: weight, bias: 0), seed: 4)
    }

    static let architectures: [(name: String, depth: Int)] = [
        ("mlp", 4), ("resnet-fc", 2), ("resnet-fc-pre", 3), ("cnn", 2), ("resnet", 2), ("vgg-mini", 9),
    ]

    /// Σ θ·∂R/∂θ by differentiating the whole network of absolute values at once, without scaling.
    static func direct(_ network: Network<Double>) throws -> (sum: Double, score: Double) {
        let architecture = network.architecture
        let linear = try Architecture(
            name: "positive", input: architecture.input,
            stages: architecture.stages.map { Stage($0.kind, .linear, hasBias: $0.hasBias) })
        let positive = Network(
            linear, weights: network.weights.map { $0.map { $0.magnitude() } }, biases: network.biases.map { $0.map { $0.magnitude() } })
        let ones = Tensor<Double>.ones(Shape([1] + Array(architecture.input)))
        let (sum, slope) = valueAndGradient(at: positive) { $0(ones).sum() }
        return (sum.item, zip(positive.parameters.tensors, slope.tensors).reduce(0) { $0 + ($1.0 * $1.1).sum().item })
    }

    @Test(arguments: architectures)
    func everyFamilyAgreesWithPlainDifferentiation(_ family: (name: String, depth: Int)) throws {
        let network = try Self.classifier(family.name, family.depth, Double.self)
        let flow = SynapticFlow(network)
        let (sum, score) = try Self.direct(network)
        #expect(isClose(flow.logSum, log(sum), 1e-10))
        #expect(isClose(flow.logScore, log(score), 1e-10))
    }

    static func classifier<Scalar: TensorScalar>(_ name: String, _ depth: Int, _: Scalar.Type) throws -> Network<Scalar> {
        let family = try ArchitectureFamily(named: name, channels: 2, width: nil)
        let image: Shape = family.isDense ? [1, 4, 4] : [1, 28, 28]
        return Network(
            try family.classifier(depth: depth, input: image, classes: 3, .tanh, output: .linear),
            variances: InitialVariances(weight: 1.7, bias: 0.05), seed: 12)
    }

    @Test func aStageOfZerosStopsTheFlow() throws {
        let architecture = Architecture.dense([2, 2, 1], .tanh)
        let zero = Tensor<Double>.zeros([2, 2])
        let network = Network(
            architecture, weights: [[zero], [Tensor([1, 1], shape: [1, 2])]],
            biases: [[Tensor([0, 0])], [Tensor([0])]])
        #expect(SynapticFlow(network).logScore == -.infinity)
    }

    @Test(arguments: architectures)
    func everyPredictorScoresEveryFamily(_ family: (name: String, depth: Int)) throws {
        let network = try Self.classifier(family.name, family.depth, Double.self)
        var generator = PhiloxGenerator(seed: 8)
        let images = Tensor<Double>(uniform: Shape([6] + Array(network.architecture.input)), in: 0..<1, using: &generator)
        let labels = Tensor<Int32>([0, 1, 2, 0, 1, 2])
        func loss(_ f: Tensor<Double>) -> Tensor<Double> { crossEntropy(f, labels) }
        let asked = Predictor.allCases.filter(\.looksAtNetworks)
        let scores = ProxyScores(asked, of: network, images: images, loss: loss).scores
        #expect(scores.map(\.predictor) == asked)
        for score in scores {
            #expect(score.value.isFinite, "\(score.predictor)")
            #expect(score.operations > 0 && score.seconds > 0)
        }
        // The whole network differentiated at once, through its parameters' names.
        let slope = valueAndGradient(at: network) { loss($0(images)) }.gradient
        let pairs = zip(zip(network.parameterLayout.names, network.parameters.tensors), slope.tensors).filter { $0.0.0.hasSuffix("weight") }
        let norm = pairs.reduce(0) { $0 + $1.1.squared().sum().item.squareRoot() }
        let sensitivity = pairs.reduce(0) { $0 + ($1.0.1 * $1.1).magnitude().sum().item }
        func value(_ predictor: Predictor) -> Double { scores.first { $0.predictor == predictor }!.value }
        #expect(isRelativelyClose(value(.gradientNorm), norm, 1e-10))
        #expect(isRelativelyClose(value(.snip), sensitivity, 1e-10))
        // H times the slopes of the weights, zeros for those of the biases, over the whole network.
        let isWeight = network.parameterLayout.names.map { $0.hasSuffix("weight") }
        let direction = ParameterVector(
            layout: slope.layout, tensors: zip(slope.tensors, isWeight).map { $1 ? $0 : .zeros($0.shape) })
        let product = hessianVectorProduct(at: network, times: direction) { loss($0(images)) }.product
        let expected = -zip(zip(network.parameters.tensors, product.tensors), isWeight).filter(\.1).reduce(0) {
            $0 + ($1.0.0 * $1.0.1).sum().item
        }
        #expect(isRelativelyClose(value(.grasp), expected, 1e-9), "\(value(.grasp)) and \(expected)")
    }

    @Test(arguments: architectures.filter { $0.name != "vgg-mini" })
    func graspOfSmoothFamiliesIsTheChangeOfTheGradient(_ family: (name: String, depth: Int)) throws {
        // −d/dt ½‖g‖² as all weights grow by a factor 1 + t; kinks would spoil the difference.
        let network = try Self.classifier(family.name, family.depth, Double.self)
        var generator = PhiloxGenerator(seed: 9)
        let images = Tensor<Double>(uniform: Shape([3] + Array(network.architecture.input)), in: 0..<1, using: &generator)
        func pass(_ factor: Double, curvature: Bool = false) -> GradientPass<Double> {
            let grown = Network(network.architecture, weights: network.weights.map { $0.map { $0 * factor } }, biases: network.biases)
            return GradientPass(grown, images: images, curvature: curvature) { crossEntropy($0, Tensor<Int32>([2, 0, 1])) }
        }
        func square(_ factor: Double) -> Double { pass(factor).weightSlopes.joined().reduce(0) { $0 + 0.5 * $1.squared().sum().item } }
        let expected = -(square(1 + 1e-5) - square(1 - 1e-5)) / 2e-5
        #expect(isRelativelyClose(GraSP.score(network, pass(1, curvature: true)), expected, 1e-5))
    }
}
