import LoamRuns

/// What a user can get wrong in this study: what was found, where, and what is expected.
public struct LandscapeError: Error, Hashable, Sendable, CustomStringConvertible, LoamErrorConvertible {
    /// What kind of mistake it is.
    public enum Kind: Sendable, Hashable {
        /// Weights or data that cannot be worked on.
        case badData
        /// A request that makes no sense for this network.
        case usage
        /// A computation that stopped: its state is not to be trusted further.
        case numerical
    }

    /// The kind of mistake.
    public let kind: Kind
    /// The file, option or quantity it is about.
    public let subject: String
    /// What is wrong with it.
    public let problem: String
    /// What to do.
    public let advice: String?

    /// An error about a file, option or quantity.
    public init(_ kind: Kind, _ subject: String, _ problem: String, advice: String? = nil) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.advice = advice
    }

    public var description: String { "\(subject): \(problem)" + (advice.map { "\n\($0)" } ?? "") }

    public var loamError: LoamError {
        let category: LoamError.Category =
            switch kind {
            case .badData, .numerical: .badData
            case .usage: .usage
            }
        return LoamError(category, problem, at: subject, advice: advice)
    }
}
