/// The implicit midpoint rule θ′ = θ − h∇L((θ + θ′)/2).
///
/// ⟨m, Q(θ′ − θ)⟩ = 0 at the midpoint m for every conserved quadratic form Q, so that quadratic invariants stay to the accuracy of the
/// nonlinear solve, whatever the step. That solve is Newton's method with a Jacobian by differences of the gradient. On a step that
/// straddles a kink it need not converge: such a step is counted, and the best iterate is kept.
struct ImplicitMidpoint {
    private let problem: ShallowProblem
    private let step: Double
    private let decay: Double
    /// Relative change of the midpoint at which the solve has converged.
    static let tolerance = 1e-15

    init(_ problem: ShallowProblem, step: Double, decay: Double) {
        self.problem = problem
        self.step = step
        self.decay = decay
    }

    private func gradient(_ theta: [Double]) -> [Double] {
        var g = problem.lossAndGradient(theta).gradient
        if decay > 0 { for i in g.indices { g[i] += decay * theta[i] } }
        return g
    }

    func integrate(_ network: ShallowNetwork, _ times: [Double]) -> FlowTrajectory {
        var trajectory = FlowTrajectory(architecture: network.architecture)
        var theta = network.parameters
        trajectory.record(0, theta, loss: problem.loss(theta))
        var time = 0.0
        var next = 0
        let end = times.last!
        var steps = 0
        while time < end * (1 - 1e-12) {
            steps += 1
            let h = min(step, end - time)
            let (moved, isSolved) = advance(theta, h)
            if !isSolved { trajectory.unsolvedSteps += 1 }
            theta = moved
            time += h
            guard theta.allSatisfy(\.isFinite) else {
                trajectory.status = .diverged
                break
            }
            while next < times.count, times[next] <= time * (1 + 1e-12) {
                trajectory.record(time, theta, loss: problem.loss(theta))
                next += 1
            }
        }
        if trajectory.status == .finished, trajectory.unsolvedSteps > 0 { trajectory.status = .unsolvedSteps }
        trajectory.evaluations = steps
        return trajectory
    }

    /// One step, and whether its equation was solved.
    func advance(_ theta: [Double], _ h: Double) -> (theta: [Double], isSolved: Bool) {
        let n = theta.count
        let size = theta.map { abs($0) }.max() ?? 1
        var middle = theta
        var best: (residual: Double, middle: [Double]) = (.infinity, middle)
        var jacobian: [Double] = []
        for iteration in 0..<60 {
            let g = gradient(middle)
            // F(m) = m − θ + (h/2)∇L(m).
            let f = (0..<n).map { middle[$0] - theta[$0] + 0.5 * h * g[$0] }
            let residual = f.map { abs($0) }.max() ?? 0
            if residual < best.residual { best = (residual, middle) }
            if residual <= Self.tolerance * max(size, 1) { break }
            if iteration % 10 == 0 {
                jacobian = [Double](repeating: 0, count: n * n)
                let delta = 1e-6 * max(size, 1)
                for j in 0..<n {
                    var (plus, minus) = (middle, middle)
                    plus[j] += delta
                    minus[j] -= delta
                    let (a, b) = (gradient(plus), gradient(minus))
                    for i in 0..<n { jacobian[i * n + j] = 0.25 * h * (a[i] - b[i]) / delta + (i == j ? 1 : 0) }
                }
            }
            guard let change = SmallSystem.solve(jacobian, f) else { break }
            for i in 0..<n { middle[i] -= change[i] }
        }
        // Where iteration has reached rounding, the residual is a few units in the last place.
        let isSolved = best.residual <= 16 * Self.tolerance * max(size, 1)
        return ((0..<n).map { 2 * best.middle[$0] - theta[$0] }, isSolved)
    }
}
