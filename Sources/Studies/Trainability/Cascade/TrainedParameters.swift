import LoamNN
import LoamTensor

/// Memory of its own, zero at first and aligned to cache lines, for loops that must not allocate.
final class WorkBuffer<Scalar: TensorScalar> {
    let base: UnsafeMutablePointer<Scalar>
    let count: Int

    init(_ count: Int) {
        self.count = count
        base = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * MemoryLayout<Scalar>.stride, alignment: 64)
            .bindMemory(to: Scalar.self, capacity: max(1, count))
        HeadKernels.fill(base, with: 0, count: count)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// Parameters that Adam trains in place: a weight's entries, then a bias's.
final class TrainedParameters<Scalar: TensorScalar> {
    /// Entries of the weight; the bias begins there.
    let weights: Int
    /// Entries of the bias.
    let biases: Int
    private let settings: AdamSettings
    private let values: WorkBuffer<Scalar>
    private let firstMoment: WorkBuffer<Scalar>
    private let secondMoment: WorkBuffer<Scalar>
    private var steps = 0
    private var update: AdamUpdate<Scalar>

    var weight: UnsafeMutablePointer<Scalar> { values.base }
    var bias: UnsafeMutablePointer<Scalar> { values.base + weights }

    init(weights: Int, biases: Int, _ settings: AdamSettings) {
        self.weights = weights
        self.biases = biases
        self.settings = settings
        values = WorkBuffer(weights + biases)
        firstMoment = WorkBuffer(weights + biases)
        secondMoment = WorkBuffer(weights + biases)
        update = TrainedParameters.update(settings, step: 1)
    }

    private static func update(_ settings: AdamSettings, step: Int) -> AdamUpdate<Scalar> {
        AdamUpdate(
            learningRate: settings.learningRate, firstDecay: settings.firstDecay, secondDecay: settings.secondDecay,
            epsilon: settings.epsilon, step: step)
    }

    /// Starts a step; every entry is then to be updated once.
    func beginStep() {
        steps += 1
        update = TrainedParameters.update(settings, step: steps)
    }

    /// Adam on the entries `range`, whose gradient begins at `gradient`.
    func apply(_ gradient: UnsafePointer<Scalar>, to range: Range<Int>) {
        let start = range.lowerBound
        update(
            values.base + start, gradient: gradient, first: firstMoment.base + start, second: secondMoment.base + start, count: range.count)
    }
}
