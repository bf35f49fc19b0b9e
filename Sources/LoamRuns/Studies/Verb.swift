/// One thing a study does: `loam <study> <verb>`.
///
/// A verb is a type without instances; what it works on is its configuration.
public protocol Verb: SendableMetatype {
    /// The type of its configuration.
    associatedtype Settings: Configuration

    /// The word on the command line: lower case with hyphens.
    static var name: String { get }
    /// One line.
    static var summary: String { get }
    /// Whether it repeats something published.
    static var kind: VerbKind { get }
    /// At least one; the first is the default. A tool has one preset named `default`.
    static var presets: [Preset<Settings>] { get }

    /// Runs. On `--resume` it is called again from the start: expensive parts go into ``RunContext/cell(_:inputs:_:)``
    /// (skipped when finished) or restore a checkpoint; the rest is computed again.
    static func run(_ configuration: Settings, in run: RunContext) throws
}

/// Whether a verb repeats something published or works on the user's own files.
public enum VerbKind: String, Sendable, Codable {
    case experiment, tool
}

/// A study as the command line sees it.
public struct Study: Sendable {
    /// The word on the command line.
    public let name: String
    /// The study's name for people.
    public let title: String
    /// One or two sentences: what a user gets.
    public let summary: String
    /// Authors, title and identifier of the paper.
    public let paper: String
    /// Its verbs, in the order of the help.
    public let verbs: [AnyVerb]
    /// The experiment that shows the study best (quick).
    public let featured: Featured

    /// A verb and one of its presets.
    public struct Featured: Sendable, Equatable {
        /// The verb's name.
        public let verb: String
        /// The preset's name.
        public let preset: String

        /// Names that the study has.
        public init(verb: String, preset: String) {
            self.verb = verb
            self.preset = preset
        }
    }

    /// A study. Verbs must have different names, and the featured preset must exist.
    public init(name: String, title: String, summary: String, paper: String, verbs: [AnyVerb], featured: Featured) {
        precondition(Set(verbs.map(\.name)).count == verbs.count, "Study \(name): two verbs share a name")
        precondition(
            verbs.contains { $0.name == featured.verb && $0.presets.contains { $0.name == featured.preset } },
            "Study \(name): featured \(featured.verb)/\(featured.preset) does not exist")
        self.name = name
        self.title = title
        self.summary = summary
        self.paper = paper
        self.verbs = verbs
        self.featured = featured
    }
}

/// A type that exports a study, so that the command line can make a command of it: `enum TrainabilityStudy: StudyProvider`.
public protocol StudyProvider: SendableMetatype {
    /// The study.
    static var study: Study { get }
}
