import Foundation
import LoamDynamics
import LoamTensor
import Testing

/// Random numbers in lanes.
struct NoiseTests {
    private func fill<Lanes: NoiseVector>(_: Lanes.Type, count: Int, seed: UInt64, trajectory: Int, position: Int = 0) -> [Lanes] {
        [Lanes](unsafeUninitializedCapacity: count) { buffer, used in
            Lanes.fillNormals(into: buffer.baseAddress!, count: count, seed: seed, trajectory: trajectory, position: position)
            used = count
        }
    }

    /// The definition, by the engine's generator and the C library.
    @Test(arguments: [(0, 0), (5, 2), (1 << 33, 1 << 34)]) func doublesFollowTheDefinition(trajectory: Int, position: Int) {
        let seed: UInt64 = 0x1234_5678_9abc_def0
        let normals = fill(DoubleLanes.self, count: 6, seed: seed, trajectory: trajectory, position: position)
        for lane in 0..<8 {
            for pair in 0..<3 {
                let words = PhiloxGenerator.block(
                    seed: seed, stream: UInt64(trajectory + lane), index: (1 << 63) + UInt64(position / 2 + pair))
                let u = Double((UInt64(words.x) | UInt64(words.y) << 32) >> 12) * 0x1p-52 + 0x1p-53
                let v = Double((UInt64(words.z) | UInt64(words.w) << 32) >> 12) * 0x1p-52
                let radius = sqrt(-2 * log(u))
                #expect(abs(normals[2 * pair][lane] - radius * cos(2 * .pi * v)) < 4e-15)
                #expect(abs(normals[2 * pair + 1][lane] - radius * sin(2 * .pi * v)) < 4e-15)
            }
        }
    }

    @Test func floatsFollowTheDefinition() {
        let normals = fill(FloatLanes.self, count: 8, seed: 99, trajectory: 3, position: 12)
        for lane in 0..<16 {
            for four in 0..<2 {
                let words = PhiloxGenerator.block(seed: 99, stream: UInt64(3 + lane), index: (1 << 63) + UInt64(3 + four))
                for (half, pair) in [(words.x, words.y), (words.z, words.w)].enumerated() {
                    let u = (Double(pair.0) + 0.5) * 0x1p-32
                    let v = Double(pair.1 >> 9) * 0x1p-23
                    let radius = sqrt(-2 * log(u))
                    // Rounding of u near 1, where the logarithm is small, moves the radius by up to 3e-8/radius.
                    let tolerance = 2e-6 + 1e-7 / max(radius, 1e-2)
                    #expect(abs(Double(normals[4 * four + 2 * half][lane]) - radius * cos(2 * .pi * v)) < tolerance)
                    #expect(abs(Double(normals[4 * four + 2 * half + 1][lane]) - radius * sin(2 * .pi * v)) < tolerance)
                }
            }
        }
    }

    @Test func positionsAndTrajectoriesAreIndependentOfTheCall() {
        let whole = fill(DoubleLanes.self, count: 20, seed: 7, trajectory: 10)
        let part = fill(DoubleLanes.self, count: 4, seed: 7, trajectory: 13, position: 8)
        for i in 0..<4 { for lane in 0..<5 { #expect(part[i][lane] == whole[8 + i][lane + 3]) } }
    }

    /// Moments of 8·10⁵ numbers within five standard errors: 1/√n, √2/√n, √6/√n, √96/√n for the first four; correlation 1/√n.
    private func moments<Lanes: NoiseVector>(_: Lanes.Type, seed: UInt64) {
        let count = 800_000 / Lanes.width / 4 * 4
        let lanes = fill(Lanes.self, count: count, seed: seed, trajectory: 0)
        let values = lanes.flatMap { lane in (0..<Lanes.width).map { Double(lane[$0]) } }
        let n = Double(values.count)
        func mean(_ f: (Double) -> Double) -> Double { values.reduce(0) { $0 + f($1) } / n }
        #expect(abs(mean { $0 }) < 5 / n.squareRoot(), "seed \(seed)")
        #expect(abs(mean { $0 * $0 } - 1) < 5 * (2 / n).squareRoot(), "seed \(seed)")
        #expect(abs(mean { $0 * $0 * $0 }) < 5 * (15 / n).squareRoot(), "seed \(seed)")
        #expect(abs(mean { $0 * $0 * $0 * $0 } - 3) < 5 * (96 / n).squareRoot(), "seed \(seed)")
        for distance in [1, 2, Lanes.width, 2 * Lanes.width] {
            var sum = 0.0
            for i in 0..<values.count - distance { sum += values[i] * values[i + distance] }
            #expect(abs(sum / n) < 5 / n.squareRoot(), "seed \(seed), distance \(distance)")
        }
    }

    @Test func momentsOfDoubles() { moments(DoubleLanes.self, seed: 11) }
    @Test func momentsOfFloats() { moments(FloatLanes.self, seed: 12) }

    /// The Kolmogorov–Smirnov distance of 10⁵ numbers from Φ: above 1.95/√n with probability 10⁻³.
    @Test func theDistributionIsNormal() {
        let values = fill(DoubleLanes.self, count: 12_500, seed: 3, trajectory: 0).flatMap { lane in (0..<8).map { lane[$0] } }.sorted()
        let n = Double(values.count)
        var distance = 0.0
        for (index, value) in values.enumerated() {
            let probability = 0.5 * erfc(-value / 2.0.squareRoot())
            distance = max(distance, abs(probability - Double(index) / n), abs(probability - Double(index + 1) / n))
        }
        #expect(distance < 1.95 / n.squareRoot())
    }
}
