/// A verb without its type: what the command line lists and runs.
public struct AnyVerb: Sendable {
    /// The word on the command line.
    public let name: String
    /// One line about it.
    public let summary: String
    /// Experiment or tool.
    public let kind: VerbKind
    /// The keys of its configuration.
    public let fields: [Field]
    /// Its presets, the default first.
    public let presets: [PresetSummary]
    /// The verb's own type.
    public let type: any Verb.Type

    private let encode: @Sendable (_ preset: String, Scale) throws -> ConfigurationValue
    private let check: @Sendable (ConfigurationValue) throws -> Void
    private let execute: @Sendable (ConfigurationValue, RunContext) throws -> Void

    /// The verb of a type. It must have a preset.
    public init<V: Verb>(_ verb: V.Type) {
        precondition(!verb.presets.isEmpty, "Verb \(verb.name): no presets")
        name = verb.name
        summary = verb.summary
        kind = verb.kind
        fields = verb.Settings.fields
        type = verb
        presets = verb.presets.map {
            PresetSummary(
                name: $0.name, summary: $0.summary, source: $0.source, quickSeconds: $0.quickSeconds, paperSeconds: $0.paperSeconds,
                publishedSeconds: $0.publishedSeconds)
        }
        encode = { preset, scale in
            guard let settings = verb.presets.first(where: { $0.name == preset })!.configuration(scale) else {
                throw Self.missing(scale, of: preset, amongst: verb.presets.filter { $0.configuration(scale) != nil }.map(\.name))
            }
            return Schema(verb.Settings.fields).normalized(try ConfigurationValue(encoding: settings))
        }
        check = { try Self.decode(V.Settings.self, $0).validate() }
        execute = { try verb.run(try Self.decode(V.Settings.self, $0), in: $1) }
    }

    private static func missing(_ scale: Scale, of preset: String, amongst presets: [String]) -> ConfigurationError {
        ConfigurationError(
            key: "scale", "preset \(preset) has no scale of its own above paper", found: scale.rawValue,
            allowed: "quick, paper" + (presets.isEmpty ? "" : "; \(scale.rawValue) with preset \(presets.joined(separator: ", "))"))
    }

    private static func decode<Settings: Configuration>(_ type: Settings.Type, _ tree: ConfigurationValue) throws -> Settings {
        do {
            return try tree.decoded(as: type)
        } catch let error as DecodingError {
            throw LoamError(.internal, "\(type) cannot be read from values that its fields allow: \(error)")
        }
    }

    /// The configuration of a preset as a tree.
    func tree(preset: String, scale: Scale) throws -> ConfigurationValue { try encode(preset, scale) }

    /// The verb's own check of a configuration.
    func validate(_ tree: ConfigurationValue) throws { try check(tree) }

    func run(_ tree: ConfigurationValue, in context: RunContext) throws { try execute(tree, context) }

    /// Checks that every preset is complete and valid at all scales that it has, and that `fields` describe the configuration wholly. For a study's
    /// tests.
    public func verifyDeclaration() throws {
        let schema = Schema(fields)
        for preset in presets {
            for scale in Scale.allCases where preset.seconds(scale) != nil {
                let tree = try encode(preset.name, scale)
                try schema.check(tree, origin: "preset \(preset.name) at scale \(scale.rawValue)")
                try check(tree)
            }
        }
    }
}

/// A preset without its configuration.
public struct PresetSummary: Sendable, Equatable {
    /// The preset's name.
    public let name: String
    /// One line about it.
    public let summary: String
    /// Where the experiment was published.
    public let source: String
    /// Expected wall time of the quick scale on two cores.
    public let quickSeconds: Double
    /// Expected wall time of the paper scale on two cores.
    public let paperSeconds: Double
    /// Expected wall time of the published scale on two cores; `nil` where the preset does not have it.
    public let publishedSeconds: Double?

    /// Expected wall time of a scale on two cores, in seconds; `nil` where the preset does not have it.
    public func seconds(_ scale: Scale) -> Double? {
        switch scale {
        case .quick: quickSeconds
        case .paper: paperSeconds
        case .published: publishedSeconds
        }
    }
}
