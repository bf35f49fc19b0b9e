import LoamNN
import LoamTensor
import Testing

@Suite struct LayerTests {
    @Test func denseIsAnAffineMap() {
        let layer = Dense<Double>(weight: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), bias: Tensor([10, 20]))
        #expect(layer(Tensor([1, 0, -1], shape: [1, 3])).scalars == [8, 18])
    }

    @Test func denseActsOnTheLastAxisOfAnyRank() {
        var generator = PhiloxGenerator(seed: 1)
        let layer = Dense<Double>(3, 4, using: &generator)
        let x = gaussian([2, 5, 3])
        #expect(layer(x).shape == [2, 5, 4])
        #expect(largestDifference(layer(x).select(1, axis: 0), layer(x.select(1, axis: 0))) < 1e-14)
    }

    @Test func denseDerivatives() {
        var generator = PhiloxGenerator(seed: 2)
        checkModelDerivatives(Dense<Double>(3, 4, activation: .tanh, using: &generator), at: gaussian([5, 3]))
    }

    @Test func convolutionOfAnImpulseIsTheFlippedKernel() {
        var generator = Self.generator()
        var layer = Conv1D<Double>(1, 1, kernel: 3, padding: 1, bias: false, using: &generator)
        layer.weight = Tensor([1, 2, 3], shape: [1, 1, 3])
        #expect(layer(Tensor([0, 0, 1, 0, 0], shape: [1, 1, 5])).scalars == [0, 3, 2, 1, 0])
    }

    @Test func transposedConvolutionOfAnImpulseIsTheKernel() {
        var generator = Self.generator()
        var layer = TransposedConv1D<Double>(1, 1, kernel: 3, stride: 2, bias: false, using: &generator)
        layer.weight = Tensor([1, 2, 3], shape: [1, 1, 3])
        #expect(layer(Tensor([0, 1, 0], shape: [1, 1, 3])).scalars == [0, 0, 1, 2, 3, 0, 0])
    }

    @Test func transposedConvolutionIsTheAdjoint() {
        var generator = Self.generator()
        // ⟨conv(x), y⟩ = ⟨x, conv*(y)⟩ with the same weight.
        var down = Conv2D<Double>(3, 4, kernel: 3, stride: 2, padding: 1, bias: false, using: &generator)
        var up = TransposedConv2D<Double>(4, 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1, bias: false, using: &generator)
        down.weight = gaussian([4, 3, 3, 3], seed: 5)
        up.weight = down.weight
        let (x, y) = (gaussian([2, 3, 6, 8], seed: 6), gaussian([2, 4, 3, 4], seed: 7))
        #expect(abs((down(x) * y).sum().item - (x * up(y)).sum().item) < 1e-11)
    }

    @Test func convolutionShapesFollowTheFormula() {
        var generator = Self.generator()
        let layer = Conv3D<Float>(2, 6, kernel: [3, 1, 2], stride: 2, padding: [1, 0, 0], groups: 2, using: &generator)
        #expect(layer.weight.shape == [6, 1, 3, 1, 2])
        #expect(layer(Tensor.zeros([1, 2, 5, 6, 7])).shape == [1, 6, 3, 3, 3])
    }

    @Test func convolutionDerivatives() {
        var generator = Self.generator()
        checkModelDerivatives(Conv2D<Double>(2, 3, kernel: 3, stride: 2, padding: 1, using: &generator), at: gaussian([2, 2, 5, 5]))
    }

    @Test func transposedConvolutionDerivatives() {
        var generator = Self.generator()
        checkModelDerivatives(TransposedConv3D<Double>(2, 2, kernel: 2, stride: 2, using: &generator), at: gaussian([1, 2, 2, 2, 3]))
    }

    @Test func batchNormalisationNormalisesEveryChannelWhileTraining() {
        var layer = BatchNormalisation<Double>(3, epsilon: 0)
        var context = ForwardContext.training(seed: 1)
        let y = layer(gaussian([8, 3, 4], seed: 2, mean: 5, deviation: 3), in: &context)
        #expect(y.mean(axes: [0, 2]).magnitude().maximum().item < 1e-13)
        #expect(largestDifference(y.variance(axes: [0, 2]), Tensor.ones([3])) < 1e-12)
    }

    @Test func runningStatisticsAreExponentialAverages() {
        var layer = BatchNormalisation<Double>(1, momentum: 0.25)
        var context = ForwardContext.training(seed: 1)
        _ = layer(Tensor([1, 3], shape: [2, 1]), in: &context)  // mean 2, unbiased variance 2
        #expect(layer.runningMean.item == 0.5 && layer.runningVariance.item == 1.25)
        _ = layer(Tensor([0, 4], shape: [2, 1]), in: &context)  // mean 2, unbiased variance 8
        #expect(layer.runningMean.item == 0.875 && layer.runningVariance.item == 2.9375 && layer.batchesSeen == 2)
    }

    @Test func withoutMomentumRunningStatisticsAreTheMeanOfAllBatches() {
        var layer = BatchNormalisation<Double>(1, momentum: nil)
        var context = ForwardContext.training(seed: 1)
        for mean in [1.0, 2, 6] { _ = layer(Tensor([mean - 1, mean + 1], shape: [2, 1]), in: &context) }
        #expect(abs(layer.runningMean.item - 3) < 1e-15 && abs(layer.runningVariance.item - 2) < 1e-15)
    }

    @Test func inferenceUsesRunningStatisticsAndLeavesThem() {
        var layer = BatchNormalisation<Double>(1, epsilon: 0)
        layer.runningMean = Tensor([2])
        layer.runningVariance = Tensor([4])
        layer.weight = Tensor([3])
        layer.bias = Tensor([1])
        #expect(layer(Tensor([4, 0], shape: [2, 1])).scalars == [4, -2])
        #expect(layer.batchesSeen == 0 && layer.runningMean.item == 2)
    }

    @Test func batchNormalisationDerivatives() {
        var layer = BatchNormalisation<Double>(2)
        layer.weight = Tensor([0.7, -1.2])
        layer.runningMean = Tensor([0.2, -0.1])
        layer.runningVariance = Tensor([1.3, 0.6])
        checkModelDerivatives(layer, at: gaussian([4, 2, 3]))
        checkModelDerivatives(layer, at: gaussian([4, 2, 3]), training: false)
    }

    @Test func layerNormalisationNormalisesEveryExample() {
        let y = LayerNormalisation<Double>([3, 4], epsilon: 0)(gaussian([5, 3, 4], mean: -2, deviation: 4))
        #expect(y.mean(axes: [1, 2]).magnitude().maximum().item < 1e-13)
        #expect(largestDifference(y.variance(axes: [1, 2]), Tensor.ones([5])) < 1e-12)
    }

    @Test func groupNormalisationWithOneGroupAChannelIsInstanceNormalisation() {
        let x = gaussian([2, 4, 3, 3])
        let difference = largestDifference(GroupNormalisation<Double>(groups: 4, channels: 4)(x), InstanceNormalisation<Double>(4)(x))
        #expect(difference < 1e-13)
    }

    @Test func groupNormalisationWithOneGroupNormalisesWholeExamples() {
        let x = gaussian([2, 4, 3])
        let difference = largestDifference(
            GroupNormalisation<Double>(groups: 1, channels: 4)(x), LayerNormalisation<Double>([4, 3])(x))
        #expect(difference < 1e-13)
    }

    @Test func otherNormalisationsDerivatives() {
        var layer = LayerNormalisation<Double>([4])
        layer.weight = gaussian([4], seed: 8)
        checkModelDerivatives(layer, at: gaussian([3, 4]))
        checkModelDerivatives(GroupNormalisation<Double>(groups: 2, channels: 4), at: gaussian([2, 4, 3]))
        checkModelDerivatives(InstanceNormalisation<Double>(2), at: gaussian([2, 2, 5]))
    }

    @Test func dropoutKeepsTheMeanAndTheRightShare() {
        var generator = ForwardContext.training(seed: 11)
        let layer = Dropout<Double>(0.25)
        let y = layer(Tensor.ones([40_000]), in: &generator)
        let kept = y.scalars.count { $0 != 0 }
        // Binomial: σ = √(40000·¼·¾) ≈ 87; five of them, with seed 11.
        #expect(abs(kept - 30_000) < 435)
        #expect(y.scalars.allSatisfy { $0 == 0 || abs($0 - 4.0 / 3) < 1e-15 })
    }

    @Test func dropoutIsTheIdentityInInference() {
        let x = gaussian([10])
        #expect(Dropout<Double>(0.9)(x) == x)
    }

    @Test func dropoutDrawsAnewAndFollowsTheContext() {
        var context = ForwardContext.training(seed: 1)
        let saved = context
        let layer = Dropout<Double>(0.5)
        let x = Tensor<Double>.ones([100])
        let first = layer(x, in: &context)
        #expect(layer(x, in: &context) != first)
        context = saved
        #expect(layer(x, in: &context) == first)
    }

    @Test func channelDropoutDropsWholeChannels() {
        var context = ForwardContext.training(seed: 2)
        let y = Dropout<Double>(0.5, dropsChannels: true)(Tensor.ones([8, 16, 3, 3]), in: &context)
        let sums = y.sum(axes: [2, 3]).scalars
        #expect(sums.allSatisfy { $0 == 0 || $0 == 18 })
        #expect(Set(sums).count == 2)
    }

    @Test func embeddingLooksUpRowsAndSendsGradientsBack() {
        let table = Tensor<Double>([1, 2, 3, 4, 5, 6], shape: [3, 2])
        let indices = Tensor<Int32>([2, 0, 2, 2], shape: [2, 2])
        #expect(Embedding(weight: table)(indices).scalars == [5, 6, 1, 2, 5, 6, 5, 6])
        let slope = gradient(at: table) { Embedding(weight: $0)(indices).sum() }
        #expect(slope.scalars == [1, 1, 0, 0, 3, 3])
    }

    @Test func poolingOfARamp() {
        let x = Tensor<Double>((0..<8).map(Double.init), shape: [1, 1, 8])
        #expect(MaxPooling<Double>(kernel: 2)(x).scalars == [1, 3, 5, 7])
        #expect(AveragePooling<Double>(kernel: 2)(x).scalars == [0.5, 2.5, 4.5, 6.5])
        #expect(AdaptivePooling<Double>(.average, output: 1)(x).scalars == [3.5])
        #expect(AdaptivePooling<Double>(.maximum, output: 2)(x).scalars == [3, 7])
    }

    @Test func poolingDerivatives() {
        let x = gaussian([1, 2, 4, 4])
        checkModelDerivatives(MaxPooling<Double>(kernel: 2), at: x)
        checkModelDerivatives(AveragePooling<Double>(kernel: 3, stride: 1, padding: 1), at: x)
        checkModelDerivatives(AdaptivePooling<Double>(.average, output: 3), at: x)
    }

    @Test(arguments: [
        (ActivationFunction.relu, 0.0, 2.0), (.leakyReLU(slope: 0.1), -0.1, 2), (.identity, -1, 2), (.tanh, -0.761594155955765, 0.964027580075817),
        (.sigmoid, 0.268941421369995, 0.880797077977882), (.softplus, 0.313261687518223, 2.126928011042973),
        (.silu, -0.268941421369995, 1.761594155955765), (.gelu, -0.158655253931457, 1.954499736103642),
        (.elu(alpha: 0.5), -0.316060279414279, 2), (.selu, -1.111330737812563, 2.101401974710961), (.sine, -0.841470984807897, 0.909297426825682),
    ])
    func activationsHaveTheirClosedForms(function: ActivationFunction, atMinusOne: Double, atTwo: Double) {
        let y = Activation<Double>(function)(Tensor([-1, 2])).scalars
        #expect(abs(y[0] - atMinusOne) < 1e-13 && abs(y[1] - atTwo) < 1e-13)
    }

    @Test func activationDerivatives() {
        for function: ActivationFunction in [.tanh, .sigmoid, .softplus, .silu, .gelu, .elu(alpha: 0.7), .selu, .sine, .leakyReLU(slope: 0.1)] {
            checkModelDerivatives(Activation<Double>(function), at: gaussian([20]))
        }
    }

    @Test func flattenAndReshapeKeepTheBatch() {
        #expect(Flatten<Float>()(Tensor.zeros([2, 3, 4, 5])).shape == [2, 60])
        #expect(Reshape<Float>([3, 4])(Tensor.zeros([2, 12])).shape == [2, 3, 4])
    }

    @Test func residualAddsItsInput() {
        let layer = Residual<Double>(Dense(weight: Tensor([2, 0, 0, 2], shape: [2, 2]), bias: nil))
        #expect(layer(Tensor([1, 5], shape: [1, 2])).scalars == [3, 15])
        #expect(layer.parameters.names == ["body.weight"])
    }

    @Test func sequentialDerivatives() {
        var generator = Self.generator()
        let model = Sequential<Double> {
            Dense(3, 4, activation: .tanh, using: &generator)
            Residual(Dense(4, 4, using: &generator))
            Dense(4, 1, using: &generator)
        }
        checkModelDerivatives(model, at: gaussian([5, 3]))
    }

    private static func generator() -> PhiloxGenerator { PhiloxGenerator(seed: 3) }
}
