import LoamLandscape
import Testing

@Suite struct FlowTests {
    static let circle = Samples.circle()
    static func problem(_ network: ShallowNetwork) -> ShallowProblem { try! ShallowProblem(network.architecture, circle) }

    static func flow(_ network: ShallowNetwork, until time: Double = 200) throws -> FlowTrajectory {
        try GradientFlow().integrate(network, problem(network), until: time, recording: GradientFlow.recordingTimes(until: time, count: 60))
    }

    @Test func obstructedPositiveRun() throws {
        let run = try Self.flow(Toy.positive)
        #expect(run.status == .finished)
        #expect(isClose(run.losses.last!, 0.117981580880, 1e-9), "\(run.losses.last!)")
        #expect(isClose(run.parameters.last![2], 1.1412934, 1e-6) && isClose(run.parameters.last![5], 0.7330696, 1e-6))
        #expect(run.invariantDrift < 1e-8 && run.frozenSignChanges() == 0)
        #expect(run.crossingCount == 26, "\(run.crossingCount)")
        let begins = run.events.filter { $0.kind == .slideBegan }
        #expect(begins.count == 2 && begins.map(\.neuron) == [1, 0])
        #expect(isClose(begins[0].time, 4.8975, 1e-3) && isClose(begins[1].time, 9.6349, 1e-3), "\(begins)")
        #expect(run.slides.count == 2 && run.slides.allSatisfy { (0...1).contains($0.meanGate) && $0.end == 200 })
    }

    @Test func obstructedNegativeRun() throws {
        let run = try Self.flow(Toy.negative)
        #expect(isClose(run.losses.last!, 0.118047265791, 1e-9), "\(run.losses.last!)")
        #expect(isClose(run.parameters.last![2], -0.9816898, 1e-6) && isClose(run.parameters.last![5], -0.9383415, 1e-6))
        #expect(run.crossingCount == 22 && run.slides.isEmpty, "\(run.crossingCount)")
        #expect(run.invariantDrift < 1e-8)
    }

    @Test func freeRuns() throws {
        let mixed = try Self.flow(Toy.mixed)
        #expect(mixed.losses.last! < 1e-11 && mixed.crossingCount == 10, "\(mixed.losses.last!) \(mixed.crossingCount)")
        #expect(isClose(mixed.parameters.last![2], 1.2785449, 1e-6) && isClose(mixed.parameters.last![5], -1.1839533, 1e-6))
        let free = try Self.flow(Toy.free)
        #expect(free.losses.last! < 1e-10 && free.crossingCount == 10, "\(free.losses.last!) \(free.crossingCount)")
        #expect(isClose(free.parameters.last![2], 0.9006118, 1e-6) && isClose(free.parameters.last![5], -0.8359368, 1e-6))
        #expect(mixed.invariantDrift < 1e-8 && free.invariantDrift < 1e-8)
    }

    @Test func ramps() throws {
        let truth = 0.117981580880
        var excess: [Double] = []
        for (epsilon, expected) in [(0.1, 0.11800097), (0.03, 0.11799774), (0.01, 0.11799029), (0.003, 0.11798445)] {
            let run = try GradientFlow(.gate(epsilon: epsilon), relativeTolerance: 1e-9, absoluteTolerance: 1e-12).integrate(
                Toy.positive, Self.problem(Toy.positive), until: 200)
            #expect(isClose(run.losses.last!, expected, 2e-7), "ε = \(epsilon): \(run.losses.last!)")
            #expect(run.invariantDrift < 1e-7)
            excess.append(run.losses.last! - truth)
        }
        // Order of convergence below ε = 0.01, where the slide dominates.
        let order = (logarithm(excess[2]) - logarithm(excess[3])) / (logarithm(0.01) - logarithm(0.003))
        #expect(order >= 0.85, "\(order)")
    }

    @Test func eventFreeMethodsNoticeSliding() throws {
        let run = try GradientFlow(.adaptive, relativeTolerance: 1e-9, maximumSteps: 20_000).integrate(
            Toy.positive, Self.problem(Toy.positive), until: 200)
        #expect(run.status == .stalled && run.times.last! < 200)
    }

    @Test func midpointConservesInvariantsOfLinearNeuronsAtAnyStep() throws {
        let network = Toy.network(a: [1, 0.8], activation: .linear)
        let run = try GradientFlow(.midpoint(step: 1)).integrate(
            network, Self.problem(network), until: 50, recording: (1..<50).map(Double.init))
        #expect(run.status == .finished && run.times.count == 51)
        #expect(run.invariantDrift < 1e-13, "\(run.invariantDrift)")
    }

    @Test func midpointFlagsStepsAcrossKinks() throws {
        let run = try GradientFlow(.midpoint(step: 1)).integrate(
            Toy.positive, Self.problem(Toy.positive), until: 50, recording: (1..<50).map(Double.init))
        // 64 kinks are met: some steps straddle one. Where all steps are solved the invariant is kept.
        if run.unsolvedSteps == 0 { #expect(run.invariantDrift < 1e-12) } else { #expect(run.status == .unsolvedSteps) }
    }

    @Test func projectionKeepsInvariantsExactly() throws {
        let run = try GradientFlow(.projected, relativeTolerance: 1e-6).integrate(
            Toy.mixed, Self.problem(Toy.mixed), until: 20, recording: (1...19).map(Double.init))
        #expect(run.status == .finished && run.invariantDrift < 1e-13, "\(run.invariantDrift)")
        let exact = try Self.flow(Toy.mixed, until: 20)
        #expect(isClose(run.losses.last!, exact.losses.last!, 1e-5))
    }

    @Test func weightDecayShrinksInvariantsByItsRate() throws {
        for method in [GradientFlow.Method.filippov, .adaptive] {
            let run = try GradientFlow(method, relativeTolerance: 1e-11, decay: 0.1).integrate(
                Toy.mixed, Self.problem(Toy.mixed), until: 5)
            let c = run.invariants
            for k in 0..<2 { #expect(isClose(c.last![k] / c[0][k], 0.36787944117144233, 1e-8), "\(method)") }
        }
    }

    @Test func closedFormOfALinearNeuronIsItsFlow() throws {
        let samples = try Samples(name: "point", inputs: [[1]], targets: [[2]])
        for (w, a) in [(0.5, 1.2), (0.5, -1.2)] {
            let network = try ShallowNetwork(inputWeights: [[w]], outputWeights: [[a]], activation: .linear)
            let run = try GradientFlow(.filippov, relativeTolerance: 1e-12).integrate(
                network, ShallowProblem(network.architecture, samples), until: 1)
            let theta = run.parameters.last!
            #expect(isClose(theta[0] * theta[1], LinearNeuron(w: w, a: a, target: 2).product(at: 1), 1e-9))
        }
    }

    @Test func impossibleRequestsAreRefused() {
        #expect(throws: LandscapeError.self) {
            try GradientFlow().integrate(
                Toy.network(a: [1, 1], activation: .tanh),
                ShallowProblem(Toy.network(a: [1, 1], activation: .tanh).architecture, Self.circle), until: 1)
        }
        #expect(throws: LandscapeError.self) { try GradientFlow().integrate(Toy.mixed, Self.problem(Toy.mixed), until: -1) }
        let many = Samples.circle(GradientFlow.gateLimit)
        #expect(throws: LandscapeError.self) {
            try GradientFlow().integrate(Toy.mixed, ShallowProblem(Toy.mixed.architecture, many), until: 1)
        }
    }
}
