import Foundation
import LoamTrainability
import Testing

@Suite struct GramEntropyTests {
    @Test func identicalRowsHaveNone() {
        #expect(isClose(VonNeumannEntropy(SampleMatrix([[1, 2, 4], [1, 2, 4], [1, 2, 4]])).value, 0, 1e-12))
    }

    @Test func orthogonalZeroMeanRowsHaveOne() {
        let rows = SampleMatrix([[1, -1, 0, 0], [0, 0, 1, -1], [1, 1, -1, -1]])
        #expect(isClose(VonNeumannEntropy(rows).value, 1, 1e-12))
    }

    @Test func example() {
        let rows = SampleMatrix([[1, 2, 3, 4], [4, 3, 2, 1.5], [1, 0, 1, 0]])
        #expect(isClose(VonNeumannEntropy(rows).value, 0.5198615757, 6e-11))
    }

    @Test func constantAndBrokenRowsAreLeftOut() {
        let entropy = VonNeumannEntropy(SampleMatrix([[1, -1, 0], [2, 2, 2], [0, 1, -1], [.nan, 0, 1]]))
        #expect(entropy.excluded == 2)
        #expect(entropy.value == VonNeumannEntropy(SampleMatrix([[1, -1, 0], [0, 1, -1]])).value)
    }

    @Test func shiftAndScaleOfRowsDoNotMatter() {
        let a = VonNeumannEntropy(SampleMatrix([[1, 2, 3, 4], [4, 3, 2, 1.5], [1, 0, 1, 0]])).value
        let b = VonNeumannEntropy(SampleMatrix([[12, 22, 32, 42], [4, 3, 2, 1.5], [7, 5, 7, 5]])).value
        #expect(isClose(a, b, 1e-12))
    }

    @Test func fewerThanTwoRowsHaveNoEntropy() { #expect(VonNeumannEntropy(SampleMatrix([[1, 2]])).value.isNaN) }
}
