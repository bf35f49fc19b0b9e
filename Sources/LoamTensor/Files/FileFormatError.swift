/// What went wrong with a file that a user gave: which file, where in it, what was found and expected, and what to do.
///
/// Every reader and writer of Loam throws this one type, so a command can turn any of them into one message and an exit status.
public struct FileFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the problem, from which a command chooses its exit status.
    public enum Kind: String, Hashable, Sendable {
        /// The file's content contradicts its format: truncated, damaged, out of range.
        case malformed
        /// The content is legal but of a sort that Loam does not read (complex numbers, encrypted archives, …).
        case unsupported
        /// There is no such file, or no such entry in it.
        case notFound
        /// The operating system refused: permissions, a full disk, a read error.
        case inputOutput
    }

    /// The class of the problem.
    public let kind: Kind
    /// The file's path, as the user gave it.
    public let file: String
    /// The place inside the file (a tensor's name, a line, a byte offset), or nil where the whole file is meant.
    public let location: String?
    /// What was found, and what was expected.
    public let problem: String
    /// What the user can do about it, or nil where nothing more specific than replacing the file helps.
    public let advice: String?

    /// Describes a problem with a file.
    public init(_ kind: Kind, file: String, at location: String? = nil, _ problem: String, advice: String? = nil) {
        self.kind = kind
        self.file = file
        self.location = location
        self.problem = problem
        self.advice = advice
    }

    /// One line: `file, place: problem; advice`.
    public var description: String {
        var text = file
        if let location { text += ", \(location)" }
        text += ": \(problem)"
        if let advice { text += "; \(advice)" }
        return text
    }

    /// The same problem placed in another file or at an outer location (an array inside an archive, say).
    public func relocated(file: String? = nil, at outer: String) -> FileFormatError {
        let place = location.map { "\(outer), \($0)" } ?? outer
        return FileFormatError(kind, file: file ?? self.file, at: place, problem, advice: advice)
    }
}
