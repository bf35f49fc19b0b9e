import LoamNN
import LoamTensor
import Testing

extension BinaryFloatingPoint {
    /// 10ⁿ by repeated multiplication.
    fileprivate static func powerOfTen(_ n: Int) -> Self {
        (0..<abs(n)).reduce(Self(1)) { value, _ in n > 0 ? value * 10 : value / 10 }
    }
}

@Suite struct OptimiserTests {
    private func vector(_ values: [Double]) -> ParameterVector<Double> {
        ParameterVector(layout: ParameterLayout(names: ["position"], shapes: [[values.count]]), tensors: [Tensor(values)])
    }

    @Test func plainDescentMovesAgainstTheGradient() {
        var sgd = SGD<Double>(learningRate: 0.5)
        var model = Point([1, 2])
        sgd.step(&model, gradient: vector([2, -4]))
        #expect(model.position.scalars == [0, 4])
    }

    @Test func momentumAddsPastGradients() {
        // Gradient 1 twice with μ = ½: b = 1, then 1.5; θ = −1, then −2.5.
        var sgd = SGD<Double>(learningRate: 1, momentum: 0.5)
        var model = Point([0])
        sgd.step(&model, gradient: vector([1]))
        sgd.step(&model, gradient: vector([1]))
        #expect(model.position.scalars == [-2.5])
    }

    @Test func nesterovLooksAhead() {
        // First step: b = 1, change 1 + ½·1.
        var sgd = SGD<Double>(learningRate: 1, momentum: 0.5, isNesterov: true)
        var model = Point([0])
        sgd.step(&model, gradient: vector([1]))
        #expect(model.position.scalars == [-1.5])
    }

    @Test func descentOnAQuadraticFollowsItsClosedForm() {
        // θ_t = (1 − ηa)ᵗ θ₀ for f = aθ²/2.
        var sgd = SGD<Double>(learningRate: 0.1)
        var model = Point([3])
        for _ in 0..<50 {
            let (_, g) = valueAndGradient(at: &model) { $0.position.squared().sum() * 2 }
            sgd.step(&model, gradient: g)
        }
        var expected = 3.0
        for _ in 0..<50 { expected *= 0.6 }
        #expect(abs(model.position.item - expected) < 1e-13 * expected)
    }

    @Test func adamsFirstStepHasTheLearningRatesSize() {
        var adam = Adam<Double>(learningRate: 0.01)
        var model = Point([1, 1, 1])
        adam.step(&model, gradient: vector([5, -1e-3, 0]))
        let moved = model.position.scalars
        #expect(abs(moved[0] - 0.99) < 1e-10 && abs(moved[1] - 1.01) < 1e-6 && moved[2] == 1)
    }

    @Test func adamOnRawMemoryTakesTheSameSteps() {
        let count = 21
        var adam = Adam<Float>(learningRate: 0.02, firstDecay: 0.7, secondDecay: 0.95, epsilon: 1e-4)
        var parameters = ParameterVector(
            layout: ParameterLayout(names: ["p"], shapes: [[count]]), tensors: [Tensor<Float>((0..<count).map { Float($0) * 0.1 })])
        var raw = parameters.tensors[0].scalars
        var first = [Float](repeating: 0, count: count)
        var second = first
        for step in 1...7 {
            let gradient = (0..<count).map { Float(($0 * 7 + step * 3) % 11) - 4.5 }
            adam.step(&parameters, gradient: ParameterVector(layout: parameters.layout, tensors: [Tensor(gradient)]))
            AdamUpdate<Float>(learningRate: 0.02, firstDecay: 0.7, secondDecay: 0.95, epsilon: 1e-4, step: step)(
                &raw, gradient: gradient, first: &first, second: &second, count: count)
        }
        #expect(parameters.tensors[0].scalars == raw)
    }

    @Test func adamFollowsItsRecurrenceForManySteps() {
        var adam = Adam<Double>(learningRate: 0.1, firstDecay: 0.8, secondDecay: 0.9, epsilon: 1e-3)
        var model = Point([0])
        var (m, v, theta) = (0.0, 0.0, 0.0)
        var (decay1, decay2) = (1.0, 1.0)
        for t in 1...20 {
            let g = Double(t % 5) - 1.5
            adam.step(&model, gradient: vector([g]))
            m = 0.8 * m + 0.2 * g
            v = 0.9 * v + 0.1 * g * g
            decay1 *= 0.8
            decay2 *= 0.9
            theta -= 0.1 * (m / (1 - decay1)) / ((v / (1 - decay2)).squareRoot() + 1e-3)
        }
        #expect(abs(model.position.item - theta) < 1e-13)
    }

    @Test func decoupledDecayShrinksWithoutGradient() {
        var adam = AdamW<Double>(learningRate: 0.1, weightDecay: 0.5)
        var model = Point([4])
        adam.step(&model, gradient: vector([0]))
        #expect(abs(model.position.item - 3.8) < 1e-15)
    }

    @Test func rmspropDividesByTheRootMeanSquare() {
        // s = 0.1·4; change η·2/(√0.4 + ε).
        var method = RMSprop<Double>(learningRate: 0.1, decay: 0.9, epsilon: 1e-8)
        var model = Point([1])
        method.step(&model, gradient: vector([2]))
        #expect(abs(model.position.item - (1 - 0.2 / (0.4.squareRoot() + 1e-8))) < 1e-15)
    }

    @Test func rootsAreRightOverTheWholeRange() {
        // Without memory or ε the change is g/√(g²) = ±1: the kernel's square root, relative to its argument's rounding. 25 magnitudes,
        // so that the last elements take the padded path.
        func largestError<Scalar: TensorScalar>(_ magnitudes: [Scalar]) -> Scalar {
            let layout = ParameterLayout(names: ["w"], shapes: [[magnitudes.count]])
            var method = RMSprop<Scalar>(learningRate: 1, decay: 0, epsilon: 0)
            var p = ParameterVector<Scalar>.zeros(layout)
            method.step(&p, gradient: ParameterVector(layout: layout, tensors: [Tensor(magnitudes)]))
            return largestDifference(p.tensors[0], Tensor(magnitudes.map { $0 > 0 ? -1 : 1 }))
        }
        let single = (0..<25).map { Float($0 % 2 == 0 ? 1.37 : -1.37) * Float.powerOfTen($0 - 12) }
        let double = (0..<25).map { ($0 % 2 == 0 ? 1.37 : -1.37) * Double.powerOfTen(10 * ($0 - 12)) }
        #expect(largestError(single) < 3 * Float.ulpOfOne)
        #expect(largestError(double) < 3 * Double.ulpOfOne)
    }

    @Test func overflowingSquaresStopTheUpdateAndNaNShows() {
        // g² is infinite: the change is g/√∞, next to nothing, as in PyTorch; NaN must not be hidden.
        var method = RMSprop<Float>(learningRate: 1)
        let layout = ParameterLayout(names: ["w"], shapes: [[3]])
        var p = ParameterVector<Float>.zeros(layout)
        method.step(&p, gradient: ParameterVector(layout: layout, tensors: [Tensor([1e30, .nan, 0])]))
        let values = p.tensors[0].scalars
        #expect(values[0].isFinite && values[1].isNaN && values[2] == 0)
    }

    @Test func singlePrecisionTracksDoublePrecision() {
        var single = Adam<Float>(learningRate: 0.01)
        var double = Adam<Double>(learningRate: 0.01)
        let start = gaussian([1000], seed: 2)
        let layout = ParameterLayout(names: ["w"], shapes: [[1000]])
        var p = ParameterVector<Float>(layout: layout, tensors: [Tensor(casting: start)])
        var q = ParameterVector<Double>(layout: layout, tensors: [start])
        for step in 0..<10 {
            let g = gaussian([1000], seed: UInt64(step + 10))
            single.step(&p, gradient: ParameterVector(layout: layout, tensors: [Tensor(casting: g)]))
            double.step(&q, gradient: ParameterVector(layout: layout, tensors: [g]))
        }
        // Ten steps of 0.01 with a relative rounding of a few 1e-7 each, and parameters up to 4 rounded ten times.
        #expect(largestDifference(Tensor<Double>(casting: p.tensors[0]), q.tensors[0]) < 3e-6)
    }

    @Test func stepsDoNotDependOnThreads() {
        let layout = ParameterLayout(names: ["w"], shapes: [[100_001]])
        func run() -> ParameterVector<Float> {
            var adam = AdamW<Float>(learningRate: 0.01)
            var p = ParameterVector<Float>(layout: layout, tensors: [Tensor(casting: gaussian([100_001], seed: 3))])
            for step in 0..<3 {
                let gradient = ParameterVector<Float>(layout: layout, tensors: [Tensor(casting: gaussian([100_001], seed: UInt64(step)))])
                adam.step(&p, gradient: gradient)
            }
            return p
        }
        #expect(Parallel.onOneThread(run) == run())
    }

    @Test func copiesOfModelAndOptimiserContinueIndependently() {
        var adam = Adam<Double>(learningRate: 0.1)
        var model = Point([1])
        adam.step(&model, gradient: vector([1]))
        let (savedModel, savedAdam) = (model, adam)
        adam.step(&model, gradient: vector([-3]))
        var (otherModel, otherAdam) = (savedModel, savedAdam)
        #expect(otherModel.position != model.position)
        otherAdam.step(&otherModel, gradient: vector([-3]))
        #expect(otherModel.position == model.position)
    }

    private func expectStateRoundTrip<Method: Optimiser<Double>>(
        _ make: () -> Method, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var original = make()
        var model = Perceptron<Double>()
        let layout = model.parameterLayout
        let x = gaussian([4, 3])
        func advance(_ method: inout Method, _ model: inout Perceptron<Double>) {
            let (_, g) = valueAndGradient(at: &model) { $0(x).squared().sum() }
            method.step(&model, gradient: g)
        }
        advance(&original, &model)
        advance(&original, &model)
        let state = try withTemporaryFile { url in
            try original.stateDictionary(for: layout).write(to: url)
            return try StateDictionary<Double>(contentsOf: url)
        }
        var restored = make()
        try restored.load(state, for: layout)
        #expect(restored.steps == 2, sourceLocation: sourceLocation)
        var copy = model
        advance(&original, &model)
        advance(&restored, &copy)
        #expect(copy.parameters == model.parameters, sourceLocation: sourceLocation)
    }

    @Test func savedStatesContinueToTheBit() throws {
        try expectStateRoundTrip { SGD(learningRate: 0.1) }
        try expectStateRoundTrip { SGD(learningRate: 0.1, momentum: 0.9) }
        try expectStateRoundTrip { RMSprop(learningRate: 0.01, momentum: 0.5, isCentred: true) }
        try expectStateRoundTrip { Adam(learningRate: 0.01) }
        try expectStateRoundTrip { AdamW(learningRate: 0.01) }
    }

    @Test func statesOfAnotherRuleAreRefused() {
        var adam = Adam<Double>()
        var model = Point([1])
        adam.step(&model, gradient: vector([1]))
        let state = adam.stateDictionary(for: model.parameterLayout)
        #expect(state.names == ["step", "exp_avg.position", "exp_avg_sq.position"])
        var sgd = SGD<Double>(learningRate: 1, momentum: 0.9)
        let layout = model.parameterLayout
        #expect(throws: StateDictionaryError.self) { try sgd.load(state, for: layout) }
    }
}
