import Foundation
import LoamTrainability
import Testing

@Suite struct EntropyTests {
    @Test func invertedRampIsExactlyReproducible() {
        #expect(isClose(RelativeEntropy.between([1, 2, 3, 4], [4, 3, 2, 1]), 14.480341232382083, 1e-13))
    }

    @Test func affineReconstructionLosesNothing() {
        let value = RelativeEntropy.between([1, 2, 3, 4], [7, 9, 11, 13])
        #expect(isClose(value, 3e-14, 1e-14), "\(value)")
    }

    @Test func constantReconstructionIsTheUniformLevel() {
        let x = [0.0, 0.1, 0.9, 0.4, 0.4]
        let levels = RelativeEntropy(inputs: SampleMatrix([x])).constantImageLevels
        #expect(isClose(RelativeEntropy.between(x, [2, 2, 2, 2, 2]), levels[0], 1e-12))
    }

    @Test func constantInputIsUniform() {
        #expect(isClose(RelativeEntropy.between([3, 3, 3, 3], [1, 1, 1, 1]), 0, 1e-15))
    }

    @Test func isNeverNegative() {
        var generator = SplitMix(state: 7)
        for _ in 0..<200 {
            let x = (0..<30).map { _ in Double.random(in: 0...1, using: &generator) }
            let y = (0..<30).map { _ in Double.random(in: -1...1, using: &generator) }
            #expect(RelativeEntropy.between(x, y) >= 0)
        }
    }

    @Test func permutingPixelsChangesNothing() {
        var generator = SplitMix(state: 11)
        let x = (0..<40).map { _ in Double.random(in: 0...1, using: &generator) }
        let y = (0..<40).map { _ in Double.random(in: 0...1, using: &generator) }
        let order = (0..<40).shuffled(using: &generator)
        let permuted = RelativeEntropy.between(order.map { x[$0] }, order.map { y[$0] })
        #expect(isClose(permuted, RelativeEntropy.between(x, y), 1e-13))
    }

    @Test func uniformNoiseAgainstConstantIsLogTwoMinusHalf() {
        // p ∝ U: D(p‖uniform) = E[2U ln 2U] = ln 2 − ½.
        var generator = SplitMix(state: 3)
        let x = (0..<200_000).map { _ in Double.random(in: 0..<1, using: &generator) }
        #expect(isClose(RelativeEntropy(inputs: SampleMatrix([x])).constantImageLevels[0], log(2.0) - 0.5, 5e-3))
    }

    @Test func nonFiniteReconstructionsAreMarked() {
        let inputs = SampleMatrix([[1, 2, 3], [3, 2, 1]])
        let values = RelativeEntropy(inputs: inputs)(SampleMatrix([[1, .nan, 2], [3, 2, 1]]))
        #expect(values[0].isNaN)
        #expect(isClose(values[1], 0, 1e-12))
        #expect(RelativeEntropy(inputs: inputs)(SampleMatrix([[1, .infinity, 2], [3, 2, 1]]))[0].isNaN)
    }

    @Test func meanImageLevelIsTheAverageDivergence() {
        let inputs = SampleMatrix([[0, 0, 1, 1], [1, 0, 0, 1]])
        let levels = RelativeEntropy(inputs: inputs).against(image: inputs.mean)
        let direct = RelativeEntropy.between([0, 0, 1, 1], [0.5, 0, 0.5, 1])
        #expect(levels.count == 2 && levels[0] == direct)
    }

    // MARK: Differential entropy

    static let example = SampleMatrix([[1, 2, 3, 4], [4, 3, 2, 1.5], [1, 0, 1, 0]])

    @Test func exampleDifferentialEntropy() {
        #expect(isClose(DifferentialEntropy.normalized(Self.example), -0.0442314390, 6e-11))
    }

    @Test func gaussianPixelsHaveTheGaussianEntropy() {
        // raw mode divides by the row sum: rows (g, 1 − g) sum to one and both pixels have the deviation of g.
        var generator = SplitMix(state: 5)
        let g = (0..<20_000).map { _ in
            0.02 * (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
                * cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator))
        }
        let value = DifferentialEntropy.raw(SampleMatrix(g.map { [$0, 1 - $0] }))
        #expect(isClose(value, 0.5 * log(2 * Double.pi * M_E) + log(0.02), 0.02))
    }

    @Test func duplicatedColumnsShiftByTheirNormalisationOnly() {
        // Duplicating every column halves n(y), so S_diff falls by exactly ln 2.
        let doubled = SampleMatrix((0..<3).map { Array(Self.example[$0]) + Array(Self.example[$0]) })
        let difference = DifferentialEntropy.normalized(doubled) - DifferentialEntropy.normalized(Self.example)
        #expect(isClose(difference, -log(2.0), 1e-11))
    }

    @Test func pixelThatNeverVariesIsMinusInfinity() {
        #expect(DifferentialEntropy.normalized(SampleMatrix([[0, 1, 2], [0, 2, 1]])) == -.infinity)
        #expect(DifferentialEntropy.raw(SampleMatrix([[0.5, 1, 2], [0.5, 1, 2]])) == -.infinity)
    }

    @Test func oneSampleHasNoDeviation() { #expect(DifferentialEntropy.raw(SampleMatrix([[1, 2]])).isNaN) }

    @Test func nonFiniteRowsAreLeftOut() {
        let spoiled = SampleMatrix((0..<3).map { Array(Self.example[$0]) } + [[.nan, 1, 2, 3]])
        #expect(DifferentialEntropy.normalized(spoiled) == DifferentialEntropy.normalized(Self.example))
    }
}
