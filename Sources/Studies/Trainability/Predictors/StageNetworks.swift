import LoamTensor

extension Network {
    /// Every stage as a network of its own, so that one can be differentiated at a time.
    ///
    /// - Precondition: `architecture` fits `weights` and `biases`, as in any network.
    var stages: [Network] {
        architecture.stages.indices.map { index in
            // A stage that fits its input in the whole network fits it alone.
            let alone = try! Architecture(
                name: architecture.name, input: architecture.shapes[index], stages: [architecture.stages[index]])
            return Network(alone, weights: [weights[index]], biases: [biases[index]])
        }
    }

    /// The same stages with other numbers: `parameters` are the weights of all stages in order, or the weights and then the biases.
    func replacing(_ parameters: [Tensor<Scalar>]) -> Network {
        var next = parameters.startIndex
        func taken(_ shapes: [[Tensor<Scalar>]]) -> [[Tensor<Scalar>]] {
            shapes.map { list in
                defer { next += list.count }
                return Array(parameters[next..<(next + list.count)])
            }
        }
        let weights = taken(weights)
        return Network(architecture, weights: weights, biases: next < parameters.endIndex ? taken(biases) : biases)
    }
}
