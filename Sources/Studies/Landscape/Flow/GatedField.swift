/// The velocity of gradient flow with every gate held: the smooth piece on which an event-driven integrator steps.
///
/// Gates belong to neurons and lines of the data. A gate that is on gives the samples on the line's near side the slope σ′ of positive
/// pre-activations and those on the far side that of negative ones; one that is off the other way round. A sliding gate has the slope in
/// between at which the neuron's weights stay orthogonal to the line. One field serves one thread.
final class GatedField {
    let problem: ShallowProblem
    let lines: DataLines
    let decay: Double
    /// Neuron-major: whether each gate is on.
    var isOn: [Bool]
    /// Lines that each neuron slides along.
    var sliding: [[Int]]
    /// Sliding systems that were singular and lost their last line.
    private(set) var singularSystems = 0

    private let n, width, outputs, hidden, size: Int
    private let slopes: (negative: Double, positive: Double)
    private let residual: UnsafeMutablePointer<Double>
    private let activations: UnsafeMutablePointer<Double>

    init(_ problem: ShallowProblem, decay: Double) {
        self.problem = problem
        self.decay = decay
        n = problem.samples.count
        width = problem.architecture.incoming
        outputs = problem.architecture.outputs
        hidden = problem.architecture.hidden
        size = problem.architecture.neuronSize
        slopes = problem.architecture.activation.slopes
        lines = DataLines(rows: problem.rows, count: n)
        isOn = [Bool](repeating: false, count: hidden * lines.count)
        sliding = [[Int]](repeating: [], count: hidden)
        residual = .allocate(capacity: n * outputs)
        activations = .allocate(capacity: n * hidden)
    }

    deinit {
        residual.deallocate()
        activations.deallocate()
    }

    /// w_k · direction of a line.
    func distance(_ k: Int, _ line: Int, _ theta: UnsafePointer<Double>) -> Double {
        var z = 0.0
        for d in 0..<width { z += theta[k * size + d] * lines.directions[line * width + d] }
        return z
    }

    /// The slope of sample i at neuron k, of a gate that does not slide.
    @inline(__always) private func slope(_ k: Int, _ i: Int) -> Double {
        let line = lines.line[i]
        guard line >= 0 else { return 0 }
        return isOn[k * lines.count + line] == (lines.length[i] > 0) ? slopes.positive : slopes.negative
    }

    /// Fills residuals ∂ℓ/∂f / n and hidden activations; returns the loss.
    @discardableResult
    func forward(_ theta: UnsafePointer<Double>) -> Double {
        let scale = 1 / Double(n)
        var total = 0.0
        withUnsafeTemporaryAllocation(of: Double.self, capacity: outputs) { f in
            let f = f.baseAddress!
            problem.rows.withUnsafeBufferPointer { rows in
                problem.samples.targets.withUnsafeBufferPointer { targets in
                    for i in 0..<n {
                        for o in 0..<outputs { f[o] = problem.architecture.outputBias ? theta[hidden * size + o] : 0 }
                        let x = rows.baseAddress! + i * width
                        for k in 0..<hidden {
                            let w = theta + k * size
                            var z = 0.0
                            for d in 0..<width { z += w[d] * x[d] }
                            let slides = !sliding[k].isEmpty && sliding[k].contains(lines.line[i])
                            let s = slides ? 0 : slope(k, i) * z
                            activations[i * hidden + k] = s
                            for o in 0..<outputs { f[o] += w[width + o] * s }
                        }
                        let r = residual + i * outputs
                        total += problem.loss.evaluate(f, targets.baseAddress! + i * outputs, r, count: outputs)
                        for o in 0..<outputs { r[o] *= scale }
                    }
                }
            }
        }
        return total * scale
    }

    /// Σ_o r_io a_ok.
    @inline(__always) private func back(_ k: Int, _ i: Int, _ theta: UnsafePointer<Double>) -> Double {
        var sum = 0.0
        for o in 0..<outputs { sum += residual[i * outputs + o] * theta[k * size + width + o] }
        return sum
    }

    /// dθ/dt.
    func velocity(_ theta: UnsafePointer<Double>, _ derivative: UnsafeMutablePointer<Double>) {
        forward(theta)
        for index in 0..<problem.architecture.parameterCount { derivative[index] = -decay * theta[index] }
        for k in 0..<hidden {
            let rate = derivative + k * size
            for i in 0..<n { for o in 0..<outputs { rate[width + o] -= residual[i * outputs + o] * activations[i * hidden + k] } }
            addIncoming(k, theta, rate)
            if !sliding[k].isEmpty {
                let forces = slidingForces(k, rate)
                for (line, u) in zip(sliding[k], forces) {
                    for d in 0..<width { rate[d] -= u * lines.directions[line * width + d] }
                }
            }
        }
        if problem.architecture.outputBias {
            for i in 0..<n { for o in 0..<outputs { derivative[hidden * size + o] -= residual[i * outputs + o] } }
        }
    }

    /// Adds −Σ_i back_i σ′_i x_i over the samples whose gates do not slide.
    private func addIncoming(_ k: Int, _ theta: UnsafePointer<Double>, _ rate: UnsafeMutablePointer<Double>) {
        problem.rows.withUnsafeBufferPointer { rows in
            for i in 0..<n {
                if !sliding[k].isEmpty, sliding[k].contains(lines.line[i]) { continue }
                let factor = back(k, i, theta) * slope(k, i)
                if factor == 0 { continue }
                for d in 0..<width { rate[d] -= factor * rows[i * width + d] }
            }
        }
    }

    /// The forces u along the sliding lines that keep w_k orthogonal to them: G u = (direction · rate), G the lines' Gram matrix.
    private func slidingForces(_ k: Int, _ rate: UnsafePointer<Double>) -> [Double] {
        let own = sliding[k]
        let m = own.count
        func dot(_ a: Int, _ b: Int) -> Double {
            var sum = 0.0
            for d in 0..<width { sum += lines.directions[a * width + d] * lines.directions[b * width + d] }
            return sum
        }
        func along(_ line: Int) -> Double {
            var sum = 0.0
            for d in 0..<width { sum += lines.directions[line * width + d] * rate[d] }
            return sum
        }
        if m == 1 { return [along(own[0])] }
        let gram = own.flatMap { a in own.map { dot(a, $0) } }
        if let forces = SmallSystem.solve(gram, own.map(along)) { return forces }
        singularSystems += 1
        let fewer = own.dropLast()
        let smaller = fewer.flatMap { a in fewer.map { dot(a, $0) } }
        return (SmallSystem.solve(Array(smaller), fewer.map(along)) ?? fewer.map { _ in 0 }) + [0]
    }

    /// λ of every sliding line of neuron k: 0 where the gate is off, 1 where it is on. Residuals must be current.
    func multipliers(_ k: Int, _ theta: UnsafePointer<Double>) -> [Double] {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { rate in
            let rate = rate.baseAddress!
            for d in 0..<size { rate[d] = 0 }
            addIncoming(k, theta, rate)
            let forces = slidingForces(k, rate)
            return zip(sliding[k], forces).map { line, u in
                // u(λ) = P σ′₋ − M σ′₊ + (σ′₊ − σ′₋) λ (P + M), P and M the pulls of the near and the far side.
                let (near, far) = pulls(k, line, theta)
                let jump = (slopes.positive - slopes.negative) * (near + far)
                return abs(jump) < 1e-300 ? 0.5 : (u - near * slopes.negative + far * slopes.positive) / jump
            }
        }
    }

    private func pulls(_ k: Int, _ line: Int, _ theta: UnsafePointer<Double>) -> (near: Double, far: Double) {
        var (near, far) = (0.0, 0.0)
        for i in 0..<n where lines.line[i] == line {
            let pull = back(k, i, theta) * abs(lines.length[i])
            if lines.length[i] > 0 { near += pull } else { far += pull }
        }
        return (near, far)
    }

    /// direction · ẇ_k with one gate off and on, other sliding lines adjusting. Residuals are made current.
    func normalVelocities(_ k: Int, _ line: Int, _ theta: UnsafePointer<Double>) -> (off: Double, on: Double) {
        forward(theta)
        let before = (isOn[k * lines.count + line], sliding[k])
        defer { (isOn[k * lines.count + line], sliding[k]) = before }
        sliding[k].removeAll { $0 == line }
        func velocity(_ on: Bool) -> Double {
            isOn[k * lines.count + line] = on
            return withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { rate in
                let rate = rate.baseAddress!
                for d in 0..<size { rate[d] = 0 }
                addIncoming(k, theta, rate)
                if !sliding[k].isEmpty {
                    for (other, u) in zip(sliding[k], slidingForces(k, rate)) {
                        for d in 0..<width { rate[d] -= u * lines.directions[other * width + d] }
                    }
                }
                var sum = 0.0
                for d in 0..<width { sum += lines.directions[line * width + d] * rate[d] }
                return sum
            }
        }
        return (velocity(false), velocity(true))
    }
}
