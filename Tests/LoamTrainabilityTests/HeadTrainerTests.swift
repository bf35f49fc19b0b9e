import Foundation
import LoamNN
import LoamTensor
import LoamTrainability
import Testing

/// The hand-written training loops beside automatic differentiation and Adam written out from its definition.
@Suite struct HeadTrainerTests {
    static let seed: UInt64 = 23

    static func data<Scalar: TensorScalar>(_ shape: Shape, _: Scalar.Type = Double.self) -> Tensor<Scalar> {
        var generator = PhiloxGenerator(seed: seed, stream: 4)
        return Tensor(uniform: shape, in: -1..<1, using: &generator)
    }

    /// Steps on the whole of `data` for every stage: the heads and the losses before each step.
    static func byAutodiff(_ network: Network<Double>, _ data: Tensor<Double>, steps: Int) -> [(head: Head<Double>, losses: [Double])] {
        let z = [data] + network.activations(of: data)
        return (1...network.depth).map { layer in
            var head = Head<Double>(of: layer, in: network.architecture, rule: .authors, seed: seed)
            var m = [Tensor<Double>.zeros(head.parts[0].weight.shape), Tensor<Double>.zeros(head.parts[0].bias.shape)]
            var v = m
            var losses: [Double] = []
            for step in 1...steps {
                let start = head
                let (loss, gradient) = valueAndGradient(at: [head.parts[0].weight, head.parts[0].bias]) { parameters in
                    var head = start
                    head.parts[0].weight = parameters[0]
                    head.parts[0].bias = parameters[1]
                    return (head(z[layer]) - z[layer - 1]).squared().mean()
                }
                losses.append(loss.item)
                func moved(_ index: Int, _ parameter: Tensor<Double>) -> Tensor<Double> {
                    m[index] = m[index] * 0.9 + gradient[index] * 0.1
                    v[index] = v[index] * 0.999 + gradient[index].squared() * 0.001
                    let root = (v[index] / (1 - pow(0.999, Double(step)))).squareRoot()
                    return parameter - m[index] / (1 - pow(0.9, Double(step))) / (root + 1e-8) * 1e-3
                }
                head.parts[0].weight = moved(0, head.parts[0].weight)
                head.parts[0].bias = moved(1, head.parts[0].bias)
            }
            return (head, losses)
        }
    }

    static func check(_ architecture: Architecture, samples: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let network = Network<Double>(architecture, variances: InitialVariances(weight: 1.5, bias: 0.05), seed: seed)
        let data = data(Shape([samples] + Array(architecture.input)))
        var cascade = Cascade(network: network, seed: seed)
        cascade.fit(data, HeadTraining(epochs: 3, batch: samples, shuffles: false, schedule: .sweep))
        for (layer, expected) in byAutodiff(network, data, steps: 3).enumerated() {
            for (a, b) in zip(cascade.losses[layer], expected.losses) {
                #expect(isRelativelyClose(a, b, 1e-12), "loss of head \(layer + 1)", sourceLocation: sourceLocation)
            }
            let (own, other) = (cascade.heads[layer].parts[0], expected.head.parts[0])
            for (a, b) in zip(own.weight.scalars + own.bias.scalars, other.weight.scalars + other.bias.scalars) {
                // Adam divides by the gradient's own size, so a gradient of rounding errors may differ by a whole step of 1e-3.
                #expect(isClose(a, b, 1e-9), "head \(layer + 1)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: [5, 64, 77, 200])
    func denseHeadsOfAllWidths(_ width: Int) throws {
        Self.check(
            try Architecture(name: "dense", input: [9], stages: [Stage(.dense(units: width), .tanh), Stage(.dense(units: 31), .relu)]),
            samples: 6)
    }

    /// Beyond 512² products a sample the panels of one head share the threads.
    @Test func wideHeadsOnAllThreads() throws {
        Self.check(try Architecture(name: "wide", input: [513], stages: [Stage(.dense(units: 520), .tanh)]), samples: 3)
    }

    @Test(arguments: [1, 2, 3])
    func periodicConvolutions(_ channels: Int) throws {
        let stage = Stage(.periodicConvolution(channels: channels, kernel: 3), .tanh)
        Self.check(try Architecture(name: "periodic", input: [2, 7, 7], stages: [stage, stage]), samples: 5)
    }

    @Test(arguments: [(3, 1, 1), (3, 2, 1), (3, 2, 0), (5, 3, 2), (2, 1, 0), (4, 2, 1), (1, 1, 0), (3, 1, 2)])
    func stridesKernelsAndCrops(_ kernel: Int, _ stride: Int, _ padding: Int) throws {
        let stage = Stage(.convolution(channels: 3, kernel: kernel, stride: stride, padding: padding), .tanh)
        Self.check(try Architecture(name: "convolution", input: [2, 10, 11], stages: [stage]), samples: 4)
    }

    /// Heads with far fewer outputs than inputs multiply before they unfold.
    @Test func manyChannelsToOne() throws {
        let stage = Stage(.convolution(channels: 6, kernel: 3, stride: 1, padding: 1), .tanh)
        Self.check(try Architecture(name: "stem", input: [1, 8, 9], stages: [stage]), samples: 4)
    }

    @Test func pooledImages() throws {
        let stages = [Stage(.averagePool(kernel: 2)), Stage(.convolution(channels: 2, kernel: 3, stride: 1, padding: 0), .tanh)]
        Self.check(try Architecture(name: "pooled", input: [2, 9, 8], stages: stages), samples: 4)
    }

    /// More than 512² products a sample: the images of a batch share the threads.
    @Test func manyChannelsOnAllThreads() throws {
        let stage = Stage(.periodicConvolution(channels: 40, kernel: 3), .tanh)
        let architecture = try Architecture(name: "wide", input: [40, 7, 7], stages: [stage])
        #expect(architecture.multiplications >= 512 * 512)
        Self.check(architecture, samples: 3)
    }

    static func losses(_ schedule: CascadeSchedule, epochs: Int, steps: Int?) throws -> [[Double]] {
        let stage = Stage(.periodicConvolution(channels: 2, kernel: 3), .tanh)
        let architecture = try Architecture(name: "periodic", input: [2, 7, 7], stages: [stage, stage, Stage(.dense(units: 20), .tanh)])
        let network = Network<Double>(architecture, variances: InitialVariances(weight: 1.5, bias: 0.05), seed: seed)
        var cascade = Cascade(network: network, seed: seed)
        cascade.fit(data([33, 2, 7, 7]), HeadTraining(epochs: epochs, steps: steps, batch: 4, schedule: schedule))
        return cascade.losses
    }

    /// A sweep reorders the samples, so that batches of the first epoch lie together, and leaves out those that no batch visits.
    @Test(arguments: [(1, 3), (1, nil), (3, nil), (2, 12)] as [(Int, Int?)])
    func sweepsVisitTheSamplesOfThePasses(_ epochs: Int, _ steps: Int?) throws {
        let (pass, sweep) = (try Self.losses(.pass, epochs: epochs, steps: steps), try Self.losses(.sweep, epochs: epochs, steps: steps))
        #expect(pass[0].count == steps ?? 9 * epochs)
        for (a, b) in zip(pass.joined(), sweep.joined()) { #expect(isRelativelyClose(a, b, 1e-11)) }
    }

    @Test func trainingContinuesFromGivenHeads() throws {
        let network = Network<Double>(.dense([12, 10, 8], .tanh), variances: InitialVariances(weight: 1.5, bias: 0.05), seed: Self.seed)
        let data = Self.data([20, 12])
        var once = Cascade(network: network, seed: Self.seed)
        once.fit(data, HeadTraining(batch: 20, schedule: .sweep))
        var more = once
        more.fit(data, HeadTraining(batch: 20, schedule: .sweep), startingFrom: once.heads) { _ in }
        for layer in 1...2 {
            let z = network.activations(of: data)
            let target = layer == 1 ? data : z[0]
            let loss = (once.heads[layer - 1](z[layer - 1]) - target).squared().mean().item
            #expect(isRelativelyClose(more.losses[layer - 1][0], loss, 1e-12))
        }
    }
}
