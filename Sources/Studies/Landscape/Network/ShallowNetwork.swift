import LoamTensor

/// The shape of a network with one hidden layer.
public struct ShallowArchitecture: Sendable, Hashable, Codable {
    /// d: numbers of an input.
    public var inputs: Int
    /// l: hidden neurons.
    public var hidden: Int
    /// e: outputs.
    public var outputs: Int
    /// σ.
    public var activation: Activation
    /// Whether each hidden neuron has a bias, the last of its incoming weights.
    public var hiddenBias: Bool
    /// Whether the outputs have biases. They take part in no law.
    public var outputBias: Bool

    /// A shape; every size must be positive.
    public init(
        inputs: Int, hidden: Int, outputs: Int = 1, activation: Activation = .relu, hiddenBias: Bool = false, outputBias: Bool = false
    ) {
        precondition(inputs > 0 && hidden > 0 && outputs > 0, "ShallowArchitecture: \(inputs)-\(hidden)-\(outputs) has an empty layer")
        self.inputs = inputs
        self.hidden = hidden
        self.outputs = outputs
        self.activation = activation
        self.hiddenBias = hiddenBias
        self.outputBias = outputBias
    }

    /// D: trainable weights that enter a hidden neuron, its bias included.
    public var incoming: Int { inputs + (hiddenBias ? 1 : 0) }
    /// D + e: the weights of one neuron.
    public var neuronSize: Int { incoming + outputs }
    /// All weights.
    public var parameterCount: Int { hidden * neuronSize + (outputBias ? outputs : 0) }

    /// `2-2-1 relu, no biases`.
    public var summary: String {
        let biases = hiddenBias ? (outputBias ? "with biases" : "hidden biases") : (outputBias ? "output bias" : "no biases")
        return "\(inputs)-\(hidden)-\(outputs) \(activation), \(biases)"
    }
}

/// f(x) = Σ_k a_k σ(w_k·x) (+ b): one hidden layer.
///
/// The weights lie neuron by neuron, w_k then a_k, because every law of the study is a law of one neuron; the output biases come last.
public struct ShallowNetwork: Sendable, Hashable {
    /// The shape.
    public let architecture: ShallowArchitecture
    /// w_0, a_0, w_1, a_1, …, then the output biases.
    public var parameters: [Double]

    /// A network from its weights in the order of ``parameters``.
    public init(_ architecture: ShallowArchitecture, parameters: [Double]) {
        precondition(
            parameters.count == architecture.parameterCount,
            "ShallowNetwork: \(parameters.count) parameters for \(architecture.parameterCount) of \(architecture.summary)")
        self.architecture = architecture
        self.parameters = parameters
    }

    /// A network from its matrices.
    /// - Parameters:
    ///   - inputWeights: [l, D]; with hidden biases the last column is the bias.
    ///   - outputWeights: [e, l].
    /// - Throws: ``LandscapeError`` for sizes that do not fit, empty layers, NaN and infinities, naming neuron and entry.
    public init(
        inputWeights: [[Double]], outputWeights: [[Double]], activation: Activation = .relu, hiddenBias: Bool = false,
        outputBias: [Double]? = nil
    ) throws(LandscapeError) {
        let width = inputWeights.first?.count ?? 0
        guard width > (hiddenBias ? 1 : 0), !outputWeights.isEmpty else {
            throw LandscapeError(
                .badData, "weights",
                "a layer is empty: \(width) incoming weights, \(inputWeights.count) hidden neurons, "
                    + "\(outputWeights.count) outputs")
        }
        for (k, row) in inputWeights.enumerated() {
            guard row.count == width else {
                throw LandscapeError(.badData, "inputWeights", "neuron \(k) has \(row.count) incoming weights; neuron 0 has \(width)")
            }
            if let d = row.firstIndex(where: { !$0.isFinite }) {
                throw LandscapeError(.badData, "inputWeights", "row \(k), column \(d) is \(row[d]), not a finite number")
            }
        }
        for (o, row) in outputWeights.enumerated() {
            guard row.count == inputWeights.count else {
                throw LandscapeError(
                    .badData, "outputWeights", "output \(o) has \(row.count) weights for \(inputWeights.count) hidden neurons")
            }
            if let k = row.firstIndex(where: { !$0.isFinite }) {
                throw LandscapeError(.badData, "outputWeights", "row \(o), column \(k) is \(row[k]), not a finite number")
            }
        }
        if let outputBias {
            guard outputBias.count == outputWeights.count, outputBias.allSatisfy(\.isFinite) else {
                throw LandscapeError(
                    .badData, "outputBias", "\(outputBias.count) numbers for \(outputWeights.count) outputs, or one is not finite")
            }
        }
        let shape = ShallowArchitecture(
            inputs: width - (hiddenBias ? 1 : 0), hidden: inputWeights.count, outputs: outputWeights.count, activation: activation,
            hiddenBias: hiddenBias, outputBias: outputBias != nil)
        self.init(
            shape,
            parameters: inputWeights.enumerated().flatMap { k, row in row + outputWeights.map { $0[k] } } + (outputBias ?? []))
    }

    private func range(_ k: Int) -> (start: Int, middle: Int, end: Int) {
        let start = k * architecture.neuronSize
        return (start, start + architecture.incoming, start + architecture.neuronSize)
    }

    /// w_k, its bias last where there is one.
    public func incoming(_ k: Int) -> ArraySlice<Double> {
        let r = range(k)
        return parameters[r.start..<r.middle]
    }

    /// a_k: one entry an output.
    public func outgoing(_ k: Int) -> ArraySlice<Double> {
        let r = range(k)
        return parameters[r.middle..<r.end]
    }

    /// ‖w_k‖² and ‖a_k‖².
    public func squaredNorms(_ k: Int) -> (incoming: Double, outgoing: Double) {
        (incoming(k).reduce(0) { $0 + $1 * $1 }, outgoing(k).reduce(0) { $0 + $1 * $1 })
    }

    /// Multiplies w_k and a_k.
    public mutating func scale(_ k: Int, incoming: Double, outgoing: Double) {
        let r = range(k)
        for index in r.start..<r.middle { parameters[index] *= incoming }
        for index in r.middle..<r.end { parameters[index] *= outgoing }
    }

    /// W as a tensor [l, D].
    public var inputWeights: Tensor<Double> {
        Tensor((0..<architecture.hidden).flatMap { incoming($0) }, shape: [architecture.hidden, architecture.incoming])
    }

    /// A as a tensor [e, l].
    public var outputWeights: Tensor<Double> {
        Tensor(
            (0..<architecture.outputs).flatMap { o in (0..<architecture.hidden).map { outgoing($0)[outgoing($0).startIndex + o] } },
            shape: [architecture.outputs, architecture.hidden])
    }

    /// The outputs of all samples, n×e.
    public func outputs(_ samples: Samples) -> [Double] {
        precondition(samples.inputCount == architecture.inputs, "ShallowNetwork: \(samples.inputCount) inputs for \(architecture.summary)")
        let rows = samples.rows(hiddenBias: architecture.hiddenBias)
        let (width, e) = (architecture.incoming, architecture.outputs)
        var result = [Double](repeating: 0, count: samples.count * e)
        for i in 0..<samples.count {
            if architecture.outputBias {
                for o in 0..<e { result[i * e + o] = parameters[architecture.hidden * architecture.neuronSize + o] }
            }
            for k in 0..<architecture.hidden {
                let start = k * architecture.neuronSize
                var z = 0.0
                for d in 0..<width { z += parameters[start + d] * rows[i * width + d] }
                let s = architecture.activation.value(z)
                for o in 0..<e { result[i * e + o] += parameters[start + width + o] * s }
            }
        }
        return result
    }

    /// The output of one input.
    public func callAsFunction(_ x: [Double]) -> [Double] {
        outputs(
            Samples(
                name: "input", flatInputs: x, flatTargets: [Double](repeating: 0, count: architecture.outputs), count: 1,
                inputCount: x.count, outputCount: architecture.outputs))
    }
}
