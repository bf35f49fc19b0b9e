import FoundationEssentials
import LoamTensor

/// What a checkpoint holds besides tensors.
private struct CheckpointRecord: Codable {
    var format: Int
    var optimiser: String
    var progress: TrainingProgress
    var context: ForwardContext
    var baseLearningRate: Double
    var plateau: ReduceOnPlateau?
    var earlyStopping: EarlyStopping?

    static let currentFormat = 1
    static let key = "loam.training"
}

extension Trainer {
    /// Writes everything that training depends on into one safetensors file, replacing it atomically.
    ///
    /// Tensors are named `model.<name>` (parameters, buffers, counts), `optimiser.<slot>.<name>` and `best.<name>`; progress, random
    /// numbers and the state of plateau and early stopping are JSON in the metadata under `loam.training`.
    ///
    /// - Throws: `FileFormatError` where the file cannot be written.
    public func save(to url: URL, metadata: [String: String] = [:]) throws {
        let record = CheckpointRecord(
            format: CheckpointRecord.currentFormat, optimiser: String(describing: Method.self), progress: progress, context: context,
            baseLearningRate: baseLearningRate, plateau: plateau, earlyStopping: earlyStopping)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var metadata = metadata
        metadata[CheckpointRecord.key] = String(decoding: try encoder.encode(record), as: UTF8.self)
        var arrays = model.stateDictionary.storedArrays(prefix: "model.")
        arrays += optimiser.stateDictionary(for: layout).storedArrays(prefix: "optimiser.")
        if let bestState { arrays += bestState.storedArrays(prefix: "best.") }
        try Safetensors.write(arrays, metadata: metadata, to: url)
    }

    /// Takes up a checkpoint of ``save(to:metadata:)``. Schedule, clipping and patience stay those of this trainer; the states of
    /// plateau and early stopping are taken over where the trainer has them.
    ///
    /// - Throws: `FileFormatError` where the file is damaged, ``TrainingError/unusableCheckpoint(file:problem:)`` or
    ///   ``StateDictionaryError`` where it is of another model or optimiser. The trainer is then unchanged.
    public mutating func restore(from url: URL) throws {
        let file = try Safetensors.read(url)
        guard let text = file.metadata[CheckpointRecord.key] else {
            throw TrainingError.unusableCheckpoint(file: url.path, problem: "this file holds tensors but no training state")
        }
        let record: CheckpointRecord
        do {
            record = try JSONDecoder().decode(CheckpointRecord.self, from: Data(text.utf8))
        } catch {
            throw TrainingError.unusableCheckpoint(file: url.path, problem: "its training state cannot be read: \(error)")
        }
        guard record.format == CheckpointRecord.currentFormat else {
            throw TrainingError.unusableCheckpoint(
                file: url.path, problem: "it is of format \(record.format), this version reads \(CheckpointRecord.currentFormat)")
        }
        guard record.optimiser == String(describing: Method.self) else {
            throw TrainingError.unusableCheckpoint(
                file: url.path, problem: "it was made with \(record.optimiser), not \(String(describing: Method.self))")
        }
        var copy = self
        try copy.model.load(StateDictionary(file, prefix: "model."))
        try copy.optimiser.load(StateDictionary(file, prefix: "optimiser."), for: layout)
        let best = try StateDictionary<Scalar>(file, prefix: "best.")
        copy.bestState = best.count == 0 ? nil : best
        copy.progress = record.progress
        copy.context = record.context
        copy.baseLearningRate = record.baseLearningRate
        if plateau != nil, let saved = record.plateau { copy.plateau = saved }
        if earlyStopping != nil, let saved = record.earlyStopping { copy.earlyStopping = saved }
        self = copy
    }
}

extension TrainingCallback {
    /// Saves the trainer every so many steps, at the end of every epoch, or both.
    public static func checkpoint(to url: URL, everySteps interval: Int? = nil, everyEpoch: Bool = true) -> TrainingCallback {
        precondition(interval == nil || interval! > 0, "checkpoint: the interval must be positive")
        return TrainingCallback(
            stepEnded: interval.map { interval in
                { report, trainer in
                    if (report.step + 1) % interval == 0 { try trainer.save(to: url) }
                    return .continue
                }
            },
            epochEnded: everyEpoch
                ? { _, trainer in
                    try trainer.save(to: url)
                    return .continue
                } : nil)
    }
}
