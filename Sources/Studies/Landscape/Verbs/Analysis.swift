import BigInt
import Foundation
import LoamRuns

/// What can be said about an initialisation, in words.
struct Analysis {
    let network: ShallowNetwork
    let set: InvariantSet
    var certificate: ObstructionCertificate?
    var reachability: Reachability?
    var repairs: [Repair] = []

    /// - Parameter teacher: n₊ and n₋ of a teacher; nil where none is asked about.
    init(
        _ network: ShallowNetwork, _ samples: Samples?, loss: Loss = .squared, tolerance: Double = 1e-12, teacher: (Int, Int)? = nil,
        search: CertificateSearch = CertificateSearch()
    ) throws {
        self.network = network
        set = try InvariantSet(network, tolerance: tolerance)
        if let teacher, network.architecture.outputs == 1, network.architecture.incoming >= 2 {
            reachability = Reachability(set, teacherPositive: teacher.0, teacherNegative: teacher.1)
        }
        guard let samples else { return }
        let certificate = try search.certify(network, samples, loss)
        self.certificate = certificate
        let shape = network.architecture
        let isPlanar = shape.incoming == 2 && shape.outputs == 1 && shape.hidden <= 3 && shape.activation.isPiecewiseLinear
        if certificate.verdict == .obstructed, isPlanar, loss == .squared { repairs = try Repair.options(network, samples) }
    }

    private static func sign(_ value: Int) -> String { value > 0 ? "+" : "-" }

    /// One line a neuron, then the totals.
    var lines: [String] {
        let shape = network.architecture
        let counts = set.counts
        var lines = [
            "network \(shape.inputs)-\(shape.hidden)-\(shape.outputs) \(shape.activation), "
                + "\(shape.hiddenBias || shape.outputBias ? "with biases" : "no biases"); \(shape.parameterCount) parameters; "
                + "invariant set dimension \(set.dimension + (shape.outputBias ? shape.outputs : 0))"
        ]
        for (k, neuron) in set.neurons.enumerated().prefix(64) {
            var line = "neuron \(k)  c=\(fixed(neuron.c, 4))  \(neuron.kind.rawValue)"
            if let sign = neuron.frozenOutputSign { line += "  output sign frozen \(Self.sign(sign))" }
            if let sign = neuron.frozenInputSign { line += "  input sign frozen \(Self.sign(sign))" }
            if neuron.frozenOutputSign == nil, neuron.frozenInputSign == nil { line += "  no sign frozen" }
            lines.append(line)
        }
        if set.neurons.count > 64 { lines.append("… and \(set.neurons.count - 64) neurons more") }
        let betti = (try? counts.poincarePolynomial()).map(QuadricCounts.text) ?? counts.closedForm
        func number(_ value: BigUInt) -> String {
            let text = String(value)
            if text.count <= 12 { return text }
            let isPower = value == BigUInt(1) << (value.bitWidth - 1)
            return isPower ? "2^\(value.bitWidth - 1)" : text
        }
        lines.append(
            "Betti numbers: \(betti)   components: \(number(counts.componentCount))   flow components: \(number(counts.flowComponentCount))   "
                + "effective: \(number(counts.effectiveComponentCount))" + position)
        if let reachability { lines.append(reachability.summary) }
        if let certificate { lines.append(certificateLine(certificate)) }
        if !repairs.isEmpty { lines.append("repair: " + repairs.map(\.description).joined(separator: "; or ")) }
        return lines
    }

    /// Which of the effective components this one is.
    private var position: String {
        let frozen = set.neurons.filter { $0.kind == .negative && $0.frozenOutputSign != nil }
        guard !frozen.isEmpty else { return "" }
        return " (this one: \(frozen.count { $0.frozenOutputSign == 1 }) positive of \(frozen.count))"
    }

    private func certificateLine(_ certificate: ObstructionCertificate) -> String {
        let floor = fixed(certificate.componentFloor, 12)
        let best = certificate.globalBest < 1e-12 ? "0" : fixed(certificate.globalBest, 12)
        let exact = certificate.isFloorExact ? "component floor" : "component floor at least"
        switch certificate.verdict {
        case .obstructed:
            return "certificate: \(exact) \(floor) > global optimum \(certificate.isFloorExact ? "" : "at most ")\(best) "
                + "(witness loss \(brief(certificate.globalBest, 1))): OBSTRUCTED, excess \(fixed(certificate.excess, 6))   [\(certificate.method)]"
        case .notObstructed:
            return "certificate: a network in the component has loss \(brief(certificate.witnessLoss, 3)), the best known is "
                + "\(brief(certificate.globalBest, 3)): NOT OBSTRUCTED   [\(certificate.method)]"
        case .undecided:
            return
                "certificate: floor \(brief(certificate.componentFloor, 6)), best found \(brief(certificate.globalBest, 6)): UNDECIDED   "
                + "[\(certificate.method)]"
        }
    }
}
