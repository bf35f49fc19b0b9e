import LoamLandscape
import LoamTensor
import Testing

@Suite struct NetworkTests {
    static let homogeneous: [Activation] = [.linear, .relu, .leakyReLU(0.2), .reluPower(2)]
    static let losses: [(Loss, Int)] = [(.squared, 1), (.squared, 3), (.logistic, 1), (.softmax, 3)]

    /// The gradient by the engine's automatic differentiation, in another parameter order.
    static func oracle(_ problem: RandomProblem, _ loss: Loss) -> (loss: Double, gradient: [Double]) {
        let shape = problem.network.architecture
        let deep = DeepArchitecture(
            [shape.inputs, shape.hidden, shape.outputs], activation: shape.activation, hiddenBias: shape.hiddenBias,
            outputBias: shape.outputBias)
        // Where each number of the neuron-by-neuron order stands in the layer-by-layer one.
        var place: [Int] = []
        let bias = shape.inputs * shape.hidden
        let output = bias + (shape.hiddenBias ? shape.hidden : 0)
        for k in 0..<shape.hidden {
            place += (0..<shape.inputs).map { k * shape.inputs + $0 }
            if shape.hiddenBias { place.append(bias + k) }
            place += (0..<shape.outputs).map { output + $0 * shape.hidden + k }
        }
        if shape.outputBias { place += (0..<shape.outputs).map { output + shape.outputs * shape.hidden + $0 } }
        var theta = [Double](repeating: 0, count: place.count)
        for (from, to) in place.enumerated() { theta[to] = problem.network.parameters[from] }
        let (value, gradient) = valueAndGradient(at: Tensor(theta)) { deep.loss($0, problem.samples, loss) }
        let numbers = gradient.scalars
        return (value.item, place.map { numbers[$0] })
    }

    @Test(arguments: [Activation.linear, .relu, .leakyReLU(0.2), .reluPower(2), .tanh, .gelu, .silu])
    func gradientIsTheOneOfAutomaticDifferentiation(_ activation: Activation) throws {
        for (index, (loss, outputs)) in Self.losses.enumerated() {
            for bias in [false, true] {
                let problem = RandomProblem(
                    activation, outputs: outputs, hiddenBias: bias, outputBias: bias, loss: loss, seed: UInt64(10 + index))
                let (value, gradient) = try ShallowProblem(problem.network.architecture, problem.samples, loss)
                    .lossAndGradient(problem.network.parameters)
                let expected = Self.oracle(problem, loss)
                #expect(isClose(value, expected.loss, 1e-13), "\(loss) \(outputs) bias \(bias)")
                let worst = zip(gradient, expected.gradient).map { abs($0 - $1) }.max() ?? .nan
                #expect(worst < 1e-13, "\(activation) \(loss) \(outputs) bias \(bias): \(worst)")
            }
        }
    }

    @Test(arguments: homogeneous) func eulerIdentityHoldsForEveryLossAndMinibatch(_ activation: Activation) throws {
        for (index, (loss, outputs)) in Self.losses.enumerated() {
            for bias in [false, true] {
                let problem = RandomProblem(
                    activation, outputs: outputs, hiddenBias: bias, outputBias: bias, loss: loss, seed: UInt64(20 + index))
                let shallow = try ShallowProblem(problem.network.architecture, problem.samples, loss)
                for minibatch in [nil, [0, 3, 4], [8]] {
                    let gradient = shallow.lossAndGradient(problem.network.parameters, minibatch: minibatch).gradient
                    let violation = ConservationLaws.eulerViolation(
                        problem.network.architecture, parameters: problem.network.parameters, gradient: gradient,
                        degree: activation.homogeneityDegree!)
                    #expect(violation < 1e-12, "\(activation) \(loss) bias \(bias) \(String(describing: minibatch)): \(violation)")
                }
            }
        }
    }

    @Test func eulerIdentityFailsForTanh() throws {
        let problem = RandomProblem(.tanh, seed: 3)
        let gradient = try ShallowProblem(problem.network.architecture, problem.samples).lossAndGradient(problem.network.parameters)
            .gradient
        let violation = ConservationLaws.eulerViolation(
            problem.network.architecture, parameters: problem.network.parameters, gradient: gradient, degree: 1)
        #expect(violation > 1e-3)
    }

    @Test(arguments: [Activation.relu, .leakyReLU(0.3), .reluPower(2)]) func oneStepChangesInvariantsByTheFormula(_ activation: Activation)
        throws
    {
        let problem = RandomProblem(activation, seed: 5)
        let shallow = try ShallowProblem(problem.network.architecture, problem.samples)
        let degree = activation.homogeneityDegree!
        for minibatch in [nil, [1, 2, 7]] {
            let gradient = shallow.lossAndGradient(problem.network.parameters, minibatch: minibatch).gradient
            let moved = zip(problem.network.parameters, gradient).map { $0 - 0.1 * $1 }
            let before = ConservationLaws.invariants(problem.network.architecture, problem.network.parameters, degree: degree)
            let after = ConservationLaws.invariants(problem.network.architecture, moved, degree: degree)
            let predicted = ConservationLaws.stepDrift(problem.network.architecture, gradient: gradient, step: 0.1, degree: degree)
            for k in before.indices { #expect(isClose(after[k] - before[k], predicted[k], 1e-13), "neuron \(k)") }
        }
    }

    /// The rate of change of the deep invariants along the gradient, relative to the parameters' size: zero where they are conserved.
    private func rates(_ architecture: DeepArchitecture, seed: UInt64) -> (diagonal: Double, off: Double) {
        var generator = SplitMix(state: seed)
        let theta = (0..<architecture.parameterCount).map { _ in generator.symmetric() }
        let samples = try! Samples(
            name: "random", inputs: (0..<9).map { _ in (0..<3).map { _ in generator.symmetric() } },
            targets: (0..<9).map { _ in (0..<2).map { _ in generator.symmetric() } })
        let gradient = gradient(at: Tensor(theta)) { architecture.loss($0, samples) }.scalars
        // C is quadratic in θ: its derivative along g is (C(θ + g) − C(θ − g))/2 exactly.
        let (plus, minus) = (zip(theta, gradient).map { $0 + $1 }, zip(theta, gradient).map { $0 - $1 })
        let pairs = zip(DeepInvariants.matrices(architecture, plus), DeepInvariants.matrices(architecture, minus))
        var (diagonal, off) = (0.0, 0.0)
        for (a, b) in pairs {
            for j in a.indices {
                for k in a.indices {
                    let rate = abs(a[j][k] - b[j][k]) / 2
                    if j == k { diagonal = max(diagonal, rate) } else { off = max(off, rate) }
                }
            }
        }
        return (diagonal, off)
    }

    @Test(arguments: [false, true]) func deepLawsHoldOnTheDiagonalAndForLinearLayersEverywhere(_ bias: Bool) {
        for seed in UInt64(1)...3 {
            let linear = rates(DeepArchitecture([3, 4, 5, 2], activation: .linear, hiddenBias: bias), seed: seed)
            #expect(linear.diagonal < 1e-13 && linear.off < 1e-13, "seed \(seed): \(linear)")
            for activation in [Activation.relu, .leakyReLU(0.1)] {
                let other = rates(DeepArchitecture([3, 4, 5, 2], activation: activation, hiddenBias: bias), seed: seed)
                #expect(other.diagonal < 1e-13, "\(activation), seed \(seed): \(other)")
                #expect(other.off > 0.02, "\(activation), seed \(seed): \(other)")
            }
        }
    }

    @Test func malformedNetworksAndDataAreRefusedWithTheirPlace() {
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { _ = try ShallowNetwork(inputWeights: [[1, 2], [3]], outputWeights: [[1, 1]]) }.contains("neuron 1"))
        #expect(message { _ = try ShallowNetwork(inputWeights: [[1, .nan]], outputWeights: [[1]]) }.contains("row 0, column 1"))
        #expect(message { _ = try ShallowNetwork(inputWeights: [[1, 2]], outputWeights: [[1, 2]]) }.contains("2 weights for 1"))
        #expect(message { _ = try ShallowNetwork(inputWeights: [], outputWeights: [[]]) }.contains("empty"))
        #expect(message { _ = try Samples(name: "d", inputs: [[1, 2], [1]], targets: [[1], [1]]) }.contains("row 1 has 1 columns"))
        #expect(message { _ = try Samples(name: "d", inputs: [[1, .infinity]], targets: [[1]]) }.contains("row 0, column 1"))
        #expect(message { _ = try InvariantSet(Toy.network(a: [1, 1], activation: .tanh)) }.contains("tanh has no conserved quadric"))
        let oneClass = try! Samples(name: "d", inputs: [[1, 0], [0, 1]], targets: [[1], [1]])
        #expect(message { _ = try ShallowProblem(Toy.mixed.architecture, oneClass, .logistic) }.contains("one class"))
        #expect(message { _ = try ShallowProblem(Toy.mixed.architecture, Samples.line) }.contains("1 inputs for a network of 2"))
    }
}
