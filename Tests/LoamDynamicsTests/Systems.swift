import LoamDynamics

/// q′ = p, p′ = −ω² q, ω the trajectory's parameter.
struct Oscillator: DynamicalSystem {
    var dimension: Int { 2 }
    var parameterCount: Int { 1 }
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        dy[0] = y[1]
        dy[1] = -(p[0] * p[0] * y[0])
    }
}

/// y′ = y cos t, whose solution from y(0) = 1 is e^(sin t).
struct Forced: DynamicalSystem {
    var dimension: Int { 1 }
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        dy[0] = y[0] * time.cos()
    }
}

/// The Lorenz equations with σ = 10, β = 8/3 and the trajectory's ρ.
struct Lorenz: DynamicalSystem {
    var dimension: Int { 3 }
    var parameterCount: Int { 1 }
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        dy[0] = 10 * (y[1] - y[0])
        dy[1] = y[0] * (p[0] - y[2]) - y[1]
        dy[2] = y[0] * y[1] - Number(8.0 / 3) * y[2]
    }
}

/// A ball that falls with the acceleration 9.81 and keeps the fraction given as its parameter of its speed at every bounce.
struct BouncingBall: DynamicalSystem {
    var dimension: Int { 2 }
    var parameterCount: Int { 1 }
    var eventCount: Int { 1 }
    var stopsAtFirst = false
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
    ) {
        dy[0] = y[1]
        dy[1] = -9.81
    }
    func events<Number: TrajectoryScalar>(
        at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into values: UnsafeMutablePointer<Number>
    ) {
        values[0] = y[0]
    }
    func direction(ofEvent index: Int) -> RootDirection { .falling }
    func respond(
        toEvent index: Int, at time: Double, _ y: UnsafeMutablePointer<Double>, _ p: UnsafePointer<Double>
    ) -> EventResponse {
        y[0] = 0
        y[1] *= -p[0]
        return stopsAtFirst ? .stop : .proceed
    }
}
