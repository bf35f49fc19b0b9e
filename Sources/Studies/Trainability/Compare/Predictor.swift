import LoamTensor

/// A number computed before training that claims to tell which networks train; higher is better.
public enum Predictor: String, Codable, CaseIterable, Hashable, Sendable {
    case relativeEntropy, differentialEntropy, vonNeumann, activationVonNeumann, tangentGain, meanField
    case gradientNorm, snip, grasp, synapticFlow, fisher, jacobianCovariance, naswot
    case parameterCount

    /// As shown in tables and figures.
    public var title: String {
        switch self {
        case .relativeEntropy: "−S_rel(L)"
        case .differentialEntropy: "S_diff(L)"
        case .vonNeumann: "S_vN(L)"
        case .activationVonNeumann: "S_vN, activations"
        case .tangentGain: "−|ln χ̂|"
        case .meanField: "min(0, 6ξ_c−L)"
        case .gradientNorm: "GradNorm"
        case .snip: "SNIP"
        case .grasp: "GraSP"
        case .synapticFlow: "SynFlow"
        case .fisher: "Fisher"
        case .jacobianCovariance: "Jacobian covariance"
        case .naswot: "NASWOT"
        case .parameterCount: "number of parameters"
        }
    }

    /// Whether it needs trained heads.
    var needsHeads: Bool { [.relativeEntropy, .differentialEntropy, .vonNeumann].contains(self) }

    /// Whether it needs the untrained network's activations only.
    var needsActivations: Bool { [.activationVonNeumann, .tangentGain].contains(self) }

    /// Whether it looks at every untrained network with a batch of images and labels.
    public var looksAtNetworks: Bool {
        [.gradientNorm, .snip, .grasp, .synapticFlow, .fisher, .jacobianCovariance, .naswot].contains(self)
    }

    /// The score of the network of `depth` stages at a cell of the map; nil where it ``looksAtNetworks``.
    func score(_ cell: CellProfile, depth: Int, parameters: Int, theory: MeanField) -> Double? {
        switch self {
        case .relativeEntropy: return lowest(-cell.at(depth, \.relativeMean))
        case .differentialEntropy: return lowest(cell.at(depth, \.differential))
        case .vonNeumann: return lowest(cell.at(depth, \.vonNeumann))
        case .activationVonNeumann: return lowest(cell.at(depth, \.activationVonNeumann))
        case .tangentGain: return lowest(-abs(cell.meanLogGain(depth)))
        case .meanField:
            let point = theory.fixedPoint(InitialVariances(weight: cell.weightVariance, bias: cell.biasVariance))
            return point.map { min(0, 6 * $0.correlationScale - Double(depth)) } ?? -.infinity
        case .gradientNorm, .snip, .grasp, .synapticFlow, .fisher, .jacobianCovariance, .naswot: return nil
        case .parameterCount: return Double(parameters)
        }
    }

    /// What cannot be computed counts as the worst.
    private func lowest(_ value: Double) -> Double { value.isNaN ? -.infinity : value }
}
