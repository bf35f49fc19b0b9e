import Foundation
import LoamRuns
import LoamTensor
import Yams

/// An architecture that a user wrote down in YAML: a list of stages, each with its settings.
///
/// ```yaml
/// name: my-network
/// stages:
///   - convolution: {channels: 8, kernel: 3, padding: 1}
///     activation: relu
///   - max-pool: 2
///   - repeat: 4
///     stages:
///       - residual: 3
///   - flatten
///   - dense: 64
/// ```
///
/// Stages: `dense: UNITS`, `residual-dense`, `residual-pre`, `convolution: {channels, kernel, stride, padding}` (kernel 3, stride 1 and
/// padding 0 unless given), `periodic-convolution: {channels, kernel}`, `residual: KERNEL`, `max-pool: KERNEL` or `{kernel, stride}`,
/// `average-pool: KERNEL`, `adaptive-average-pool: SIDE`, `flatten`, `dropout` (nothing to do at inference). Beside a stage: `activation`
/// (the study's by default), `bias: false`, `batch-norm: true` (the identity in an untrained network at inference).
public struct ArchitectureFile: Hashable, Sendable {
    /// What reports call it.
    public let name: String
    /// The stages.
    let stages: [Entry]
    /// Whether inputs are vectors: no stage looks at pixels as neighbours.
    let isDense: Bool

    struct Entry: Hashable, Sendable {
        let kind: Stage.Kind
        /// The study's where it is nil.
        let activation: Activation?
        let hasBias: Bool
    }

    /// Longer files, and lists of more stages, are refused.
    static let maximumLength = 1 << 20
    static let maximumStages = 10_000

    /// Reads a file.
    ///
    /// - Throws: `LoamError` that names the file and the stage.
    public init(_ url: URL) throws {
        let text = try YAMLFile.text(
            of: url, kind: "architecture", maximumLength: Self.maximumLength, advice: "Give a YAML file: file:PATH.")
        do {
            try self.init(yaml: text, name: url.deletingPathExtension().lastPathComponent, at: url.path)
        } catch let error as TrainabilityError {
            throw LoamError(.badData, error.problem, at: url.path)
        }
    }

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - name: where the text names none.
    ///   - location: where the text is from, for errors.
    /// - Throws: ``TrainabilityError`` that names the stage; `LoamError` for a text that is not YAML.
    public init(yaml text: String, name: String, at location: String? = nil) throws {
        let mapping = try YAMLFile.mapping(text, kind: "architecture", at: location)
        guard let list = mapping["stages"] else {
            throw TrainabilityError("architecture", "an architecture is a mapping with the key ‘stages’")
        }
        for (key, _) in mapping where !["name", "stages"].contains(key.string ?? "") {
            throw TrainabilityError("architecture", "unknown key ‘\(key.string ?? "?")’ beside ‘name’ and ‘stages’")
        }
        self.name = mapping["name"]?.string ?? name
        var reader = StageReader()
        stages = try reader.read(list, at: "stages", depth: 0)
        guard !stages.isEmpty else { throw TrainabilityError("architecture", "‘stages’ is empty") }
        isDense = stages.allSatisfy {
            switch $0.kind {
            case .dense, .residualDense, .residualPre, .flatten: true
            default: false
            }
        }
    }

    /// The architecture for images of that shape, with `activation` where a stage names none.
    func architecture(input: Shape, _ activation: Activation) throws -> Architecture {
        try Architecture(
            name: name, input: isDense ? [input.elementCount] : input,
            stages: stages.map { Stage($0.kind, $0.activation ?? activation, hasBias: $0.hasBias) })
    }
}

/// Turns YAML nodes into stages.
private struct StageReader {
    private static let kinds = [
        "dense", "residual-dense", "residual-pre", "convolution", "periodic-convolution", "residual", "max-pool", "average-pool",
        "adaptive-average-pool", "flatten", "dropout", "repeat",
    ]
    private var budget = ArchitectureFile.maximumStages

    mutating func read(_ node: Node, at place: String, depth: Int) throws -> [ArchitectureFile.Entry] {
        guard let list = node.sequence else { throw TrainabilityError("architecture", "\(place): expected a list of stages") }
        guard depth < 8 else { throw TrainabilityError("architecture", "\(place): repeats are nested too deeply") }
        var entries: [ArchitectureFile.Entry] = []
        for (index, node) in list.enumerated() { entries += try stage(node, at: "\(place)[\(index + 1)]", depth: depth) }
        return entries
    }

    private mutating func stage(_ node: Node, at place: String, depth: Int) throws -> [ArchitectureFile.Entry] {
        func fail(_ problem: String) -> TrainabilityError { TrainabilityError("architecture", "\(place): \(problem)") }
        var settings: [String: Node] = [:]
        if let name = node.scalar?.string {
            settings[name] = Node([(Node, Node)]())
        } else if let mapping = node.mapping {
            for (key, value) in mapping { settings[key.string ?? ""] = value }
        } else {
            throw fail("expected the name of a stage or a mapping")
        }
        let found = settings.keys.filter(Self.kinds.contains)
        guard found.count == 1, let kind = found.first, let value = settings[kind] else {
            let wrong = settings.keys.sorted().first { !["activation", "bias", "batch-norm", "stages"].contains($0) } ?? ""
            throw fail(
                (found.isEmpty ? "unsupported layer ‘\(wrong)’" : "several stages in one entry: \(found.sorted().joined(separator: ", "))")
                    + "; supported: \(Self.kinds.joined(separator: ", "))")
        }
        for key in settings.keys where ![kind, "activation", "bias", "batch-norm"].contains(key) && !(kind == "repeat" && key == "stages") {
            throw fail("unknown setting ‘\(key)’")
        }
        /// A whole number of the stage: its own value, or one of its mapping.
        func number(_ key: String, default standard: Int? = nil, range: ClosedRange<Int> = 1...100_000, isOwn: Bool = false) throws -> Int {
            let entry = value.mapping?[key] ?? (isOwn && value.mapping == nil ? value : nil)
            guard let entry else {
                if let standard { return standard }
                throw fail("‘\(kind)’ needs ‘\(key)’")
            }
            guard let number = entry.int, range.contains(number) else {
                throw fail(
                    "‘\(key)’ must be a whole number from \(range.lowerBound) to \(range.upperBound), found ‘\(entry.string ?? "?")’")
            }
            return number
        }
        if kind == "repeat" {
            let count = try number("count", range: 1...ArchitectureFile.maximumStages, isOwn: true)
            guard let inner = settings["stages"] else { throw fail("‘repeat’ needs ‘stages’") }
            let entries = try read(inner, at: place + ".stages", depth: depth + 1)
            budget -= entries.count * (count - 1)
            guard budget >= 0 else { throw fail("more than \(ArchitectureFile.maximumStages) stages") }
            return Array(repeating: entries, count: count).flatMap { $0 }
        }
        let result: Stage.Kind
        switch kind {
        case "dense": result = .dense(units: try number("units", isOwn: true))
        case "residual-dense": result = .residualDense
        case "residual-pre": result = .residualPre
        case "convolution":
            let kernel = try number("kernel", default: 3, range: 1...31)
            result = .convolution(
                channels: try number("channels", range: 1...4096), kernel: kernel, stride: try number("stride", default: 1, range: 1...16),
                padding: try number("padding", default: 0, range: 0...(kernel - 1)))
        case "periodic-convolution":
            result = .periodicConvolution(
                channels: try number("channels", range: 1...4096), kernel: try odd(try number("kernel", default: 3, range: 1...31), fail))
        case "residual":
            result = .residualConvolution(kernel: try odd(try number("kernel", default: 3, range: 1...31, isOwn: !isEmpty(value)), fail))
        case "max-pool":
            let kernel = try number("kernel", range: 1...64, isOwn: true)
            result = .maxPool(kernel: kernel, stride: try number("stride", default: kernel, range: 1...64))
        case "average-pool": result = .averagePool(kernel: try number("kernel", range: 1...64, isOwn: true))
        case "adaptive-average-pool": result = .adaptiveAveragePool(side: try number("side", range: 1...1024, isOwn: true))
        case "dropout": return []
        default: result = .flatten
        }
        budget -= 1
        guard budget >= 0 else { throw fail("more than \(ArchitectureFile.maximumStages) stages") }
        let activation = try settings["activation"].map { node in
            do {
                return try Activation(named: node.string ?? "")
            } catch let error as TrainabilityError {
                throw fail(error.problem)
            }
        }
        func flag(_ key: String, default standard: Bool) throws -> Bool {
            guard let node = settings[key] else { return standard }
            guard let value = node.bool else { throw fail("‘\(key)’ must be true or false") }
            return value
        }
        // Untrained and at inference a batch normalisation is the identity.
        _ = try flag("batch-norm", default: false)
        return [ArchitectureFile.Entry(kind: result, activation: activation, hasBias: try flag("bias", default: true))]
    }

    private func isEmpty(_ node: Node) -> Bool { node.mapping?.isEmpty ?? false }

    private func odd(_ kernel: Int, _ fail: (String) -> TrainabilityError) throws -> Int {
        guard kernel % 2 == 1 else { throw fail("a periodic kernel must be odd, found \(kernel)") }
        return kernel
    }
}
