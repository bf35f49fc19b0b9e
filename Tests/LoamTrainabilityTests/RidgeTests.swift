import Foundation
import LoamTensor
import LoamTrainability
import Testing

@Suite struct RidgeTests {
    static func data(_ count: Int, _ shape: Shape, seed: UInt64 = 17) -> Tensor<Double> {
        var generator = PhiloxGenerator(seed: seed)
        return Tensor(uniform: Shape([count] + Array(shape)), in: 0..<1, using: &generator)
    }

    static func solved(
        _ architecture: Architecture, _ data: Tensor<Double>, ridge: Double, _ training: HeadTraining = HeadTraining(), weight: Double = 1.5
    ) throws -> Cascade<Double> {
        let network = Network<Double>(architecture, variances: InitialVariances(weight: weight, bias: 0.05), seed: 6)
        var cascade = Cascade(network: network, seed: 6)
        try cascade.solve(data, training, ridge: ridge)
        return cascade
    }

    @Test func anInvertibleLinearLayerIsInverted() throws {
        let data = Self.data(200, [32])
        let cascade = try Self.solved(.dense([32, 32], .linear), data, ridge: 0, HeadTraining(activationRule: .match))
        let image = cascade.reconstructions(of: data)[0]
        #expect((image - data).magnitude().maximum().item < 1e-8)
        #expect(cascade.losses[0][0] < 1e-16)
    }

    @Test func stepsOfAdamDoNotBeatTheClosedForm() throws {
        let data = Self.data(300, [12])
        let architecture = Architecture.dense([12, 8, 6], .linear)
        let solved = try Self.solved(architecture, data, ridge: 0, HeadTraining(activationRule: .match))
        var trained = Cascade(network: solved.network, seed: 6)
        trained.fit(data, HeadTraining(epochs: 3000, batch: 300, adam: AdamSettings(learningRate: 1e-2), activationRule: .match))
        let z = [data] + solved.network.activations(of: data)
        for layer in 0..<2 {
            let loss = (trained.heads[layer](z[layer + 1]) - z[layer]).squared().mean().item
            #expect(loss >= solved.losses[layer][0] - 1e-12)
            // Thousands of steps on all data come near: both minimise the same function.
            #expect(loss < 1.05 * solved.losses[layer][0] + 1e-6, "\(loss) and \(solved.losses[layer][0])")
        }
    }

    @Test(arguments: [0, 1e-3])
    func normalEquationsAgreeWithSingularValues(_ ridge: Double) throws {
        // The same minimum as an ordinary least-squares problem with √(nλ)·I below Z̃, solved by its singular values.
        let data = Self.data(150, [10])
        let cascade = try Self.solved(.dense([10, 7], .tanh), data, ridge: ridge)
        let z = cascade.network.stage(1, of: data)
        let root = (150 * ridge).squareRoot()
        let design = Tensor.concatenated(
            [
                Tensor.concatenated([z, .ones([150, 1])], axis: 1),
                Tensor.concatenated([.identity(7) * root, .zeros([7, 1])], axis: 1),
            ], axis: 0)
        let targets = Tensor(data.scalars.map { atanh(min(0.999, $0)) }, shape: data.shape)
        let expected = try leastSquares(design, Tensor.concatenated([targets, .zeros([7, 10])], axis: 0)).solution
        let part = cascade.heads[0].parts[0]
        for (a, b) in zip(part.weight.transposed().scalars, expected[0..<7, axis: 0].scalars) { #expect(isClose(a, b, 1e-9)) }
        for (a, b) in zip(part.bias.scalars, expected.select(7, axis: 0).scalars) { #expect(isClose(a, b, 1e-9)) }
    }

    @Test(arguments: [("cnn", 2, false), ("vgg-mini", 9, false), ("vgg-mini", 9, true), ("resnet-fc-pre", 2, false)])
    func everyHeadIsAMinimum(_ name: String, _ depth: Int, _ unpools: Bool) throws {
        // The slope of Σ(Vz + c − t)² + nλ‖V‖² at the solution, through the head's own transposed convolution.
        let family = try ArchitectureFamily(named: name, channels: 2, width: nil)
        let image: Shape = family.isDense ? [1, 4, 4] : [1, 28, 28]
        let architecture = try family.body(depth: depth, input: image, classes: 3, .tanh)
        let data = Self.data(30, architecture.input)
        let ridge = 1e-4
        let training = HeadTraining(activationRule: .authors, unpools: unpools)
        let cascade = try Self.solved(architecture, data, ridge: ridge, training)
        let z = [data] + cascade.network.activations(of: data)
        for (index, head) in cascade.heads.enumerated() where !head.parts.isEmpty {
            var linear = head
            let activation = head.parts[0].activation
            linear.parts[0].activation = .identity
            let target = Tensor(
                z[index].scalars.map { activation == .tanh ? atanh(min(0.999, max(-0.999, $0))) : $0 }, shape: z[index].shape)
            var switches: Tensor<Int32>?
            if unpools, case .maxPool(let kernel, let stride) = architecture.stages[index].kind {
                switches = maxPoolingWithIndices(z[index], kernel: AxisValues(kernel), stride: AxisValues(stride)).indices
            }
            // A dense head has a row a sample, a convolution's one a pixel.
            let rows: Double
            if case .dense = head.parts[0].kind { rows = 30 } else { rows = Double(30 * target.shape[2] * target.shape[3]) }
            func slopes(_ scale: Double) -> [Double] {
                gradient(at: [linear.parts[0].weight * scale, linear.parts[0].bias * scale]) { parameters in
                    var copy = linear
                    copy.parts[0].weight = parameters[0]
                    copy.parts[0].bias = parameters[1]
                    return (copy(z[index + 1], switches: switches) - target).squared().sum() + parameters[0].squared().sum()
                        * (rows * ridge)
                }.flatMap(\.scalars).map(abs)
            }
            let size = slopes(0).max()!
            #expect(slopes(1).max()! < 1e-9 * size, "stage \(index + 1): \(slopes(1).max()!) beside \(size)")
        }
    }

    @Test func schedulesAgree() throws {
        let data = Self.data(700, [9])
        let sweep = try Self.solved(.dense([9, 9, 5, 9], .tanh), data, ridge: 1e-6, HeadTraining(schedule: .sweep))
        let pass = try Self.solved(.dense([9, 9, 5, 9], .tanh), data, ridge: 1e-6, HeadTraining(schedule: .pass))
        for (a, b) in zip(sweep.heads, pass.heads) {
            for (a, b) in zip(a.parts[0].weight.scalars, b.parts[0].weight.scalars) { #expect(isClose(a, b, 1e-8)) }
        }
        for (a, b) in zip(sweep.losses.joined(), pass.losses.joined()) { #expect(isRelativelyClose(a, b, 1e-8)) }
    }

    @Test(arguments: [CascadeSchedule.sweep, .pass])
    func divergenceEndsTheCascade(_ schedule: CascadeSchedule) throws {
        // Every layer multiplies lengths by 10²⁰: single precision overflows at the second.
        let network = Network<Float>(.dense([6, 6, 6, 6], .linear), variances: InitialVariances(weight: 1e40, bias: 0), seed: 6)
        var cascade = Cascade(network: network, seed: 6)
        try cascade.solve(Tensor<Float>(casting: Self.data(40, [6])), HeadTraining(schedule: schedule), ridge: 0)
        #expect(cascade.divergedLayer == 2)
        #expect(cascade.heads.count == 1 && cascade.losses.count == 1)
    }

    @Test func squaresBeyondDoublePrecisionAreExplained() throws {
        let error = try #require(throws: TrainabilityError.self) {
            try Self.solved(.dense([6, 6], .linear), Self.data(40, [6]) * 1e160, ridge: 1e-6)
        }
        #expect(error.subject == "ridge" && error.problem.contains("overflow"))
    }

    @Test func residualBlocksHaveNoClosedForm() throws {
        let architecture = try ArchitectureFamily.residualDense.body(depth: 2, input: [1, 3, 3], classes: 2, .tanh)
        let error = try #require(throws: TrainabilityError.self) { try Self.solved(architecture, Self.data(20, [9]), ridge: 1e-6) }
        #expect(error.subject == "headSolver" && error.problem.contains("stage 1") && error.problem.contains("adam"))
    }

    @Test func fewerSamplesThanUnitsNeedARidge() throws {
        let data = Self.data(5, [9])
        let error = try #require(throws: TrainabilityError.self) { try Self.solved(.dense([9, 9], .linear), data, ridge: 0) }
        #expect(error.subject == "ridge" && error.problem.contains("stage 1"))
        #expect(try Self.solved(.dense([9, 9], .linear), data, ridge: 1e-8).heads.count == 1)
    }
}
