import LoamTensor
import RealModule

/// A lower bound on the squared loss of networks whose output weights all have one sign, for any number of incoming weights.
///
/// The functions of neurons with a > 0 form the cone K₊ = {Σ_k σ(Xw_k)}; no network with such signs, however wide, comes nearer to y than
/// the cone does. The distance is found by column generation: non-negative least squares on the columns so far, then the column
/// σ(Xw), ‖w‖ = 1, with the largest inner product with the residual. For n choose D − 1 up to a limit all extreme rays of the cells of
/// the data's arrangement are tried, which decides optimality; beyond it rays are searched from many starts, and the bound is a heuristic
/// one, because a better column might have been missed.
public struct ConeBound: Sendable {
    /// ½ of the squared distance per sample.
    public let loss: Double
    /// Whether every extreme ray was tried.
    public let isCertified: Bool
    /// Columns of the last problem: directions and coefficients.
    public let columns: [(w: [Double], coefficient: Double)]

    /// The bound for neurons of one sign (1 or −1) on scalar targets.
    public init(
        _ samples: Samples, sign: Int, activation: Activation = .relu, hiddenBias: Bool = false, enumerationLimit: Int = 1_000_000,
        starts: Int = 64, seed: UInt64 = 0
    ) throws(LandscapeError) {
        guard activation.isPiecewiseLinear, samples.outputCount == 1 else {
            throw LandscapeError(.usage, "cone bound", "it is for piecewise linear activations and one output")
        }
        let rows = samples.rows(hiddenBias: hiddenBias)
        let n = samples.count
        let width = rows.count / n
        let scale = 1 / Double(n).squareRoot()
        let y = samples.targets.map { $0 * Double(sign) * scale }
        let isExact = Self.binomial(n, width - 1, limit: enumerationLimit) != nil
        func column(_ w: [Double]) -> [Double] {
            (0..<n).map { i in
                var (z, size) = (0.0, 0.0)
                for d in 0..<width {
                    z += rows[i * width + d] * w[d]
                    size += abs(rows[i * width + d] * w[d])
                }
                return activation.value(abs(z) <= 1e-12 * size ? 0 : z) * scale
            }
        }
        let rays = isExact ? Self.extremeRays(rows, n, width) : []
        let rayColumns = rays.map(column)
        var generator = RandomStreams.search(seed: seed)
        var directions: [[Double]] = []
        var matrix: [[Double]] = []
        var solution: [Double] = []
        var residual = y
        let norm = y.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for _ in 0..<(20 * width + 200) {
            // Pricing.
            var best: (value: Double, w: [Double], g: [Double]) = (1e-11 * norm, [], [])
            func offer(_ w: [Double], _ g: [Double]) {
                var (value, size) = (0.0, 0.0)
                for i in 0..<n {
                    value += residual[i] * g[i]
                    size += g[i] * g[i]
                }
                if size > 0, value / size.squareRoot() > best.value { best = (value / size.squareRoot(), w, g) }
            }
            if isExact { for (w, g) in zip(rays, rayColumns) { offer(w, g) } }
            for _ in 0..<(isExact ? 0 : starts) {
                var w = (0..<width).map { _ in generator.normal() }
                for _ in 0..<50 {
                    // Within a cell the objective is linear with slope Σ_i ρ_i σ′ x_i: follow it until it stays.
                    var slope = [Double](repeating: 0, count: width)
                    for i in 0..<n {
                        var z = 0.0
                        for d in 0..<width { z += rows[i * width + d] * w[d] }
                        let factor = residual[i] * activation.derivative(z)
                        for d in 0..<width { slope[d] += factor * rows[i * width + d] }
                    }
                    let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
                    guard length > 0 else { break }
                    let next = slope.map { $0 / length }
                    let moved = zip(next, w).reduce(0) { $0 + abs($1.0 - $1.1) }
                    w = next
                    if moved < 1e-12 { break }
                }
                offer(w, column(w))
            }
            guard !best.w.isEmpty else { break }
            directions.append(best.w)
            matrix.append(best.g)
            let m = matrix.count
            var gram = [Double](repeating: 0, count: m * m)
            for a in 0..<m {
                for b in 0..<m { gram[a * m + b] = zip(matrix[a], matrix[b]).reduce(0) { $0 + $1.0 * $1.1 } }
            }
            let right = matrix.map { g in zip(g, y).reduce(0) { $0 + $1.0 * $1.1 } }
            solution = NonNegativeLeastSquares(gram: gram, right: right, squaredNorm: norm * norm).solution
            residual = y
            for (g, x) in zip(matrix, solution) where x > 0 { for i in 0..<n { residual[i] -= x * g[i] } }
            // Columns out of use are dropped: they come back if they are wanted.
            let kept = solution.indices.filter { solution[$0] > 0 }
            (directions, matrix, solution) = (kept.map { directions[$0] }, kept.map { matrix[$0] }, kept.map { solution[$0] })
        }
        loss = 0.5 * residual.reduce(0) { $0 + $1 * $1 }
        isCertified = isExact
        columns = zip(directions, solution).map { ($0, $1) }
    }

    /// n choose k up to a limit; nil beyond.
    static func binomial(_ n: Int, _ k: Int, limit: Int) -> Int? {
        guard k <= n else { return 1 }
        var value = 1.0
        for i in 0..<k { value = value * Double(n - i) / Double(i + 1) }
        return value <= Double(limit) ? Int(value.rounded()) : nil
    }

    /// The unit vectors orthogonal to D − 1 independent rows, both ways.
    private static func extremeRays(_ rows: [Double], _ n: Int, _ width: Int) -> [[Double]] {
        guard width > 1 else { return [[1], [-1]] }
        let k = width - 1
        guard n >= k else { return [] }
        var rays: [[Double]] = []
        var subset = Array(0..<k)
        while true {
            if let v = orthogonal(subset.map { Array(rows[$0 * width..<($0 + 1) * width]) }) {
                rays.append(v)
                rays.append(v.map { -$0 })
            }
            var i = k - 1
            while i >= 0, subset[i] == n - k + i { i -= 1 }
            guard i >= 0 else { return rays }
            subset[i] += 1
            for j in i + 1..<max(k, i + 1) { subset[j] = subset[j - 1] + 1 }
        }
    }

    /// The unit vector orthogonal to D − 1 vectors of D numbers (Gaussian elimination with full pivoting); nil where they are dependent.
    private static func orthogonal(_ vectors: [[Double]]) -> [Double]? {
        var a = vectors
        let (k, width) = (a.count, a[0].count)
        var order = Array(0..<width)
        let scale = a.joined().map { abs($0) }.max() ?? 0
        for step in 0..<k {
            var (pivotRow, pivotColumn, top) = (step, step, 0.0)
            for r in step..<k {
                for c in step..<width where abs(a[r][c]) > top { (pivotRow, pivotColumn, top) = (r, c, abs(a[r][c])) }
            }
            guard top > 1e-12 * scale else { return nil }
            a.swapAt(step, pivotRow)
            for r in 0..<k { a[r].swapAt(step, pivotColumn) }
            order.swapAt(step, pivotColumn)
            for r in step + 1..<max(k, step + 1) {
                let factor = a[r][step] / a[step][step]
                for c in step..<width { a[r][c] -= factor * a[step][c] }
            }
        }
        var x = [Double](repeating: 0, count: width)
        x[width - 1] = 1
        for r in stride(from: k - 1, through: 0, by: -1) {
            var sum = 0.0
            for c in r + 1..<width { sum += a[r][c] * x[c] }
            x[r] = -sum / a[r][r]
        }
        let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var result = [Double](repeating: 0, count: width)
        for (position, original) in order.enumerated() { result[original] = x[position] / norm }
        return result
    }
}

/// Floors of the logistic loss of networks without an output bias whose neurons all have one sign: their outputs have that sign, so the
/// samples of the other class are at best at f = 0, where each costs ln 2.
public enum LogisticFloor {
    /// The floor for a > 0 everywhere: (n₀/n) ln 2.
    public static func positive(_ samples: Samples) -> Double {
        Double(samples.targets.count { $0 == 0 }) / Double(samples.count) * 2.0.logarithm
    }

    /// The floor for a < 0 everywhere: (n₁/n) ln 2.
    public static func negative(_ samples: Samples) -> Double {
        Double(samples.targets.count { $0 == 1 }) / Double(samples.count) * 2.0.logarithm
    }
}

extension Double {
    fileprivate var logarithm: Double { Double.log(self) }
}
