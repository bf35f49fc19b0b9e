/// What is known about the least loss that a component allows.
public enum Verdict: String, Sendable, Hashable, Codable {
    /// The floor of the component lies above a loss that some network of this shape attains.
    case obstructed
    /// A network in the component attains the best loss known.
    case notObstructed
    /// Neither is shown.
    case undecided
}

/// A proof that an initialisation cannot reach the global minimum by gradient flow, or that its component allows it.
public struct ObstructionCertificate: Sendable {
    /// The verdict.
    public let verdict: Verdict
    /// A lower bound on the loss of every network in the component; exact where ``isFloorExact``.
    public let componentFloor: Double
    /// Whether the floor is attained in the closure of the component.
    public let isFloorExact: Bool
    /// The least loss of the shape that was exhibited.
    public let globalBest: Double
    /// How the floor was obtained.
    public let method: String
    /// A network in the closure of the component with the least loss found there.
    public let witness: ShallowNetwork?
    /// Its loss by an ordinary forward pass.
    public let witnessLoss: Double
    /// A network of the shape that attains `globalBest`.
    public let globalWitness: ShallowNetwork

    /// floor − best: what obstruction costs.
    public var excess: Double { componentFloor - globalBest }
}

/// How certificates are sought.
public struct CertificateSearch: Sendable {
    /// Differences of loss below this (times the loss of the zero network) do not count.
    public var tolerance: Double
    /// Starts of the search for a good network by training.
    public var starts: Int
    /// Steps of that training.
    public var steps: Int
    /// The seed of the search.
    public var seed: UInt64

    /// A search.
    public init(tolerance: Double = 1e-6, starts: Int = 256, steps: Int = 4000, seed: UInt64 = 0) {
        self.tolerance = tolerance
        self.starts = starts
        self.steps = steps
        self.seed = seed
    }

    /// Decides whether the component of a network allows the least loss of its shape.
    ///
    /// With two incoming weights, squared loss and one output, floors are exact (``PlanarFloor``). With one incoming weight they are closed
    /// (``OneInputOptimum``). Otherwise a component whose neurons all have one sign has a cone bound (``ConeBound``), or (n₀/n) ln 2 for
    /// logistic loss without an output bias; the best network is sought by training.
    public func certify(_ network: ShallowNetwork, _ samples: Samples, _ loss: Loss = .squared) throws -> ObstructionCertificate {
        let problem = try ShallowProblem(network.architecture, samples, loss)
        let set = try InvariantSet(network)
        let shape = network.architecture
        if shape.outputs > 1 || shape.outputBias {
            return try searched(
                network, problem, set, floor: 0, isExact: false,
                method: shape.outputs > 1 ? "vector output: no floor" : "output bias: no floor")
        }
        if loss == .squared, shape.incoming == 1, shape.activation == .relu { return try closed(network, problem, set) }
        if loss == .squared, shape.incoming == 2, shape.activation.isPiecewiseLinear, shape.hidden <= 3 {
            do {
                return try exact(network, problem, set)
            } catch let error as LandscapeError where error.kind == .usage {
                // Too many sectors for the search: the bound by all rays together remains.
            }
        }
        let budget = SignBudget(set)
        guard shape.activation.isNonNegative || (loss == .squared && shape.activation.isPiecewiseLinear), budget.free == 0,
            budget.positive == 0 || budget.negative == 0, budget.positive + budget.negative > 0
        else { return try searched(network, problem, set, floor: 0, isExact: false, method: "no frozen sign bounds the component") }
        let sign = budget.positive > 0 ? 1 : -1
        switch loss {
        case .logistic:
            let floor = sign > 0 ? LogisticFloor.positive(samples) : LogisticFloor.negative(samples)
            return try searched(network, problem, set, floor: floor, isExact: false, method: "one sign: logistic floor")
        default:
            let bound = try ConeBound(samples, sign: sign, activation: shape.activation, hiddenBias: shape.hiddenBias, seed: seed)
            // A heuristic bound may lie above the truth: it must not decide.
            return try searched(
                network, problem, set, floor: bound.isCertified ? bound.loss : 0, isExact: false,
                method: bound.isCertified ? "certified cone bound" : "heuristic cone bound \(brief(bound.loss, 8))")
        }
    }

    private func significance(_ problem: ShallowProblem) -> Double {
        tolerance * max(problem.loss([Double](repeating: 0, count: problem.architecture.parameterCount)), 1e-300)
    }

    private func verdict(floor: Double, best: Double, reached: Double, _ problem: ShallowProblem) -> Verdict {
        let margin = significance(problem)
        if floor > best + margin { return .obstructed }
        if reached <= best + margin { return .notObstructed }
        return .undecided
    }

    private func exact(_ network: ShallowNetwork, _ problem: ShallowProblem, _ set: InvariantSet) throws -> ObstructionCertificate {
        let shape = network.architecture
        let floor = try PlanarFloor(problem.samples, activation: shape.activation, hiddenBias: shape.hiddenBias)
        let component = try floor.minimum(SignBudget(set))
        let best = try floor.minimum(SignBudget(positive: 0, negative: 0, free: shape.hidden))
        let witness = Self.place(component.neurons, into: network, set)
        let global = Self.place(best.neurons, shape)
        let globalLoss = problem.loss(global.parameters)
        let witnessLoss = problem.loss(witness.parameters)
        return ObstructionCertificate(
            verdict: verdict(floor: component.loss, best: globalLoss, reached: witnessLoss, problem), componentFloor: component.loss,
            isFloorExact: true, globalBest: globalLoss, method: "exact: \(floor.rays.count) sectors, \(component.problems) problems",
            witness: witness, witnessLoss: witnessLoss, globalWitness: global)
    }

    private func closed(_ network: ShallowNetwork, _ problem: ShallowProblem, _ set: InvariantSet) throws -> ObstructionCertificate {
        let shape = network.architecture
        let optimum = try OneInputOptimum(network, problem.samples)
        // Both branches need a neuron each.
        var best: [(w: [Double], sign: Int)] = []
        for (slope, side) in [(optimum.risingBest, 1.0), (optimum.fallingBest, -1.0)] where slope != 0 {
            best.append(([side * abs(slope)], slope > 0 ? 1 : -1))
        }
        let global = shape.hidden >= best.count ? Self.place(best, shape) : nil
        let globalNetwork = global ?? Self.place([], shape)
        let globalLoss = global == nil ? .infinity : problem.loss(globalNetwork.parameters)
        return ObstructionCertificate(
            verdict: global == nil
                ? .undecided
                : verdict(floor: optimum.componentLoss, best: globalLoss, reached: optimum.componentLoss, problem),
            componentFloor: optimum.componentLoss, isFloorExact: true, globalBest: globalLoss, method: "closed form for one input",
            witness: nil, witnessLoss: optimum.componentLoss, globalWitness: globalNetwork)
    }

    /// The best network by training from many starts, and the best one in the component by training inside it with small steps.
    private func searched(
        _ network: ShallowNetwork, _ problem: ShallowProblem, _ set: InvariantSet, floor: Double, isExact: Bool, method: String
    ) throws -> ObstructionCertificate {
        let plan = TrainingPlan(.adam, rate: 0.01, steps: steps)
        let batch = TrajectoryBatch<Double>(problem, 0..<starts, scheme: .kaiming, seed: seed)
        let result = batch.run(plan)
        let order = result.losses.indices.filter { result.losses[$0].isFinite }.sorted { result.losses[$0] < result.losses[$1] }
        guard let first = order.first else { throw LandscapeError(.numerical, "certify", "every training run diverged") }
        let best = ShallowNetwork(problem.architecture, parameters: result.parameters[first])
        let globalLoss = result.losses[first]
        // A trained network as good as the best that rescaling and permutation carry into this component is a witness there.
        var witness: ShallowNetwork?
        var witnessLoss = Double.infinity
        let margin = significance(problem)
        for index in order.prefix(64) where result.losses[index] <= globalLoss + margin {
            let trained = ShallowNetwork(problem.architecture, parameters: result.parameters[index])
            if case .success(let found) = try trained.equivalence(into: network) {
                witness = found.network
                witnessLoss = problem.loss(found.network.parameters)
                break
            }
        }
        return ObstructionCertificate(
            verdict: verdict(floor: floor, best: globalLoss, reached: witnessLoss, problem), componentFloor: floor, isFloorExact: isExact,
            globalBest: globalLoss, method: method, witness: witness, witnessLoss: witnessLoss, globalWitness: best)
    }

    /// A network of a shape with given neurons, the others zero; a is ±1.
    static func place(_ neurons: [(w: [Double], sign: Int)], _ shape: ShallowArchitecture) -> ShallowNetwork {
        var theta = [Double](repeating: 0, count: shape.parameterCount)
        for (k, neuron) in neurons.enumerated() {
            let start = k * shape.neuronSize
            for d in 0..<shape.incoming { theta[start + d] = neuron.w[d] }
            theta[start + shape.incoming] = Double(neuron.sign)
        }
        return ShallowNetwork(shape, parameters: theta)
    }

    /// A network in the closure of a component: the neurons go to slots of their signs, each moved to the slot's invariant. Slots left over
    /// are switched off: a = 0 where c ≥ 0, w = 0 where c < 0.
    static func place(_ neurons: [(w: [Double], sign: Int)], into network: ShallowNetwork, _ set: InvariantSet) -> ShallowNetwork {
        let shape = network.architecture
        var theta = [Double](repeating: 0, count: shape.parameterCount)
        var left = neurons.filter { $0.w.contains { $0 != 0 } }
        // Frozen slots first, free ones take the rest.
        let slots = set.neurons.indices.sorted {
            (set.neurons[$0].frozenOutputSign == nil ? 1 : 0) < (set.neurons[$1].frozenOutputSign == nil ? 1 : 0)
        }
        for slot in slots {
            let start = slot * shape.neuronSize
            let c = set.neurons[slot].c
            let frozen = set.neurons[slot].frozenOutputSign
            if let index = left.firstIndex(where: { frozen == nil || frozen == $0.sign }) {
                let neuron = left.remove(at: index)
                let square = neuron.w.reduce(0) { $0 + $1 * $1 }
                let alpha = (try? ShallowNetwork.factor(c, incoming: square, outgoing: 1, degree: 1, neuron: slot)) ?? 1
                for d in 0..<shape.incoming { theta[start + d] = alpha * neuron.w[d] }
                theta[start + shape.incoming] = Double(neuron.sign) / alpha
            } else if c > 0 {
                theta[start] = c.squareRoot()
            } else {
                theta[start + shape.incoming] = Double(frozen ?? 1) * (-c).squareRoot()
            }
        }
        return ShallowNetwork(shape, parameters: theta)
    }
}

/// Decides whether the component of a network allows the least loss of its shape; see ``CertificateSearch/certify(_:_:_:)``.
public func certify(_ network: ShallowNetwork, _ samples: Samples, loss: Loss = .squared) throws -> ObstructionCertificate {
    try CertificateSearch().certify(network, samples, loss)
}
