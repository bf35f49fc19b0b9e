import Foundation
import LoamDynamics
import Testing

/// Elementary functions of registers against the C library in double precision, and derivatives carried along.
struct LaneTests {
    /// The largest error over `arguments`, in units of the last place of the exact result.
    private func worst<Lanes: LaneVector>(
        _: Lanes.Type, _ arguments: [Double], _ function: (Lanes) -> Lanes, _ exact: (Double) -> Double
    ) -> Double {
        var result = 0.0
        for argument in arguments {
            let x = Lanes.Scalar(argument)
            let value = function(Lanes(repeating: x))
            let expected = exact(Double(x))
            let unit = max(Lanes.Scalar(expected).ulp, Lanes.Scalar.leastNormalMagnitude)
            for lane in [0, Lanes.width - 1] { result = max(result, abs(Double(value[lane]) - expected) / Double(unit)) }
        }
        return result
    }

    private func grid(_ range: ClosedRange<Double>, _ count: Int = 20_000) -> [Double] {
        (0...count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(count) }
    }

    @Test func exponentials() {
        #expect(worst(DoubleLanes.self, grid(-700...700), { $0.exp() }, exp) < 1.5)
        #expect(worst(FloatLanes.self, grid(-86...87), { $0.exp() }, exp) < 1.5)
        #expect(DoubleLanes(-800).exp()[0] == 0 && DoubleLanes(800).exp()[0] == .infinity && DoubleLanes(Double.nan).exp()[0].isNaN)
    }

    @Test func logarithms() {
        let arguments = grid(-300...300).map { pow(10, $0) } + grid(0.5...2)
        #expect(worst(DoubleLanes.self, arguments, { $0.log() }, log) < 1.5)
        #expect(worst(FloatLanes.self, grid(-37...38).map { pow(10, $0) } + grid(0.5...2), { $0.log() }, log) < 1.5)
        #expect(
            DoubleLanes(0).log()[3] == -.infinity && DoubleLanes(-1).log()[3].isNaN && DoubleLanes(Double.infinity).log()[3] == .infinity)
    }

    @Test func hyperbolicTangents() {
        #expect(worst(DoubleLanes.self, grid(-25...25) + grid(-0.01...0.01) + grid(-1e-8...1e-8), { $0.tanh() }, tanh) < 4)
        #expect(worst(FloatLanes.self, grid(-25...25) + grid(-0.01...0.01), { $0.tanh() }, tanh) < 4)
    }

    /// Near the zeros of the sine the absolute error counts: the reduced argument's.
    @Test(arguments: [10.0, 1e4, 9e4]) func sinesAndCosines(bound: Double) {
        for x in grid(-bound...bound) {
            let (s, c) = DoubleLanes(x).sineAndCosine()
            #expect(abs(s[0] - sin(x)) < 2.5e-16 && abs(c[0] - cos(x)) < 2.5e-16, "at \(x)")
        }
    }

    @Test(arguments: [10.0, 7000]) func sinesAndCosinesInSinglePrecision(bound: Double) {
        for x in grid(-bound...bound).map({ Double(Float($0)) }) {
            let (s, c) = FloatLanes(x).sineAndCosine()
            #expect(abs(Double(s[0]) - sin(x)) < 1.5e-7 && abs(Double(c[0]) - cos(x)) < 1.5e-7, "at \(x)")
        }
    }

    @Test func sinesOfLargeArgumentsAreTheLibrarys() {
        #expect(DoubleLanes(1e15).sin()[2] == sin(1e15) && FloatLanes(1e10).cos()[2] == Float(cos(1e10)))
    }

    /// x³ e^(sin x) / √(1 + x²) + tanh x · ln x, differentiated by hand.
    private func composite<Number: TrajectoryScalar>(_ x: Number) -> Number {
        x.power(3) * x.sin().exp() / (1 + x * x).squareRoot() + x.tanh() * x.log()
    }

    @Test func dualsCarryDerivatives() {
        for x in [0.2, 1, 2.7, 5] {
            let first = pow(x, 3) * exp(sin(x)) / sqrt(1 + x * x)
            let slope = first * (3 / x + cos(x) - x / (1 + x * x)) + log(x) / (cosh(x) * cosh(x)) + tanh(x) / x
            let result = composite(Dual(x, tangent: 1))
            #expect(abs(result.value - composite(x)) <= 1e-14 * abs(result.value))
            #expect(abs(result.tangent - slope) < 1e-13 * abs(slope))
            let lanes = composite(Dual(DoubleLanes(x), tangent: DoubleLanes(2)))
            #expect(abs(lanes.tangent[5] - 2 * slope) < 1e-13 * abs(slope))
        }
    }

    @Test func derivativesFollowTheBranchTaken() {
        let relu = { (x: Dual<Double>) in Dual<Double>.larger(x, 0) }
        #expect(relu(Dual(2, tangent: 3)).tangent == 3 && relu(Dual(-2, tangent: 3)).tangent == 0)
        #expect(Dual(-2.0, tangent: 3).magnitude.tangent == -3)
    }
}
