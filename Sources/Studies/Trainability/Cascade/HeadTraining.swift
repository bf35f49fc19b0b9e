import LoamTensor

/// The order in which heads and batches are visited. All give the same heads up to rounding.
public enum CascadeSchedule: String, Codable, CaseIterable, Hashable, Sendable {
    /// SWEEP where the activation matrices it keeps fit the memory budget, PASS otherwise.
    case auto
    /// All depths together, the data streamed once an epoch.
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
    /// Whether every epoch visits the images in a new random order.
    public var shuffles: Bool
    /// The rule of the steps.
    public var adam: AdamSettings
    /// The order of heads and batches.
    public var schedule: CascadeSchedule
    /// What the heads apply.
    public var activationRule: HeadActivationRule
    /// Whether heads of max pooling put values back where they came from.
    public var unpools: Bool
    /// The memory that activation matrices may take under ``CascadeSchedule/auto``, in bytes: of all cascades that this process trains side
    /// by side, one a thread.
    public var memory: Int

    /// One epoch of batches of 64, as published, by default.
    public init(
        epochs: Int = 1, steps: Int? = nil, batch: Int = 64, shuffles: Bool = true, adam: AdamSettings = AdamSettings(),
        schedule: CascadeSchedule = .auto, activationRule: HeadActivationRule = .authors, unpools: Bool = false, memory: Int = 2 << 30
    ) {
        self.epochs = epochs
        self.steps = steps
        self.batch = batch
        self.shuffles = shuffles
        self.adam = adam
        self.schedule = schedule
        self.activationRule = activationRule
        self.unpools = unpools
        self.memory = memory
    }

    /// The batches of every epoch: slices of one permutation an epoch, the last one kept even when smaller.
    func batches(count: Int, seed: UInt64) -> [ArraySlice<Int32>] {
        var result: [ArraySlice<Int32>] = []
        for epoch in 0..<epochs {
            var generator = RandomStreams.order(epoch: epoch, seed: seed)
            let order = shuffles ? generator.permutation(count) : (0..<Int32(count)).map { $0 }
            for start in stride(from: 0, to: count, by: batch) {
                if let steps, result.count == steps { return result }
                result.append(order[start..<min(start + batch, count)])
            }
        }
        return result
    }

    /// Whether heads are trained one after the other, on activations that are kept.
    ///
    /// Inside a parallel loop as many cascades are taken to be trained as there are threads, each with its part of the memory.
    func sweeps<Scalar: TensorScalar>(count: Int, _ architecture: Architecture, _: Scalar.Type) -> Bool {
        let matrix = count * architecture.largestSample * MemoryLayout<Scalar>.size
        let cascades = Parallel.isInsideLoop ? Parallel.threads : 1
        return schedule == .sweep || (schedule == .auto && cascades * (headsAtOnce(architecture) + 1) * matrix <= memory)
    }

    /// Heads that a sweep trains at a time, each on a thread of its own.
    func headsAtOnce(_ architecture: Architecture) -> Int {
        architecture.fillsAllThreads || Parallel.isInsideLoop ? 1 : Parallel.threads
    }

    /// The samples in the order of their first visit, without those that no batch visits, and the batches for them.
    ///
    /// Stages keep the order, so a batch of the first epoch is a run of neighbouring rows in every activation matrix: nothing needs to
    /// be gathered for it, and stages do not compute what no head sees.
    static func inOrder<Scalar: TensorScalar>(
        _ data: Tensor<Scalar>, _ batches: [ArraySlice<Int32>]
    ) -> (data: Tensor<Scalar>, batches: [ArraySlice<Int32>]) {
        var place = [Int32](repeating: -1, count: data.shape[0])
        var order: [Int32] = []
        for pick in batches.joined() where place[Int(pick)] < 0 {
            place[Int(pick)] = Int32(order.count)
            order.append(pick)
        }
        if order.isEmpty || order.elementsEqual(0..<Int32(data.shape[0])) { return (data, batches) }
        return (data.gathered(Tensor(order)), batches.map { batch in ArraySlice(batch.map { place[Int($0)] }) })
    }
}
