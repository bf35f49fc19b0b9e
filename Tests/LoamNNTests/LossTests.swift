import Foundation
import LoamNN
import LoamTensor
import Testing

@Suite struct LossTests {
    let logits = gaussian([5, 4], seed: 1, deviation: 2)
    let labels = Tensor<Int32>([0, 3, 1, 1, 2])

    @Test func meanSquaredErrorByHand() {
        let (p, t) = (Tensor<Double>([1, 2, 4]), Tensor<Double>([0, 2, 1]))
        #expect(abs(meanSquaredError(p, t).item - 10.0 / 3) < 1e-15)
        #expect(meanSquaredError(p, t, reduction: .sum).item == 10)
        #expect(meanSquaredError(p, t, reduction: .none).scalars == [1, 0, 9])
    }

    @Test func meanAbsoluteErrorByHand() {
        #expect(meanAbsoluteError(Tensor<Double>([1, -2, 4]), Tensor([0, 2, 1])).item == 8.0 / 3)
    }

    @Test func huberJoinsTheParabolaAndTheLines() {
        let zero = Tensor<Double>.zeros([4])
        let x = Tensor<Double>([0.5, -1.5, 2, -4])
        #expect(huberLoss(x, zero, delta: 2, reduction: .none).scalars == [0.125, 1.125, 2, 6])
        #expect(smoothL1Loss(x, zero, beta: 2, reduction: .none).scalars == [0.0625, 0.5625, 1, 3])
    }

    @Test func crossEntropyOfEqualLogitsIsTheLogarithmOfTheClasses() {
        #expect(abs(crossEntropy(Tensor<Double>.zeros([3, 7]), Tensor([0, 3, 6])).item - 7.0.logarithm) < 1e-14)
    }

    @Test func crossEntropyAgreesWithItsDefinition() {
        let expected = -(logits.logSoftmax(axis: 1) * Tensor.oneHot(labels, classes: 4)).sum().item / 5
        #expect(abs(crossEntropy(logits, labels).item - expected) < 1e-14)
    }

    @Test func crossEntropyGradientIsSoftmaxMinusLabel() {
        let slope = gradient(at: logits) { crossEntropy($0, labels, reduction: .sum) }
        #expect(largestDifference(slope, logits.softmax(axis: 1) - Tensor.oneHot(labels, classes: 4)) < 1e-14)
    }

    @Test func crossEntropyDoesNotOverflow() {
        let extreme = Tensor<Float>([1000, -1000, 0, 1000], shape: [2, 2])
        let (loss, slope) = valueAndGradient(at: extreme) { crossEntropy($0, Tensor([1, 0]), reduction: .sum) }
        #expect(loss.item == 3000)
        #expect(slope.isFinite)
    }

    @Test func ignoredLabelsCountAsAbsent() {
        let some = Tensor<Int32>([0, -100, 1, -100, 2])
        let kept = logits.gathered(Tensor([0, 2, 4]))
        #expect(abs(crossEntropy(logits, some).item - crossEntropy(kept, Tensor([0, 1, 2])).item) < 1e-14)
        let slope = gradient(at: logits) { crossEntropy($0, some) }
        #expect(slope.select(1, axis: 0) == Tensor.zeros([4]))
    }

    @Test func smoothedCrossEntropyIsThatOfTheSmoothedProbabilities() {
        let target = Tensor<Double>.oneHot(labels, classes: 4) * 0.7 + 0.3 / 4
        let difference = crossEntropy(logits, labels, labelSmoothing: 0.3) - crossEntropy(logits, probabilities: target)
        #expect(abs(difference.item) < 1e-14)
    }

    @Test func spatialLogitsAreTheSameAsRows() {
        let volume = gaussian([2, 3, 4, 5], seed: 3)
        let dense = Tensor<Int32>((0..<40).map { Int32($0 * 7 % 3) }, shape: [2, 4, 5])
        let rows = volume.permuted([0, 2, 3, 1]).reshaped([40, 3])
        let weights = [1.0, 0.3, 2]
        let (a, ga) = valueAndGradient(at: volume) { crossEntropy($0, dense, weights: weights, labelSmoothing: 0.1) }
        let (b, gb) = valueAndGradient(at: rows) { crossEntropy($0, dense.flattened(), weights: weights, labelSmoothing: 0.1) }
        #expect(abs(a.item - b.item) < 1e-14)
        #expect(largestDifference(ga.permuted([0, 2, 3, 1]).reshaped([40, 3]), gb) < 1e-15)
    }

    @Test func crossEntropyDerivatives() {
        let ignoring = Tensor<Int32>([0, 3, -100, 1, 2])
        let weights = [0.5, 1, 2, 0.25]
        for reduction in [LossReduction.mean, .sum, .none] {
            checkDerivatives([logits]) { crossEntropy($0[0], ignoring, weights: weights, labelSmoothing: 0.2, reduction: reduction) }
        }
        let dense = Tensor<Int32>([0, 1, 2, 2, 1, 0], shape: [2, 3])
        checkDerivatives([gaussian([2, 3, 3])]) { crossEntropy($0[0], dense) }
    }

    @Test func thirdDerivativesOfCrossEntropy() {
        // Along t (1, 0) the loss ln(1 + e^(−t)) has the third derivative σ'' with σ' = σ(1 − σ): −σ(1 − σ)(1 − 2σ) · (−1).
        let direction = Tensor<Double>([1, 0], shape: [1, 2])
        func derivative(_ order: Int) -> (Tensor<Double>) -> Tensor<Double> {
            if order == 0 { return { t in crossEntropy(direction * t, Tensor([0])) } }
            return { t in gradient(at: t, of: derivative(order - 1)) }
        }
        let s = 1 / (1 + exp(0.4))  // σ(−t) at t = 0.4
        #expect(abs(derivative(1)(Tensor(0.4)).item + s) < 1e-14)
        #expect(abs(derivative(2)(Tensor(0.4)).item - s * (1 - s)) < 1e-14)
        #expect(abs(derivative(3)(Tensor(0.4)).item + s * (1 - s) * (1 - 2 * s)) < 1e-14)
    }

    @Test func regressionLossDerivatives() {
        let (p, t) = (gaussian([7], seed: 4, deviation: 2), gaussian([7], seed: 5))
        for reduction in [LossReduction.mean, .sum, .none] {
            checkDerivatives([p, t]) { meanSquaredError($0[0], $0[1], reduction: reduction) }
            checkDerivatives([p, t]) { meanAbsoluteError($0[0], $0[1], reduction: reduction) }
            checkDerivatives([p, t]) { huberLoss($0[0], $0[1], delta: 0.8, reduction: reduction) }
        }
    }

    @Test func probabilityLossDerivatives() {
        let (x, t) = (gaussian([3, 4], seed: 6), gaussian([3, 4], seed: 7).sigmoid())
        checkDerivatives([x, t]) { binaryCrossEntropy(logits: $0[0], $0[1]) }
        checkDerivatives([x, t]) { binaryCrossEntropy(logits: $0[0], $0[1], positiveWeight: 2.5, reduction: .none) }
        checkDerivatives([x, t]) { klDivergence(logProbabilities: $0[0].logSoftmax(), $0[1]) }
        checkDerivatives([x, t]) { diceLoss(probabilities: $0[0].sigmoid(), $0[1]) }
        checkDerivatives([x, t]) { crossEntropy($0[0], probabilities: $0[1]) }
        checkDerivatives([x]) { negativeLogLikelihood($0[0].logSoftmax(), Tensor([0, 3, 1]), weights: [1, 2, 3, 4]) }
    }

    @Test func binaryCrossEntropyByHandAndWithoutOverflow() {
        let loss = binaryCrossEntropy(logits: Tensor<Double>([0, 800, -800]), Tensor([0.5, 0, 1]), reduction: .none)
        #expect(abs(loss.scalars[0] - 2.0.logarithm) < 1e-15)
        #expect(loss.scalars[1] == 800 && loss.scalars[2] == 800)
        let weighted = binaryCrossEntropy(
            logits: Tensor<Double>([1, 2]), Tensor([1, 0]), weight: Tensor([0, 1]), reduction: .none)
        #expect(weighted.scalars[0] == 0)
    }

    @Test func divergenceOfEqualDistributionsVanishesAndZerosDoNotMatter() {
        let p = Tensor<Double>([0.2, 0.8, 0, 1, 0, 0], shape: [2, 3])
        let q = Tensor<Double>([0.2, 0.8, 1e-30, 0.5, 0.25, 0.25], shape: [2, 3])
        // Only the second row differs: ln(1/0.5), halved by the batch.
        #expect(abs(klDivergence(logProbabilities: q.log(), p).item - 2.0.logarithm / 2) < 1e-14)
    }

    @Test func diceOfAPerfectPredictionIsZeroAndOfADisjointOneAlmostOne() {
        let t = Tensor<Double>([1, 1, 0, 0, 0, 0, 1, 1], shape: [1, 2, 4])
        #expect(diceLoss(probabilities: t, t).item == 0)
        // Per class overlap 0 of 2 + 2 with smoothing 1: 1 − 1/5.
        #expect(abs(diceLoss(probabilities: 1 - t, t).item - 0.8) < 1e-15)
        // Class 1 alone, example by example.
        #expect(abs(diceLoss(probabilities: 1 - t, t, overBatch: false, skippingFirst: true).item - 0.8) < 1e-15)
    }

    @Test func lossesAgreeWithPyTorch() throws {
        let file = try Fixture("losses")
        let (x, y) = (try file.double("logits"), try file.labels("labels"))
        let weights = try file.double("weights").scalars
        let (volume, dense) = (try file.double("volume"), try file.labels("dense"))
        let (p, q, a, b) = (try file.double("p"), try file.double("q"), try file.double("a"), try file.double("b"))
        let own: [(String, Tensor<Double>)] = [
            ("cross_entropy", crossEntropy(x, y)),
            ("cross_entropy_sum", crossEntropy(x, y, reduction: .sum)),
            ("cross_entropy_none", crossEntropy(x, y, weights: weights, labelSmoothing: 0.2, reduction: .none)),
            ("cross_entropy_weighted", crossEntropy(x, y, weights: weights, labelSmoothing: 0.2)),
            ("cross_entropy_volume", crossEntropy(volume, dense, labelSmoothing: 0.1)),
            ("cross_entropy_probabilities", crossEntropy(x[0..<3, axis: 0], probabilities: p)),
            ("nll", negativeLogLikelihood(x.logSoftmax(), y, weights: weights)),
            ("kl", klDivergence(logProbabilities: q, p)),
            ("huber", huberLoss(a, b, delta: 1.5)),
            ("smooth_l1", smoothL1Loss(a, b, beta: 0.7)),
            ("l1", meanAbsoluteError(a, b)),
            ("mse", meanSquaredError(a, b)),
            ("bce", binaryCrossEntropy(logits: a, b)),
            ("bce_weighted", binaryCrossEntropy(logits: a, b, positiveWeight: 3, reduction: .sum)),
        ]
        for (name, value) in own { #expect(largestDifference(value, try file.double(name)) < 1e-13, "\(name)") }
    }
}

extension Double {
    var logarithm: Double { Foundation.log(self) }
}
