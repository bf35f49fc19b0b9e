import LoamNN
import LoamTensor
import LoamTrainability
import Testing

@Suite struct NetworkTests {
    static let variances = InitialVariances(weight: 1.2, bias: 0.01)

    static func images(_ count: Int, side: Int = 28) -> Tensor<Double> {
        var generator = PhiloxGenerator(seed: 3, stream: 1)
        return Tensor(uniform: [count, 1, side, side], in: 0..<1, using: &generator)
    }

    static func body(_ name: String, depth: Int, side: Int = 28) throws -> Architecture {
        try ArchitectureFamily(named: name, channels: 3, width: nil).body(depth: depth, input: [1, side, side], classes: 10, .tanh)
    }

    @Test func stemQuartersTheImage() throws {
        let network = try Self.body("cnn", depth: 4)
        #expect(network.depth == 6 && network.stem == 3)
        #expect(network.shapes == [[1, 28, 28], [3, 28, 28], [3, 14, 14], [3, 7, 7], [3, 7, 7], [3, 7, 7], [3, 7, 7]])
    }

    @Test(arguments: ["cnn", "resnet", "resnet-fc", "resnet-fc-pre", "vgg-mini"])
    func everyHeadGivesBackTheShapeOfItsInput(_ name: String) throws {
        let architecture = try Self.body(name, depth: 4)
        let network = Network<Double>(architecture, variances: Self.variances, seed: 1)
        let x = architecture.input.rank == 1 ? Self.images(2).reshaped([2, 784]) : Self.images(2)
        for (index, z) in network.activations(of: x).enumerated() {
            let head = Head<Double>(of: index + 1, in: architecture, rule: .authors, seed: 1)
            #expect(Array(z.shape.dropFirst()) == Array(architecture.shapes[index + 1]))
            #expect(Array(head(z).shape.dropFirst()) == Array(architecture.shapes[index]))
        }
    }

    /// ⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩: a head without bias and activation, its weight that of the stage, is the stage's adjoint where nothing is
    /// cut off and nothing is padded.
    @Test(arguments: [1, 2])
    func headsAreTheAdjointsOfTheirStages(_ stride: Int) throws {
        let stage = Stage(.convolution(channels: 4, kernel: 3, stride: stride, padding: 0), .linear, hasBias: false)
        let architecture = try Architecture(name: "one", input: [1, 9, 9], stages: [stage])
        let network = Network<Double>(architecture, variances: Self.variances, seed: 2)
        let x = Self.images(2, side: 9)
        let y = network(x)
        var head = Head<Double>(of: 1, in: architecture, rule: .match, seed: 2)
        head.parts[0].weight = network.weights[0][0]
        head.parts[0].bias = Tensor.zeros([1])
        #expect(isRelativelyClose((y * y).sum().item, (x * head(y)).sum().item, 1e-10))
    }

    @Test func periodicConvolutionsDoNotSeeWhereTheBorderIs() throws {
        // Shifting a periodic image shifts the convolution's output, before it is cut and padded again: the interior must agree.
        let stage = Stage(.periodicConvolution(channels: 2, kernel: 3), .tanh)
        let architecture = try Architecture(name: "one", input: [1, 7, 7], stages: [stage])
        let network = Network<Double>(architecture, variances: Self.variances, seed: 4)
        let z = network(Self.images(1, side: 7))
        #expect(z.shape == [1, 2, 7, 7])
        // Its output is periodic with the 5 pixels that the convolution leaves.
        for row in 0..<2 { #expect(z[row..<(row + 1), axis: 2].scalars == z[(row + 5)..<(row + 6), axis: 2].scalars) }
    }

    @Test func residualBlocksAddTheirInput() throws {
        let architecture = try Architecture(name: "one", input: [5], stages: [Stage(.residualDense, .tanh)])
        let network = Network<Double>(architecture, variances: InitialVariances(weight: 1e-30, bias: 0), seed: 1)
        let x = Tensor<Double>([0.1, -0.4, 2, 0, 0.7], shape: [1, 5])
        for (a, b) in zip(network(x).scalars, x.tanh().scalars) { #expect(isClose(a, b, 1e-12)) }
    }

    @Test func vggHasItsPublishedCounts() throws {
        let architecture = try VGG.full.architecture(input: [3, 224, 224], classes: 1000)
        #expect(architecture.parameterCount == 138_357_544)
        #expect(architecture.prefix(18).parameterCount == 14_714_688)
        #expect(architecture.depth == 22)
        #expect(isRelativelyClose(architecture.multiplications, 15.47e9, 1e-3))
    }

    @Test func vggHeadsHaveTheirPublishedCounts() throws {
        let architecture = try VGG.full.architecture(input: [3, 224, 224], classes: 1000)
        func count(_ layers: [Int]) -> Int {
            layers.reduce(0) { $0 + Head<Float>(of: $1, in: architecture, rule: .match, seed: 1).parameterCount }
        }
        #expect(count([1, 2, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17]) == 14_714_179)
        #expect(count([3, 6, 10, 14, 18]) == 2_442_688)
        #expect(count([19]) == 0)
    }

    @Test(arguments: ["cnn", "resnet", "vgg-mini"])
    func passAndSweepGiveTheSameLosses(_ name: String) throws {
        let network = Network<Double>(try Self.body(name, depth: 3), variances: Self.variances, seed: 5)
        func losses(_ schedule: CascadeSchedule) -> [[Double]] {
            var cascade = Cascade(network: network, seed: 5)
            cascade.fit(Self.images(12), HeadTraining(batch: 5, schedule: schedule))
            return cascade.losses
        }
        let (a, b) = (losses(.pass), losses(.sweep))
        #expect(a.count == network.depth && a[0].count == 3)
        for (x, y) in zip(a.joined(), b.joined()) { #expect(isRelativelyClose(x, y, 1e-10)) }
    }

    @Test(arguments: [false, true])
    func stackedReconstructionsEqualTheDoubleLoop(_ unpools: Bool) throws {
        let network = Network<Double>(try Self.body("vgg-mini", depth: 6), variances: InitialVariances.he, seed: 6)
        var cascade = Cascade(network: network, seed: 6)
        cascade.fit(Self.images(8), HeadTraining(batch: 4, activationRule: .match, unpools: unpools))
        let x = Self.images(3)
        let activations = network.activations(of: x)
        for (index, stacked) in cascade.reconstructions(of: x).enumerated() {
            let naive = cascade.reconstruct(activation: activations[index], at: index + 1, of: x)
            #expect(stacked.shape == x.shape)
            for (a, b) in zip(stacked.scalars, naive.scalars) { #expect(isClose(a, b, 1e-11)) }
        }
    }

    @Test func savedCascadesReconstructTheSame() throws {
        let architecture = try Self.body("resnet", depth: 2)
        var cascade = Cascade(network: Network<Double>(architecture, variances: Self.variances, seed: 7), seed: 7)
        cascade.fit(Self.images(8), HeadTraining(batch: 4))
        let read = try Cascade(architecture, cascade.stateDictionary, rule: .authors, seed: 7)
        let x = Self.images(2)
        for (a, b) in zip(cascade.reconstructions(of: x), read.reconstructions(of: x)) { #expect(a.scalars == b.scalars) }
    }

    @Test func shrinkingWidthsFallLinearly() {
        // ⌈linspace(1024, 10, 4)⌉
        #expect(ArchitectureFamily.shrinkingWidths(inputs: 1024, depth: 3, classes: 10) == [1024, 686, 348, 10])
    }

    @Test func smallImagesAreRefusedByStage() {
        #expect(throws: TrainabilityError.self) { try Self.body("cnn", depth: 4, side: 8) }
        do {
            _ = try ArchitectureFamily.convolutional(channels: 2).classifier(
                depth: 2, input: [1, 24, 24], classes: 10, .tanh, output: .linear)
            Issue.record("24 pixels leave less than the 5×5 that are averaged")
        } catch {
            #expect("\(error)".contains("stage 6"), "\(error)")
        }
    }

    @Test func architectureFilesAreRead() throws {
        let file = try ArchitectureFile(
            yaml: """
                name: mine
                stages:
                  - convolution: {channels: 4, padding: 1}
                    activation: relu
                  - max-pool: 2
                  - dropout
                  - repeat: 3
                    stages: [{residual: 3}]
                  - flatten
                  - dense: 12
                """, name: "file")
        let architecture = try ArchitectureFamily.file(file).body(depth: 100, input: [1, 14, 14], classes: 10, .tanh)
        #expect(architecture.name == "mine")
        #expect(architecture.shapes == [[1, 14, 14], [4, 14, 14], [4, 7, 7], [4, 7, 7], [4, 7, 7], [4, 7, 7], [196], [12]])
        #expect(architecture.stages[0].activation == .relu && architecture.stages[2].activation == .tanh)
    }

    @Test func architectureFilesMayGiveFormulas() throws {
        let file = try ArchitectureFile(yaml: "stages: [{dense: 5, activation: 'max(x, 0.1*x)'}, {dense: 2}]", name: "file")
        let architecture = try ArchitectureFamily.file(file).body(depth: 2, input: [3], classes: 10, .tanh)
        #expect(try architecture.stages.map(\.activation) == [.expression("max(x,0.1*x)"), .tanh])
        let network = Network<Double>(architecture, variances: .he, seed: 4)
        let z = network.stage(1, of: Tensor([1, -2, 0.5], shape: [1, 3])).scalars
        let twin = Network<Double>(.dense([3, 5, 2], .leakyReLU(0.1)), variances: .he, seed: 4)
        let expected = twin.stage(1, of: Tensor([1, -2, 0.5], shape: [1, 3])).scalars
        #expect(z.count == 5 && zip(z, expected).allSatisfy { isClose($0, $1, 1e-14) })
    }

    @Test func architectureFilesThatNameBillionsOfStagesAreRefused() {
        // Every anchor lists the one before ten times: 10⁹ entries from a few hundred bytes, none of which makes a stage.
        var text = "a0: &a0 [dropout]\n"
        for level in 1...9 { text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        do {
            _ = try ArchitectureFile(yaml: text + "stages: *a9", name: "bomb")
            Issue.record("it was accepted")
        } catch {
            #expect("\(error)".contains("more than 200,000 values"), "\(error)")
        }
    }

    @Test(arguments: [
        ("stages: [{lstm: 3}]", "unsupported layer ‘lstm’"), ("stages: []", "empty"), ("layers: []", "stages"),
        ("stages: [{dense: 0}]", "‘units’"), ("stages: [{convolution: {kernel: 3}}]", "‘channels’"),
        ("stages: [{repeat: 10000, stages: [{repeat: 10000, stages: [flatten]}]}]", "more than"),
        ("stages: [{dense: 3, activation: wavy}]", "wavy"),
        ("stages: [{dense: 3, activation: x*tanh(x}]", "position 9"), ("stages: [{dense: 3, activation: 1/x}]", "not defined at x = 0"),
        ("stages: [{dense: 3, colour: red}]", "colour"), ("stages: [", "YAML"),
        ("stages: [{residual: 4}]", "odd"),
    ])
    func badArchitectureFilesAreRefused(_ text: String, _ expected: String) {
        do {
            _ = try ArchitectureFile(yaml: text, name: "bad")
            Issue.record("“\(text)” was accepted")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }
}
