/// What one step did.
public struct StepReport: Sendable, Hashable {
    /// The number of steps before this one.
    public let step: Int
    /// The epoch, from 0.
    public let epoch: Int
    /// The batch within the epoch, from 0.
    public let batch: Int
    /// The loss before the step.
    public let loss: Double
    /// The Euclidean norm of the gradient, before clipping.
    public let gradientNorm: Double
    /// η of this step.
    public let learningRate: Double
}

/// What one epoch did.
public struct EpochReport: Sendable, Hashable {
    /// The epoch, from 0.
    public let epoch: Int
    /// The mean of the epoch's losses, each step counting once.
    public let meanLoss: Double
    /// What validation returned, if there was one.
    public let validation: Double?
    /// The number of steps so far.
    public let steps: Int
    /// Whether the monitored value is the best so far; nil without early stopping.
    public let isBest: Bool?
}

/// What a callback wants.
public enum TrainingDecision: Sendable, Hashable { case `continue`, stop }

/// Why ``Trainer/fit(epochs:batches:validate:callbacks:loss:)`` returned.
public enum TrainingEnd: String, Sendable, Hashable, Codable {
    /// All epochs are done.
    case finished
    /// Early stopping's patience ran out.
    case stoppedEarly
    /// A callback asked for it. Calling `fit` again continues.
    case stoppedByCallback
}

/// Where training is; saved in checkpoints.
public struct TrainingProgress: Sendable, Hashable, Codable {
    /// Steps taken.
    public internal(set) var step = 0
    /// The epoch in progress, from 0.
    public internal(set) var epoch = 0
    /// Batches of that epoch already used.
    public internal(set) var batch = 0
    var lossSum = 0.0
}
