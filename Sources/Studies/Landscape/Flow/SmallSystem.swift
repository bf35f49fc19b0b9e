/// Linear systems of a few unknowns.
enum SmallSystem {
    /// x with Ax = b by Gaussian elimination with row pivoting; nil where a pivot is below `cutoff` times the largest entry.
    static func solve(_ matrix: [Double], _ right: [Double], cutoff: Double = 1e-14) -> [Double]? {
        let n = right.count
        var a = matrix
        var x = right
        let scale = a.map { abs($0) }.max() ?? 0
        for step in 0..<n {
            var pivot = step
            for r in step..<n where abs(a[r * n + step]) > abs(a[pivot * n + step]) { pivot = r }
            guard abs(a[pivot * n + step]) > cutoff * scale else { return nil }
            if pivot != step {
                for c in 0..<n { a.swapAt(step * n + c, pivot * n + c) }
                x.swapAt(step, pivot)
            }
            for r in step + 1..<max(n, step + 1) {
                let factor = a[r * n + step] / a[step * n + step]
                for c in step..<n { a[r * n + c] -= factor * a[step * n + c] }
                x[r] -= factor * x[step]
            }
        }
        for r in stride(from: n - 1, through: 0, by: -1) {
            for c in r + 1..<max(n, r + 1) { x[r] -= a[r * n + c] * x[c] }
            x[r] /= a[r * n + r]
        }
        return x
    }
}
