import RealModule

/// What the search may change beside σ_w².
public enum TunedVariances: String, Codable, CaseIterable, Hashable, Sendable {
    /// σ_w² alone.
    case weight
    /// σ_w² and σ_b².
    case both
}

/// The search for the initial variances whose network keeps most of its input at a given depth, in a dozen cascades instead of a grid.
///
/// A coarse grid over ln σ_w², then twice the middles of the intervals beside the best; the front, where predicted trainability ends, is
/// bisected on either side. The recommended σ_w² is the lowest point of a parabola through the best measurements.
///
/// Networks are told apart by S_rel at the requested depth or, where it has saturated there for all of them, at the deepest stage that a
/// network still tells something of its input at: behind it the order of S_rel is that of noise.
public struct InitialisationSearch: Hashable, Codable, Sendable {
    /// The requested depth, as a stage of the cascade.
    public var depth: Int
    /// The range of σ_w².
    public var lowest, highest: Double
    /// σ_b² to begin with.
    public var biasVariance: Double
    /// Whether σ_b² is searched too, and at which values.
    public var tune = TunedVariances.weight
    /// Other values of σ_b².
    public var otherBiasVariances: [Double] = []
    /// Laws of the weights, the first to begin with.
    public var schemes: [InitializationScheme] = [.gaussian]
    /// Cascades that may be measured.
    public var budget = 12
    /// S_rel of the mean image, at which all information is lost.
    public var meanImageLevel: Double

    /// The stage at which measured networks are told apart: the deepest, up to the requested one, where one of them keeps S_rel below the
    /// mean image's level by two standard errors; 1 where none does anywhere.
    func readingDepth(of measured: [Measured]) -> Int {
        (1...depth).last { stage in
            measured.contains { $0.score(stage) <= meanImageLevel - 2 * $0.cell.at(stage, \.relativeError) }
        } ?? 1
    }

    /// A network to be measured.
    public struct Candidate: Hashable, Codable, Sendable {
        /// Its variances and the law of its weights.
        public var variances: InitialVariances
        /// Whether this is the recommended network, looked at beyond the requested depth.
        public var isConfirmation = false
    }

    /// A measured candidate.
    public struct Measured: Hashable, Codable, Sendable {
        /// The network.
        public var candidate: Candidate
        /// What its cascade keeps.
        public var cell: CellProfile

        var weight: Double { candidate.variances.weight }

        /// S_rel at a stage; the highest of all where activations stop being finite, at whatever stage.
        func score(_ stage: Int) -> Double {
            let value = cell.divergedLayer == nil ? cell.at(stage, \.relativeMean) : .infinity
            return value.isNaN ? .infinity : value
        }
    }

    /// What is recommended, and what it rests on.
    public struct Result: Hashable, Codable, Sendable {
        /// The recommended variances and law.
        public var variances: InitialVariances
        /// The stage at whose S_rel the networks were told apart in the end.
        public var readingDepth: Int
        /// The range of σ_w² within which a network of the requested depth is predicted to train, as far as it was bracketed; `nil` at an
        /// end that lies beyond the searched range.
        public var trainableFrom, trainableTo: Double?
        /// The depth down to which the recommended network is predicted to train; a lower bound where `isDepthCensored`.
        public var maximalDepth: Int
        /// Whether the confirming cascade ended before the cutoff.
        public var isDepthCensored: Bool
        /// Every cascade in the order of measurement, the confirming one last.
        public var measured: [Measured]
    }

    /// - Precondition: `0 < lowest < highest`, a budget of at least 6, at least one scheme.
    public init(depth: Int, lowest: Double, highest: Double, biasVariance: Double, meanImageLevel: Double) {
        precondition(lowest > 0 && lowest < highest, "InitialisationSearch: the range \(lowest) … \(highest) is none")
        self.depth = depth
        self.lowest = lowest
        self.highest = highest
        self.biasVariance = biasVariance
        self.meanImageLevel = meanImageLevel
    }

    /// Searches.
    ///
    /// - Parameters:
    ///   - shift: by which factor the best σ_w² moves from one σ_b² to another (along the critical line), where a theory knows.
    ///   - isTrainable: whether a cell is predicted to train at the requested depth.
    ///   - measure: cascades of independent candidates, in order.
    public func run(
        shift: (_ from: Double, _ to: Double) -> Double, isTrainable: (CellProfile) -> Bool,
        measure: ([Candidate]) throws -> [CellProfile]
    ) rethrows -> Result {
        var all: [Measured] = []
        // One is kept for the confirmation.
        func left() -> Int { budget - 1 - all.count }
        func look(_ variances: [InitialVariances]) throws {
            let known = Set(all.map(\.candidate.variances))
            let candidates = variances.filter { !known.contains($0) }.prefix(max(0, left())).map { Candidate(variances: $0) }
            if candidates.isEmpty { return }
            all += zip(candidates, try measure(candidates)).map { Measured(candidate: $0, cell: $1) }
        }
        var law = InitialVariances(weight: 1, bias: biasVariance, scheme: schemes[0])
        func at(_ weight: Double) -> InitialVariances { InitialVariances(weight: weight, bias: law.bias, scheme: law.scheme) }
        /// Measurements under the present σ_b² and scheme by ascending σ_w².
        func row() -> [Measured] {
            all.filter { $0.candidate.variances.bias == law.bias && $0.candidate.variances.scheme == law.scheme }.sorted {
                $0.weight < $1.weight
            }
        }
        func best() -> Measured {
            let stage = readingDepth(of: all)
            return row().min { $0.score(stage) < $1.score(stage) }!
        }
        func refine() throws {
            let row = row()
            let stage = readingDepth(of: all)
            guard let index = row.indices.min(by: { row[$0].score(stage) < row[$1].score(stage) }) else { return }
            var middles: [Double] = []
            if index > 0 { middles.append((row[index - 1].weight * row[index].weight).squareRoot()) }
            if index + 1 < row.count { middles.append((row[index].weight * row[index + 1].weight).squareRoot()) }
            try look(middles.map(at))
        }

        let coarse = 5
        try look((0..<coarse).map { at(lowest * Double.exp(Double.log(highest / lowest) * Double($0) / Double(coarse - 1))) })
        try refine()
        // Another σ_b² or law must keep more by at least a standard error to be taken.
        func consider(_ others: [InitialVariances]) throws {
            let now = best()
            let begin = all.count
            try look(others)
            let stage = readingDepth(of: all)
            guard let other = all[begin...].min(by: { $0.score(stage) < $1.score(stage) }) else { return }
            if other.score(stage) < now.score(stage) - other.cell.at(stage, \.relativeError) { law = other.candidate.variances }
        }
        if tune == .both {
            let weight = best().weight
            try consider(
                otherBiasVariances.map { InitialVariances(weight: weight * shift(law.bias, $0), bias: $0, scheme: law.scheme) })
        }
        let weight = best().weight
        try consider(schemes.dropFirst().map { InitialVariances(weight: weight, bias: law.bias, scheme: $0) })
        if row().count < 3 {
            // A new row: neighbours of its only measurement.
            let factor = Double.exp(Double.log(highest / lowest) / 8)
            try look([at(best().weight / factor), at(best().weight * factor)])
        } else {
            try refine()
        }
        try bisectFront(row(), isTrainable, at, look)

        let stage = readingDepth(of: all)
        let variances = at(lowestPoint(row(), stage))
        let last = Candidate(variances: variances, isConfirmation: true)
        let confirmed = Measured(candidate: last, cell: try measure([last])[0])
        let range = front(row(), isTrainable)
        all.append(confirmed)
        let cutoff = confirmed.cell.cutoff
        return Result(
            variances: variances, readingDepth: stage, trainableFrom: range.from, trainableTo: range.to,
            maximalDepth: cutoff.isCensored ? confirmed.cell.layers.count : cutoff.depth, isDepthCensored: cutoff.isCensored, measured: all)
    }

    /// One bisection of either end of the trainable range.
    private func bisectFront(
        _ row: [Measured], _ isTrainable: (CellProfile) -> Bool, _ at: (Double) -> InitialVariances,
        _ look: ([InitialVariances]) throws -> Void
    ) rethrows {
        let trainable = row.indices.filter { isTrainable(row[$0].cell) }
        guard let first = trainable.first, let last = trainable.last else { return }
        var middles: [Double] = []
        if first > 0 { middles.append((row[first - 1].weight * row[first].weight).squareRoot()) }
        if last + 1 < row.count { middles.append((row[last].weight * row[last + 1].weight).squareRoot()) }
        try look(middles.map(at))
    }

    /// The ends of the trainable range: halfway (in the logarithm) between the last cell that is predicted to train and its neighbour.
    private func front(_ row: [Measured], _ isTrainable: (CellProfile) -> Bool) -> (from: Double?, to: Double?) {
        let trainable = row.indices.filter { isTrainable(row[$0].cell) }
        guard let first = trainable.first, let last = trainable.last else { return (nil, nil) }
        return (
            first > 0 ? (row[first - 1].weight * row[first].weight).squareRoot() : nil,
            last + 1 < row.count ? (row[last].weight * row[last + 1].weight).squareRoot() : nil
        )
    }

    /// The minimum of the parabola in ln σ_w² through the five measurements nearest to the best one, kept between the best one's
    /// neighbours; the best one itself where they curve downwards.
    private func lowestPoint(_ row: [Measured], _ stage: Int) -> Double {
        let finite = row.filter { $0.score(stage).isFinite }
        guard let index = finite.indices.min(by: { finite[$0].score(stage) < finite[$1].score(stage) }) else { return row[0].weight }
        let center = Double.log(finite[index].weight)
        let near = finite.sorted { abs(Double.log($0.weight) - center) < abs(Double.log($1.weight) - center) }.prefix(5)
        guard let x = Parabola(near.map { Double.log($0.weight) - center }, near.map { $0.score(stage) })?.lowest else {
            return finite[index].weight
        }
        let low = Double.log(finite[max(0, index - 1)].weight)
        let high = Double.log(finite[min(finite.count - 1, index + 1)].weight)
        return Double.exp(min(high, max(low, center + x)))
    }
}

/// The least-squares parabola through points.
struct Parabola {
    /// y = c₀ + c₁x + c₂x².
    let constant, slope, curvature: Double

    /// `nil` with fewer than three different x.
    init?(_ x: [Double], _ y: [Double]) {
        guard Set(x).count >= 3 else { return nil }
        // Normal equations of three unknowns by Cramer's rule.
        func moment(_ power: Int) -> Double { x.reduce(0) { $0 + Double.pow($1, power) } }
        func product(_ power: Int) -> Double { zip(x, y).reduce(0) { $0 + Double.pow($1.0, power) * $1.1 } }
        let (s0, s1, s2, s3, s4) = (Double(x.count), moment(1), moment(2), moment(3), moment(4))
        let (t0, t1, t2) = (product(0), product(1), product(2))
        func determinant(_ a: [Double], _ b: [Double], _ c: [Double]) -> Double {
            a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
        }
        let whole = determinant([s0, s1, s2], [s1, s2, s3], [s2, s3, s4])
        guard abs(whole) > 1e-14 else { return nil }
        constant = determinant([t0, s1, s2], [t1, s2, s3], [t2, s3, s4]) / whole
        slope = determinant([s0, t0, s2], [s1, t1, s3], [s2, t2, s4]) / whole
        curvature = determinant([s0, s1, t0], [s1, s2, t1], [s2, s3, t2]) / whole
    }

    /// Where it is lowest; `nil` where it does not curve upwards.
    var lowest: Double? { curvature > 0 ? -slope / (2 * curvature) : nil }
}
