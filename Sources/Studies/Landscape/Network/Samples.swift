import Foundation
import LoamTensor

/// Training data: n inputs of d numbers with targets of e numbers.
public struct Samples: Sendable, Hashable {
    /// A name for reports.
    public var name: String
    /// n×d, row by row.
    public let inputs: [Double]
    /// n×e, row by row.
    public let targets: [Double]
    /// n.
    public let count: Int
    /// d.
    public let inputCount: Int
    /// e.
    public let outputCount: Int

    /// Data from rows.
    /// - Throws: ``LandscapeError`` for no data, ragged rows, NaN or infinities, with row and column.
    public init(name: String, inputs: [[Double]], targets: [[Double]]) throws(LandscapeError) {
        guard !inputs.isEmpty else { throw LandscapeError(.badData, name, "there is no sample") }
        guard inputs.count == targets.count else {
            throw LandscapeError(.badData, name, "\(inputs.count) inputs and \(targets.count) targets")
        }
        for (what, rows) in [("input", inputs), ("target", targets)] {
            let width = rows[0].count
            guard width > 0 else { throw LandscapeError(.badData, name, "\(what)s have no columns") }
            for (row, values) in rows.enumerated() {
                guard values.count == width else {
                    throw LandscapeError(.badData, name, "\(what) row \(row) has \(values.count) columns; the first has \(width)")
                }
                if let column = values.firstIndex(where: { !$0.isFinite }) {
                    throw LandscapeError(.badData, name, "\(what) row \(row), column \(column) is \(values[column]), not a finite number")
                }
            }
        }
        self.init(
            name: name, flatInputs: Array(inputs.joined()), flatTargets: Array(targets.joined()), count: inputs.count,
            inputCount: inputs[0].count, outputCount: targets[0].count)
    }

    init(name: String, flatInputs: [Double], flatTargets: [Double], count: Int, inputCount: Int, outputCount: Int) {
        precondition(
            flatInputs.count == count * inputCount && flatTargets.count == count * outputCount,
            "Samples: \(flatInputs.count) and \(flatTargets.count) numbers for \(count) samples of \(inputCount) and \(outputCount)")
        self.name = name
        inputs = flatInputs
        targets = flatTargets
        self.count = count
        self.inputCount = inputCount
        self.outputCount = outputCount
    }

    /// The inputs as rows of D numbers: with a 1 behind where the hidden neurons have a bias.
    public func rows(hiddenBias: Bool) -> [Double] {
        guard hiddenBias else { return inputs }
        var rows: [Double] = []
        rows.reserveCapacity(count * (inputCount + 1))
        for i in 0..<count {
            rows += inputs[i * inputCount..<(i + 1) * inputCount]
            rows.append(1)
        }
        return rows
    }

    /// Some of the samples, in the order of their indices.
    public func selecting(_ indices: [Int]) -> Samples {
        Samples(
            name: name, flatInputs: indices.flatMap { inputs[$0 * inputCount..<($0 + 1) * inputCount] },
            flatTargets: indices.flatMap { targets[$0 * outputCount..<($0 + 1) * outputCount] }, count: indices.count,
            inputCount: inputCount, outputCount: outputCount)
    }

    /// The targets repeated `times` side by side.
    public func repeatingTargets(_ times: Int) -> Samples {
        Samples(
            name: name, flatInputs: inputs,
            flatTargets: (0..<count).flatMap { i in (0..<times).flatMap { _ in targets[i * outputCount..<(i + 1) * outputCount] } },
            count: count, inputCount: inputCount, outputCount: outputCount * times)
    }
}

extension Samples {
    /// Points on the circle, x_i = (cos θ_i, sin θ_i) with θ_i = 2π(i + ½)/n, and the answers of a teacher of two neurons of opposite
    /// signs: y = σ(x·(1, ½)) − σ(x·(−½, 1)), σ the ReLU.
    public static func circle(_ count: Int = 64) -> Samples {
        var inputs: [Double] = []
        var targets: [Double] = []
        for i in 0..<count {
            let angle = 2 * Double.pi * (Double(i) + 0.5) / Double(count)
            let (x, y) = (cos(angle), sin(angle))
            inputs += [x, y]
            targets.append(max(0, x + 0.5 * y) - max(0, -0.5 * x + y))
        }
        return Samples(name: "circle", flatInputs: inputs, flatTargets: targets, count: count, inputCount: 2, outputCount: 1)
    }

    /// x = (−2, −1, 1, 2), y = (1, ½, −1, −2): the best negative branch is rising, the best positive one falling.
    public static let line = Samples(
        name: "line", flatInputs: [-2, -1, 1, 2], flatTargets: [1, 0.5, -1, -2], count: 4, inputCount: 1, outputCount: 1)

    /// The four corners of a square with the sign of their product.
    public static let exclusiveOr = Samples(
        name: "xor", flatInputs: [1, 1, 1, -1, -1, 1, -1, -1], flatTargets: [1, -1, -1, 1], count: 4, inputCount: 2, outputCount: 1)

    /// Gaussian inputs and the answers of a ReLU teacher with Gaussian weights and signs of either kind in turn.
    public static func teacher(count: Int, inputs d: Int, neurons: Int, seed: UInt64) -> Samples {
        var generator = RandomStreams.data(seed: seed)
        let inputs = (0..<count * d).map { _ in generator.normal() }
        let weights = (0..<neurons * d).map { _ in generator.normal() / Double(d).squareRoot() }
        let targets = (0..<count).map { i in
            (0..<neurons).reduce(0.0) { sum, k in
                let z = (0..<d).reduce(0.0) { $0 + weights[k * d + $1] * inputs[i * d + $1] }
                return sum + (k % 2 == 0 ? 1 : -1) * max(0, z)
            }
        }
        return Samples(name: "teacher", flatInputs: inputs, flatTargets: targets, count: count, inputCount: d, outputCount: 1)
    }
}
