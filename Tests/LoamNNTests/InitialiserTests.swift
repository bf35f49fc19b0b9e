import LoamNN
import LoamTensor
import Testing

// Sample moments of n numbers are within five standard errors of the exact ones: √(2/n) σ² for the variance of Gaussians,
// √((κ − 1)/n) σ² with κ = 9/5 for uniform numbers.
@Suite struct InitialiserTests {
    private func draw(_ initialiser: Initialiser, _ shape: Shape, seed: UInt64 = 1) -> Tensor<Double> {
        var generator = PhiloxGenerator(seed: seed)
        return initialiser(shape, using: &generator)
    }

    private func expectVariance(_ x: Tensor<Double>, _ variance: Double, uniform: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        let n = Double(x.count)
        let sample = (x.squared().sum().item) / n
        let error = ((uniform ? 0.8 : 2) / n).squareRoot() * variance
        #expect(abs(sample - variance) < 5 * error, "variance \(sample) for \(variance)", sourceLocation: sourceLocation)
        #expect(abs(x.mean().item) < 5 * (variance / n).squareRoot(), sourceLocation: sourceLocation)
    }

    @Test func gaussianHasVarianceSigmaSquaredOverFanIn() {
        expectVariance(draw(.gaussian(deviation: 1.5), [200, 100]), 2.25 / 100, uniform: false)
    }

    @Test func heHasVarianceTwoOverFanIn() {
        expectVariance(draw(.he(), [200, 50]), 2.0 / 50, uniform: false)
        expectVariance(draw(.he(.uniform, fan: .output, negativeSlope: 1), [200, 50]), 1.0 / 200, uniform: true)
    }

    @Test func glorotHasVarianceTwoOverTheSumOfFans() {
        expectVariance(draw(.glorot(), [150, 50]), 2.0 / 200, uniform: true)
        expectVariance(draw(.glorot(.normal), [150, 50]), 2.0 / 200, uniform: false)
    }

    @Test func lecunHasVarianceOneOverFanIn() {
        expectVariance(draw(.lecun(), [100, 80]), 1.0 / 80, uniform: false)
        expectVariance(draw(.lecun(.uniform), [100, 80]), 1.0 / 80, uniform: true)
    }

    @Test func fansOfConvolutionsCountTheKernel() {
        let fan = Fan(weight: [8, 3, 5, 5])
        #expect(fan.inputs == 75 && fan.outputs == 200)
        expectVariance(draw(.he(), [64, 16, 3, 3]), 2.0 / 144, uniform: false)
    }

    @Test func pytorchsDefaultIsUniformWithinOneOverRootFanIn() {
        let x = draw(.uniformByFanIn, [300, 25])
        expectVariance(x, 0.04 / 3, uniform: true)
        #expect(x.magnitude().maximum().item <= 0.2)
        // The largest of 7500 uniform magnitudes is below 0.2·(1 − 0.003) with probability e⁻²² .
        #expect(x.magnitude().maximum().item > 0.2 * 0.997)
    }

    @Test func denseBiasFollowsTheWeightsFan() {
        var generator = PhiloxGenerator(seed: 5)
        let layer = Dense<Double>(10_000, 2000, using: &generator)
        #expect(layer.bias!.magnitude().maximum().item <= 0.01)
        expectVariance(layer.bias!, 1e-4 / 3, uniform: true)
    }

    @Test func meanFieldInitialisationDrawsBiasesOfTheirOwnDeviation() {
        var generator = PhiloxGenerator(seed: 6)
        let layer = Dense<Double>(50, 4000, initialisation: .gaussian(weightDeviation: 2, biasDeviation: 0.3), using: &generator)
        expectVariance(layer.weight, 4.0 / 50, uniform: false)
        expectVariance(layer.bias!, 0.09, uniform: false)
    }

    @Test(arguments: [[40, 40], [7, 70], [90, 33], [1, 5]])
    func orthogonalMatricesHaveOrthonormalRowsOrColumns(extents: [Int]) {
        let x = draw(.orthogonal(gain: 2), Shape(extents))
        let product = extents[0] <= extents[1] ? matmul(x, x, transposeB: true) : matmul(x, x, transposeA: true)
        #expect(largestDifference(product, Tensor.identity(extents.min()!) * 4) < 1e-12)
    }

    @Test func orthogonalMatricesAreHaarDistributed() {
        // Under Haar's measure on O(n) the trace has mean 0 and variance 1 for every n (Diaconis and Shahshahani 1994); a QR without
        // the sign fix has a mean trace far from 0. 1600 matrices: five standard errors of the mean are 0.125, of the variance (whose
        // fourth moment is 3 for n ≥ 4) 5·√(2/1600) = 0.177.
        var generator = PhiloxGenerator(seed: 7)
        var sum = 0.0
        var squares = 0.0
        for _ in 0..<1600 {
            let x: Tensor<Double> = Initialiser.orthogonal(gain: 1)([5, 5], using: &generator)
            let trace = x.diagonal().sum().item
            sum += trace
            squares += trace * trace
        }
        #expect(abs(sum / 1600) < 0.125)
        #expect(abs(squares / 1600 - 1) < 0.177)
    }

    @Test func deltaOrthogonalConvolutionsPreserveTheNorm() {
        var generator = PhiloxGenerator(seed: 8)
        let layer = Conv2D<Double>(
            4, 6, kernel: 3, padding: 1, bias: false, initialisation: Initialisation(weight: .deltaOrthogonal(gain: 1)), using: &generator)
        let x = gaussian([2, 4, 5, 5])
        #expect(abs(layer(x).norm - x.norm) < 1e-12 * x.norm)
    }

    @Test func truncatedNormalsStayInsideWithTheRightMoments() {
        let x = draw(.truncatedNormal(mean: 1, standardDeviation: 2, low: -3, high: 5), [20_000])
        #expect(x.minimum().item >= -3 && x.maximum().item <= 5)
        // Cut at ±2σ the variance is σ² (1 − 4φ(2)/(2Φ(2) − 1)) = 4·0.773741; standard error below √(2/n)σ².
        #expect(abs(x.mean().item - 1) < 5 * (3.095 / 20_000).squareRoot())
        #expect(abs((x - 1).squared().mean().item - 4 * 0.773_741) < 5 * 0.01 * 3.095)
    }

    @Test func truncatedNormalsReachIntoTheTail() {
        let x = draw(.truncatedNormal(mean: 0, standardDeviation: 1, low: 3, high: 4), [10_000])
        #expect(x.minimum().item >= 3 && x.maximum().item <= 4)
        // (φ(3) − φ(4))/(Φ(4) − Φ(3)) = 3.260454; the deviation is 0.222.
        #expect(abs(x.mean().item - 3.260_454) < 0.0111)
    }

    @Test func initialisersAreFunctionsOfTheSeed() {
        for initialiser: Initialiser in [.he(), .orthogonal(gain: 1), .uniformByFanIn, .truncatedNormal(mean: 0, standardDeviation: 1, low: -1, high: 1)] {
            #expect(draw(initialiser, [6, 6], seed: 3) == draw(initialiser, [6, 6], seed: 3))
            #expect(draw(initialiser, [6, 6], seed: 3) != draw(initialiser, [6, 6], seed: 4))
        }
    }

    @Test func constantsAreConstant() {
        #expect(draw(.zeros, [3]) == Tensor.zeros([3]))
        #expect(draw(.ones, [3]) == Tensor.ones([3]))
        #expect(draw(.constant(0.5), [2]).scalars == [0.5, 0.5])
    }
}
