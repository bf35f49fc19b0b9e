import Foundation
import LoamTensor

/// Networks of any depth as files of tensors.
enum DeepNetworkFile {
    /// The layers NAME.weight, NAME.bias in the order of the file; every hidden layer has a bias or none has.
    /// - Throws: ``LandscapeError`` for layers that do not fit one another, or the file format's own error.
    static func read(_ url: URL, activation: Activation) throws -> (DeepArchitecture, [Double]) {
        let file = try TensorFile.read(url)
        let weights = file.names.filter { $0.hasSuffix("weight") }
        guard weights.count >= 2 else {
            throw LandscapeError(
                .badData, url.lastPathComponent, "found \(weights.count) arrays named …weight (\(file.names.joined(separator: ", ")))",
                advice: "Expected the dense layers of a network as NAME.weight and NAME.bias, in order.")
        }
        var widths: [Int] = []
        var theta: [Double] = []
        var biases: [Bool] = []
        for (layer, name) in weights.enumerated() {
            let matrix: Tensor<Double> = try file.tensor(named: name)
            guard matrix.rank == 2 else { throw LandscapeError(.badData, name, "expected a matrix; found shape \(matrix.shape)") }
            if layer == 0 { widths.append(matrix.shape[1]) }
            guard matrix.shape[1] == widths.last else {
                throw LandscapeError(.badData, name, "\(matrix.shape[1]) columns after a layer of \(widths.last ?? 0)")
            }
            widths.append(matrix.shape[0])
            theta += matrix.scalars
            let bias = String(name.dropLast("weight".count)) + "bias"
            biases.append(file.names.contains(bias))
            if biases[layer] {
                let vector: Tensor<Double> = try file.tensor(named: bias)
                guard vector.count == matrix.shape[0] else {
                    throw LandscapeError(.badData, bias, "\(vector.count) biases for \(matrix.shape[0]) neurons")
                }
                theta += vector.scalars
            }
        }
        guard Set(biases.dropLast()).count == 1 else {
            throw LandscapeError(.badData, url.lastPathComponent, "some hidden layers have biases and some have none")
        }
        if let index = theta.firstIndex(where: { !$0.isFinite }) {
            throw LandscapeError(.badData, url.lastPathComponent, "weight \(index) is \(theta[index]), not a finite number")
        }
        return (DeepArchitecture(widths, activation: activation, hiddenBias: biases[0], outputBias: biases.last!), theta)
    }
}
