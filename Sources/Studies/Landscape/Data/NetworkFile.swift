import Foundation
import LoamTensor

/// Networks as files: JSON, safetensors, npz or PyTorch's.
enum NetworkFile {
    private struct Document: Codable {
        var activation: Activation?
        var hiddenBias: Bool?
        var inputWeights: [[Double]]
        var outputWeights: [[Double]]
        var outputBias: [Double]?
    }

    /// A network from a file.
    ///
    /// JSON holds `activation`, `hiddenBias`, `inputWeights` [l, D] and `outputWeights` [e, l], and `outputBias` where there is one. Files of
    /// tensors hold `inputWeights` and `outputWeights`, or two dense layers under PyTorch's names (`0.weight`, `0.bias`, `2.weight`, …), the
    /// hidden biases becoming the last incoming weights.
    /// - Throws: ``LandscapeError`` or the file format's own error.
    static func read(_ url: URL, activation: Activation) throws -> ShallowNetwork {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw LandscapeError(.badData, url.path, "there is no such file")
        }
        if url.pathExtension.lowercased() == "json" {
            let document: Document
            do {
                document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: url))
            } catch {
                throw LandscapeError(
                    .badData, url.lastPathComponent, "it is no network: \(message(error))",
                    advice: "Expected {\"activation\", \"hiddenBias\", \"inputWeights\": [[…]], \"outputWeights\": [[…]]}.")
            }
            return try ShallowNetwork(
                inputWeights: document.inputWeights, outputWeights: document.outputWeights, activation: document.activation ?? activation,
                hiddenBias: document.hiddenBias ?? false, outputBias: document.outputBias)
        }
        let file = try TensorFile.read(url)
        let names = file.names
        if names.contains("inputWeights"), names.contains("outputWeights") {
            return try ShallowNetwork(
                inputWeights: matrix(file, "inputWeights"), outputWeights: matrix(file, "outputWeights"), activation: activation,
                hiddenBias: names.contains("hiddenBias"), outputBias: nil)
        }
        let weights = names.filter { $0.hasSuffix("weight") }
        guard weights.count == 2 else {
            throw LandscapeError(
                .badData, url.lastPathComponent, "found \(weights.count) weight matrices (\(names.joined(separator: ", ")))",
                advice: "A network with one hidden layer has two: inputWeights and outputWeights, or NAME.weight twice.")
        }
        var hidden = try matrix(file, weights[0])
        let biasName = weights[0].dropLast("weight".count) + "bias"
        let hasBias = names.contains(String(biasName))
        if hasBias {
            let bias = try vector(file, String(biasName))
            guard bias.count == hidden.count else {
                throw LandscapeError(.badData, String(biasName), "\(bias.count) biases for \(hidden.count) neurons")
            }
            for k in hidden.indices { hidden[k].append(bias[k]) }
        }
        let outputBias = String(weights[1].dropLast("weight".count) + "bias")
        return try ShallowNetwork(
            inputWeights: hidden, outputWeights: matrix(file, weights[1]), activation: activation, hiddenBias: hasBias,
            outputBias: names.contains(outputBias) ? vector(file, outputBias) : nil)
    }

    private static func matrix(_ file: TensorFile, _ name: String) throws -> [[Double]] {
        let tensor: Tensor<Double> = try file.tensor(named: name)
        guard tensor.rank == 2 else { throw LandscapeError(.badData, name, "expected a matrix; found shape \(tensor.shape)") }
        let values = tensor.scalars
        return (0..<tensor.shape[0]).map { Array(values[$0 * tensor.shape[1]..<($0 + 1) * tensor.shape[1]]) }
    }

    private static func vector(_ file: TensorFile, _ name: String) throws -> [Double] {
        let tensor: Tensor<Double> = try file.tensor(named: name)
        return tensor.scalars
    }

    private static func message(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        case DecodingError.dataCorrupted(let context): context.debugDescription
        default: "\(error)"
        }
    }

    /// A network as JSON that ``read(_:activation:)`` reads back.
    static func json(_ network: ShallowNetwork) throws -> Data {
        let shape = network.architecture
        let start = shape.hidden * shape.neuronSize
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(
            Document(
                activation: shape.activation, hiddenBias: shape.hiddenBias,
                inputWeights: (0..<shape.hidden).map { Array(network.incoming($0)) },
                outputWeights: (0..<shape.outputs).map { o in
                    (0..<shape.hidden).map { k in network.outgoing(k)[network.outgoing(k).startIndex + o] }
                }, outputBias: shape.outputBias ? Array(network.parameters[start...]) : nil))
    }
}
