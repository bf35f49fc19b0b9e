import Foundation

/// Where a formula has kinks; refuses one that is undefined, jumps or has unbounded slopes.
///
/// Kinks can only lie at zeros of the formula's ``ExpressionNode/switches``. These are scanned on |x| ≤ 1,490 with steps of 0.002
/// around 0 that grow with |x|, and bisected to the last bit.
struct ExpressionSmoothness {
    private(set) var kinks: [Double] = []
    private(set) var slopeJumps: [Bool] = []

    private static let most = 32
    /// Beyond this |x| a formula may overflow: the Gaussian integrals of usual lengths do not go there.
    private static let domain = 30.0
    private static let grid: [Double] = (-4000...4000).map { sinh(Double($0) * 0.002) }

    init(_ root: ExpressionNode, text: String) throws {
        func refuse(_ problem: String) -> TrainabilityError {
            TrainabilityError("activation", "the expression “\(text)” \(problem)")
        }
        for (x, value) in zip(Self.grid, root.values(at: Self.grid)) where abs(x) <= Self.domain {
            guard value.isFinite else { throw refuse("is not defined at x = \(Self.shown(x)): its value there is \(value)") }
            // Squares have to be finite too.
            guard abs(value) < 1e150 else { throw refuse("overflows at x = \(Self.shown(x)): it must stay below 1e150 up to |x| = 30") }
        }
        var found: [Double] = []
        for node in Set(root.switches) { found += Self.boundaries(of: node) }
        found.sort()
        for x in found where kinks.last.map({ x - $0 > 1e-12 * (1 + abs(x)) }) ?? true {
            kinks.append(abs(x) < 1e-15 ? 0 : x)
            guard kinks.count <= Self.most else {
                throw refuse("is not differentiable at more than \(Self.most) points, such as \(Self.shown(x))")
            }
        }
        for x in kinks {
            // Both sides at three distances: values must meet, slopes must not grow.
            let scale = 1 + abs(x)
            let distances = [1e-5, 1e-7, 1e-9]
            let left = distances.map { root.jet(at: x - $0 * scale) }
            let right = distances.map { root.jet(at: x + $0 * scale) }
            for side in [left, right] {
                let slopes = side.map { abs($0.slope) }
                guard slopes.allSatisfy(\.isFinite), slopes[2] <= 1.5 * slopes[0] + 1e-3 else {
                    throw refuse("is not differentiable at x = \(Self.shown(x)): its slope grows without bound there")
                }
            }
            guard abs(left[2].value - right[2].value) <= 1e-6 * (1 + abs(left[2].value)) else {
                throw refuse("is not differentiable at x = \(Self.shown(x)): it jumps there")
            }
            slopeJumps.append(abs(left[2].slope - right[2].slope) > 1e-6 * (1 + abs(left[2].slope)))
        }
    }

    private static func shown(_ x: Double) -> String { String(format: "%.6g", x) }

    private static func sign(_ value: Double) -> Int { value > 0 ? 1 : (value < 0 ? -1 : 0) }

    /// The points where the sign of `node` changes, zero counting as a sign of its own when it is one on an interval; and points
    /// where a value touches zero without changing sign.
    private static func boundaries(of node: ExpressionNode) -> [Double] {
        let values = node.values(at: grid)
        var found: [Double] = []
        for i in grid.indices.dropFirst() where values[i].isFinite && values[i - 1].isFinite {
            if sign(values[i]) != sign(values[i - 1]) {
                found.append(bisect(node, grid[i - 1], grid[i], sign(values[i - 1])))
            } else if i + 1 < grid.count, values[i + 1].isFinite, abs(values[i]) < min(abs(values[i - 1]), abs(values[i + 1])) {
                let lowest = minimum(of: node, grid[i - 1], grid[i + 1])
                if abs(node.jet(at: lowest).value) < 1e-13 { found.append(lowest) }
            }
        }
        return found
    }

    private static func bisect(_ node: ExpressionNode, _ low: Double, _ high: Double, _ lowSign: Int) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<200 {
            let middle = 0.5 * (low + high)
            if middle <= low || middle >= high { break }
            if sign(node.jet(at: middle).value) == lowSign { low = middle } else { high = middle }
        }
        // Where the neighbours agree on one number, that is the kink: 0 rather than the smallest number beside it.
        return sign(node.jet(at: high).value) == 0 || lowSign != 0 ? high : low
    }

    /// Golden-section search for the smallest magnitude.
    private static func minimum(of node: ExpressionNode, _ low: Double, _ high: Double) -> Double {
        var (low, high) = (low, high)
        let ratio = 0.6180339887498949
        func size(_ x: Double) -> Double { abs(node.jet(at: x).value) }
        for _ in 0..<80 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
            if size(a) < size(b) { high = b } else { low = a }
        }
        return 0.5 * (low + high)
    }
}
