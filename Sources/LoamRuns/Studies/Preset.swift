/// The size of an experiment: quick (at most 20 seconds on two cores), the paper's as far as a CPU allows, or exactly the published one.
public enum Scale: String, Codable, Sendable, CaseIterable {
    case quick, paper, published
}

/// A published experiment: its settings at every scale it has.
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
    /// Exactly the published sizes, where these take longer than ``paper``; `nil` where ``paper`` has them already.
    public let published: Settings?
    /// Expected wall time of the quick scale on two cores, in seconds.
    public let quickSeconds: Double
    /// Expected wall time of the paper scale on two cores, in seconds.
    public let paperSeconds: Double
    /// Expected wall time of the published scale on two cores, in seconds; `nil` where there is none.
    public let publishedSeconds: Double?

    /// An experiment with its settings and expected seconds at every scale.
    ///
    /// - Precondition: published settings come with their seconds.
    public init(
        name: String, summary: String, source: String, quick: Settings, paper: Settings, published: Settings? = nil, quickSeconds: Double,
        paperSeconds: Double, publishedSeconds: Double? = nil
    ) {
        precondition(
            (published == nil) == (publishedSeconds == nil), "Preset \(name): published settings and their seconds belong together")
        self.name = name
        self.summary = summary
        self.source = source
        self.quick = quick
        self.paper = paper
        self.published = published
        self.quickSeconds = quickSeconds
        self.paperSeconds = paperSeconds
        self.publishedSeconds = publishedSeconds
    }

    /// The settings at a scale; `nil` where the preset does not have it.
    public func configuration(_ scale: Scale) -> Settings? {
        switch scale {
        case .quick: quick
        case .paper: paper
        case .published: published
        }
    }
}
