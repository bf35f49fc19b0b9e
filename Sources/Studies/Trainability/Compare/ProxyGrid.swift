import LoamRuns
import LoamTensor

/// What the predictors that look at networks say of one network of the training grid, before its training.
public struct ProxyCell: Hashable, Codable, Sendable {
    /// σ_w².
    public var weightVariance: Double
    /// Weight layers, and which of the repetitions with different random numbers, from 0.
    public var depth, repetition: Int
    /// One a predictor.
    public var scores: [ProxyScore]

    /// All members.
    public init(weightVariance: Double, depth: Int, repetition: Int, scores: [ProxyScore]) {
        self.weightVariance = weightVariance
        self.depth = depth
        self.repetition = repetition
        self.scores = scores
    }

    /// The score of a predictor; nil where it was not asked for.
    public subscript(predictor: Predictor) -> ProxyScore? { scores.first { $0.predictor == predictor } }

    /// Whether the trained network started as this one.
    func describes(_ trained: TrainedCell) -> Bool {
        weightVariance == trained.weightVariance && depth == trained.depth && repetition == trained.repetition
    }
}

/// Scores the untrained networks of the training grid.
enum ProxyGrid {
    /// - Parameters:
    ///   - networks: the grid, trained or not.
    ///   - count: images of the batch, the first ones of the training set.
    static func measure(
        _ predictors: [Predictor], _ networks: [TrainedCell], _ configuration: TrainingConfiguration, map: MapConfiguration, count: Int,
        data: StudyData, in run: RunContext, fraction: ClosedRange<Double>
    ) throws -> [ProxyCell] {
        let asked = predictors.filter(\.looksAtNetworks)
        guard !asked.isEmpty else { return [] }
        let images = data.images[0..<count, axis: 0]
        let labels = data.labels[0..<count, axis: 0]
        let training = try NetworkTraining(configuration, map: map, data: data)
        return try run.cells(
            networks, id: { "proxies-w\($0.weightVariance)-L\($0.depth)-r\($0.repetition)" }, inputs: ["data": data.checksum],
            atATime: try training.fillsAllThreads(depth: configuration.depths.last ?? 2) ? 1 : nil, span: fraction
        ) { network, context in
            let untrained = try training.network(
                weightVariance: network.weightVariance, depth: network.depth, seed: run.seed &+ UInt64(network.repetition))
            let scores = ProxyScores(asked, of: untrained, images: images) { configuration.training.loss($0, labels) }
            for score in scores.scores where !score.value.isFinite {
                context.warn(
                    "\(score.predictor.title) of the network at σw² \(short(network.weightVariance)), L \(network.depth) is not finite: it "
                        + "ranks last")
            }
            return ProxyCell(
                weightVariance: network.weightVariance, depth: network.depth, repetition: network.repetition, scores: scores.scores)
        }
    }

    static func table(_ cells: [ProxyCell]) -> Table {
        var table = Table([
            "sigma_w2": .numbers(cells.map(\.weightVariance)), "depth": .integers(cells.map(\.depth)),
            "repetition": .integers(cells.map(\.repetition)),
        ])
        for predictor in Predictor.allCases where cells.first?[predictor] != nil {
            table.add(predictor.rawValue, .numbers(cells.map { $0[predictor]?.value ?? .nan }))
            table.add(predictor.rawValue + "_operations", .numbers(cells.map { $0[predictor]?.operations ?? .nan }))
            table.add(predictor.rawValue + "_seconds", .measured(cells.map { $0[predictor]?.seconds ?? .nan }))
        }
        return table
    }
}
