import Foundation
import LoamRuns

/// Plain and convolutional theory beside closed forms and numbers computed elsewhere.
enum MeanFieldFindings {
    private static let independent = "independent computation"

    /// Critical points of the table, and of sin by quadrature beside their closed form.
    static func criticalPoints() -> [Finding] {
        let table: [(activation: Activation, bias: Double, weight: Double, length: Double, digits: Double)] = [
            (.tanh, 0.05, 1.760954639607, 0.570047881641, 1e-11), (.tanh, 2e-5, 1.049911631970, 0.025873538321, 1e-11),
            (.tanh, 0.01, 1.424205290489, 0.273300913458, 1e-11), (.tanh, 0.1, 1.986072641136, 0.805799181913, 1e-11),
            (.tanh, 1, 3.443210912265, 3.036396394624, 1e-11), (.erf, 0.05, 1.375839007347, 0.517176837981, 1e-11),
            (.hardTanh, 0.05, 1.1655446896, 0.4638639694, 1e-9), (.elu, 0.04, 1.5110583262, 1.10693054, 1e-8),
            (.gelu, 0.05, 2.3025195117, 0.72203577, 1e-8), (.sin, 0.05, 1.5020701026, 0.55207010, 1e-8),
        ]
        var findings = table.flatMap { row -> [Finding] in
            let nearest = MeanField(row.activation).criticalPoints(biasVariance: row.bias)
                .min { abs($0.weightVariance - row.weight) < abs($1.weightVariance - row.weight) }
            let (name, place) = ("\(row.activation).\(short(row.bias))", "of \(row.activation) at σ_b² = \(short(row.bias))")
            return [
                Finding(
                    id: "critical.\(name)", quantity: "critical σ_w² \(place)", value: nearest?.weightVariance ?? .nan,
                    .within(reference: row.weight, tolerance: min(row.digits, 1e-9)), source: independent),
                Finding(
                    id: "critical.length.\(name)", quantity: "critical q* \(place)", value: nearest?.length ?? .nan,
                    .within(reference: row.length, tolerance: row.digits), source: independent),
            ]
        }
        for q in [0.1, 0.5, 1, 3] {
            let points = MeanField(.sin, closedForms: false).criticalPoints(biasVariance: q - tanh(q)).map(\.weightVariance)
            findings.append(
                Finding(
                    id: "critical.sin.closed.\(short(q))",
                    quantity: "critical σ_w² of sin at σ_b² = \(short(q)) − tanh \(short(q)), by quadrature",
                    value: points.min { abs($0 - 1 - tanh(q)) < abs($1 - 1 - tanh(q)) } ?? .nan,
                    .within(reference: 1 + tanh(q), tolerance: 1e-10), source: "closed form 1 + tanh q"))
        }
        return findings
    }

    /// The table of tanh at σ_b² = 0.05, every column.
    static func fixedPoints() -> [Finding] {
        struct Row {
            let weight, length, slope, lengthSlope, correlation, lengthScale, correlationScale: Double
            init(_ w: Double, _ q: Double, _ chi: Double, _ v: Double, _ c: Double, _ xiq: Double, _ xic: Double) {
                (weight, length, slope, lengthSlope, correlation, lengthScale, correlationScale) = (w, q, chi, v, c, xiq, xic)
            }
        }
        let table = [
            Row(0.5, 0.0875798652, 0.4319873818, 0.3711218758, 1, 1.008853, 1.191385),
            Row(1, 0.1935925202, 0.7590316472, 0.5642799820, 1, 1.747626, 3.626976),
            Row(1.3, 0.3153164775, 0.8801635099, 0.5711234846, 1, 1.785237, 7.834069),
            Row(1.5, 0.4180372005, 0.9386362682, 0.5519832057, 1, 1.682828, 15.790994),
            Row(2, 0.7217618727, 1.0476659996, 0.4865217440, 0.7440824195, 1.387976, 25.213415),
            Row(2.5, 1.0639583774, 1.1335156987, 0.4284638509, 0.4468042323, 1.179873, 11.795598),
            Row(3, 1.4280084622, 1.2089344241, 0.3828201966, 0.2993176418, 1.041461, 9.051456),
            Row(4, 2.1954939280, 1.3424024144, 0.3181950994, 0.1650649620, 0.873293, 6.980274),
        ]
        return table.flatMap { row -> [Finding] in
            let point = MeanField(.tanh).fixedPoint(InitialVariances(weight: row.weight, bias: 0.05))
            let name = short(row.weight)
            func finding(_ id: String, _ quantity: String, _ value: Double?, _ reference: Double, _ tolerance: Double) -> Finding {
                Finding(
                    id: "\(id).tanh.\(name)", quantity: "\(quantity) of tanh at σ_w² = \(name), σ_b² = 0.05", value: value ?? .nan,
                    .within(reference: reference, tolerance: tolerance), source: independent)
            }
            return [
                finding("length", "q*", point?.length, row.length, 1e-10),
                finding("slope", "χ_1", point?.slope, row.slope, 1e-10),
                finding("lengthSlope", "V′(q*)", point?.lengthSlope, row.lengthSlope, 1e-10),
                finding("correlation", "c*", point?.correlation, row.correlation, 1e-10),
                finding("lengthScale", "ξ_q", point?.lengthScale, row.lengthScale, 1e-6),
                finding("scale", "ξ_c", point?.correlationScale, row.correlationScale, 1e-6),
            ]
        }
    }

    /// Trajectories of tanh at (2, 0.05), and the rates at which correlations approach 1 at the edge of chaos.
    static func trajectories() -> [Finding] {
        let theory = MeanField(.tanh)
        let v = InitialVariances(weight: 2, bias: 0.05)
        let lengths = theory.trajectory(length: 1, correlation: 1, depth: 4, v).map(\.length)
        let fixed = theory.fixedPoint(v)?.length ?? .nan
        let correlations = theory.trajectory(length: fixed, correlation: 0.9, depth: 3, v).map(\.correlation)
        func steps(_ symbol: String, _ from: String, _ values: [Double], _ references: [Double]) -> [Finding] {
            zip(values, references).enumerated().map { index, pair in
                Finding(
                    id: "trajectory.\(symbol).\(index + 1)",
                    quantity: "\(symbol) of tanh after \(index + 1) layer\(index == 0 ? "" : "s") from \(from), σ_w² = 2, σ_b² = 0.05",
                    value: pair.0, .within(reference: pair.1, tolerance: 1e-9), source: independent)
            }
        }
        let edge = theory.criticalPoints(biasVariance: 0.05).first?.length ?? .nan
        let rectifier = MeanField(.relu).trajectory(length: 1, correlation: 0, depth: 100_000, .he).last?.decorrelation ?? .nan
        return steps("q", "1", lengths, [0.8385889808, 0.7750054760, 0.7468883421, 0.7338100004])
            + steps("c", "0.9 at q*", correlations, [0.8973305518, 0.8946425599, 0.8919384313]) + [
                Finding(
                    id: "rate.tanh", quantity: "β = lim ℓ(1 − c_ℓ) of tanh at the edge, σ_b² = 0.05", value: theory.edgeRate(length: edge),
                    .within(reference: 6.171126, tolerance: 1e-6), source: "Hayou et al. 2019; independent computation"),
                Finding(
                    id: "rate.relu", quantity: "ℓ²(1 − c_ℓ) of ReLU at σ_w² = 2 after 100,000 layers", value: 1e10 * rectifier,
                    .within(reference: 4.5 * Double.pi * Double.pi, tolerance: 0.05), source: "limit 9π²/2"),
            ]
    }

    /// Factors of three taps on a ring of five pixels, and how far all frequencies of the square are damped together.
    static func modes() -> [Finding] {
        let spectrum = ConvolutionModes(grid: 5, kernel: 3)
        let trace = spectrum.modes.reduce(0) { $0 + Double($1.multiplicity) * $1.factor }
        func axis(_ k: Int, _ reference: Double) -> Finding {
            Finding(
                id: "modes.axis.\(k)", quantity: "λ of frequency \(k) of 3 taps on 5 pixels",
                value: ConvolutionModes.factor(frequency: k, grid: 5, reach: 1), .within(reference: reference, tolerance: 1e-10),
                source: "closed form (1 + 2 cos(2πk/5))/3")
        }
        return [
            axis(1, 0.5393446629), axis(2, -0.2060113296),
            Finding(
                id: "modes.trace", quantity: "Σ λ_k over the 25 frequencies of 3 × 3 taps on 5 × 5 pixels", value: trace,
                .within(reference: 25.0 / 9, tolerance: 1e-12), source: "trace of the averaging: every pixel weighs itself by 1/9"),
        ]
    }
}
