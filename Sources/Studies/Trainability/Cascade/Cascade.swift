import LoamTensor

/// The order in which heads and batches are visited. All give the same heads up to rounding.
public enum CascadeSchedule: String, Codable, CaseIterable, Hashable, Sendable {
    /// SWEEP where two activation matrices fit the memory budget, PASS otherwise.
    case auto
    /// All depths together, the data streamed once a epoch.
    case pass
    /// One head (or one a thread) after the other, its parameters staying in the cache.
    case sweep
}

/// How heads are trained.
public struct HeadTraining: Hashable, Codable, Sendable {
    /// Passes over the data.
    public var epochs: Int
    /// A cap on the number of steps; `nil` for whole epochs.
    public var steps: Int?
    /// Images a step.
    public var batch: Int
    /// The rule of the steps.
    public var adam: AdamSettings
    /// The order of heads and batches.
    public var schedule: CascadeSchedule
    /// What the heads apply.
    public var activationRule: HeadActivationRule
    /// The memory that two activation matrices may take under ``CascadeSchedule/auto``, in bytes.
    public var memory: Int

    /// One epoch of batches of 64, as published, by default.
    public init(
        epochs: Int = 1, steps: Int? = nil, batch: Int = 64, adam: AdamSettings = AdamSettings(), schedule: CascadeSchedule = .auto,
        activationRule: HeadActivationRule = .authors, memory: Int = 2 << 30
    ) {
        self.epochs = epochs
        self.steps = steps
        self.batch = batch
        self.adam = adam
        self.schedule = schedule
        self.activationRule = activationRule
        self.memory = memory
    }

    /// The batches of every epoch: slices of one permutation an epoch, the last one kept even when smaller.
    func batches(count: Int, seed: UInt64) -> [ArraySlice<Int32>] {
        var result: [ArraySlice<Int32>] = []
        for epoch in 0..<epochs {
            var generator = RandomStreams.order(epoch: epoch, seed: seed)
            let order = generator.permutation(count)
            for start in stride(from: 0, to: count, by: batch) {
                if let steps, result.count == steps { return result }
                result.append(order[start..<min(start + batch, count)])
            }
        }
        return result
    }
}

/// A frozen random network with one trained head a layer: the instrument of this study.
///
/// Heads never see gradients from each other, so the problem decouples over layers exactly; one run covers all depths.
public struct Cascade<Scalar: TensorScalar>: Sendable {
    /// The frozen network.
    public let network: DenseNetwork<Scalar>
    /// Heads of layers 1 … depth; fewer when the network's activations stopped being finite.
    public private(set) var heads: [Head<Scalar>] = []
    /// The loss of every head before every step.
    public private(set) var losses: [[Double]] = []
    /// The first layer whose activations are not finite, from 1.
    public private(set) var divergedLayer: Int?
    private let seed: UInt64

    /// - Parameter seed: of the heads' initial weights and of the batches' order.
    public init(network: DenseNetwork<Scalar>, seed: UInt64) {
        self.network = network
        self.seed = seed
    }

    /// Trains all heads on rows `data` [n, N_0].
    public mutating func fit(_ data: Tensor<Scalar>, _ training: HeadTraining) { fit(data, training) { _ in } }

    /// Trains all heads on rows `data` [n, N_0].
    ///
    /// - Parameter progress: called with the number of finished layers (sweep) or the fraction of steps in layers (pass); may throw to
    ///   stop.
    public mutating func fit(_ data: Tensor<Scalar>, _ training: HeadTraining, progress: (Int) throws -> Void) rethrows {
        precondition(
            data.rank == 2 && data.shape[1] == network.widths[0],
            "Cascade.fit: data of shape \(data.shape) for a network of \(network.widths[0]) inputs")
        var training = training
        training.batch = min(training.batch, data.shape[0])
        let batches = training.batches(count: data.shape[0], seed: seed)
        let bytes = 2 * data.shape[0] * network.widths.max()! * MemoryLayout<Scalar>.size
        let sweeps = training.schedule == .sweep || (training.schedule == .auto && bytes <= training.memory)
        heads = []
        losses = []
        divergedLayer = nil
        if sweeps {
            try sweep(data, training, batches, progress)
        } else {
            try pass(data, training, batches, progress)
        }
    }

    private func trainer(layer: Int, _ training: HeadTraining) -> HeadTrainer<Scalar> {
        let head = Head<Scalar>(
            inputs: network.widths[layer], outputs: network.widths[layer - 1],
            activation: training.activationRule.activation(layer: layer, after: network.activation), layer: layer, seed: seed)
        return HeadTrainer(head, batch: training.batch, adam: training.adam)
    }

    /// Narrow heads: one a thread. Wide ones: all threads inside the matrix product.
    private var headsAtOnce: Int { network.widths.max()! >= 512 ? 1 : Parallel.threads }

    private mutating func sweep(
        _ data: Tensor<Scalar>, _ training: HeadTraining, _ batches: [ArraySlice<Int32>], _ progress: (Int) throws -> Void
    ) rethrows {
        var z = data
        var layer = 1
        while layer <= network.depth {
            var activations = [z]
            let count = min(headsAtOnce, network.depth - layer + 1)
            for next in layer..<(layer + count) {
                let z = network.layer(next, of: activations.last!)
                guard z.hasFiniteSum else {
                    divergedLayer = next
                    break
                }
                activations.append(z)
            }
            let trained = activations.count - 1
            let trainers = (0..<trained).map { trainer(layer: layer + $0, training) }
            var histories = [[Double]](repeating: [], count: trained)
            histories.withUnsafeMutableBufferPointer { histories in
                Parallel.forEach(trained) { k in
                    histories[k] = activations[k + 1].withUnsafePointer { z in
                        activations[k].withUnsafePointer { target in batches.map { trainers[k].step(z: z, target: target, picks: $0) } }
                    }
                }
            }
            heads += trainers.map(\.head)
            losses += histories
            if divergedLayer != nil { return }
            z = activations.last!
            layer += count
            try progress(layer - 1)
        }
    }

    private mutating func pass(
        _ data: Tensor<Scalar>, _ training: HeadTraining, _ batches: [ArraySlice<Int32>], _ progress: (Int) throws -> Void
    ) rethrows {
        let trainers = (1...network.depth).map { trainer(layer: $0, training) }
        var histories = [[Double]](repeating: [], count: network.depth)
        var usable = network.depth
        for (index, batch) in batches.enumerated() {
            var activations = [data.gathered(Tensor(Array(batch)))]
            activations += network.activations(of: activations[0])
            if let bad = activations.firstIndex(where: { !$0.hasFiniteSum }) { usable = min(usable, bad - 1) }
            histories.withUnsafeMutableBufferPointer { histories in
                Parallel.forEach(usable) { k in
                    let loss = activations[k + 1].withUnsafePointer { z in
                        activations[k].withUnsafePointer { trainers[k].step(z: z, target: $0, rows: batch.count) }
                    }
                    histories[k].append(loss)
                }
            }
            try progress(network.depth * (index + 1) / batches.count)
        }
        if usable < network.depth { divergedLayer = usable + 1 }
        heads = trainers.prefix(usable).map(\.head)
        losses = Array(histories.prefix(usable))
    }

    // MARK: Reconstruction

    /// The reconstructions of `x` [B, N_0] from every trained depth, shallowest first, each [B, N_0].
    ///
    /// Suffix-stacked: walking down once, the rows of z^ℓ join the stack of what deeper layers have become, and one product with head ℓ
    /// serves all of them: 2·B·N² · depth(depth+1)/2 operations in `depth` large products.
    public func reconstructions(of x: Tensor<Scalar>) -> [Tensor<Scalar>] {
        reconstructions(fromActivations: Array(network.activations(of: x).prefix(heads.count)))
    }

    /// As ``reconstructions(of:)``, from activations z^1 … z^k already at hand.
    public func reconstructions(fromActivations z: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
        precondition(z.count <= heads.count, "Cascade.reconstructions: \(z.count) layers of activations for \(heads.count) heads")
        guard let deepest = z.last else { return [] }
        let rows = deepest.shape[0]
        var stack = deepest
        for layer in stride(from: z.count, through: 1, by: -1) {
            if layer < z.count { stack = Tensor.concatenated([z[layer - 1], stack], axis: 0) }
            stack = heads[layer - 1](stack)
        }
        return z.indices.map { stack[($0 * rows)..<(($0 + 1) * rows), axis: 0] }
    }

    /// The image that heads ℓ, ℓ−1, … 1 make of an activation [B, N_ℓ] of layer ℓ.
    public func reconstruct(activation: Tensor<Scalar>, at layer: Int) -> Tensor<Scalar> {
        precondition((1...heads.count).contains(layer), "Cascade.reconstruct: layer \(layer) of \(heads.count)")
        return stride(from: layer, through: 1, by: -1).reduce(activation) { heads[$1 - 1]($0) }
    }
}

extension Tensor where Element: TensorScalar {
    /// Whether the sum of all elements is finite: one vectorised pass that any NaN or infinity shows in.
    var hasFiniteSum: Bool { sum().item.isFinite }
}
