import Foundation

/// The signs of a component's output weights: how many are frozen + or −, and how many neurons may take either.
public struct SignBudget: Sendable, Hashable {
    /// Neurons frozen with a > 0, with a < 0, and free ones.
    public var positive, negative, free: Int

    /// Neurons of each kind.
    public init(positive: Int, negative: Int, free: Int) {
        self.positive = positive
        self.negative = negative
        self.free = free
    }

    /// The budget of a component of networks with one output. A fixed point at the origin contributes nothing.
    public init(_ set: InvariantSet) {
        positive = set.neurons.count { $0.frozenOutputSign == 1 }
        negative = set.neurons.count { $0.frozenOutputSign == -1 }
        free = set.neurons.count { $0.kind == .positive }
    }
}

/// The exact minimum of the squared loss over networks whose output weights have given signs, for neurons of two incoming weights.
///
/// The lines orthogonal to the data cut the plane of w into sectors in which σ(Xw) is linear, σ(X(αr + βr′)) = ασ(Xr) + βσ(Xr′) for the
/// two boundary rays. So with the sector of every neuron given, the minimum is a non-negative least-squares problem of 2l columns; over
/// the sectors it is a finite search, cut by the bound that all rays together give (the distance to a convex cone).
public struct PlanarFloor: Sendable {
    /// Unit vectors orthogonal to a data row, by angle.
    public let rays: [(x: Double, y: Double)]
    private let count: Int
    private let gram: [Double]
    private let right: [Double]
    private let squaredNorm: Double

    /// A minimum and a network that attains it.
    public struct Minimum: Sendable {
        /// ½ times the mean squared residual.
        public let loss: Double
        /// The neurons in use: w and the sign of a.
        public let neurons: [(w: [Double], sign: Int)]
        /// Non-negative least-squares problems that were solved.
        public let problems: Int
    }

    /// Prepares the rays of a data set. Targets must be scalars.
    /// - Throws: ``LandscapeError`` where rows have not two entries, or all are zero.
    public init(_ samples: Samples, activation: Activation = .relu, hiddenBias: Bool = false) throws(LandscapeError) {
        let rows = samples.rows(hiddenBias: hiddenBias)
        guard rows.count == 2 * samples.count, samples.outputCount == 1 else {
            throw LandscapeError(
                .usage, samples.name, "exact floors are for neurons of two incoming weights and one output",
                advice: "Found \(rows.count / samples.count) and \(samples.outputCount); certify uses a bound there.")
        }
        guard activation.isPiecewiseLinear else {
            throw LandscapeError(.usage, "activation", "exact floors are for piecewise linear activations; found \(activation)")
        }
        var angles: [Double] = []
        for i in 0..<samples.count where rows[2 * i] != 0 || rows[2 * i + 1] != 0 {
            let angle = atan2(rows[2 * i], -rows[2 * i + 1])
            angles += [angle, angle > 0 ? angle - .pi : angle + .pi]
        }
        guard let first = angles.first else { throw LandscapeError(.badData, samples.name, "all rows are zero") }
        // One line alone leaves half planes: their middle rays complete them.
        if angles.allSatisfy({ abs(sin($0 - first)) < 1e-12 }) { angles += [first + .pi / 2, first - .pi / 2] }
        let sorted = angles.map { $0 <= -.pi ? $0 + 2 * .pi : $0 }.sorted()
        var unique: [Double] = []
        for angle in sorted where unique.last.map({ angle - $0 > 1e-12 }) ?? true { unique.append(angle) }
        if unique.count > 1, unique.last! - unique.first! > 2 * .pi - 1e-12 { unique.removeLast() }
        rays = unique.map { (cos($0), sin($0)) }
        let m = rays.count
        count = m
        let n = samples.count
        let scale = 1 / Double(n).squareRoot()
        var columns = [Double](repeating: 0, count: m * n)
        for j in 0..<m {
            for i in 0..<n {
                let (a, b) = (rows[2 * i] * rays[j].x, rows[2 * i + 1] * rays[j].y)
                // Rows orthogonal to the ray are on the kink: rounding must not put them beside it.
                let z = abs(a + b) <= 1e-13 * (abs(a) + abs(b)) ? 0 : a + b
                columns[j * n + i] = activation.value(z) * scale
            }
        }
        let y = samples.targets.map { $0 * scale }
        func dot(_ a: Int, _ b: Int) -> Double {
            var sum = 0.0
            for i in 0..<n { sum += columns[a * n + i] * columns[b * n + i] }
            return sum
        }
        var gram = [Double](repeating: 0, count: m * m)
        for a in 0..<m {
            for b in 0...a {
                let value = dot(a, b)
                gram[a * m + b] = value
                gram[b * m + a] = value
            }
        }
        self.gram = gram
        right = (0..<m).map { j in (0..<n).reduce(0.0) { $0 + columns[j * n + $1] * y[$1] } }
        squaredNorm = y.reduce(0) { $0 + $1 * $1 }
    }

    /// The loss of the network that is zero everywhere.
    public var zeroLoss: Double { 0.5 * squaredNorm }

    private struct Column: Hashable {
        var ray: Int
        var sign: Int
    }

    private func solve(_ columns: [Column]) -> NonNegativeLeastSquares {
        let k = columns.count
        var sub = [Double](repeating: 0, count: k * k)
        for a in 0..<k {
            for b in 0..<k {
                sub[a * k + b] = Double(columns[a].sign * columns[b].sign) * gram[columns[a].ray * count + columns[b].ray]
            }
        }
        return NonNegativeLeastSquares(
            gram: sub, right: columns.map { Double($0.sign) * right[$0.ray] }, squaredNorm: squaredNorm)
    }

    /// The minimum for any number of neurons of the given signs: half the squared distance to the convex cone of their rays. No network
    /// with these signs can be below it.
    public func coneBound(signs: Set<Int>) -> Double {
        0.5 * solve(signs.sorted().flatMap { sign in (0..<count).map { Column(ray: $0, sign: sign) } }).squaredResidual
    }

    /// The exact minimum over networks with the given signs of their output weights.
    ///
    /// - Parameter limit: problems after which the search gives up.
    /// - Throws: ``LandscapeError`` where the search would take longer.
    public func minimum(_ budget: SignBudget, limit: Int = 500_000) throws(LandscapeError) -> Minimum {
        var best: (value: Double, columns: [Column], solution: [Double]) = (squaredNorm, [], [])
        var problems = 0
        var cones: [Set<Int>: Double] = [:]
        for extra in 0...budget.free {
            let signs =
                [Int](repeating: 1, count: budget.positive + extra) + [Int](repeating: -1, count: budget.negative + budget.free - extra)
            guard !signs.isEmpty else { continue }
            let all = Set(signs)
            let cone = cones[all] ?? 2 * coneBound(signs: all)
            cones[all] = cone
            descend(signs, cone: cone, &best, &problems)
            try search(signs, from: 0, chosen: [], cone: cone, &best, &problems, limit)
        }
        var neurons: [(w: [Double], sign: Int)] = []
        for index in stride(from: 0, to: best.columns.count, by: 2) {
            let (a, b) = (best.columns[index], best.columns[index + 1])
            let (alpha, beta) = (best.solution[index], best.solution[index + 1])
            let w = [alpha * rays[a.ray].x + beta * rays[b.ray].x, alpha * rays[a.ray].y + beta * rays[b.ray].y]
            neurons.append((w, a.sign))
        }
        return Minimum(loss: 0.5 * best.value, neurons: neurons, problems: problems)
    }

    /// A good start for the search: sectors changed one neuron at a time as long as that helps, from several starts.
    private func descend(
        _ signs: [Int], cone: Double, _ best: inout (value: Double, columns: [Column], solution: [Double]), _ problems: inout Int
    ) {
        func columns(_ sectors: [Int]) -> [Column] {
            zip(sectors, signs).flatMap { [Column(ray: $0, sign: $1), Column(ray: ($0 + 1) % count, sign: $1)] }
        }
        for start in 0..<6 {
            // Spread round the circle, differently each time.
            var sectors = signs.indices.map { ($0 * count / signs.count + start * (count / 6 + 1)) % count }
            var value = Double.infinity
            var improved = true
            while improved {
                improved = false
                for k in signs.indices {
                    for sector in 0..<count where sector != sectors[k] || value == .infinity {
                        var trial = sectors
                        trial[k] = sector
                        let result = solve(columns(trial))
                        problems += 1
                        guard result.squaredResidual < value - 1e-14 * squaredNorm else { continue }
                        (value, sectors, improved) = (result.squaredResidual, trial, true)
                        if value < best.value { best = (value, columns(trial), result.solution) }
                        if best.value <= cone + 1e-13 * squaredNorm { return }
                    }
                }
            }
        }
    }

    private func search(
        _ signs: [Int], from first: Int, chosen: [Column], cone: Double,
        _ best: inout (value: Double, columns: [Column], solution: [Double]),
        _ problems: inout Int, _ limit: Int
    ) throws(LandscapeError) {
        let depth = chosen.count / 2
        let slack = 1e-13 * squaredNorm
        for sector in first..<count {
            // What the cone of all rays attains cannot be beaten.
            if best.value <= cone + slack { return }
            let sign = signs[depth]
            let columns = chosen + [Column(ray: sector, sign: sign), Column(ray: (sector + 1) % count, sign: sign)]
            problems += 1
            guard problems <= limit else {
                throw LandscapeError(
                    .usage, "certify", "the exact search over \(signs.count) neurons and \(count) sectors takes too long",
                    advice: "Use the cone bound (exact = false), fewer neurons or fewer samples.")
            }
            if depth == signs.count - 1 {
                let result = solve(columns)
                if result.squaredResidual < best.value { best = (result.squaredResidual, columns, result.solution) }
                continue
            }
            // The rest may use every ray of its signs.
            if signs.count > 2 || depth > 0 {
                let rest = Set(signs[(depth + 1)...])
                let bound = solve(columns + rest.sorted().flatMap { s in (0..<count).map { Column(ray: $0, sign: s) } })
                if bound.squaredResidual >= best.value - slack { continue }
            }
            // Neurons of one sign are interchangeable: sectors in ascending order.
            try search(signs, from: signs[depth + 1] == sign ? sector : 0, chosen: columns, cone: cone, &best, &problems, limit)
        }
    }
}
