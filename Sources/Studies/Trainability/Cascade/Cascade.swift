import LoamTensor

/// A frozen network with one trained head a stage: the instrument of this study.
///
/// Heads never see gradients from each other, so the problem decouples over layers exactly; one run covers all depths.
public struct Cascade<Scalar: TensorScalar>: Sendable {
    /// The frozen network.
    public let network: Network<Scalar>
    /// Heads of stages 1 … depth; fewer when the network's activations stopped being finite.
    public internal(set) var heads: [Head<Scalar>] = []
    /// The loss of every head before every step; of a head in closed form, one value: its loss on the data.
    public internal(set) var losses: [[Double]] = []
    /// The first layer whose activations are not finite, from 1.
    public internal(set) var divergedLayer: Int?
    let seed: UInt64
    /// What head training starts from; fresh heads where there are none.
    private var startingHeads: [Head<Scalar>] = []

    /// - Parameter seed: of the heads' initial weights and of the batches' order.
    public init(network: Network<Scalar>, seed: UInt64) {
        self.network = network
        self.seed = seed
    }

    /// Trains all heads on samples `data` [n, input…].
    public mutating func fit(_ data: Tensor<Scalar>, _ training: HeadTraining) { fit(data, training) { _ in } }

    /// Trains all heads on samples `data` [n, input…].
    ///
    /// - Parameter progress: called with the number of finished stages (sweep) or the fraction of steps in stages (pass); may throw to
    ///   stop.
    public mutating func fit(_ data: Tensor<Scalar>, _ training: HeadTraining, progress: (Int) throws -> Void) rethrows {
        try fit(data, training, continuing: ([], []), finished: { _, _ in }, progress: progress)
    }

    /// Trains all heads on samples `data` [n, input…] from given ones (those of a file, say) instead of fresh ones; Adam's moments start
    /// from zero all the same.
    ///
    /// - Parameters:
    ///   - start: heads of the first stages; the others start fresh.
    ///   - progress: as in ``fit(_:_:progress:)``.
    public mutating func fit(
        _ data: Tensor<Scalar>, _ training: HeadTraining, startingFrom start: [Head<Scalar>], progress: (Int) throws -> Void
    ) rethrows {
        startingHeads = start
        defer { startingHeads = [] }
        try fit(data, training, progress: progress)
    }

    /// Trains all heads on samples `data` [n, input…], going on where an earlier training stopped.
    ///
    /// Heads do not see one another, so the result is that of a training from the start. A pass trains all heads together and therefore
    /// begins again.
    ///
    /// - Parameters:
    ///   - earlier: the first heads, trained on the same data in the same way, and their losses.
    ///   - finished: shown all heads so far and their losses whenever some are finished (sweep); may throw to stop.
    ///   - progress: as in ``fit(_:_:progress:)``.
    public mutating func fit(
        _ data: Tensor<Scalar>, _ training: HeadTraining, continuing earlier: (heads: [Head<Scalar>], losses: [[Double]]),
        finished: ([Head<Scalar>], [[Double]]) throws -> Void, progress: (Int) throws -> Void
    ) rethrows {
        precondition(
            earlier.heads.count == earlier.losses.count && earlier.heads.count <= network.depth,
            "Cascade.fit: \(earlier.heads.count) heads and \(earlier.losses.count) losses of \(network.depth) stages")
        let architecture = network.architecture
        precondition(
            Array(data.shape.dropFirst()) == Array(architecture.input),
            "Cascade.fit: data of shape \(data.shape) for a network with inputs \(architecture.input)")
        var training = training
        training.batch = min(training.batch, data.shape[0])
        let batches = training.batches(count: data.shape[0], seed: seed)
        let sweeps = training.sweeps(count: data.shape[0], architecture, Scalar.self)
        (heads, losses) = ([], [])
        divergedLayer = nil
        if sweeps {
            let swept = try sweep(data, training, batches, marks: [batches.count], earlier: earlier, finished, progress)
            heads = swept.heads[0]
            losses = swept.losses
            divergedLayer = swept.divergedLayer
        } else {
            try pass(data, training, batches, progress)
        }
    }

    /// - Parameter threads: how many share a step.
    private func trainer(layer: Int, _ training: HeadTraining, threads: Int) -> any HeadTrainer<Scalar> {
        let architecture = network.architecture
        let head =
            layer <= startingHeads.count
            ? startingHeads[layer - 1]
            : Head<Scalar>(of: layer, in: architecture, rule: training.activationRule, unpool: training.unpools, seed: seed)
        if let dense = DenseHeadTrainer(head, batch: training.batch, adam: training.adam, threads: threads) { return dense }
        let source = architecture.shapes[layer]
        if let transposed = TransposedHeadTrainer(head, source: source, batch: training.batch, adam: training.adam, threads: threads) {
            return transposed
        }
        return ModuleHeadTrainer(head, of: architecture.stages[layer - 1], adam: training.adam)
    }

    /// What a sweep over the stages leaves behind.
    private struct Swept {
        /// For every mark the heads of all stages.
        var heads: [[Head<Scalar>]]
        var losses: [[Double]]
        var divergedLayer: Int?
    }

    /// - Parameter marks: ascending numbers of steps after which the heads are kept; training ends at the last.
    private func sweep(
        _ data: Tensor<Scalar>, _ training: HeadTraining, _ batches: [ArraySlice<Int32>], marks: [Int],
        earlier: (heads: [Head<Scalar>], losses: [[Double]]), _ finished: ([Head<Scalar>], [[Double]]) throws -> Void,
        _ progress: (Int) throws -> Void
    ) rethrows -> Swept {
        var swept = Swept(heads: marks.map { _ in earlier.heads }, losses: earlier.losses)
        let (data, batches) = HeadTraining.inOrder(data, batches)
        var z = data
        for trained in 1..<(earlier.heads.count + 1) { z = network.stage(trained, ofAll: z) }
        var layer = earlier.heads.count + 1
        let headsAtOnce = training.headsAtOnce(network.architecture)
        // Inside a parallel loop the other threads have cascades of their own.
        let threads = Parallel.isInsideLoop ? 1 : Parallel.threads / headsAtOnce
        while layer <= network.depth {
            var activations = [z]
            let count = min(headsAtOnce, network.depth - layer + 1)
            for next in layer..<(layer + count) {
                let z = network.stage(next, ofAll: activations.last!)
                guard z.hasFiniteSum else {
                    swept.divergedLayer = next
                    break
                }
                activations.append(z)
            }
            let trained = activations.count - 1
            let trainers = (0..<trained).map { trainer(layer: layer + $0, training, threads: threads) }
            var histories = [(heads: [Head<Scalar>], losses: [Double])](repeating: ([], []), count: trained)
            histories.withUnsafeMutableBufferPointer { histories in
                Parallel.forEach(trained) { k in
                    for mark in marks {
                        for batch in batches[histories[k].losses.count..<mark] {
                            histories[k].losses.append(trainers[k].step(z: activations[k + 1], target: activations[k], picks: batch))
                        }
                        histories[k].heads.append(trainers[k].head)
                    }
                }
            }
            for history in histories {
                for mark in marks.indices { swept.heads[mark].append(history.heads[mark]) }
                swept.losses.append(history.losses)
            }
            if swept.divergedLayer != nil { return swept }
            z = activations.last!
            layer += count
            try finished(swept.heads.last!, swept.losses)
            try progress(layer - 1)
        }
        return swept
    }

    /// One head training, looked at several times: the cascades with the heads as they are after so many steps.
    ///
    /// Every cascade is the one that ``fit(_:_:)`` with that many steps gives, to the bit; together they cost no more than the longest.
    ///
    /// - Parameters:
    ///   - data: [n, input…].
    ///   - steps: numbers of steps, ascending; at most those of `training`'s epochs.
    ///   - progress: called with the number of finished stages; may throw to stop.
    public func snapshots(
        training data: Tensor<Scalar>, _ training: HeadTraining, after steps: [Int], progress: (Int) throws -> Void
    ) rethrows -> [Cascade] {
        var training = training
        training.batch = min(training.batch, data.shape[0])
        let batches = training.batches(count: data.shape[0], seed: seed)
        precondition(
            !steps.isEmpty && zip(steps, steps.dropFirst()).allSatisfy(<) && steps.allSatisfy { (0...batches.count).contains($0) },
            "Cascade.snapshots: steps \(steps) must ascend within the \(batches.count) steps of the training")
        let swept = try sweep(data, training, batches, marks: steps, earlier: ([], []), { _, _ in }, progress)
        return steps.indices.map { index in
            var cascade = self
            cascade.heads = swept.heads[index]
            cascade.losses = swept.losses.map { Array($0.prefix(steps[index])) }
            cascade.divergedLayer = swept.divergedLayer
            return cascade
        }
    }

    private mutating func pass(
        _ data: Tensor<Scalar>, _ training: HeadTraining, _ batches: [ArraySlice<Int32>], _ progress: (Int) throws -> Void
    ) rethrows {
        let trainers = (1...network.depth).map { trainer(layer: $0, training, threads: 1) }
        var histories = [[Double]](repeating: [], count: network.depth)
        var usable = network.depth
        for (index, batch) in batches.enumerated() {
            var activations = [data.gathered(Tensor(Array(batch)))]
            activations += network.activations(of: activations[0])
            if let bad = activations.firstIndex(where: { !$0.hasFiniteSum }) { usable = min(usable, bad - 1) }
            histories.withUnsafeMutableBufferPointer { histories in
                Parallel.forEach(usable) { k in
                    histories[k].append(trainers[k].step(z: activations[k + 1], target: activations[k]))
                }
            }
            try progress(network.depth * (index + 1) / batches.count)
        }
        if usable < network.depth { divergedLayer = usable + 1 }
        heads = trainers.prefix(usable).map { $0.head }
        losses = Array(histories.prefix(usable))
    }
}

extension Architecture {
    /// Whether one sample's stage is so much work that all threads share a batch of it. Smaller ones leave the threads to different heads
    /// or cells, which need not wait for one another: 784 units gain 8 % by it on two threads.
    var fillsAllThreads: Bool { zip(stages, shapes).contains { $0.multiplications($1) >= 1024 * 1024 } }
}

extension Network {
    /// z^ℓ of many samples, a part at a time where a stage needs room of its own.
    func stage(_ layer: Int, ofAll z: Tensor<Scalar>) -> Tensor<Scalar> {
        let count = z.shape[0]
        // At most 512 samples and a quarter of a gibibyte of the larger of input and output.
        let size = max(architecture.shapes[layer - 1].elementCount, architecture.shapes[layer].elementCount) * MemoryLayout<Scalar>.size
        let part = max(1, min(512, (256 << 20) / size))
        let stage = architecture.stages[layer - 1]
        let output = Shape([count] + Array(architecture.shapes[layer]))
        switch stage.kind {
        case .dense:
            guard let fused = stage.activation.fused else { return self.stage(layer, of: z) }
            return Tensor(shape: output) { y in
                z.withUnsafePointer {
                    DenseRows.apply(
                        $0, rows: count, weight: weights[layer - 1][0], bias: biases[layer - 1].first, fused, to: y.baseAddress!)
                }
            }
        case .periodicConvolution(_, let kernel):
            let sample = architecture.shapes[layer].elementCount
            let before = (kernel - 1) / 2
            return Tensor(shape: output) { y in
                for start in Swift.stride(from: 0, to: count, by: part) {
                    let h = stage.activation.applied(to: preActivation(layer, of: z[start..<min(start + part, count), axis: 0]))
                    h.withUnsafePointer {
                        PeriodicPadding.copy(
                            $0, planes: h.shape[0] * h.shape[1], height: h.shape[2], width: h.shape[3], before: before, after: kernel / 2,
                            to: y.baseAddress! + start * sample)
                    }
                }
            }
        default:
            guard count > part else { return self.stage(layer, of: z) }
            let parts = Swift.stride(from: 0, to: count, by: part).map { self.stage(layer, of: z[$0..<min($0 + part, count), axis: 0]) }
            return Tensor.concatenated(parts, axis: 0)
        }
    }
}

extension Tensor where Element: TensorScalar {
    /// Whether the sum of all elements is finite: one vectorised pass that any NaN or infinity shows in.
    var hasFiniteSum: Bool { sum().item.isFinite }
}
