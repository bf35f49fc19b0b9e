extension Architecture {
    /// A short name of stage ℓ, ℓ from 1: `conv 2.1` is the first convolution after the first pooling.
    public func stageName(_ layer: Int) -> String {
        let before = stages.prefix(layer - 1)
        let pools = before.count { if case .maxPool = $0.kind { true } else { false } }
        let place =
            before.reversed().prefix { if case .maxPool = $0.kind { false } else { true } }.count {
                if case .convolution = $0.kind { true } else { false }
            } + 1
        switch stages[layer - 1].kind {
        case .dense(let units): return "dense \(units)"
        case .residualDense, .residualPre, .residualConvolution: return "block"
        case .convolution: return "conv \(pools + 1).\(place)"
        case .periodicConvolution: return "conv"
        case .maxPool: return "pool \(pools + 1)"
        case .averagePool, .adaptiveAveragePool: return "mean"
        case .flatten: return "flatten"
        }
    }
}
