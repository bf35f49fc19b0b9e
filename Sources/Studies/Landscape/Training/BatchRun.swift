import LoamTensor

/// Trains blocks of trajectories, each through all its steps, several blocks at a time.
struct BatchRun<V: Lanes & Sendable>: Sendable {
    private let kernel: BatchKernel<V>
    private let plan: TrainingPlan
    private let problem: ShallowProblem
    private let minibatches: [[Int]]?

    init(_ problem: ShallowProblem, _ plan: TrainingPlan) {
        kernel = BatchKernel<V>(problem)
        self.plan = plan
        self.problem = problem
        if let size = plan.minibatch, size < problem.samples.count {
            minibatches = (0..<plan.steps).map { step in
                var generator = RandomStreams.minibatch(step: step, seed: plan.seed)
                return generator.permutation(problem.samples.count).prefix(size).map { Int($0) }
            }
        } else {
            minibatches = nil
        }
    }

    private struct Outcome {
        var loss, gradientNorm, drift: Double
        var flips, firstFlip: Int
        var isDecreasing: Bool
        var parameters: [Double]
    }

    func run(_ initial: [[Double]]) -> BatchResult {
        let blocks = (initial.count + V.width - 1) / V.width
        var outcomes = [[Outcome]](repeating: [], count: blocks)
        outcomes.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let buffer = buffer
            Parallel.forEach(blocks) { block in
                buffer[block] = self.block(initial, block * V.width..<min(initial.count, (block + 1) * V.width))
            }
        }
        var result = BatchResult()
        for outcome in outcomes.joined() {
            result.losses.append(outcome.loss)
            result.gradientNorms.append(outcome.gradientNorm)
            result.drifts.append(outcome.drift)
            result.flips.append(outcome.flips)
            result.firstFlips.append(outcome.firstFlip)
            result.isDecreasing.append(outcome.isDecreasing)
            result.parameters.append(outcome.parameters)
        }
        return result
    }

    private func block(_ initial: [[Double]], _ range: Range<Int>) -> [Outcome] {
        let shape = problem.architecture
        let count = shape.parameterCount
        let l = shape.hidden
        let total = count * (2 + plan.optimiser.stateCount) + kernel.scratchCount + 3 * l + 4
        let memory = UnsafeMutablePointer<V>.allocate(capacity: total)
        memory.initialize(repeating: V(repeating: 0), count: total)
        defer { memory.deallocate() }
        let theta = memory
        let gradient = theta + count
        let state = gradient + count
        let scratch = state + count * plan.optimiser.stateCount
        let c0 = scratch + kernel.scratchCount
        let signs = c0 + l  // the frozen sign of a, or 0
        let flipped = signs + l  // 1 where it was violated
        let drift = flipped + l
        let firstFlip = drift + 1
        let degree = shape.activation.homogeneityDegree
        for (lane, index) in range.enumerated() {
            for p in 0..<count { theta[p][lane] = V.Scalar(initial[index][p]) }
            if let degree, shape.outputs == 1 {
                for k in 0..<l { signs[k][lane] = frozenSign(initial[index], k, degree) }
            }
        }
        if let degree { for k in 0..<l { c0[k] = invariant(theta, k, degree) } }
        var earlier = V(repeating: 0)
        let mark = plan.steps - max(1, plan.steps / 10)
        for step in 0..<plan.steps {
            let loss = kernel.gradient(theta, gradient, scratch, minibatch: minibatches?[step])
            if step == mark { earlier = loss }
            plan.optimiser.update(theta, gradient, state, count: count, step: step + 1, rate: plan.rate, decay: plan.decay)
            guard let degree else { continue }
            var crossed = V(repeating: 0)
            for k in 0..<l {
                drift[0] = drift[0].larger((invariant(theta, k, degree) - c0[k]).magnitude)
                // Positive where the product of the sign now and the frozen one is negative.
                let against = V(repeating: 0) - signs[k] * theta[k * shape.neuronSize + shape.incoming]
                flipped[k] = V(repeating: 1).wherePositive(against, otherwise: flipped[k])
                crossed = V(repeating: 1).wherePositive(against, otherwise: crossed)
            }
            let now = V(repeating: V.Scalar(step + 1))
            let isUnset = V(repeating: 1) - firstFlip[0].positivePart
            firstFlip[0] = now.wherePositive(crossed * isUnset.positivePart, otherwise: firstFlip[0])
        }
        let loss = kernel.gradient(theta, gradient, scratch, minibatch: nil)
        return range.enumerated().map { lane, _ in
            var square = 0.0
            for p in 0..<count { square += Double(gradient[p][lane]) * Double(gradient[p][lane]) }
            let value = Double(loss[lane])
            return Outcome(
                loss: value, gradientNorm: square.squareRoot(), drift: degree == nil ? .nan : Double(drift[0][lane]),
                flips: (0..<l).count { flipped[$0][lane] > 0 }, firstFlip: firstFlip[0][lane] > 0 ? Int(firstFlip[0][lane]) : -1,
                isDecreasing: Double(earlier[lane]) - value > 1e-3 * abs(value), parameters: (0..<count).map { Double(theta[$0][lane]) })
        }
    }

    /// The sign of a_k where c_k ≤ 0 freezes it, as ``InvariantSet`` has it; 0 elsewhere.
    private func frozenSign(_ theta: [Double], _ k: Int, _ degree: Double) -> V.Scalar {
        let shape = problem.architecture
        let start = k * shape.neuronSize
        var w = 0.0
        for d in start..<start + shape.incoming { w += theta[d] * theta[d] }
        let a = theta[start + shape.incoming]
        let outgoing = degree * a * a
        let isFrozen = w - outgoing <= 1e-12 * (w + outgoing)
        return !isFrozen || a == 0 ? 0 : a > 0 ? 1 : -1
    }

    @inline(__always) private func invariant(_ theta: UnsafePointer<V>, _ k: Int, _ degree: Double) -> V {
        let shape = problem.architecture
        let w = theta + k * shape.neuronSize
        var sum = V(repeating: 0)
        for d in 0..<shape.incoming { sum = sum.adding(w[d], w[d]) }
        let factor = V(repeating: V.Scalar(-degree))
        for o in shape.incoming..<shape.neuronSize { sum = sum.adding(factor * w[o], w[o]) }
        return sum
    }
}
