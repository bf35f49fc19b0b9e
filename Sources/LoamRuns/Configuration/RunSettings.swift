import Foundation
import Yams

/// Everything that decides what a run computes: what `config.yaml` holds.
public struct RunSettings: Sendable, Equatable, Codable {
    /// The study's name.
    public var study: String
    /// The verb's name.
    public var verb: String
    /// The preset that the configuration started from.
    public var preset: String
    /// The scale of that preset.
    public var scale: Scale
    /// The seed of all random numbers.
    public var seed: UInt64
    /// The number of threads, 1 to 1024.
    public var threads: Int
    /// The verb's configuration.
    public var configuration: ConfigurationValue
    /// Fingerprints of the files that the configuration names, by key.
    public var inputs: [String: String] = [:]

    /// Changes with anything that a result depends on. Threads are left out: a finished cell may be used with another number of them.
    var hash: String {
        var parts: [String: ConfigurationValue] = [
            "study": .text(study), "verb": .text(verb), "seed": .text(String(seed)), "configuration": configuration,
        ]
        if !inputs.isEmpty { parts["inputs"] = .mapping(inputs.mapValues { .text($0) }) }
        return fingerprint((try? JSON.encode(ConfigurationValue.mapping(parts))) ?? Data())
    }

    /// The keys in which two settings differ, each with both values; names of presets do not count.
    func differences(from other: RunSettings) -> [(key: String, ours: String, theirs: String)] {
        var result: [(key: String, ours: String, theirs: String)] = []
        func compare(_ key: String, _ ours: String, _ theirs: String) {
            if ours != theirs { result.append((key, ours, theirs)) }
        }
        compare("study", study, other.study)
        compare("verb", verb, other.verb)
        compare("seed", String(seed), String(other.seed))
        compare("threads", String(threads), String(other.threads))
        for key in Set(configuration.leafKeys).union(other.configuration.leafKeys).sorted() {
            compare(key, configuration[key]?.description ?? "nothing", other.configuration[key]?.description ?? "nothing")
        }
        return result
    }
}

/// What the user asked for on the command line, before presets and files are looked at.
public struct RunRequest: Sendable {
    /// `--preset`; nil for the file's, or the verb's first.
    public var preset: String?
    /// `--scale`; nil for the file's, or quick.
    public var scale: Scale?
    /// `--config`: a YAML file.
    public var file: URL?
    /// `--set`: assignments `key=value` in order.
    public var assignments: [String]
    /// `--seed`; nil for the file's, or 0.
    public var seed: UInt64?
    /// `--threads`; nil for the file's, or all processors.
    public var threads: Int?

    /// What was asked for; nothing by default.
    public init(
        preset: String? = nil, scale: Scale? = nil, file: URL? = nil, assignments: [String] = [], seed: UInt64? = nil, threads: Int? = nil
    ) {
        self.preset = preset
        self.scale = scale
        self.file = file
        self.assignments = assignments
        self.seed = seed
        self.threads = threads
    }

    /// Whether anything was asked for beyond seed, threads and assignments.
    var namesBase: Bool { preset != nil || scale != nil || file != nil }
}

extension AnyVerb {
    /// The settings of a request: preset and scale, then the file, then the assignments, then seed and threads.
    ///
    /// - Parameters:
    ///   - study: the study's name.
    ///   - request: what the user asked for.
    ///   - defaultThreads: threads where the request and its file say nothing.
    public func settings(
        study: String, for request: RunRequest, defaultThreads: Int = Machine.processors
    ) throws -> RunSettings {
        var file: ConfigurationFile?
        if let url = request.file {
            file = try ConfigurationFile(url)
            try file?.expect(study: study, verb: name)
        }
        let preset = try preset(named: request.preset ?? file?.preset)
        let scale = request.scale ?? file?.scale ?? .quick
        let schema = Schema(fields)
        var tree = try tree(preset: preset.name, scale: scale)
        try schema.check(tree, origin: "preset \(preset.name)")
        var seed = file?.seed ?? 0
        var threads = file?.threads ?? defaultThreads
        if let file { try schema.apply(.mapping(file.configuration), at: "", to: &tree, origin: file.url.lastPathComponent) }
        for assignment in request.assignments {
            let (key, value) = try Schema.split(assignment: assignment)
            switch key {
            case "seed": seed = try ConfigurationFile.seed(Schema.node(of: value), origin: "--set")
            case "threads": threads = try ConfigurationFile.threads(Schema.node(of: value), origin: "--set")
            default: try schema.apply(assignment: assignment, to: &tree)
            }
        }
        seed = request.seed ?? seed
        threads = request.threads ?? threads
        guard (1...1024).contains(threads) else {
            throw ConfigurationError(
                key: "threads", "out of range", found: String(threads), allowed: "an integer from 1 to 1024", origin: "--threads")
        }
        tree = schema.normalized(tree)
        try validate(tree)
        return RunSettings(
            study: study, verb: name, preset: preset.name, scale: scale, seed: seed, threads: threads, configuration: tree,
            inputs: InputFiles.fingerprints(tree, fields: fields))
    }

    /// The preset of a name, or the first one.
    public func preset(named name: String?) throws(ConfigurationError) -> PresetSummary {
        guard let name else { return presets[0] }
        guard let preset = presets.first(where: { $0.name == name }) else {
            let names = presets.map(\.name)
            throw ConfigurationError(
                key: "preset", "\(self.name) has no preset '\(name)'", allowed: names.joined(separator: ", "),
                nearest: nearestMatch(to: name, in: names))
        }
        return preset
    }
}
