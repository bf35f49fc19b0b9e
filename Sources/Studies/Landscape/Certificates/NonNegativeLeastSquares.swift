import LoamTensor

/// min ‖Gx − y‖² over x ≥ 0, from the Gram matrix GᵀG and Gᵀy (Lawson and Hanson, *Solving least squares problems*, 1974, chapter 23).
///
/// The active set method: the column with the steepest descent enters, and columns whose coefficient would fall below zero leave. Each
/// inner problem is a Cholesky solve on the columns in use. Columns that depend on those in use are passed over.
public struct NonNegativeLeastSquares: Sendable {
    /// The minimiser.
    public let solution: [Double]
    /// ‖Gx − y‖².
    public let squaredResidual: Double
    /// Whether the optimality conditions hold to rounding.
    public let isOptimal: Bool

    /// Solves a problem given by its Gram matrix (m×m, row by row), Gᵀy and ‖y‖².
    public init(gram: [Double], right: [Double], squaredNorm: Double) {
        let m = right.count
        precondition(gram.count == m * m, "NonNegativeLeastSquares: a Gram matrix of \(gram.count) numbers for \(m) columns")
        var x = [Double](repeating: 0, count: m)
        var used: [Int] = []
        var isBarred = [Bool](repeating: false, count: m)
        let scale = max(right.map { abs($0) }.max() ?? 0, 1e-300)
        // Optimal where no descent is larger than the rounding of the gradient.
        let threshold = 1e-14 * scale
        var optimal = false
        for _ in 0..<(10 * m + 20) {
            var (best, steepest) = (-1, threshold)
            for j in 0..<m where !used.contains(j) && !isBarred[j] && gram[j * m + j] > 0 {
                var descent = right[j]
                for k in used { descent -= gram[j * m + k] * x[k] }
                // Steepest per unit of the column's length.
                let slope = descent / gram[j * m + j].squareRoot()
                if descent > threshold, slope > steepest { (best, steepest) = (j, slope) }
            }
            guard best >= 0 else {
                optimal = true
                break
            }
            used.append(best)
            guard let first = Self.solve(gram, right, used, m), first.last! > 0 else {
                used.removeLast()
                isBarred[best] = true
                continue
            }
            var values = first
            while let worst = values.min(), worst <= 0 {
                var step = 1.0
                for (index, k) in used.enumerated() where values[index] <= 0 { step = min(step, x[k] / (x[k] - values[index])) }
                for (index, k) in used.enumerated() { x[k] += step * (values[index] - x[k]) }
                let smallest = 1e-15 * (used.map { x[$0] }.max() ?? 0)
                for k in used where x[k] <= smallest { x[k] = 0 }
                used.removeAll { x[$0] == 0 }
                guard !used.isEmpty, let next = Self.solve(gram, right, used, m) else {
                    values = []
                    break
                }
                values = next
            }
            for (index, k) in used.enumerated() where index < values.count { x[k] = values[index] }
            isBarred = [Bool](repeating: false, count: m)
        }
        solution = x
        isOptimal = optimal
        var residual = squaredNorm
        for j in used {
            residual -= 2 * x[j] * right[j]
            for k in used { residual += x[j] * x[k] * gram[j * m + k] }
        }
        squaredResidual = max(0, residual)
    }

    /// The least-squares coefficients on some columns by Cholesky; nil where they are dependent.
    private static func solve(_ gram: [Double], _ right: [Double], _ used: [Int], _ m: Int) -> [Double]? {
        let n = used.count
        var factor = [Double](repeating: 0, count: n * n)
        var x = [Double](repeating: 0, count: n)
        for i in 0..<n {
            for j in 0...i {
                var sum = gram[used[i] * m + used[j]]
                for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
                if i == j {
                    guard sum > 1e-13 * gram[used[i] * m + used[i]] else { return nil }
                    factor[i * n + i] = sum.squareRoot()
                } else {
                    factor[i * n + j] = sum / factor[j * n + j]
                }
            }
            var sum = right[used[i]]
            for k in 0..<i { sum -= factor[i * n + k] * x[k] }
            x[i] = sum / factor[i * n + i]
        }
        for i in stride(from: n - 1, through: 0, by: -1) {
            var sum = x[i]
            for k in i + 1..<n { sum -= factor[k * n + i] * x[k] }
            x[i] = sum / factor[i * n + i]
        }
        return x
    }
}
