import LoamTensor

/// The one error that leaves a run or a command: what went wrong, where, and what to do about it.
public struct LoamError: Error, Sendable, Equatable, Codable {
    /// The kind of failure; it decides the exit status.
    public enum Category: String, Sendable, CaseIterable, Codable {
        case usage, badData, noInput, missingComponent, `internal`, inputOutput, interrupted

        /// The exit status of the command (BSD's `sysexits` values, and 130 for an interruption).
        public var exitStatus: Int32 {
            switch self {
            case .usage: 64
            case .badData: 65
            case .noInput: 66
            case .missingComponent: 69
            case .internal: 70
            case .inputOutput: 74
            case .interrupted: 130
            }
        }
    }

    /// The kind of failure.
    public var category: Category
    /// What is wrong.
    public var what: String
    /// Where: an option, a key or a file. `nil` where the message already says it.
    public var location: String?
    /// What the user can do.
    public var advice: String?

    /// An error of a kind: what is wrong, where, and what to do.
    public init(_ category: Category, _ what: String, at location: String? = nil, advice: String? = nil) {
        self.category = category
        self.what = what
        self.location = location
        self.advice = advice
    }

    /// The exit status of the command.
    public var exitStatus: Int32 { category.exitStatus }
}

extension LoamError: CustomStringConvertible {
    /// One paragraph: `where: what` and the advice on the next line.
    public var description: String {
        var text = location.map { "\($0): \(what)" } ?? what
        if let advice { text += "\n\(advice)" }
        return text
    }
}

/// An error of another module that knows its own exit status and advice.
///
/// Data readers and studies throw their own error types; one that conforms reaches the user with its category instead of as an internal
/// error.
public protocol LoamErrorConvertible: Error {
    /// The error with its category and advice.
    var loamError: LoamError { get }
}

extension FileFormatError: LoamErrorConvertible {
    public var loamError: LoamError {
        let category: LoamError.Category =
            switch kind {
            case .malformed, .unsupported: .badData
            case .notFound: .noInput
            case .inputOutput: .inputOutput
            }
        return LoamError(category, description)
    }
}

extension LoamError {
    /// Any error as a `LoamError`: itself, its own conversion, or an internal error that quotes it.
    public init(wrapping error: any Error) {
        switch error {
        case let error as LoamError: self = error
        case let error as any LoamErrorConvertible: self = error.loamError
        case let error as ConfigurationError: self = error.loamError
        default:
            self.init(.internal, "unexpected error: \(error)", advice: "This is a defect of Loam; log.txt in the run folder says more.")
        }
    }
}
