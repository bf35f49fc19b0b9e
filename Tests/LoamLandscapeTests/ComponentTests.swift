import LoamLandscape
import Testing

@Suite struct ComponentTests {
    @Test func certificateOfTheObstructedRun() throws {
        let certificate = try certify(Toy.positive, .circle())
        #expect(certificate.verdict == .obstructed && certificate.isFloorExact)
        #expect(isClose(certificate.componentFloor, 0.117981580880, 1e-10) && certificate.globalBest < 1e-20)
        #expect(isClose(certificate.witnessLoss, certificate.componentFloor, 1e-10))
        // The witness lies in the closure of the same component.
        let witness = try #require(certificate.witness)
        let set = try InvariantSet(witness, tolerance: 1e-9)
        let start = try InvariantSet(Toy.positive)
        #expect(zip(set.values, start.values).allSatisfy { isClose($0, $1, 1e-12) } && set.label == start.label)
    }

    @Test func certificatesOfFreeRuns() throws {
        for network in [Toy.mixed, Toy.free] {
            let certificate = try certify(network, .circle())
            #expect(certificate.verdict == .notObstructed && certificate.witnessLoss < 1e-14)
        }
    }

    @Test func verdictsDoNotDependOnRescalingAndOrder() throws {
        var generator = SplitMix(state: 21)
        for (network, expected) in [(Toy.positive, Verdict.obstructed), (Toy.mixed, .notObstructed)] {
            for _ in 0..<3 {
                let order = generator.next() % 2 == 0 ? [1, 0] : [0, 1]
                // Within a component: every c < 0 stays below 0.
                let c = (0..<2).map { _ in -0.2 - Double.random(in: 0..<2, using: &generator) }
                let copy = try network.permuted(order).rescaled(toInvariants: c)
                #expect(try certify(copy, .circle()).verdict == expected)
            }
        }
    }

    @Test func certificatesBeyondThePlane() throws {
        var generator = SplitMix(state: 3)
        let inputs = (0..<20).map { _ in (0..<3).map { _ in generator.symmetric() } }
        let targets = inputs.map { x in [max(0, x[0] - 0.5 * x[1]) - max(0, x[2] + x[1])] }
        let samples = try Samples(name: "teacher", inputs: inputs, targets: targets)
        let search = CertificateSearch(starts: 64, steps: 3000)
        let positive = try ShallowNetwork(inputWeights: [[0.3, 0.2, 0.1], [-0.2, 0.3, 0]], outputWeights: [[1, 0.8]])
        let certificate = try search.certify(positive, samples)
        #expect(certificate.verdict == .obstructed && certificate.method == "certified cone bound")
        let mixed = try ShallowNetwork(inputWeights: [[0.3, 0.2, 0.1], [-0.2, 0.3, 0]], outputWeights: [[1, -0.8]])
        #expect(try search.certify(mixed, samples).verdict == .notObstructed)
    }

    @Test func repairsOfTheObstructedRun() throws {
        let repairs = try Repair.options(Toy.positive, .circle())
        #expect(repairs.map(\.change) == [.rescale([0]), .rescale([1]), .flip([0]), .flip([1])])
        let samples = Samples.circle()
        for repair in repairs {
            #expect(try certify(repair.network, samples).verdict == .notObstructed)
            if repair.keepsFunction {
                let worst = zip(repair.network.outputs(samples), Toy.positive.outputs(samples)).map { abs($0 - $1) }.max()!
                #expect(worst < 1e-14)
            }
        }
        #expect(try Repair.options(Toy.mixed, samples).count > 0)
    }

    @Test func pathsStayOnTheQuadrics() throws {
        var generator = SplitMix(state: 8)
        for outputs in [1, 3] {
            for _ in 0..<20 {
                let first = RandomProblem(.relu, outputs: outputs, seed: generator.next()).network
                let other = RandomProblem(.relu, outputs: outputs, seed: generator.next()).network
                // The second network moved to the invariants of the first; the same signs for single outputs.
                var second = other
                if outputs == 1 {
                    for k in 0..<4 where (first.outgoing(k).first! > 0) != (second.outgoing(k).first! > 0) {
                        second.scale(k, incoming: 1, outgoing: -1)
                    }
                }
                second = try second.rescaled(toInvariants: InvariantSet(first).values)
                let path = try connect(first, second, points: 100)
                #expect(path.violation < 1e-12 && path.networks.count == 100)
                let (start, end) = (path.networks.first!.parameters, path.networks.last!.parameters)
                #expect(zip(start, first.parameters).allSatisfy { isClose($0, $1, 1e-12) })
                #expect(zip(end, second.parameters).allSatisfy { isClose($0, $1, 1e-12) })
            }
        }
    }

    @Test func antipodesAreJoinedThroughASide() throws {
        let first = try ShallowNetwork(inputWeights: [[2, 0]], outputWeights: [[1]])
        let second = try ShallowNetwork(inputWeights: [[-2, 0]], outputWeights: [[1]])
        let path = try connect(first, second, points: 51)
        #expect(path.violation < 1e-12)
        #expect(path.networks.allSatisfy { $0.squaredNorms(0).incoming > 3.9 })
        #expect(isClose(path.networks.last!.parameters[0], -2, 1e-12))
    }

    @Test func pathsBetweenComponentsAreRefused() throws {
        let error = try #require(throws: LandscapeError.self) { try connect(Toy.positive, Toy.mixed) }
        #expect(error.problem.contains("neuron 1") && error.problem.contains("sign"))
        let other = try Toy.positive.rescaled(toInvariants: [-1, -1])
        #expect(throws: LandscapeError.self) { try connect(Toy.positive, other) }
    }

    @Test func failuresAreAttributed() throws {
        let problem = try ShallowProblem(Toy.positive.architecture, .circle())
        let rules = Attribution(target: 1e-3)
        func cause(_ theta: [Double], floor: Double?, norm: Double = 1e-9, decreasing: Bool = false) -> FailureCause {
            rules.cause(problem, parameters: theta, loss: problem.loss(theta), gradientNorm: norm, floor: floor, isDecreasing: decreasing)
        }
        #expect(cause(Toy.positive.parameters, floor: 0.1) == .topological)
        // A zero neuron is active nowhere.
        #expect(cause([0, 0, 1, 0.3, 0.2, -0.8], floor: nil) == .dead)
        #expect(cause(Toy.mixed.parameters, floor: 0, norm: 1, decreasing: true) == .slow)
        #expect(cause(Toy.mixed.parameters, floor: 0) == .stationary)
        #expect(cause([.nan, 0, 1, 0.3, 0.2, -0.8], floor: nil) == .diverged)
        #expect(cause([1, 0.5, 1, -0.5, 1, -1], floor: 0) == .succeeded)
    }
}
