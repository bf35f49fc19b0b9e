import BigInt
import LoamLandscape
import Testing

@Suite struct TopologyTests {
    static func counts(_ p: Int, _ n: Int, _ D: Int, _ e: Int, zero: Int = 0) -> QuadricCounts {
        QuadricCounts(positive: p, negative: n, zero: zero, incoming: D, outputs: e)
    }

    @Test func bettiNumbersOfTheCaseTable() throws {
        #expect(try Self.counts(0, 2, 2, 1).poincarePolynomial() == [4])
        #expect(Self.counts(0, 2, 2, 1).effectiveComponentCount == 3)
        #expect(try Self.counts(2, 0, 2, 1).poincarePolynomial() == [1, 2, 1])
        // (1 + t²)(1 + t)
        #expect(try Self.counts(1, 1, 3, 2).poincarePolynomial() == [1, 1, 1, 1])
        let one = Self.counts(3, 2, 1, 1)
        #expect(one.componentCount == 32 && one.effectiveComponentCount == 12)
        let two = Self.counts(5, 0, 1, 2)
        #expect(two.componentCount == 32 && two.effectiveComponentCount == 6)
    }

    @Test func countsOfManyNeuronsAreExact() {
        let counts = Self.counts(0, 100, 5, 1)
        #expect(counts.componentCount == BigUInt("1267650600228229401496703205376"))
        #expect(throws: LandscapeError.self) { try counts.poincarePolynomial() }
        #expect(Self.counts(0, 5000, 5, 1).componentBits == 5000)
    }

    @Test func conesHaveOneComponentAndMoreUnderTheFlow() {
        let planar = Self.counts(0, 0, 2, 1, zero: 1)
        #expect(planar.componentCount == 1 && planar.flowComponentCount == 2)
        let line = Self.counts(0, 0, 1, 1, zero: 1)
        #expect(line.componentCount == 1 && line.flowComponentCount == 4)
    }

    @Test func invariantsOfTheTwoNeuronNetwork() throws {
        let set = try InvariantSet(Toy.positive)
        #expect(isClose(set.values[0], -0.87, 1e-15) && isClose(set.values[1], -0.51, 1e-15))
        #expect(set.neurons.map(\.kind) == [.negative, .negative] && set.neurons.map(\.frozenOutputSign) == [1, 1])
        #expect(set.dimension == 4 && set.label.description == "a+ a+")
        let free = try InvariantSet(Toy.free)
        #expect(free.label.description == "· ·")
        // A balanced neuron and one that is all zero.
        let balanced = try InvariantSet(Toy.network(w: [[0.6, 0.8], [0, 0]], a: [1, 0]))
        #expect(balanced.neurons.map(\.kind) == [.zero, .origin] && balanced.neurons[0].frozenOutputSign == 1)
    }

    @Test func rescalingReachesEveryInvariantAndKeepsTheFunction() throws {
        let samples = Samples.circle(16)
        let before = Toy.mixed.outputs(samples)
        for c in [-1e6, -3, -1e-6, 0, 1e-6, 0.7, 1e6] {
            let network = try Toy.mixed.rescaled(toInvariants: [c, -c])
            let set = try InvariantSet(network)
            for (k, value) in set.values.enumerated() {
                let norms = network.squaredNorms(k)
                #expect(isClose(value, k == 0 ? c : -c, 1e-14 * (norms.incoming + norms.outgoing)), "c = \(c)")
            }
            let worst = zip(before, network.outputs(samples)).map { abs($0 - $1) }.max()!
            #expect(worst < 1e-14, "c = \(c): \(worst)")
        }
        // κ = 2.
        let squared = try Toy.network(a: [1, -0.8], activation: .reluPower(2)).rescaled(toInvariants: [1.5, -2])
        #expect(try isClose(InvariantSet(squared).values[0], 1.5, 1e-12) && isClose(InvariantSet(squared).values[1], -2, 1e-12))
        let outputs = Toy.network(a: [1, -0.8], activation: .reluPower(2)).outputs(samples)
        #expect(zip(outputs, squared.outputs(samples)).allSatisfy { isClose($0, $1, 1e-12) })
    }

    @Test func unattainableInvariantsAreRefused() {
        let noInput = Toy.network(w: [[0, 0], [1, 0]], a: [1, 1])
        #expect(throws: LandscapeError.self) { try noInput.rescaled(toInvariants: [0.5, 1]) }
        #expect(throws: Never.self) { try noInput.rescaled(toInvariants: [-0.5, 1]) }
        let noOutput = Toy.network(a: [0, 1])
        #expect(throws: LandscapeError.self) { try noOutput.rescaled(toInvariants: [-1, 1]) }
        #expect(throws: LandscapeError.self) { try noOutput.rescaled(toInvariants: [0, 1]) }
    }

    @Test func equivalentCopiesAreFoundAndOthersRefused() throws {
        var generator = SplitMix(state: 11)
        for _ in 0..<50 {
            let problem = RandomProblem(.relu, seed: generator.next(), hidden: 6)
            let network = problem.network
            // A permuted and rescaled copy.
            let order = Array(0..<6).shuffled(using: &generator)
            let copy = try network.permuted(order).rescaled(toInvariants: (0..<6).map { _ in 2 * generator.symmetric() })
            let found = try network.equivalence(into: copy).get()
            let worst = zip(found.network.outputs(problem.samples), network.outputs(problem.samples)).map { abs($0 - $1) }.max()!
            #expect(worst < 1e-12)
            #expect(try InvariantSet(found.network).label == InvariantSet(copy).label)
            let drift = zip(try InvariantSet(found.network).values, try InvariantSet(copy).values).map { abs($0 - $1) }.max()!
            #expect(drift < 1e-12)
        }
        // Both frozen +, one frozen −: impossible, and the missing class is named.
        let result = try Toy.positive.equivalence(into: Toy.mixed)
        guard case .failure(let reason) = result else {
            Issue.record("equivalence found where there is none")
            return
        }
        #expect(reason.missing == "c < 0 with a < 0" && reason.needed == 1 && reason.available == 0)
        // A free neuron carries its sign with it: free++ fits into the component of bad++, not into that of good+−.
        #expect(throws: Never.self) { try Toy.free.equivalence(into: Toy.positive).get() }
        #expect(throws: Inequivalence.self) { try Toy.free.equivalence(into: Toy.mixed).get() }
    }

    @Test func teachersAreReachableByTheMatchingRule() throws {
        func reachable(_ network: ShallowNetwork) throws -> Bool {
            Reachability(try InvariantSet(network), teacherPositive: 1, teacherNegative: 1).isReachable
        }
        #expect(try !reachable(Toy.positive) && !reachable(Toy.negative) && reachable(Toy.mixed) && reachable(Toy.free))
    }

    @Test func incompleteBetaInClosedForms() {
        // I_x(a, 1) = x^a; I_x(1, b) = 1 − (1 − x)^b; I_x(½, ½) = (2/π) asin √x; I_½(a, a) = ½.
        #expect(isClose(incompleteBeta(0.3, 2.5, 1), 0.049295030175464944, 1e-14))
        #expect(isClose(incompleteBeta(0.3, 1, 4), 0.7599, 1e-14))
        #expect(isClose(incompleteBeta(0.25, 0.5, 0.5), 1.0 / 3, 1e-14))
        for a in [0.5, 3, 50] { #expect(isClose(incompleteBeta(0.5, a, a), 0.5, 1e-13)) }
        // Binomial tail: I_p(k, n − k + 1) = P(X ≥ k); n = 5, k = 2, p = 0.4.
        #expect(isClose(incompleteBeta(0.4, 2, 4), 0.66304, 1e-14))
    }

    @Test func probabilityTableOfThePaper() {
        let table: [(Int, [Double])] = [
            (1, [0.7500, 0.9990, 1.0000, 0.6301, 0.8857, 0.9908]), (2, [0.5714, 0.9750, 1.0000, 0.5000, 0.5981, 0.6249]),
            (5, [0.3650, 0.7008, 0.9875, 0.3860, 0.2239, 0.0428]), (10, [0.2689, 0.3419, 0.5402, 0.3401, 0.0967, 0.0017]),
            (50, [0.1821, 0.0382, 0.0003, 0.3003, 0.0263, 0.0000]),
        ]
        for (d, row) in table {
            for (index, expected) in row.enumerated() {
                let l = [2, 10, 50][index % 3]
                let q = ObstructionProbability.negative(inputs: d, hidden: l, outputs: 1, index < 3 ? .xavier : .kaiming)!
                let p = ObstructionProbability.disconnected(q: q, hidden: l)
                #expect(isClose(p, expected, 0.5001e-4), "d \(d), l \(l): \(p)")
            }
        }
    }

    @Test func probabilitiesInClosedForm() {
        let q = ObstructionProbability.negative(inputs: 2, hidden: 2, outputs: 1, .kaiming)!
        #expect(isClose(q, 1 - 0.5.squareRoot(), 1e-14))
        #expect(isClose(ObstructionProbability.unreachable(q: q, hidden: 2, teacherPositive: 1, teacherNegative: 1), q * q / 2, 1e-14))
        #expect(isClose(q * q / 2, 0.0428932188, 1e-10))
        #expect(isClose(ObstructionProbability.singleSign(q: q, hidden: 2), q * q / 2, 1e-14))
        // Every neuron frozen: three signs of two teachers each, by hand: P(fewer than 1 of either) with q = 1, l = 3: 2·(1/8).
        #expect(isClose(ObstructionProbability.unreachable(q: 1, hidden: 3, teacherPositive: 1, teacherNegative: 1), 0.25, 1e-14))
    }

    @Test(arguments: [InitialisationScheme.xavier, .kaiming, .kaimingFanOut, .lecun])
    func monteCarloAgreesWithTheClosedForm(_ scheme: InitialisationScheme) {
        for (cell, (d, l)) in [(1, 3), (2, 2), (5, 8), (10, 4)].enumerated() {
            let q = ObstructionProbability.negative(inputs: d, hidden: l, outputs: 1, scheme)!
            let p = ObstructionProbability.disconnected(q: q, hidden: l)
            let estimate = ObstructionProbability.monteCarlo(
                inputs: d, hidden: l, outputs: 1, scheme, draws: 20_000, seed: 7, cell: cell)
            let deviation = (p * (1 - p) / 20_000).squareRoot()
            #expect(abs(estimate.value - p) < 4 * deviation + 1e-12, "\(scheme) \(d)-\(l), seed 7: \(estimate.value) for \(p)")
        }
    }

    @Test func wilsonIntervals() {
        // 8 of 10: 0.4901…0.9433 (Agresti and Coull 1998 use the same formula).
        let interval = ObstructionProbability.Estimate(successes: 8, draws: 10).interval
        #expect(isClose(interval.lowerBound, 0.49016, 1e-5) && isClose(interval.upperBound, 0.94332, 1e-5))
    }

    @Test(arguments: [(2, 1, 1.0, 1), (2, 1, -1, 2), (1, 1, 1, 2), (1, 1, -1, 2), (1, 2, 1, 2), (1, 2, -1, 1), (3, 1, -1, 2), (2, 2, 1, 1)])
    func componentsBySampling(_ D: Int, _ e: Int, _ c: Double, _ expected: Int) {
        let sample = QuadricSample(incoming: D, outputs: e, c: c, count: 600, seed: 3)
        #expect(sample.componentCount() == expected)
    }

    @Test(arguments: [(2, 1, 1.0), (2, 2, 1), (2, 2, -1)]) func circlesByPersistentHomology(_ D: Int, _ e: Int, _ c: Double) {
        let points = QuadricSample(incoming: D, outputs: e, c: c, count: 2000, radius: 1.6, seed: 5).landmarks(100)
        let homology = PersistentHomology(points, top: 1, limit: 2.2)
        #expect(homology.bettiNumber(1) == 1 && homology.bettiNumber(0) == 1)
    }

    @Test func homologyOfKnownShapes() {
        // A regular hexagon: one circle, born at the side 1, filled at √3.
        let height = 0.75.squareRoot()
        let sides: [Double] = [1, -1]
        let hexagon = sides.flatMap { s -> [[Double]] in [[s, 0], [s / 2, height], [s / 2, -height]] }
        let bars = PersistentHomology(hexagon, top: 1, limit: 3).bars
        #expect(bars[1].count == 1 && isClose(bars[1][0].birth, 1, 1e-12) && isClose(bars[1][0].death, 3.0.squareRoot(), 1e-12))
        #expect(bars[0].count == 6 && bars[0].count { $0.death == .infinity } == 1)
        // An octahedron's boundary: one hollow, born at √2, filled at 2.
        let octahedron: [[Double]] = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
        let hollow = PersistentHomology(octahedron, top: 2, limit: 3).bars[2]
        #expect(hollow.count == 1 && isClose(hollow[0].birth, 2.0.squareRoot(), 1e-12) && isClose(hollow[0].death, 2, 1e-12))
    }

    @Test func chainsHaveTheirComponentsByTheSmallestWeight() {
        for depth in 2...6 {
            let unique = (0..<depth).map { 0.5 + 0.3 * Double($0) }
            #expect(Chain.componentCount(unique) == 1 << (depth - 1))
            #expect(Chain.frozen(unique) == Array(1..<depth))
            for ties in 1...depth {
                let weights = (0..<depth).map { layer -> Double in
                    if layer >= ties { return 1 + 0.1 * Double(layer) }
                    return layer % 2 == 0 ? 0.5 : -0.5
                }
                #expect(Chain.componentCount(weights) == 1 << (depth - ties))
            }
        }
    }
}
