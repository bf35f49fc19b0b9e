import LoamRuns

/// Fixed points along σ_w² as a table.
enum MeanFieldTable {
    static func table(_ activation: Activation, biasVariance: Double, _ weightVariances: [Double]) -> Table {
        let theory = MeanField(activation)
        let points = weightVariances.map { theory.fixedPoint(InitialVariances(weight: $0, bias: biasVariance)) }
        func numbers(_ value: (FixedPoint) -> Double) -> Table.Column { .numbers(points.map { $0.map(value) ?? .nan }) }
        return Table([
            "sigma_w2": .numbers(weightVariances), "sigma_b2": .numbers(weightVariances.map { _ in biasVariance }),
            "q_star": numbers(\.length),
            "chi_1": numbers(\.slope), "v_prime": numbers(\.lengthSlope), "c_star": numbers(\.correlation), "xi_q": numbers(\.lengthScale),
            "xi_c": numbers(\.correlationScale), "xi_gradient": numbers(\.gradientScale),
            "phase": .texts(points.map { $0.map(\.phase.rawValue) ?? "no finite q*" }),
        ])
    }
}
