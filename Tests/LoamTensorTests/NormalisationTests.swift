import LoamTensor
import Testing

@Suite struct NormalisationTests {
    /// The definition with given sets: every axis in `axes` is averaged over, after a reshape to `shape`.
    private func reference(_ x: Tensor<Double>, as shape: Shape, axes: [Int], epsilon: Double = 1e-5) -> Tensor<Double> {
        let sets = x.reshaped(shape)
        let mean = sets.mean(axes: axes, keepingAxes: true)
        return ((sets - mean) / (sets.variance(axes: axes, keepingAxes: true) + epsilon).squareRoot()).reshaped(x.shape)
    }

    private func perChannel(_ p: Tensor<Double>, _ rank: Int) -> Tensor<Double> {
        p.reshaped(Shape([p.count] + Array(repeating: 1, count: rank - 2)))
    }

    static let shapes: [Shape] = [[6, 3], [7, 8], [5, 16], [4, 5, 7], [3, 8, 4, 5], [2, 4, 3, 3, 4], [1, 6, 2, 3]]

    @Test(arguments: shapes)
    func batchMatchesTheDefinition(_ shape: Shape) {
        let x = gaussian(shape, seed: 1, mean: 3, deviation: 2)
        let (scale, shift) = (gaussian([shape[1]], seed: 2), gaussian([shape[1]], seed: 3))
        let axes = [0] + Array(2..<shape.rank)
        let (y, mean, variance) = batchNormalisation(x, scale: scale, shift: shift)
        let expected = reference(x, as: shape, axes: axes) * perChannel(scale, shape.rank) + perChannel(shift, shape.rank)
        #expect(largestDifference(y, expected) < 1e-12)
        #expect(largestDifference(mean, x.mean(axes: axes)) < 1e-13)
        #expect(largestDifference(variance, x.variance(axes: axes)) < 1e-12)
    }

    @Test(arguments: shapes)
    func batchHasFirstAndSecondDerivatives(_ shape: Shape) {
        checkDerivatives([gaussian(shape, seed: 4), gaussian([shape[1]], seed: 5), gaussian([shape[1]], seed: 6)], tolerance: 1e-5) {
            batchNormalisation($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-2).value.tanh()
        }
    }

    @Test func batchWithoutParametersHasDerivatives() {
        checkDerivatives([gaussian([4, 3, 5], seed: 7)], tolerance: 1e-5) { batchNormalisation($0[0], epsilon: 1e-2).value.tanh() }
    }

    @Test func batchWithOnlyAShiftHasDerivatives() {
        checkDerivatives([gaussian([4, 3, 5], seed: 7), gaussian([3], seed: 8)], tolerance: 1e-5) {
            batchNormalisation($0[0], shift: $0[1], epsilon: 1e-2).value.tanh()
        }
    }

    @Test func inferenceUsesTheGivenStatistics() {
        let x = gaussian([3, 4, 5], seed: 8)
        let (mean, variance) = (gaussian([4], seed: 9), gaussian([4], seed: 10).squared())
        let (scale, shift) = (gaussian([4], seed: 11), gaussian([4], seed: 12))
        let y = batchNormalisation(x, mean: mean, variance: variance, scale: scale, shift: shift, epsilon: 1e-3)
        let expected =
            (x - perChannel(mean, 3)) / (perChannel(variance, 3) + 1e-3).squareRoot() * perChannel(scale, 3) + perChannel(shift, 3)
        #expect(largestDifference(y, expected) < 1e-12)
    }

    @Test func inferenceHasFirstAndSecondDerivatives() {
        let variance = gaussian([4], seed: 10).squared() + 0.5
        checkDerivatives([gaussian([3, 4, 5]), gaussian([4], seed: 2), variance, gaussian([4], seed: 3), gaussian([4], seed: 4)]) {
            batchNormalisation($0[0], mean: $0[1], variance: $0[2], scale: $0[3], shift: $0[4]).tanh()
        }
    }

    @Test func inferenceWithABatchsOwnStatisticsIsTraining() {
        let x = gaussian([4, 8, 6], seed: 13)
        let (y, mean, variance) = batchNormalisation(x)
        #expect(largestDifference(batchNormalisation(x, mean: mean, variance: variance), y) < 1e-12)
    }

    @Test(arguments: [([6, 9], 1), ([2, 3, 16], 1), ([2, 3, 4, 5], 2), ([5], 1), ([3, 1], 1)] as [(Shape, Int)])
    func layerMatchesTheDefinition(_ shape: Shape, _ axes: Int) {
        let x = gaussian(shape, seed: 14, mean: -2)
        let inner = Shape(shape.suffix(axes))
        let (scale, shift) = (gaussian(inner, seed: 15), gaussian(inner, seed: 16))
        let y = layerNormalisation(x, axes: axes, scale: scale, shift: shift)
        let expected = reference(x, as: [shape.elementCount / inner.elementCount, inner.elementCount], axes: [1]) * scale + shift
        #expect(largestDifference(y, expected) < 1e-12)
    }

    @Test(arguments: [([6, 9], 1), ([2, 3, 16], 1), ([2, 3, 4, 5], 2)] as [(Shape, Int)])
    func layerHasFirstAndSecondDerivatives(_ shape: Shape, _ axes: Int) {
        let inner = Shape(shape.suffix(axes))
        checkDerivatives([gaussian(shape, seed: 17), gaussian(inner, seed: 18), gaussian(inner, seed: 19)], tolerance: 1e-5) {
            layerNormalisation($0[0], axes: axes, scale: $0[1], shift: $0[2], epsilon: 1e-2).tanh()
        }
    }

    @Test func layerWithoutParametersHasDerivatives() {
        checkDerivatives([gaussian([4, 7], seed: 20)], tolerance: 1e-5) { layerNormalisation($0[0], epsilon: 1e-2).tanh() }
    }

    @Test(arguments: [([3, 6, 5], 2), ([2, 8, 3, 4], 4), ([2, 4, 3, 2, 3], 1), ([4, 6], 3)] as [(Shape, Int)])
    func groupMatchesTheDefinition(_ shape: Shape, _ groups: Int) {
        let x = gaussian(shape, seed: 21, mean: 1)
        let (scale, shift) = (gaussian([shape[1]], seed: 22), gaussian([shape[1]], seed: 23))
        let y = groupNormalisation(x, groups: groups, scale: scale, shift: shift)
        let expected =
            reference(x, as: [shape[0], groups, shape.elementCount / shape[0] / groups], axes: [2]) * perChannel(scale, shape.rank)
            + perChannel(shift, shape.rank)
        #expect(largestDifference(y, expected) < 1e-12)
    }

    @Test(arguments: [([3, 6, 5], 2), ([2, 8, 3, 4], 4), ([4, 6], 3)] as [(Shape, Int)])
    func groupHasFirstAndSecondDerivatives(_ shape: Shape, _ groups: Int) {
        checkDerivatives([gaussian(shape, seed: 24), gaussian([shape[1]], seed: 25), gaussian([shape[1]], seed: 26)], tolerance: 1e-5) {
            groupNormalisation($0[0], groups: groups, scale: $0[1], shift: $0[2], epsilon: 1e-2).tanh()
        }
    }

    @Test func instanceIsGroupWithOneChannelAGroup() {
        let x = gaussian([2, 5, 4, 3], seed: 27)
        #expect(largestDifference(instanceNormalisation(x), reference(x, as: [2, 5, 12], axes: [2])) < 1e-12)
    }

    @Test func instanceHasFirstAndSecondDerivatives() {
        checkDerivatives([gaussian([2, 3, 4, 3], seed: 28), gaussian([3], seed: 29), gaussian([3], seed: 30)], tolerance: 1e-5) {
            instanceNormalisation($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-2).tanh()
        }
    }

    @Test func aConstantInputNormalisesToTheShift() {
        let x = Tensor<Double>(repeating: 5, shape: [2, 8, 3, 3])
        let shift = gaussian([8], seed: 31)
        let y = batchNormalisation(x, scale: gaussian([8]), shift: shift).value
        #expect(largestDifference(y, perChannel(shift, 4).broadcast(to: x.shape)) < 1e-14)
        #expect(layerNormalisation(x) == Tensor.zeros(x.shape))
    }

    @Test func twoValuesNormaliseToPlusAndMinusOne() {
        let x = Tensor<Double>([1, 3], shape: [1, 2])
        #expect(layerNormalisation(x, epsilon: 0).scalars == [-1, 1])
        let (y, mean, variance) = batchNormalisation(Tensor<Double>([1, 3], shape: [2, 1]), epsilon: 0)
        #expect(y.scalars == [-1, 1] && mean.scalars == [2] && variance.scalars == [1])
    }

    @Test func theGradientOfTrainingStatisticsIsOrthogonalToOnesAndToTheOutput() {
        // The result does not change when x is shifted or scaled (at ε = 0): the gradient of anything is orthogonal to both.
        let x = gaussian([5, 3, 4], seed: 32)
        let weights = gaussian([5, 3, 4], seed: 33)
        let g = gradient(at: x) { (batchNormalisation($0, epsilon: 0).value * weights).sum() }
        #expect(g.sum(axes: [0, 2]).magnitude().maximum().item < 1e-12)
        #expect((g * (x - x.mean(axes: [0, 2], keepingAxes: true))).sum(axes: [0, 2]).magnitude().maximum().item < 1e-12)
    }

    @Test(arguments: [[4, 8, 6, 6], [2, 12, 5, 5], [4, 16], [3, 5, 7]] as [Shape])
    func singlePrecisionMatchesDoubleInValueAndGradient(_ shape: Shape) {
        let x = gaussianPair(shape, seed: 34)
        let (scale, shift) = (gaussianPair([shape[1]], seed: 35), gaussianPair([shape[1]], seed: 36))
        let weights = gaussianPair(shape, seed: 37)
        func gradients<Scalar: TensorScalar>(
            _ x: Tensor<Scalar>, _ scale: Tensor<Scalar>, _ shift: Tensor<Scalar>, _ weights: Tensor<Scalar>
        ) -> [Tensor<Double>] {
            let value = batchNormalisation(x, scale: scale, shift: shift).value
            let g = gradient(at: [x, scale, shift]) { (batchNormalisation($0[0], scale: $0[1], shift: $0[2]).value * weights).sum() }
            return ([value] + g).map { Tensor<Double>(casting: $0) }
        }
        let single = gradients(x.single, scale.single, shift.single, weights.single)
        let double = gradients(x.double, scale.double, shift.double, weights.double)
        for (a, b) in zip(single, double) { #expect(largestDifference(a, b) < 2e-5 * max(1, b.magnitude().maximum().item)) }
    }

    @Test(arguments: [8, 12])
    func blockedNormalisationsEqualRowMajorOnes(_ channels: Int) {
        let x = Tensor<Float>(casting: gaussian([3, channels, 6, 5], seed: 38, mean: 2))
        let identity = Tensor<Float>.identity(channels).reshaped([channels, channels, 1, 1])
        let p = [x, Tensor<Float>(casting: gaussian([channels], seed: 39)), Tensor<Float>(casting: gaussian([channels], seed: 40))]
        let functions: [([Tensor<Float>]) -> Tensor<Float>] = [
            { batchNormalisation($0[0], scale: $0[1], shift: $0[2]).value },
            { groupNormalisation($0[0], groups: 2, scale: $0[1], shift: $0[2]) },
            { instanceNormalisation($0[0], scale: $0[1], shift: $0[2]) },
            { batchNormalisation($0[0], mean: $0[1], variance: $0[2].squared(), scale: $0[2], shift: $0[1], epsilon: 0.1) },
        ]
        for (index, function) in functions.enumerated() {
            let blocked = function([convolution(x, identity), p[1], p[2]])
            #expect(largestDifference(blocked, function(p)) < 2e-5, "function \(index)")
            let a = gradient(at: p) { function([convolution($0[0], identity), $0[1], $0[2]]).tanh().squared().sum() }
            let b = gradient(at: p) { function($0).tanh().squared().sum() }
            for (a, b) in zip(a, b) { #expect(largestDifference(a, b) < 1e-3 * max(1, b.magnitude().maximum().item), "function \(index)") }
        }
    }

    @Test func aLargeMeanCostsNoAccuracy() {
        let offset = Tensor<Float>(casting: gaussian([4, 8, 16, 16], seed: 41)) + 1000
        let exact = reference(Tensor<Double>(casting: offset), as: offset.shape, axes: [0, 2, 3])
        // The inputs themselves are rounded to 2⁻¹⁴ of a standard deviation; the result should add no more than that.
        #expect(largestDifference(Tensor<Double>(casting: batchNormalisation(offset).value), exact) < 5e-4)
    }
}
