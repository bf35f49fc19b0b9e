/// Stops training when a quantity has not improved for a while.
public struct EarlyStopping: Sendable, Hashable, Codable {
    /// How many epochs without improvement are endured.
    public var patience: Int
    /// The improvement, in the quantity's units, that counts.
    public var minimumImprovement: Double
    /// Whether smaller values are better.
    public var isMinimised: Bool
    /// Whether the model goes back to its best state at the end.
    public var restoresBest: Bool
    /// The best value so far.
    public private(set) var best: Double?
    /// The epoch of the best value.
    public private(set) var bestEpoch: Int?
    /// Epochs since the best value.
    public private(set) var waiting = 0
    /// Whether patience ran out.
    public private(set) var hasStopped = false

    /// A rule that has seen nothing.
    public init(patience: Int, minimumImprovement: Double = 0, isMinimised: Bool = true, restoresBest: Bool = true) {
        precondition(patience >= 0 && minimumImprovement >= 0, "EarlyStopping: patience \(patience), improvement \(minimumImprovement)")
        self.patience = patience
        self.minimumImprovement = minimumImprovement
        self.isMinimised = isMinimised
        self.restoresBest = restoresBest
    }

    /// Takes the value after an epoch.
    ///
    /// - Returns: whether it is the best so far.
    public mutating func observe(_ value: Double, epoch: Int) -> Bool {
        let isBetter = best.map { isMinimised ? value < $0 - minimumImprovement : value > $0 + minimumImprovement } ?? !value.isNaN
        if isBetter {
            best = value
            bestEpoch = epoch
            waiting = 0
        } else {
            waiting += 1
            hasStopped = waiting > patience
        }
        return isBetter
    }
}
