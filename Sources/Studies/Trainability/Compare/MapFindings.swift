import Foundation
import LoamRuns

/// What a phase map says beside theory and published figures.
enum MapFindings {
    static func findings(_ map: PhaseMap, _ configuration: MapConfiguration) -> [Finding] {
        var findings = critical(map)
        findings += front(map, configuration)
        if ReferenceRun.applies(to: configuration) { findings += ReferenceRun.findings(map) }
        findings.append(
            Finding(
                id: "level.mean-image", quantity: "S_rel of the mean image", value: map.meanImageLevel,
                .informational(reference: configuration.data == "fashion-mnist" && !configuration.pooled ? 0.594 : nil),
                source: "anchor level: all information lost"))
        return findings
    }

    /// Critical σ_w² by the theory of this package beside numbers computed with 30 digits elsewhere.
    private static func critical(_ map: PhaseMap) -> [Finding] {
        guard map.activation == .tanh, map.biasVariance == 0.05, map.followsDenseTheory else { return [] }
        return [
            Finding(
                id: "critical.tanh.0.05", quantity: "critical σ_w² of tanh at σ_b² = 0.05",
                value: MeanField(.tanh).criticalPoints(biasVariance: 0.05).first?.weightVariance ?? .nan,
                .within(reference: 1.760954639607, tolerance: 1e-11), source: "30-digit arithmetic")
        ]
    }

    /// Below the critical σ_w² the front must move deeper with σ_w²; its ratio to ξ_c is the measured law.
    private static func front(_ map: PhaseMap, _ configuration: MapConfiguration) -> [Finding] {
        var findings: [Finding] = []
        let points = FrontFit.points(map)
        let decreases = zip(points, points.dropFirst()).count { $0.1.depth < $0.0.depth }
        if points.count >= 2 {
            findings.append(
                Finding(
                    id: "front.monotone", quantity: "decreases of the front depth with σ_w² on the ordered side", value: Double(decreases),
                    .within(reference: 0, tolerance: 0), source: "mean-field theory: ξ_c grows towards the critical σ_w²"))
        }
        if let fit = FrontFit(map) {
            findings.append(
                Finding(
                    id: "front.slope", quantity: "slope a of the fit front = a·ξ_c + b", value: fit.line.slope,
                    .informational(reference: nil),
                    source: "published MLP maps: front/ξ_c falls from 9.6 (σ_w² = 0.8) to 7.8 (1.5)"))
            findings.append(
                Finding(
                    id: "front.determination",
                    quantity: "R² of that fit over \(fit.points.count) σ_w², b = \(fixed(fit.line.intercept, 2)) layers",
                    value: fit.line.determination, .informational(reference: 1), source: "a front in proportion to ξ_c"))
        }
        for row in PublishedFronts.rows(for: map, configuration) {
            let fronts = map.cells(at: row.weight).map { map.front($0) }
            guard !fronts.isEmpty else { continue }
            let depths = fronts.compactMap { $0 }.map { $0 - Double(PublishedFronts.origin(map)) }
            findings.append(
                Finding(
                    id: "front.w\(short(row.weight))", quantity: "front depth at σ_w² = \(short(row.weight))",
                    value: depths.count == fronts.count ? Quantiles(depths).mean : .infinity,
                    .within(reference: row.depth, tolerance: 3), source: "published heat map (digitised)"))
        }
        return findings
    }
}

/// Depths at which the published heat maps fall below the front's threshold, read from the figures to ±3.
enum PublishedFronts {
    /// The published rows for a map of the published width, channels, data and bias variance; none for any other.
    static func rows(for map: PhaseMap, _ configuration: MapConfiguration) -> [(weight: Double, depth: Double)] {
        guard map.width == 784, configuration.activation == "tanh", configuration.width == nil, configuration.headSolver != .ridge else {
            return []
        }
        // The subset of 5000 images is of the same kind.
        let data = configuration.data.hasPrefix("mnist5k:") ? "mnist" : configuration.data
        switch (map.architecture, data) {
        case ("mlp", "mnist") where map.biasVariance == 0.05:
            return [(0.5, 14), (0.8, 22), (1.0, 33), (1.1, 41), (1.3, 68), (1.4, 87), (1.5, 123)].filter { $0.1 < Double(map.depth) - 3 }
        case ("cnn", "mnist") where map.biasVariance == 2e-5 && configuration.channels == 128:
            return [(0.3, 11), (0.5, 20), (0.8, 58), (0.9, 124)].filter { $0.1 < Double(map.depth) - 3 }
        case ("resnet", "fashion-mnist") where map.biasVariance == 2e-5 && configuration.channels == 32:
            return [(0.1, 6), (0.2, 10), (0.3, 19), (0.5, 28)].filter { $0.1 < Double(map.depth - map.stem) - 3 }
        default: return []
        }
    }

    /// The stage that the published figure counts as 0: it counts residual networks in blocks.
    static func origin(_ map: PhaseMap) -> Int { map.architecture == "resnet" ? map.stem : 0 }
}

/// The least-squares line of the front depth against ξ_c over the ordered cells, where there are at least three.
struct FrontFit {
    let points: [Point]
    let line: LinearFit

    struct Point {
        let weightVariance, scale, depth: Double
    }

    init?(_ map: PhaseMap) {
        points = FrontFit.points(map)
        guard points.count >= 3, let line = LinearFit(points.map(\.scale), points.map(\.depth)) else { return nil }
        self.line = line
    }

    /// Ordered σ_w² at which every repetition has a front within the measured depth.
    static func points(_ map: PhaseMap) -> [Point] {
        guard map.followsDenseTheory else { return [] }
        let theory = MeanField(map.activation)
        return map.weightVariances.compactMap { weight in
            let fronts = map.cells(at: weight).map { map.front($0) }
            guard let point = theory.fixedPoint(InitialVariances(weight: weight, bias: map.biasVariance)), point.phase == .ordered,
                !fronts.isEmpty, !fronts.contains(nil)
            else { return nil }
            return Point(weightVariance: weight, scale: point.correlationScale, depth: Quantiles(fronts.map { $0! }).mean)
        }
    }
}
