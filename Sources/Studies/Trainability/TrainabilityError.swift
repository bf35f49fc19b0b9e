/// What a user can get wrong in this study: says what was found, where, and what is expected.
public struct TrainabilityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The option, key or file the error is about.
    public let subject: String
    /// What is wrong with it and what to do.
    public let problem: String

    /// An error about an option, key or file.
    public init(_ subject: String, _ problem: String) {
        self.subject = subject
        self.problem = problem
    }

    public var description: String { "\(subject): \(problem)" }
}
