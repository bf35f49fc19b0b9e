import LoamTrainability
import Testing

@Suite struct FrontierTests {
    /// A search over σ_w² 1.1 … 2.3 and depths 30, 25, … 5.
    static let search: FrontierSearch = {
        var search = FrontierSearch()
        search.startVariance = 1.7
        search.varianceStep = 0.3
        search.lowestVariance = 1.1
        search.highestVariance = 2.3
        search.startDepth = 30
        return search
    }()

    /// A network that trains up to a depth that depends on σ_w².
    static func attempt(_ limit: @escaping (Double) -> Int) -> (Double, Int) -> (TrainedCell, isTrained: Bool) {
        { weight, depth in
            let cell = TrainedCell(
                weightVariance: weight, depth: depth, repetition: 0, outcome: DeepTraining.Outcome(), operations: 1, seconds: 1,
                parameters: 1)
            return (cell, depth <= limit(weight))
        }
    }

    /// Walks to the end.
    static func columns(
        _ walk: FrontierSearch.Walk, _ attempt: (Double, Int) -> (TrainedCell, isTrained: Bool)
    ) -> [FrontierSearch.Column] {
        var walk = walk
        while let next = walk.next {
            let (cell, isTrained) = attempt(next.weightVariance, next.depth)
            walk.record(cell, isTrained: isTrained)
        }
        return walk.columns
    }

    static func start(_ attempt: (Double, Int) -> (TrainedCell, isTrained: Bool)) -> FrontierSearch.Column {
        columns(FrontierSearch.Walk(search, through: [1.7], from: 30), attempt)[0]
    }

    static func side(above: Bool, _ attempt: (Double, Int) -> (TrainedCell, isTrained: Bool)) -> [FrontierSearch.Column] {
        columns(search.walk(above: above, from: start(attempt)), attempt)
    }

    @Test func publishedRangeIsWalkedInTenths() {
        let search = FrontierSearch()
        #expect(search.variances(above: false) == (1...16).reversed().map { Double($0) / 10 })
        #expect(search.variances(above: true) == (18...40).map { Double($0) / 10 })
        #expect(search.depths.first == 150 && search.depths.last == 5 && search.depths.count == 30)
    }

    @Test func depthIsLoweredUntilANetworkTrains() {
        let column = Self.start(Self.attempt { _ in 22 })
        #expect(column.depth == 20)
        #expect(column.attempts.map(\.depth) == [30, 25, 20])
    }

    @Test func depthIsKeptWhileTheVarianceMoves() {
        let side = Self.side(above: false, Self.attempt { $0 < 1.2 ? 12 : 20 })
        #expect(side.map(\.weightVariance) == [1.4, 1.1])
        #expect(side.map(\.depth) == [20, 10])
        // One network where the frontier stays, three where it falls from 20 to 10.
        #expect(side.map(\.attempts.count) == [1, 3])
    }

    @Test func frontierNeverRisesOutwards() {
        // A search that went up again would find 30 at σ_w² = 2.3.
        #expect(Self.side(above: true, Self.attempt { $0 > 2.2 ? 30 : 15 }).map(\.depth) == [15, 15])
    }

    @Test func nothingTrainsBelowTheFloor() {
        let side = Self.side(above: false, Self.attempt { $0 < 1.5 ? 4 : 30 })
        #expect(side.map(\.depth) == [nil, nil])
        // All six depths at the first, the floor alone at the second.
        #expect(side.map(\.attempts.count) == [6, 1])
    }

    @Test func protocolBoundIsThePublishedOne() {
        // 200 · (5 + 10 + … + 150)/150 = 200 · 2325/150.
        let search = FrontierSearch()
        let bound = Cost.savingFactor(depths: search.depths, trainingEpochs: 200, headEpochs: 1, maximalDepth: search.startDepth)
        #expect(isClose(bound, 3100, 1e-9))
    }
}
