import LoamTensor

extension Cascade {
    /// Solves all heads in closed form on samples `data` [n, input…]: one pass over the data for the heads, one of the heads over their
    /// inputs for ``losses``, which has one value a head.
    ///
    /// - Parameters:
    ///   - training: what the heads apply, whether they unpool, the memory budget and the schedule; of no meaning are steps and Adam.
    ///   - ridge: λ ≥ 0, a squared size of activations below which a direction counts as noise.
    ///   - progress: called with the number of solved stages (sweep), or nearly so (pass); may throw to stop.
    /// - Throws: ``TrainabilityError`` for a stage whose head has no closed form, or where λ = 0 does not determine a head.
    public mutating func solve(
        _ data: Tensor<Scalar>, _ training: HeadTraining, ridge: Double, progress: (Int) throws -> Void = { _ in }
    ) throws {
        let architecture = network.architecture
        precondition(
            Array(data.shape.dropFirst()) == Array(architecture.input),
            "Cascade.solve: data of shape \(data.shape) for a network with inputs \(architecture.input)")
        precondition(ridge >= 0, "Cascade.solve: a ridge of \(ridge)")
        try RidgeSupport.check(architecture)
        heads = []
        losses = []
        divergedLayer = nil
        let parts = stride(from: 0, to: data.shape[0], by: 512).map { $0..<min($0 + 512, data.shape[0]) }
        if training.sweeps(count: data.shape[0], architecture, Scalar.self) {
            var z = data
            for layer in 1...network.depth {
                let next = network.stage(layer, ofAll: z)
                guard next.hasFiniteSum else {
                    divergedLayer = layer
                    return
                }
                var solver = solver(layer, training)
                for part in parts { solver?.add(z: next[part, axis: 0], target: z[part, axis: 0]) }
                try append(solver, layer, training, ridge)
                let squares = parts.map { squaredError(layer, z: next[$0, axis: 0], target: z[$0, axis: 0]) }
                losses.append([squares.reduce(0, +) / Double(z.count)])
                z = next
                try progress(layer)
            }
        } else {
            // The data is streamed twice; every stage's sums are kept.
            var solvers = (1...network.depth).map { solver($0, training) }
            var usable = network.depth
            for (index, part) in parts.enumerated() {
                let z = [data[part, axis: 0]] + network.activations(of: data[part, axis: 0])
                if let bad = z.firstIndex(where: { !$0.hasFiniteSum }) { usable = min(usable, bad - 1) }
                for k in 0..<usable { solvers[k]?.add(z: z[k + 1], target: z[k]) }
                try progress(network.depth * (index + 1) / (2 * parts.count))
            }
            for k in 0..<usable { try append(solvers[k], k + 1, training, ridge) }
            if usable < network.depth { divergedLayer = usable + 1 }
            guard usable > 0 else { return }
            var squares = [Double](repeating: 0, count: usable)
            for (index, part) in parts.enumerated() {
                let z = [data[part, axis: 0]] + network.activations(of: data[part, axis: 0], through: usable)
                for k in 0..<usable { squares[k] += squaredError(k + 1, z: z[k + 1], target: z[k]) }
                try progress(network.depth * (parts.count + index + 1) / (2 * parts.count))
            }
            losses = squares.enumerated().map { [$1 / Double(data.shape[0] * architecture.shapes[$0].elementCount)] }
        }
    }

    private func untrainedHead(_ layer: Int, _ training: HeadTraining) -> Head<Scalar> {
        Head(of: layer, in: network.architecture, rule: training.activationRule, unpool: training.unpools, seed: 0)
    }

    /// Nil for a head without numbers.
    private func solver(_ layer: Int, _ training: HeadTraining) -> RidgeHead<Scalar>? {
        RidgeHead(untrainedHead(layer, training), of: network.architecture.stages[layer - 1])
    }

    private mutating func append(_ solver: RidgeHead<Scalar>?, _ layer: Int, _ training: HeadTraining, _ ridge: Double) throws {
        do {
            heads.append(try solver?.solved(ridge: ridge) ?? untrainedHead(layer, training))
        } catch LinearAlgebraError.notFinite {
            throw TrainabilityError(
                "ridge", "the squares of the activations of stage \(layer) overflow; heads in closed form need smaller ones")
        } catch is LinearAlgebraError {
            throw TrainabilityError(
                "ridge",
                "a ridge of \(ridge) does not determine the head of stage \(layer): its activations do not vary in all directions; "
                    + "give a larger ridge, 1e-10 for example")
        }
    }

    private func squaredError(_ layer: Int, z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double {
        var switches: Tensor<Int32>?
        if heads[layer - 1].unpools, case .maxPool(let kernel, let stride) = network.architecture.stages[layer - 1].kind {
            switches = maxPoolingWithIndices(target, kernel: AxisValues(kernel), stride: AxisValues(stride)).indices
        }
        return Double((heads[layer - 1](z, switches: switches) - target).squared().sum().item)
    }
}

/// Which heads have a closed form.
enum RidgeSupport {
    /// - Throws: ``TrainabilityError`` naming the first stage whose head has none.
    static func check(_ architecture: Architecture) throws {
        for (index, stage) in architecture.stages.enumerated() {
            switch stage.kind {
            case .residualDense, .residualConvolution:
                throw TrainabilityError(
                    "headSolver",
                    "the head of stage \(index + 1), a residual block, has two layers and no closed form; ridge and both are for heads of "
                        + "one layer (mlp, mlp-shrinking, resnet-fc-pre, cnn, vgg-mini, vgg16); set headSolver=adam")
            default: continue
            }
        }
    }
}

extension Cost {
    /// Solving all heads in closed form on so many samples: the frozen network forwards, both products and the decomposition of every head,
    /// and the head forwards once for its loss.
    static func solvedHeads<Scalar>(_ heads: [Head<Scalar>], of architecture: Architecture, samples: Int) -> Double {
        heads.enumerated().reduce(0) { sum, entry in
            let (index, head) = entry
            let forward =
                architecture.stages[index].multiplications(architecture.shapes[index])
                + head.multiplications(architecture.shapes[index + 1])
            return sum + RidgeHead.operations(head, samples: samples) + 2 * Double(samples) * forward
        }
    }
}
