import LoamRuns

/// One trained network of the grid.
public struct TrainedCell: Hashable, Codable, Sendable {
    /// σ_w².
    public var weightVariance: Double
    /// Weight layers, and which of the repetitions with different random numbers, from 0.
    public var depth, repetition: Int
    /// The stage of the map that the network reaches.
    public var stage: Int
    /// What came of training it.
    public var outcome: DeepTraining.Outcome
    /// Counted operations of its training.
    public var operations: Double
    /// Measured seconds of its training.
    @Measured public var seconds: Double
    /// Trained parameters of the network.
    public var parameters: Int

    /// All members.
    public init(
        weightVariance: Double, depth: Int, stage: Int? = nil, repetition: Int, outcome: DeepTraining.Outcome, operations: Double,
        seconds: Double,
        parameters: Int
    ) {
        self.weightVariance = weightVariance
        self.depth = depth
        self.repetition = repetition
        self.stage = stage ?? depth
        self.outcome = outcome
        self.operations = operations
        _seconds = Measured(wrappedValue: seconds)
        self.parameters = parameters
    }

    /// In one line.
    var line: String {
        var text = "σw² \(fixed(weightVariance, 3))  L \(depth)  accuracy \(fixed(outcome.accuracy, 3))"
        text += "  loss \(fixed(outcome.losses.last ?? .nan, 3))  \(outcome.accuracies.count) epochs  \(fixed(seconds, 1)) s"
        text += "  \(fixed(operations / max(seconds, 1e-9) / 1e9, 0)) GFLOP/s"
        if let step = outcome.divergedStep { text += "  diverged at step \(step)" }
        return text
    }
}

/// The files of trained networks.
enum TrainedCells {
    /// One row a network.
    static func table(_ cells: [TrainedCell]) -> Table {
        Table([
            "sigma_w2": .numbers(cells.map(\.weightVariance)), "depth": .integers(cells.map(\.depth)),
            "repetition": .integers(cells.map(\.repetition)), "accuracy": .numbers(cells.map(\.outcome.accuracy)),
            "loss": .numbers(cells.map { $0.outcome.losses.last ?? .nan }), "steps": .integers(cells.map(\.outcome.steps)),
            "diverged_step": .texts(cells.map { $0.outcome.divergedStep.map(String.init) ?? "" }),
            "operations": .numbers(cells.map(\.operations)), "seconds": .measured(cells.map(\.seconds)),
        ])
    }

    /// One row a network and epoch.
    static func epochTable(_ cells: [TrainedCell]) -> Table {
        let rows = cells.flatMap { cell in cell.outcome.losses.indices.map { (cell, $0) } }
        return Table([
            "sigma_w2": .numbers(rows.map(\.0.weightVariance)), "depth": .integers(rows.map(\.0.depth)),
            "repetition": .integers(rows.map(\.0.repetition)), "epoch": .integers(rows.map { $0.1 + 1 }),
            "loss": .numbers(rows.map { $0.0.outcome.losses[$0.1] }), "accuracy": .numbers(rows.map { $0.0.outcome.accuracies[$0.1] }),
        ])
    }

    /// Writes `train.json`, `train.csv` and `epochs.csv`.
    static func save(_ cells: [TrainedCell], in run: RunContext) throws {
        try run.saveJSON(cells, to: "train.json")
        try run.saveCSV(table(cells), to: "train.csv")
        try run.saveCSV(epochTable(cells), to: "epochs.csv")
    }

    private struct Record: Encodable {
        let kind = "epoch"
        let weightVariance: Double
        let depth, repetition, epoch: Int
        let loss, accuracy: Double
    }

    /// Loss and accuracy of every epoch as records of `metrics.jsonl`.
    static func record(_ cell: TrainedCell, _ context: CellContext) throws {
        for (index, (loss, accuracy)) in zip(cell.outcome.losses, cell.outcome.accuracies).enumerated() {
            try context.record(
                Record(
                    weightVariance: cell.weightVariance, depth: cell.depth, repetition: cell.repetition, epoch: index + 1, loss: loss,
                    accuracy: accuracy))
        }
    }
}
