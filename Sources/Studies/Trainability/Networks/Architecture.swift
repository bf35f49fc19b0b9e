import LoamTensor

/// A network without its numbers: the shape of an input and the stages one after another.
public struct Architecture: Hashable, Sendable {
    /// What reports call it.
    public let name: String
    /// The shape of an input sample: [N], or [channels, height, width].
    public let input: Shape
    /// The stages in order.
    public let stages: [Stage]
    /// Stages before the repeated part.
    public let stem: Int
    /// The shapes of samples: of the input, then of every stage's output.
    public let shapes: [Shape]

    /// The number of stages.
    public var depth: Int { stages.count }

    /// Stages one after another.
    ///
    /// - Throws: ``TrainabilityError`` naming the first stage that its input does not fit.
    public init(name: String, input: Shape, stages: [Stage], stem: Int = 0) throws(TrainabilityError) {
        guard !stages.isEmpty else { throw TrainabilityError("architecture", "“\(name)” has no stages") }
        guard input.rank == 1 || input.rank == 3, input.allSatisfy({ $0 > 0 }) else {
            throw TrainabilityError("architecture", "an input of shape \(input) is neither a vector nor an image")
        }
        self.name = name
        self.input = input
        self.stages = stages
        self.stem = stem
        var shapes = [input]
        for (index, stage) in stages.enumerated() {
            do {
                shapes.append(try stage.outputShape(shapes[index]))
            } catch {
                throw TrainabilityError(error.subject, "stage \(index + 1) of “\(name)”: \(error.problem)")
            }
        }
        self.shapes = shapes
    }

    /// The first `count` stages.
    public func prefix(_ count: Int) -> Architecture {
        precondition((1...depth).contains(count), "Architecture.prefix: \(count) of \(depth) stages")
        // A part of what fits fits.
        return try! Architecture(name: name, input: input, stages: Array(stages.prefix(count)), stem: min(stem, count))
    }

    /// The first `count` stages, or all where there are fewer.
    func prefix(atMost count: Int) -> Architecture { prefix(min(count, depth)) }

    /// Numbers that training changes.
    public var parameterCount: Int {
        zip(stages, shapes).reduce(0) { sum, pair in
            pair.0.weightShapes(pair.1).reduce(sum) { $0 + $1.elementCount + (pair.0.hasBias ? $1[0] : 0) }
        }
    }

    /// Multiply-adds of one sample's way through the network.
    public var multiplications: Double { zip(stages, shapes).reduce(0) { $0 + $1.0.multiplications($1.1) } }

    /// The most numbers that a sample has at any stage.
    var largestSample: Int { shapes.map(\.elementCount).max()! }
}

extension Architecture {
    /// A dense network: widths N₀, N₁, … N_L.
    ///
    /// - Parameter output: the activation of the last layer; that of the others by default.
    public static func dense(_ widths: [Int], _ activation: Activation, output: Activation? = nil, name: String = "mlp") -> Architecture {
        precondition(widths.count >= 2 && widths.allSatisfy { $0 > 0 }, "Architecture.dense: widths \(widths) do not make a network")
        let stages = widths.indices.dropFirst().map { layer in
            Stage(.dense(units: widths[layer]), layer == widths.count - 1 ? output ?? activation : activation)
        }
        // Dense stages fit any input.
        return try! Architecture(name: name, input: [widths[0]], stages: stages)
    }
}
