/// What can go wrong in training besides programming errors.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A quantity became NaN or infinite. The model is as it was before the step.
    case diverged(quantity: String, value: String, step: Int)
    /// A checkpoint is of something else, or damaged.
    case unusableCheckpoint(file: String, problem: String)

    public var description: String {
        switch self {
        case .diverged(let quantity, let value, let step):
            "training diverged: the \(quantity) was \(value) at step \(step); "
                + "a smaller learning rate, gradient clipping or a look at the data for NaN usually helps"
        case .unusableCheckpoint(let file, let problem):
            "\(file): \(problem)"
        }
    }
}
