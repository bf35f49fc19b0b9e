import LoamLandscape
import Testing

@Suite struct CertificateTests {
    static let circle = Samples.circle()

    @Test func floorsOfTheTwoNeuronNetwork() throws {
        let floor = try PlanarFloor(Self.circle)
        #expect(isClose(floor.zeroLoss, 0.213015862354, 1e-12))
        func minimum(_ p: Int, _ n: Int, _ f: Int = 0) throws -> Double {
            try floor.minimum(SignBudget(positive: p, negative: n, free: f)).loss
        }
        #expect(try isClose(minimum(2, 0), 0.117981580880, 1e-10))
        #expect(try isClose(minimum(1, 0), 0.117981580880, 1e-10))
        #expect(try isClose(minimum(0, 2), 0.118047265791, 1e-10))
        #expect(try minimum(1, 1) < 1e-14)
        #expect(try minimum(1, 0, 1) < 1e-14)
        #expect(try minimum(0, 0, 2) < 1e-14)
        #expect(isClose(floor.coneBound(signs: [1]), 0.117981580880, 1e-10))
    }

    @Test func witnessesReproduceTheirFloors() throws {
        for (p, n) in [(2, 0), (0, 2), (1, 1)] {
            let minimum = try PlanarFloor(Self.circle).minimum(SignBudget(positive: p, negative: n, free: 0))
            let network = try ShallowNetwork(
                inputWeights: minimum.neurons.map(\.w), outputWeights: [minimum.neurons.map { Double($0.sign) }])
            let loss = try ShallowProblem(network.architecture, Self.circle).loss(network.parameters)
            #expect(isClose(loss, minimum.loss, 1e-10))
        }
    }

    @Test func noRandomNetworkIsBelowItsFloor() throws {
        var generator = SplitMix(state: 5)
        let samples = try Samples(
            name: "random", inputs: (0..<7).map { _ in [generator.symmetric(), generator.symmetric()] },
            targets: (0..<7).map { _ in [generator.symmetric()] })
        let floor = try PlanarFloor(samples)
        let exact = try floor.minimum(SignBudget(positive: 2, negative: 1, free: 0)).loss
        #expect(exact >= floor.coneBound(signs: [1, -1]) - 1e-14)
        let problem = try ShallowProblem(ShallowArchitecture(inputs: 2, hidden: 3), samples)
        var best = Double.infinity
        for _ in 0..<30 {
            // Descent from random starts with a of fixed sign and unit size.
            var theta = (0..<9).map { $0 % 3 == 2 ? ($0 == 8 ? -1.0 : 1) : 2 * generator.symmetric() }
            for _ in 0..<4000 {
                let gradient = problem.lossAndGradient(theta).gradient
                for i in theta.indices where i % 3 != 2 { theta[i] -= 0.3 * gradient[i] }
            }
            best = min(best, problem.loss(theta))
        }
        #expect(best >= exact - 1e-12)
        // The global minimum of this small problem is found by some start.
        #expect(best < exact + 0.02, "\(best) for \(exact)")
    }

    @Test func nonNegativeLeastSquaresMeetsItsConditions() {
        var generator = SplitMix(state: 9)
        for _ in 0..<200 {
            let (n, m) = (6, 9)
            let g = (0..<m).map { _ in (0..<n).map { _ in generator.symmetric() } }
            let y = (0..<n).map { _ in generator.symmetric() }
            func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
            let result = NonNegativeLeastSquares(
                gram: g.flatMap { a in g.map { dot(a, $0) } }, right: g.map { dot($0, y) }, squaredNorm: dot(y, y))
            var residual = y
            for (column, x) in zip(g, result.solution) { for i in 0..<n { residual[i] -= x * column[i] } }
            #expect(result.isOptimal && result.solution.allSatisfy { $0 >= 0 })
            // Karush, Kuhn and Tucker: no column has descent, those in use have none either way.
            for (column, x) in zip(g, result.solution) {
                let descent = dot(column, residual)
                #expect(descent < 1e-11 && (x == 0 || abs(descent) < 1e-11))
            }
            #expect(isClose(result.squaredResidual, dot(residual, residual), 1e-12))
        }
    }

    @Test func coneBoundOfThePlaneIsTheRayBound() throws {
        for sign in [1, -1] {
            let bound = try ConeBound(Self.circle, sign: sign)
            #expect(bound.isCertified)
            #expect(try isClose(bound.loss, PlanarFloor(Self.circle).coneBound(signs: [sign]), 1e-10))
            // The same by search from many starts.
            let searched = try ConeBound(Self.circle, sign: sign, enumerationLimit: 1)
            // A column that was missed leaves the residual too large: never too small.
            #expect(!searched.isCertified && searched.loss > bound.loss - 1e-12 && isClose(searched.loss, bound.loss, 1e-4))
        }
    }

    @Test func coneBoundInThreeDimensionsIsZeroForATeacherOfItsSign() throws {
        var generator = SplitMix(state: 4)
        let inputs = (0..<20).map { _ in (0..<3).map { _ in generator.symmetric() } }
        let targets = inputs.map { x in [max(0, x[0] - 0.5 * x[1]) + max(0, x[2] + x[1])] }
        let samples = try Samples(name: "teacher", inputs: inputs, targets: targets)
        #expect(try ConeBound(samples, sign: 1).loss < 1e-12)
        // Non-negative targets: the best of the negative cone is zero.
        let zero = targets.reduce(0) { $0 + $1[0] * $1[0] } / 40
        #expect(try isClose(ConeBound(samples, sign: -1).loss, zero, 1e-12))
    }

    @Test func oneInputOptimumIsClipped() throws {
        let network = try ShallowNetwork(inputWeights: [[0.3], [-0.2]], outputWeights: [[1, 0.8]])
        let optimum = try OneInputOptimum(network, .line)
        #expect(isClose(optimum.risingBest, -1, 1e-15) && isClose(optimum.fallingBest, 0.5, 1e-15))
        #expect(optimum.rising == 0 && isClose(optimum.falling, 0.5, 1e-15))
        #expect(isClose(optimum.componentLoss, 0.625, 1e-15) && isClose(optimum.globalLoss, 0, 1e-15))
        // The same by the search over sectors, with a bias row that is always 0.
        let planar = try Samples(name: "line", inputs: [[-2, 0], [-1, 0], [1, 0], [2, 0]], targets: [[1], [0.5], [-1], [-2]])
        #expect(try isClose(PlanarFloor(planar).minimum(SignBudget(positive: 2, negative: 0, free: 0)).loss, 0.625, 1e-12))
    }

    @Test func logisticFloorsAreHalfDecidedSamples() throws {
        let samples = try Samples(name: "d", inputs: [[1, 0], [0, 1], [1, 1], [-1, 0]], targets: [[0], [1], [1], [1]])
        #expect(isClose(LogisticFloor.positive(samples), 0.25 * 0.6931471805599453, 1e-15))
        #expect(isClose(LogisticFloor.negative(samples), 0.75 * 0.6931471805599453, 1e-15))
    }

    @Test func closedFormOfTheLinearNeuron() {
        #expect(isClose(LinearNeuron(w: 0.5, a: 1.2, target: 2).product(at: 1), 1.94482930669, 1e-9))
        #expect(isClose(LinearNeuron(w: 0.5, a: -1.2, target: 2).product(at: 1), 1.67615301818, 1e-9))
        #expect(isClose(LinearNeuron(w: -1.2, a: 0.5, target: -1).product(at: 0.7), -0.89850662131, 1e-9))
    }

    @Test(arguments: [(0.5, 1.2, 2.0), (0.7, 0.7, 1.5), (-0.7, 0.7, 1.5), (0.4, -0.4, -1), (1.1, 0.2, 0)])
    func closedFormObeysItsEquation(_ w: Double, _ a: Double, _ y: Double) {
        let neuron = LinearNeuron(w: w, a: a, target: y)
        #expect(isClose(neuron.product(at: 0), w * a, 1e-12))
        for t in [0.1, 0.5, 1.3] {
            let h = 1e-4
            let slope = (neuron.product(at: t + h) - neuron.product(at: t - h)) / (2 * h)
            let s = neuron.product(at: t)
            let expected = (y - s) * (neuron.c * neuron.c + 4 * s * s).squareRoot()
            #expect(isClose(slope, expected, 1e-6), "t = \(t)")
        }
    }
}
