import LoamTensor
import Testing

/// Every bound is five standard errors (a false alarm in about two million), for fixed seeds.
@Suite struct RandomStatisticsTests {
    private let count = 400_000

    private func uniform(_ seed: UInt64) -> [Double] {
        var generator = PhiloxGenerator(seed: seed)
        return Tensor<Double>(uniform: [count], using: &generator).scalars
    }

    private func normal(_ seed: UInt64) -> [Double] {
        var generator = PhiloxGenerator(seed: seed)
        return Tensor<Double>(normal: [count], using: &generator).scalars
    }

    private func moment(_ x: [Double], _ power: Int) -> Double {
        x.reduce(0.0) { sum, value in
            var product = 1.0
            for _ in 0..<power { product *= value }
            return sum + product
        } / Double(x.count)
    }

    /// √n times the largest distance to the distribution function: beyond 2.7 with probability 2 exp(−2·2.7²) ≈ 1e-6.
    private func kolmogorov(_ x: [Double], _ distribution: (Double) -> Double) -> Double {
        let sorted = x.sorted()
        var distance = 0.0
        for (index, value) in sorted.enumerated() {
            let f = distribution(value)
            distance = max(distance, f - Double(index) / Double(x.count), Double(index + 1) / Double(x.count) - f)
        }
        return distance * Double(x.count).squareRoot()
    }

    /// The standardised χ² of counts that should be equal.
    private func chiSquare(_ counts: [Int]) -> Double {
        let expected = Double(counts.reduce(0, +)) / Double(counts.count)
        let sum = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        let freedom = Double(counts.count - 1)
        return (sum - freedom) / (2 * freedom).squareRoot()
    }

    @Test func uniformMoments() {
        let x = uniform(1)
        let n = Double(count)
        #expect(abs(moment(x, 1) - 0.5) < 5 * (1 / 12 / n).squareRoot())
        // Var x² = 1/5 − 1/9.
        #expect(abs(moment(x, 2) - 1.0 / 3) < 5 * ((1.0 / 5 - 1.0 / 9) / n).squareRoot())
        #expect(x.allSatisfy { $0 >= 0 && $0 < 1 })
    }

    @Test func uniformDistribution() {
        let x = uniform(2)
        #expect(kolmogorov(x) { $0 } < 2.7)
        var cells = [Int](repeating: 0, count: 256)
        for value in x { cells[Int(value * 256)] += 1 }
        #expect(abs(chiSquare(cells)) < 5)
    }

    @Test func lowBitsAreUniformToo() {
        // The last of the 53 bits, and the last of the 24 of single precision.
        var generator = PhiloxGenerator(seed: 3)
        let double = Tensor<Double>(uniform: [count], using: &generator).scalars
        let single = Tensor<Float>(uniform: [count], using: &generator).scalars
        let ones = double.filter { UInt64($0 * 0x1p53) & 1 == 1 }.count
        let onesSingle = single.filter { UInt32($0 * 0x1p24) & 1 == 1 }.count
        #expect(abs(Double(ones) - Double(count) / 2) < 5 * Double(count).squareRoot() / 2)
        #expect(abs(Double(onesSingle) - Double(count) / 2) < 5 * Double(count).squareRoot() / 2)
    }

    @Test func normalMoments() {
        let x = normal(4)
        let n = Double(count)
        #expect(abs(moment(x, 1)) < 5 / n.squareRoot())
        #expect(abs(moment(x, 2) - 1) < 5 * (2 / n).squareRoot())
        #expect(abs(moment(x, 3)) < 5 * (15 / n).squareRoot())
        #expect(abs(moment(x, 4) - 3) < 5 * (96 / n).squareRoot())
    }

    @Test func normalDistribution() {
        let x = normal(5)
        #expect(kolmogorov(x) { 0.5 * Double.erfc(-$0 * 0.5.squareRoot()) } < 2.7)
        // Beyond 3σ: probability 0.0026998.
        let tail = 0.002_699_796
        let beyond = Double(x.filter { abs($0) > 3 }.count)
        #expect(abs(beyond - tail * Double(count)) < 5 * (tail * Double(count)).squareRoot())
    }

    @Test func normalPairsAreIndependent() {
        // Box and Muller's two numbers, and neighbouring pairs, of values and of squares.
        let x = normal(6)
        let n = Double(count)
        for lag in [1, 2, 3] {
            var values = 0.0
            var squares = 0.0
            for i in lag..<count {
                values += x[i] * x[i - lag]
                squares += (x[i] * x[i] - 1) * (x[i - lag] * x[i - lag] - 1)
            }
            #expect(abs(values / n) < 5 / n.squareRoot(), "lag \(lag)")
            #expect(abs(squares / n) < 5 * 2 / n.squareRoot(), "lag \(lag)")
        }
    }

    @Test func streamsAreUncorrelated() {
        var a = PhiloxGenerator(seed: 7, stream: 0)
        var b = PhiloxGenerator(seed: 7, stream: 1)
        let x = Tensor<Double>(normal: [count], using: &a)
        let y = Tensor<Double>(normal: [count], using: &b)
        #expect(abs((x * y).mean().item) < 5 / Double(count).squareRoot())
    }

    @Test func meanAndDeviationAreApplied() {
        var a = PhiloxGenerator(seed: 8)
        var b = PhiloxGenerator(seed: 8)
        let plain = Tensor<Double>(normal: [1001], using: &a)
        let scaled = Tensor<Double>(normal: [1001], mean: -3, standardDeviation: 0.25, using: &b)
        #expect(largestDifference(scaled, plain * 0.25 - 3) < 1e-15)
    }

    @Test func rangeIsHalfOpen() {
        // Float has so few numbers here that rounding up to the bound would be seen.
        var generator = PhiloxGenerator(seed: 9)
        let x = Tensor<Float>(uniform: [200_000], in: 16_777_210..<16_777_216, using: &generator)
        #expect(x.minimum().item >= 16_777_210 && x.maximum().item < 16_777_216)
        let negative = Tensor<Double>(uniform: [1000], in: -5 ..< -4, using: &generator)
        #expect(negative.minimum().item >= -5 && negative.maximum().item < -4)
    }

    @Test func bernoulliFrequency() {
        var generator = PhiloxGenerator(seed: 10)
        let x = Tensor<Float>(bernoulli: [count], probability: 0.2, using: &generator)
        #expect(abs(Double(x.mean().item) - 0.2) < 5 * (0.16 / Double(count)).squareRoot())
        #expect(Set(x.scalars) == [0, 1])
    }

    @Test func integersBelowABound() {
        var generator = PhiloxGenerator(seed: 11)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.integer(below: 7)] += 1 }
        #expect(abs(chiSquare(counts)) < 5)
    }

    @Test func permutationsAreUniform() {
        var generator = PhiloxGenerator(seed: 12)
        var counts: [[Int32]: Int] = [:]
        for _ in 0..<48_000 { counts[generator.permutation(4), default: 0] += 1 }
        #expect(counts.count == 24)
        #expect(abs(chiSquare(Array(counts.values))) < 5)
    }

    @Test func permutationsHoldEveryNumberOnce() {
        var generator = PhiloxGenerator(seed: 13)
        #expect(generator.permutation(1000).sorted() == (0..<1000).map { Int32($0) })
        #expect(generator.permutation(0) == [] && generator.permutation(1) == [0])
    }
}

@Suite struct RandomHaarTests {
    @Test(arguments: [(6, 6), (9, 4), (4, 9), (1, 1), (3, 1)])
    func columnsOrRowsAreOrthonormal(_ rows: Int, _ columns: Int) {
        var generator = PhiloxGenerator(seed: 1)
        let q = Tensor<Double>(haarOrthogonal: rows, columns, using: &generator)
        #expect(q.shape == [rows, columns])
        let gram = rows >= columns ? matmul(q, q, transposeA: true) : matmul(q, q, transposeB: true)
        #expect((gram - Tensor<Double>.identity(min(rows, columns))).size < 1e-14)
    }

    @Test func momentsOfHaarMeasure() {
        // For O(3): E q = 0, E q² = 1/3, E q⁴ = 3/(3·5), E tr = 0, E tr² = 1, det = ±1 equally often. Five standard errors.
        var generator = PhiloxGenerator(seed: 2)
        let draws = 20_000
        var (first, second, fourth, trace, trace2, positive) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for _ in 0..<draws {
            let q = Tensor<Double>(haarOrthogonal: 3, 3, using: &generator).scalars
            first += q[0]
            second += q[0] * q[0]
            fourth += q[0] * q[0] * q[0] * q[0]
            let t = q[0] + q[4] + q[8]
            trace += t
            trace2 += t * t
            let minor0 = q[4] * q[8] - q[5] * q[7]
            let minor1 = q[3] * q[8] - q[5] * q[6]
            let minor2 = q[3] * q[7] - q[4] * q[6]
            if q[0] * minor0 - q[1] * minor1 + q[2] * minor2 > 0 { positive += 1 }
        }
        let n = Double(draws)
        #expect(abs(first / n) < 5 * (1 / 3 / n).squareRoot())
        #expect(abs(second / n - 1.0 / 3) < 5 * ((1.0 / 5 - 1.0 / 9) / n).squareRoot())
        #expect(abs(fourth / n - 0.2) < 5 * ((1.0 / 9 - 0.04) / n).squareRoot())
        #expect(abs(trace / n) < 5 / n.squareRoot())
        // tr⁴ ≤ 81 bounds the variance of tr² generously; its true fourth moment is 3, so the variance is 2.
        #expect(abs(trace2 / n - 1) < 5 * (2 / n).squareRoot())
        #expect(abs(positive / n - 0.5) < 5 * 0.5 / n.squareRoot())
    }
}
