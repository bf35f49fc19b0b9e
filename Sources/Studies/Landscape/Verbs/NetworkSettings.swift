import Foundation
import LoamRuns

/// The published illustration: two neurons in the plane, four starts.
public enum ToyRun: String, Codable, CaseIterable, Hashable, Sendable {
    case badPositive = "bad++"
    case badNegative = "bad--"
    case good = "good+-"
    case free = "free++"

    /// The start.
    public var network: ShallowNetwork {
        let w: [[Double]] = self == .free ? [[1.3, 0.2], [-0.2, 1.3]] : [[0.3, 0.2], [-0.2, 0.3]]
        let a: [Double] =
            switch self {
            case .badPositive, .free: [1, 0.8]
            case .badNegative: [-1, -0.8]
            case .good: [1, -0.8]
            }
        return ShallowNetwork(
            ShallowArchitecture(inputs: 2, hidden: 2), parameters: [w[0][0], w[0][1], a[0], w[1][0], w[1][1], a[1]])
    }
}

/// Which network a verb works on: one of the illustration, one from a file, or a random one.
public struct NetworkSettings: Codable, Hashable, Sendable {
    /// A start of the illustration; none for a file or a random network.
    public var run: ToyRun?
    /// A file: JSON, safetensors, npz or PyTorch's.
    public var file = ""
    /// How a random network is drawn.
    public var scheme = InitialisationScheme.kaiming
    /// Its hidden neurons.
    public var hidden = 2
    /// σ, also of networks from files that do not say.
    public var activation = "relu"
    /// Whether its hidden neurons have biases.
    public var hiddenBias = false
    /// Whether its outputs have biases.
    public var outputBias = false

    /// A start of the illustration.
    public init(run: ToyRun? = nil) { self.run = run }

    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "run", "a start of the two-neuron illustration, or null", .optional(.cases(of: ToyRun.self))),
            Field(prefix + "file", "a network file: JSON, safetensors, npz or PyTorch's; empty for a random network", .path),
            Field(prefix + "scheme", "how a random network is drawn", .cases(of: InitialisationScheme.self)),
            Field(prefix + "hidden", "hidden neurons of a random network", .integer(in: 1...100_000)),
            Field(prefix + "activation", "one of " + Activation.names.joined(separator: ", "), .text),
            Field(prefix + "hiddenBias", "hidden neurons of a random network have biases", .boolean),
            Field(prefix + "outputBias", "outputs of a random network have biases", .boolean),
        ]
    }

    func validate(prefix: String) throws(ConfigurationError) {
        do {
            _ = try Activation(named: activation)
        } catch {
            throw ConfigurationError(
                key: prefix + "activation", error.problem, found: activation, allowed: Activation.names.joined(separator: ", "))
        }
        if run != nil, !file.isEmpty {
            throw ConfigurationError(
                key: prefix + "file", "a network is either a named start or a file", found: file, allowed: "\(prefix)run=null with a file")
        }
    }

    /// The shape of a random network for data.
    func architecture(_ samples: Samples) throws -> ShallowArchitecture {
        ShallowArchitecture(
            inputs: samples.inputCount, hidden: hidden, outputs: samples.outputCount, activation: try Activation(named: activation),
            hiddenBias: hiddenBias, outputBias: outputBias)
    }

    /// The network; random ones of index `trajectory`.
    func network(_ samples: Samples, trajectory: Int = 0, seed: UInt64) throws -> ShallowNetwork {
        if let run { return run.network }
        if !file.isEmpty {
            return try NetworkFile.read(URL(filePath: (file as NSString).expandingTildeInPath), activation: Activation(named: activation))
        }
        return scheme.network(try architecture(samples), trajectory: trajectory, seed: seed)
    }

    /// What the network is called in reports.
    var title: String { run?.rawValue ?? (file.isEmpty ? scheme.rawValue : URL(filePath: file).lastPathComponent) }
}
