import LoamLandscape
import LoamTensor
import RealModule

/// |a − b| ≤ tolerance.
func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance }

/// A small generator for tests (Steele, Lea and Flood's SplitMix64), so that they do not depend on the engine's.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [−1, 1).
    mutating func symmetric() -> Double { Double.random(in: -1..<1, using: &self) }
}

/// The networks of the two-neuron illustration.
enum Toy {
    static func network(w: [[Double]] = [[0.3, 0.2], [-0.2, 0.3]], a: [Double], activation: Activation = .relu) -> ShallowNetwork {
        try! ShallowNetwork(inputWeights: w, outputWeights: [a], activation: activation)
    }

    static let positive = network(a: [1, 0.8])
    static let negative = network(a: [-1, -0.8])
    static let mixed = network(a: [1, -0.8])
    static let free = network(w: [[1.3, 0.2], [-0.2, 1.3]], a: [1, 0.8])
}

/// A network and data with random numbers in [−1, 1); some rows of the data are orthogonal to the first neuron.
struct RandomProblem {
    let network: ShallowNetwork
    let samples: Samples

    init(
        _ activation: Activation, outputs: Int = 1, hiddenBias: Bool = false, outputBias: Bool = false, loss: Loss = .squared, seed: UInt64,
        count: Int = 12, hidden: Int = 4
    ) {
        var generator = SplitMix(state: seed)
        let shape = ShallowArchitecture(
            inputs: 3, hidden: hidden, outputs: outputs, activation: activation, hiddenBias: hiddenBias, outputBias: outputBias)
        var theta = (0..<shape.parameterCount).map { _ in generator.symmetric() }
        theta[0] = 0
        theta[1] = 0
        if hiddenBias { theta[3] = 0 }
        network = ShallowNetwork(shape, parameters: theta)
        let inputs = (0..<count).map { i in (0..<3).map { d in i % 4 == 0 && d == 2 ? 0 : generator.symmetric() } }
        let targets = (0..<count).map { i -> [Double] in
            switch loss {
            case .squared: (0..<outputs).map { _ in generator.symmetric() }
            case .logistic: [Double(i % 2)]
            case .softmax: (0..<outputs).map { $0 == i % outputs ? 1 : 0 }
            }
        }
        samples = try! Samples(name: "random", inputs: inputs, targets: targets)
    }
}

/// ln x.
func logarithm(_ x: Double) -> Double { Double.log(x) }
