import LoamTensor
import Testing

@Suite struct ElementaryDerivativeTests {
    let x = gaussian([3, 5], seed: 11)
    let positive = gaussian([3, 5], seed: 12).exp()

    @Test func addition() { checkDerivatives([x, gaussian([5], seed: 2)]) { $0[0] + $0[1] } }
    @Test func subtraction() { checkDerivatives([x, gaussian([3, 1], seed: 2)]) { $0[0] - $0[1] } }
    @Test func multiplication() { checkDerivatives([x, gaussian([5], seed: 3)]) { $0[0] * $0[1] } }
    @Test func division() { checkDerivatives([x, gaussian([3, 1], seed: 4).exp() + 0.5]) { $0[0] / $0[1] } }
    @Test func scalarArithmetic() { checkDerivatives([x]) { (2 - $0[0]) * 3 / 7 + (1 / ($0[0].squared() + 1)) } }
    @Test func powerOfTensors() { checkDerivatives([positive, x]) { $0[0].raised(to: $0[1]) } }
    @Test func powerOfScalar() { checkDerivatives([positive]) { $0[0].raised(to: 2.5) } }
    @Test func negation() { checkDerivatives([x]) { -$0[0] * $0[0] } }
    @Test func exponential() { checkDerivatives([x]) { $0[0].exp() } }
    @Test func exponentialMinusOne() { checkDerivatives([x]) { $0[0].expMinusOne() } }
    @Test func logarithm() { checkDerivatives([positive]) { $0[0].log() } }
    @Test func logarithmOnePlus() { checkDerivatives([positive]) { $0[0].logOnePlus() } }
    @Test func squareRoot() { checkDerivatives([positive]) { $0[0].squareRoot() } }
    @Test func reciprocalSquareRoot() { checkDerivatives([positive]) { $0[0].reciprocalSquareRoot() } }
    @Test func reciprocal() { checkDerivatives([positive]) { $0[0].reciprocal() } }
    @Test func sine() { checkDerivatives([x]) { $0[0].sin() } }
    @Test func cosine() { checkDerivatives([x]) { $0[0].cos() } }
    @Test func hyperbolicTangent() { checkDerivatives([x]) { $0[0].tanh() } }
    @Test func errorFunction() { checkDerivatives([x]) { $0[0].erf() } }
    @Test func sigmoid() { checkDerivatives([x]) { $0[0].sigmoid() } }
    @Test func softplus() { checkDerivatives([x]) { $0[0].softplus() } }
    @Test func gelu() { checkDerivatives([x]) { $0[0].gelu() } }
    @Test func silu() { checkDerivatives([x]) { $0[0].silu() } }
    @Test func relu() { checkDerivatives([x]) { $0[0].relu().squared() } }
    @Test func leakyReLU() { checkDerivatives([x]) { $0[0].leakyReLU(slope: 0.1).squared() } }
    @Test func elu() { checkDerivatives([x]) { $0[0].elu(alpha: 1.3) } }
    @Test func selu() { checkDerivatives([x]) { $0[0].selu() } }
    @Test func magnitude() { checkDerivatives([x]) { $0[0].magnitude() * $0[0] } }
    @Test func maximumOfTwo() { checkDerivatives([x, gaussian([3, 5], seed: 5)]) { Tensor.maximum($0[0], $0[1]).squared() } }
    @Test func minimumOfTwo() { checkDerivatives([x, gaussian([5], seed: 6)]) { Tensor.minimum($0[0], $0[1]).squared() } }
    @Test func clamping() { checkDerivatives([x]) { $0[0].clamped(-0.8, 0.9).squared() } }

    @Test func thirdDerivativeOfTanh() {
        // d³ tanh/dx³ = (6 tanh² − 2)(1 − tanh²)
        let point = Tensor<Double>(0.4)
        let third = gradient(at: point) { x in gradient(at: x) { y in gradient(at: y) { $0.tanh().sum() }.sum() }.sum() }
        let t = Double.tanh(0.4)
        #expect(abs(third.item - (6 * t * t - 2) * (1 - t * t)) < 1e-13)
    }

    @Test func fourthDerivativeOfAPower() {
        let point = Tensor<Double>([1.5, -2])
        func derivative(_ order: Int, _ x: Tensor<Double>) -> Tensor<Double> {
            order == 0 ? x * x * x * x * x : gradient(at: x) { derivative(order - 1, $0).sum() }
        }
        // (x⁵)'''' = 120 x
        #expect(largestDifference(derivative(4, point), point * 120) < 1e-10)
    }
}
