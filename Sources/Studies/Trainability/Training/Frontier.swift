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

    /// The search on its way through some values of σ_w², one network at a time.
    public struct Walk: Sendable {
        private let search: FrontierSearch
        private var weights: ArraySlice<Double>
        private var depth: Int
        private var attempts: [TrainedCell] = []
        /// The σ_w² that are done, in the order of the walk.
        public private(set) var columns: [Column] = []

        /// A walk through `weights` in their order, the first one from `depth` downwards.
        public init(_ search: FrontierSearch, through weights: [Double], from depth: Int) {
            self.search = search
            self.weights = weights[...]
            self.depth = depth
        }

        /// The network to be trained next; `nil` at the end.
        public var next: (weightVariance: Double, depth: Int)? { weights.first.map { ($0, depth) } }

        /// What came of training ``next``.
        public mutating func record(_ cell: TrainedCell, isTrained: Bool) {
            guard let weight = weights.first else { preconditionFailure("FrontierSearch.Walk: nothing is left to be trained") }
            attempts.append(cell)
            let below = search.depths.first { $0 < depth }
            if !isTrained, let below {
                depth = below
                return
            }
            columns.append(Column(weightVariance: weight, depth: isTrained ? depth : nil, attempts: attempts))
            attempts = []
            weights = weights.dropFirst()
        }
    }

    /// The walk outwards from a column, on one side: its depth is kept, the floor where nothing trained.
    public func walk(above: Bool, from start: Column) -> Walk {
        Walk(self, through: variances(above: above), from: start.depth ?? depths.last ?? floor)
    }

    /// R of the protocol: training every depth that it may try at one σ_w² for all epochs, over one epoch of heads for the deepest.
    func savingBound(epochs: Int) -> Double {
        Cost.savingFactor(depths: depths, trainingEpochs: Double(epochs), headEpochs: 1, maximalDepth: startDepth)
    }
}
