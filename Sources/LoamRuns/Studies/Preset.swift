/// The size of an experiment: quick (at most 20 seconds on two cores) or the paper's.
public enum Scale: String, Codable, Sendable, CaseIterable {
    case quick, paper
}

/// A published experiment: its settings at both scales.
public struct Preset<Settings: Configuration>: Sendable {
    /// Lower case with hyphens: `mlp-fashion`.
    public let name: String
    /// One line.
    public let summary: String
    /// Where it was published: figure, table or section of the paper.
    public let source: String
    /// The settings that run in at most 20 seconds on two cores.
    public let quick: Settings
    /// The paper's settings, or the largest sensible ones on a CPU.
    public let paper: Settings
    /// Expected wall time of the quick scale on two cores, in seconds.
    public let quickSeconds: Double
    /// Expected wall time of the paper scale on two cores, in seconds.
    public let paperSeconds: Double

    /// An experiment with its settings and expected seconds at both scales.
    public init(
        name: String, summary: String, source: String, quick: Settings, paper: Settings, quickSeconds: Double, paperSeconds: Double
    ) {
        self.name = name
        self.summary = summary
        self.source = source
        self.quick = quick
        self.paper = paper
        self.quickSeconds = quickSeconds
        self.paperSeconds = paperSeconds
    }

    /// The settings at a scale.
    public func configuration(_ scale: Scale) -> Settings {
        switch scale {
        case .quick: quick
        case .paper: paper
        }
    }
}
