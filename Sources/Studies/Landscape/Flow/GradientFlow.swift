import LoamDynamics
import RealModule

/// Gradient flow dθ/dt = −∇L(θ) of a shallow network.
///
/// With ReLU the right-hand side jumps where w_k·x_i = 0, and trajectories may slide along such a kink: the flow is a differential
/// inclusion (Filippov 1988), and obstructed runs typically end in a slide.
public struct GradientFlow: Sendable {
    /// How the flow is integrated.
    public enum Method: Sendable, Hashable {
        /// Event-driven Dormand–Prince steps on the smooth pieces, with sliding: the flow itself. For piecewise linear activations.
        case filippov
        /// A smooth field that obeys the conservation laws exactly and tends to the flow as ε → 0: σ(s) becomes s g(s/ε), σ′ becomes
        /// g(s/ε), g a quintic ramp.
        case gate(epsilon: Double)
        /// Dormand–Prince without event handling: fast where nothing slides, and stalls where something does.
        case adaptive
        /// The implicit midpoint rule with a fixed step: conserves quadratic invariants at any step where σ is smooth.
        case midpoint(step: Double)
        /// Dormand–Prince followed by rescaling each neuron back to its invariant, which changes no function value.
        case projected
    }

    /// The method.
    public var method: Method
    /// Error allowed a step, relative and absolute.
    public var relativeTolerance: Double
    public var absoluteTolerance: Double
    /// λ of a penalty (λ/2)‖θ‖².
    public var decay: Double
    /// Events after which a run is given up.
    public var maximumEvents: Int
    /// Steps after which a run without event handling is given up.
    public var maximumSteps: Int

    /// A way to integrate.
    public init(
        _ method: Method = .filippov, relativeTolerance: Double = 1e-10, absoluteTolerance: Double = 1e-12, decay: Double = 0,
        maximumEvents: Int = 100_000, maximumSteps: Int = 1_000_000
    ) {
        self.method = method
        self.relativeTolerance = relativeTolerance
        self.absoluteTolerance = absoluteTolerance
        self.decay = decay
        self.maximumEvents = maximumEvents
        self.maximumSteps = maximumSteps
    }

    /// l·n up to which the Filippov method is offered.
    public static let gateLimit = 20_000

    /// Follows the flow from a network for a time.
    /// - Parameter recording: times to record, beside the start and the end; they need not be ordered.
    /// - Throws: ``LandscapeError`` for a problem that the method cannot treat.
    public func integrate(
        _ network: ShallowNetwork, _ problem: ShallowProblem, until end: Double, recording: [Double] = []
    ) throws(LandscapeError) -> FlowTrajectory {
        precondition(network.architecture == problem.architecture, "GradientFlow: the network is not one of the problem's")
        guard end > 0, end.isFinite else { throw LandscapeError(.usage, "until", "the time must be positive; found \(end)") }
        let times = Array(Set(recording.filter { $0 > 0 && $0 < end })).sorted() + [end]
        switch method {
        case .filippov:
            guard problem.architecture.activation.isPiecewiseLinear else {
                throw LandscapeError(
                    .usage, "method", "filippov is for piecewise linear activations; found \(problem.architecture.activation)",
                    advice: "Use method gate or adaptive.")
            }
            guard problem.architecture.hidden * problem.samples.count <= Self.gateLimit else {
                throw LandscapeError(
                    .usage, "method",
                    "\(problem.architecture.hidden) neurons × \(problem.samples.count) samples have too many gates "
                        + "for filippov (at most \(Self.gateLimit))", advice: "Use method gate.")
            }
            return FilippovFlow(self, problem).integrate(network, times)
        case .gate(let epsilon):
            guard problem.architecture.activation.isPiecewiseLinear, epsilon > 0 else {
                throw LandscapeError(
                    .usage, "method", "gate is for piecewise linear activations and ε > 0; found \(problem.architecture.activation)")
            }
            let field = RampField(problem, epsilon: epsilon, decay: decay)
            return smooth(network, problem, times, projecting: false, field.velocity)
        case .adaptive, .projected:
            return smooth(network, problem, times, projecting: method == .projected) { theta, rate in
                for index in 0..<problem.architecture.parameterCount { rate[index] = 0 }
                _ = problem.evaluate(theta, gradient: rate)
                for index in 0..<problem.architecture.parameterCount { rate[index] = -rate[index] - decay * theta[index] }
            }
        case .midpoint(let step):
            guard step > 0 else { throw LandscapeError(.usage, "step", "the step must be positive; found \(step)") }
            return ImplicitMidpoint(problem, step: step, decay: decay).integrate(network, times)
        }
    }

    /// Recording times that show the beginning and the end: half of them equally spaced, half geometrically.
    public static func recordingTimes(until end: Double, count: Int) -> [Double] {
        let half = max(1, count / 2)
        let linear = (1...half).map { end * Double($0) / Double(half) }
        let geometric = (0..<half).map { end * Double.pow(1e-5, 1 - Double($0) / Double(half)) }
        return (linear + geometric).sorted()
    }

    private func smooth(
        _ network: ShallowNetwork, _ problem: ShallowProblem, _ times: [Double], projecting: Bool,
        _ velocity: @escaping (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> FlowTrajectory {
        let architecture = network.architecture
        var trajectory = FlowTrajectory(architecture: architecture)
        trajectory.record(0, network.parameters, loss: problem.loss(network.parameters))
        let degree = architecture.activation.homogeneityDegree
        let invariants = degree.map { ConservationLaws.invariants(architecture, network.parameters, degree: $0) }
        let stepper = DormandPrinceStepper(
            dimension: architecture.parameterCount,
            tolerances: Tolerances(relative: relativeTolerance, absolute: absoluteTolerance))
        let field: VectorField = { _, theta, rate in velocity(theta, rate) }
        stepper.start(at: 0, from: network.parameters, field)
        var next = 0
        var short = 0
        let end = times.last!
        while stepper.time < end {
            let begin = stepper.time
            switch stepper.step(until: projecting ? times[next] : end, field) {
            case .accepted: break
            case .stalled: trajectory.status = .stalled
            case .notFinite: trajectory.status = .diverged
            }
            guard trajectory.status == .finished else { break }
            short = stepper.time - begin < 1e-12 * end ? short + 1 : 0
            if short > 1000 || stepper.statistics.accepted + stepper.statistics.rejected > maximumSteps {
                trajectory.status = .stalled
                break
            }
            if projecting, let invariants {
                stepper.changeState { theta in
                    for k in 0..<architecture.hidden {
                        Self.project(theta + k * architecture.neuronSize, architecture, invariants[k], degree!)
                    }
                }
            }
            while next < times.count, times[next] <= stepper.time {
                var theta = [Double](repeating: 0, count: architecture.parameterCount)
                theta.withUnsafeMutableBufferPointer { buffer in
                    if projecting {
                        buffer.baseAddress!.update(from: stepper.state, count: buffer.count)
                    } else {
                        stepper.interpolate(at: times[next], into: buffer.baseAddress!)
                    }
                }
                trajectory.record(times[next], theta, loss: problem.loss(theta))
                next += 1
            }
        }
        if trajectory.status != .finished {
            let theta = Array(UnsafeBufferPointer(start: stepper.state, count: architecture.parameterCount))
            trajectory.record(stepper.time, theta, loss: problem.loss(theta))
        }
        trajectory.evaluations = stepper.statistics.evaluations
        return trajectory
    }

    /// Moves one neuron along its rescaling orbit to an invariant.
    private static func project(_ theta: UnsafeMutablePointer<Double>, _ architecture: ShallowArchitecture, _ c: Double, _ degree: Double) {
        var (w, a) = (0.0, 0.0)
        for d in 0..<architecture.incoming { w += theta[d] * theta[d] }
        for o in architecture.incoming..<architecture.neuronSize { a += degree * theta[o] * theta[o] }
        guard let alpha = try? ShallowNetwork.factor(c, incoming: w, outgoing: a, degree: degree, neuron: 0) else { return }
        for d in 0..<architecture.incoming { theta[d] *= alpha }
        let inverse = Double.pow(alpha, -degree)
        for o in architecture.incoming..<architecture.neuronSize { theta[o] *= inverse }
    }
}
