import LoamRuns

/// The published search for the trainability frontier: at a first σ_w² the depth is lowered until a network trains; from there σ_w² moves
/// outwards in both directions with the depth kept, so that the frontier falls monotonically on either side.
public struct FrontierSearch: Codable, Hashable, Sendable {
    /// The σ_w² that the search begins at.
    public var startVariance = 1.7
    /// The depth that it begins at.
    public var startDepth = 150
    /// How far σ_w² moves.
    public var varianceStep = 0.1
    /// The range of σ_w², both ends included.
    public var lowestVariance = 0.1
    /// The range's other end.
    public var highestVariance = 4.0
    /// By how much the depth is lowered after a failure.
    public var depthStep = 5
    /// The least depth that is tried; where it fails too, the σ_w² is untrainable.
    public var floor = 5

    /// The published numbers.
    public init() {}

    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "startVariance", "σ_w² that the search begins at", .number(above: 0)),
            Field(prefix + "startDepth", "L that the search begins at; layer sizes in shrinking networks", .integer(in: 2...2000)),
            Field(prefix + "varianceStep", "step of σ_w² outwards", .number(above: 0)),
            Field(prefix + "lowestVariance", "lowest σ_w²", .number(above: 0)),
            Field(prefix + "highestVariance", "highest σ_w²", .number(above: 0)),
            Field(prefix + "depthStep", "step of L downwards after a failure", .integer(in: 1...2000)),
            Field(prefix + "floor", "least L that is tried", .integer(in: 2...2000)),
        ]
    }

    func validate(prefix: String) throws(ConfigurationError) {
        func check(_ holds: Bool, _ key: String, _ problem: String, _ found: String, _ allowed: String) throws(ConfigurationError) {
            if !holds { throw ConfigurationError(key: prefix + key, problem, found: found, allowed: allowed) }
        }
        try check(
            lowestVariance <= startVariance && startVariance <= highestVariance, "startVariance", "the search begins outside its range",
            short(startVariance), "from lowestVariance = \(short(lowestVariance)) to highestVariance = \(short(highestVariance))")
        try check(
            floor <= startDepth, "floor", "the least depth is above the first", "\(floor)", "at most startDepth = \(startDepth)")
    }

    /// σ_w² above the start in ascending order, or below it in descending order, at whole steps from the start and within the range.
    public func variances(above: Bool) -> [Double] {
        let room = above ? highestVariance - startVariance : startVariance - lowestVariance
        let count = Int((room / varianceStep + 1e-9).rounded(.down))
        // 1.7 + 3 · 0.1 is 2, not 2.0000000000000004.
        return (0..<max(0, count)).map { k in
            let value = startVariance + Double(k + 1) * (above ? varianceStep : -varianceStep)
            return (value * 1e9).rounded() / 1e9
        }
    }

    /// The depths that the search may try, from the first down to the floor.
    public var depths: [Int] { stride(from: startDepth, through: floor, by: -depthStep).map { $0 } }

    /// What was found at one σ_w².
    public struct Column: Hashable, Codable, Sendable {
        /// σ_w².
        public var weightVariance: Double
        /// The deepest trainable network's depth; `nil` where none trains.
        public var depth: Int?
        /// Every network that was trained for it, deepest first.
        public var attempts: [TrainedCell]

        /// The accuracy of the last attempt.
        public var accuracy: Double { attempts.last?.outcome.accuracy ?? 0 }
    }

    /// The depth at one σ_w², tried from `depth` downwards.
    public func column(
        at weightVariance: Double, from depth: Int,
        attempt: (_ weightVariance: Double, _ depth: Int) throws -> (TrainedCell, isTrained: Bool)
    ) rethrows -> Column {
        var column = Column(weightVariance: weightVariance, depth: nil, attempts: [])
        for next in depths where next <= depth {
            let (cell, isTrained) = try attempt(weightVariance, next)
            column.attempts.append(cell)
            if isTrained {
                column.depth = next
                break
            }
        }
        return column
    }

    /// The columns of one side, outwards from the start whose column is given.
    public func side(
        above: Bool, from start: Column, attempt: (_ weightVariance: Double, _ depth: Int) throws -> (TrainedCell, isTrained: Bool)
    ) rethrows -> [Column] {
        var depth = start.depth ?? depths.last ?? floor
        return try variances(above: above).map { weight in
            let column = try column(at: weight, from: depth, attempt: attempt)
            depth = column.depth ?? depths.last ?? floor
            return column
        }
    }

    /// R of the protocol: training every depth that it may try at one σ_w² for all epochs, over one epoch of heads for the deepest.
    func savingBound(epochs: Int) -> Double {
        Cost.savingFactor(depths: depths, trainingEpochs: Double(epochs), headEpochs: 1, maximalDepth: startDepth)
    }
}
