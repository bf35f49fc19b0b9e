/// How heads get their numbers.
public enum HeadSolver: String, Codable, CaseIterable, Hashable, Sendable {
    /// Steps of Adam, as published.
    case adam
    /// The closed form: ridge regression.
    case ridge
    /// Both, so that a head that has not been trained enough can be told from information that is gone.
    case both
}
