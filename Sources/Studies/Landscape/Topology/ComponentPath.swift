import RealModule

/// A path of networks inside one component of an invariant set.
public struct ComponentPath: Sendable {
    /// The networks, from the first to the second.
    public let networks: [ShallowNetwork]
    /// The largest |‖w‖² − κ‖a‖² − c| over the path, relative to the weights' squares.
    public let violation: Double

    /// The loss along the path.
    public func losses(_ problem: ShallowProblem) -> [Double] { networks.map { problem.loss($0.parameters) } }
}

/// An explicit path between two networks with the same invariants, or the proof that there is none.
///
/// Neuron by neuron: for c > 0, a moves straight and the direction of w along a great circle, ‖w‖ = √(c + κ‖a‖²); for c < 0 the other way
/// round. Antipodal directions go through an orthogonal one. On a cone the path goes through the origin, unless both ends agree in the
/// signs that the flow keeps.
/// - Throws: ``LandscapeError`` for different shapes or invariants, and for networks in different components, naming neuron and sign.
public func connect(_ first: ShallowNetwork, _ second: ShallowNetwork, points: Int = 100, tolerance: Double = 1e-9) throws -> ComponentPath
{
    guard first.architecture == second.architecture else {
        throw LandscapeError(.usage, "connect", "the networks differ in shape")
    }
    guard points >= 2 else { throw LandscapeError(.usage, "connect", "a path has two points at least; found \(points)") }
    let shape = first.architecture
    let (from, to) = (try InvariantSet(first), try InvariantSet(second))
    let degree = shape.activation.homogeneityDegree ?? 1
    for k in 0..<shape.hidden {
        let scale = first.squaredNorms(k).incoming + first.squaredNorms(k).outgoing + second.squaredNorms(k).incoming
        guard abs(from.neurons[k].c - to.neurons[k].c) <= tolerance * max(scale, 1e-300) else {
            throw LandscapeError(
                .usage, "connect",
                "neuron \(k) has c = \(short(from.neurons[k].c)) in one network and \(short(to.neurons[k].c)) in the other",
                advice: "Rescale one of them to the other's invariants first: rescaled(toInvariants:) keeps its function.")
        }
        let isCone = from.neurons[k].kind == .zero || from.neurons[k].kind == .origin
        for (what, a, b) in [
            ("output", from.neurons[k].frozenOutputSign, to.neurons[k].frozenOutputSign),
            ("input", from.neurons[k].frozenInputSign, to.neurons[k].frozenInputSign),
        ] where a != b && !isCone {
            func name(_ sign: Int?) -> String { sign.map { $0 > 0 ? "+" : "−" } ?? "free" }
            throw LandscapeError(
                .usage, "connect",
                "the networks lie in different components: neuron \(k) (c = \(brief(from.neurons[k].c))) has frozen "
                    + "\(what) sign \(name(a)) in one and \(name(b)) in the other", advice: "No path of gradient flow joins them.")
        }
    }
    var networks: [ShallowNetwork] = []
    var violation = 0.0
    for index in 0..<points {
        let t = Double(index) / Double(points - 1)
        var theta = first.parameters
        for k in 0..<shape.hidden {
            let neuron = neuron(first, second, k, c: from.neurons[k].c, t, degree: degree, isCone: from.neurons[k].kind == .zero)
            theta.replaceSubrange(k * shape.neuronSize..<(k + 1) * shape.neuronSize, with: neuron)
            let w = neuron[..<shape.incoming].reduce(0) { $0 + $1 * $1 }
            let a = neuron[shape.incoming...].reduce(0) { $0 + $1 * $1 } * degree
            violation = max(violation, abs(w - a - from.neurons[k].c) / max(1, w + a))
        }
        for index in shape.hidden * shape.neuronSize..<theta.count {
            theta[index] = (1 - t) * first.parameters[index] + t * second.parameters[index]
        }
        networks.append(ShallowNetwork(shape, parameters: theta))
    }
    return ComponentPath(networks: networks, violation: violation)
}

private func neuron(
    _ first: ShallowNetwork, _ second: ShallowNetwork, _ k: Int, c: Double, _ t: Double, degree: Double, isCone: Bool
) -> [Double] {
    let (w0, w1) = (Array(first.incoming(k)), Array(second.incoming(k)))
    // √κ a takes the place of a.
    let root = degree.squareRoot()
    let (a0, a1) = (first.outgoing(k).map { root * $0 }, second.outgoing(k).map { root * $0 })
    func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    func blend(_ u: [Double], _ v: [Double]) -> [Double] { zip(u, v).map { (1 - t) * $0 + t * $1 } }
    func scaled(_ v: [Double], _ length: Double) -> [Double] {
        let n = norm(v)
        return n > 0 ? v.map { $0 * length / n } : v
    }
    let (w, a): ([Double], [Double])
    if isCone {
        // Out along one ray to the origin, and along the other from it.
        let s = abs(1 - 2 * t)
        (w, a) = t < 0.5 ? (w0.map { s * $0 }, a0.map { s * $0 }) : (w1.map { s * $0 }, a1.map { s * $0 })
    } else if c > 0 {
        a = blend(a0, a1)
        let square = a.reduce(0) { $0 + $1 * $1 }
        w = scaled(greatCircle(w0, w1, t), (c + square).squareRoot())
    } else {
        w = blend(w0, w1)
        let square = w.reduce(0) { $0 + $1 * $1 }
        a = scaled(greatCircle(a0, a1, t), (square - c).squareRoot())
    }
    return w + a.map { $0 / root }
}

/// A point of the shorter great circle between two directions; antipodes go through a fixed orthogonal direction.
private func greatCircle(_ u: [Double], _ v: [Double], _ t: Double) -> [Double] {
    func unit(_ x: [Double]) -> [Double] {
        let n = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return x.map { $0 / n }
    }
    let (p, q) = (unit(u), unit(v))
    guard p.count > 1 else { return p }
    let cosine = zip(p, q).reduce(0) { $0 + $1.0 * $1.1 }
    var sideways = zip(p, q).map { $1 - cosine * $0 }
    var length = sideways.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let sine = length
    if length < 1e-12 {
        if cosine > 0 { return p }
        // The axis least along p, made orthogonal to it.
        let axis = p.indices.min { abs(p[$0]) < abs(p[$1]) }!
        sideways = p.indices.map { ($0 == axis ? 1 : 0) - p[axis] * p[$0] }
        length = sideways.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let angle = Double.atan2(y: sine, x: cosine)
    return zip(p, sideways).map { Double.cos(t * angle) * $0 + Double.sin(t * angle) * $1 / length }
}
