/// Why a data set could not be loaded, other than that a file of it is damaged (`FileFormatError`).
public enum DataSetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no set of that name.
    case unknown(name: String, nearest: String?, known: [String])
    /// The set is known but its files are not on this machine.
    case missing(name: String, advice: String, searched: [String])
    /// The request makes no sense for this set.
    case invalid(name: String, problem: String)

    /// The message: what is wrong, where was looked, what to do.
    public var description: String {
        switch self {
        case .unknown(let name, let nearest, let known):
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
            return "there is no data set '\(name)'\(hint) Known: \(known.joined(separator: ", "))"
        case .missing(let name, let advice, let searched):
            let folders = searched.isEmpty ? "no folder" : searched.joined(separator: ", ")
            return "the data set '\(name)' is not on this machine: \(advice) Searched: \(folders)"
        case .invalid(let name, let problem):
            return "data set '\(name)': \(problem)"
        }
    }
}
