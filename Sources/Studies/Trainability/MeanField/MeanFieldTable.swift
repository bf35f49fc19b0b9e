import LoamRuns

/// Mean-field quantities as tables.
enum MeanFieldTable {
    /// Fixed points along σ_w².
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

    /// Every critical σ_w² of each activation.
    static func critical(_ activations: [Activation], biasVariance: Double) -> Table {
        let rows = activations.flatMap { activation in
            MeanField(activation).criticalPoints(biasVariance: biasVariance).map { (activation, $0) }
        }
        return Table([
            "activation": .texts(rows.map(\.0.name)), "sigma_w2": .numbers(rows.map(\.1.weightVariance)),
            "sigma_b2": .numbers(rows.map(\.1.biasVariance)), "q_star": .numbers(rows.map { $0.1.length ?? .nan }),
            "stable": .texts(rows.map { String($0.1.isStable) }),
        ])
    }

    /// A phase plane, row by row.
    static func table(_ plane: PhasePlane) -> Table {
        let count = plane.weightVariances.count
        func numbers(_ value: (FixedPoint) -> Double) -> Table.Column { .numbers(plane.points.map { $0.map(value) ?? .nan }) }
        return Table([
            "sigma_w2": .numbers(plane.points.indices.map { plane.weightVariances[$0 % count] }),
            "sigma_b2": .numbers(plane.points.indices.map { plane.biasVariances[$0 / count] }), "q_star": numbers(\.length),
            "chi_1": numbers(\.slope), "v_prime": numbers(\.lengthSlope), "c_star": numbers(\.correlation), "xi_q": numbers(\.lengthScale),
            "xi_c": numbers(\.correlationScale),
        ])
    }

    /// λ_k, how many frequencies have it, and ξ_{c,k} at each σ_w².
    static func table(_ modes: ConvolutionModes, _ theory: MeanField, _ configuration: MeanFieldConfiguration) -> Table {
        let rows = configuration.weightVariances.flatMap { weight in
            let point = theory.fixedPoint(InitialVariances(weight: weight, bias: configuration.biasVariance))
            return modes.modes.map { (weight, point, $0) }
        }
        return Table([
            "sigma_w2": .numbers(rows.map(\.0)), "sigma_b2": .numbers(rows.map { _ in configuration.biasVariance }),
            "frequency": .texts(rows.map { $0.2.frequency.map(String.init).joined(separator: " ") }),
            "lambda": .numbers(rows.map(\.2.factor)), "multiplicity": .integers(rows.map(\.2.multiplicity)),
            "xi_c": .numbers(rows.map { row in row.1.map { row.2.correlationScale(slope: $0.correlationSlope) } ?? .nan }),
        ])
    }
}
