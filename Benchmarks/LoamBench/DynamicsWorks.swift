import LoamDynamics
import LoamTensor

/// The works of differential equations.
let dynamicsWorks: [String: @Sendable () -> Work] = [
    "kepler-batch": { keplerBatch() },
    "arenstorf": { arenstorf() },
    "robertson-batch": { robertsonBatch() },
    "langevin": { langevin() },
]

/// A body around a fixed centre, x″ = −x/|x|³ in the plane.
struct Kepler: DynamicalSystem {
    var dimension: Int { 4 }
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        let square = Number.multiplyAdd(y[0], y[0], y[1] * y[1])
        let factor = -1 / (square * square.squareRoot())
        dy[0] = y[2]
        dy[1] = y[3]
        dy[2] = factor * y[0]
        dy[3] = factor * y[1]
    }
}

/// The mean magnitude of each row's first elements.
private func meanMagnitudes(ofFirst count: Int, _ states: Tensor<Double>) -> [Double] {
    (0..<states.shape[0]).map { row in
        states.select(row, axis: 0).scalars.prefix(count).reduce(0) { $0 + $1.magnitude } / Double(count)
    }
}

private func keplerBatch() -> Work {
    let count = 4096
    let eccentricity = uniform("eccentricity", [count], in: 0.1..<0.8).scalars.map { Double($0) }
    let start =
        eccentricity.map { 1 - $0 } + Array(repeating: 0, count: 2 * count) + eccentricity.map { ((1 + $0) / (1 - $0)).squareRoot() }
    let problem = InitialValueProblem(Kepler(), from: Tensor(start, shape: [4, count]), over: 0...20)
    let method = DormandPrince(Tolerances(relative: 1e-8, absolute: 1e-10))
    let call = { problem.solve(method).finalStates }
    return Work(call: { use(call()) }, check: meanMagnitudes(ofFirst: 64, call()))
}

private func arenstorf() -> Work {
    let mu = 0.012277471
    let rest = 1 - mu
    let field: VectorField = { _, y, dy in
        let (x, z) = (y[0], y[1])
        let (left, right) = ((x + mu) * (x + mu) + z * z, (x - rest) * (x - rest) + z * z)
        let (d1, d2) = (left * left.squareRoot(), right * right.squareRoot())
        dy[0] = y[2]
        dy[1] = y[3]
        dy[2] = x + 2 * y[3] - rest * (x + mu) / d1 - mu * (x - rest) / d2
        dy[3] = z - 2 * y[2] - rest * z / d1 - mu * z / d2
    }
    let end = 17.065_216_560_157_963
    let stepper = DormandPrinceStepper(dimension: 4, tolerances: Tolerances(relative: 1e-10, absolute: 1e-10))
    let call = { () -> [Double] in
        stepper.start(at: 0, from: [0.994, 0, 0, -2.001_585_106_379_082_5], field)
        while stepper.time < end && stepper.step(until: end, field) == .accepted {}
        return stepper.stateCopy
    }
    return Work(call: { use(call()) }, check: [call()[0]])
}

/// Robertson's kinetics with the trajectory's factor on the slow rate.
struct RobertsonKinetics: DynamicalSystem {
    var dimension: Int { 3 }
    var parameterCount: Int { 1 }
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        let first = p[0] * y[0] - Number(1e4) * y[1] * y[2]
        let second = Number(3e7) * y[1] * y[1]
        dy[0] = -first
        dy[1] = first - second
        dy[2] = second
    }
}

private func robertsonBatch() -> Work {
    let count = 512
    let rates = uniform("rate", [count], in: 0.02..<0.08).scalars.map { Double($0) }
    let start = Array(repeating: 1.0, count: count) + Array(repeating: 0, count: 2 * count)
    let problem = InitialValueProblem(
        RobertsonKinetics(), from: Tensor(start, shape: [3, count]), parameters: Tensor(rates, shape: [1, count]), over: 0...1e5)
    let method = Rosenbrock(Tolerances(relative: 1e-6, absolute: 1e-10))
    let call = { problem.solve(method).finalStates }
    return Work(call: { use(call()) }, check: meanMagnitudes(ofFirst: 64, call()))
}

/// V = (1 − cos q)/2.
struct CosinePotential: ForceField {
    var dimension: Int { 1 }
    func force<Number: TrajectoryScalar>(
        at q: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into force: UnsafeMutablePointer<Number>
    ) {
        force[0] = Number(-0.5) * q[0].sin()
    }
}

private func langevin() -> Work {
    let count = 65_536
    let dynamics = LangevinDynamics(CosinePotential(), friction: 1, periods: [2 * .pi])
    let zeros = Tensor<Float>.zeros([1, count])
    let problem = LangevinProblem(dynamics, positions: zeros, momenta: zeros, seed: 1)
    let call = { problem.solve(.gla(step: 0.05), steps: 500) }
    let end = call()
    let momentum = end.finalMomenta.scalars.reduce(0.0) { $0 + Double($1 * $1) } / Double(count)
    let displacement = end.finalPositions.scalars.reduce(0.0) { $0 + Double($1 * $1) } / Double(count)
    return Work(call: { use(call()) }, check: [momentum, displacement])
}
