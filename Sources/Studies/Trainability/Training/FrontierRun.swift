import LoamRuns
import LoamTensor

/// Makes the published search inside a run: every attempt is a resumable cell, and the two sides are walked side by side.
struct FrontierRun {
    let search: FrontierSearch
    let training: NetworkTraining
    let threshold: Double

    /// Weight layers of the network that the published protocol calls L: shrinking networks count their L layer sizes.
    static func layers(_ depth: Int, _ family: ArchitectureFamily) -> Int { family == .shrinking ? depth - 1 : depth }

    /// All columns by ascending σ_w².
    func columns(in run: RunContext, fraction: ClosedRange<Double>) throws -> [FrontierSearch.Column] {
        let (lower, span) = (fraction.lowerBound, fraction.upperBound - fraction.lowerBound)
        let all = search.variances(above: false).count + search.variances(above: true).count + 1
        let start = try search.column(at: search.startVariance, from: search.startDepth) { weight, depth in
            let place = Double(search.depths.firstIndex(of: depth) ?? 0) / Double(search.depths.count)
            run.progress(lower + span * place / Double(all), "training at L \(depth), σw² \(short(weight))")
            return try attempt(weight, depth, in: run) { _ in }
        }
        let first = lower + span / Double(all)
        let sharesThreads = try training.fillsAllThreads(depth: FrontierRun.layers(search.startDepth, training.family))
        let sides = try ConcurrentCells(sharesThreads: sharesThreads, in: run, first...fraction.upperBound).map(
            [false, true], finished: { _, _ in }
        ) { above, report in
            let weights = search.variances(above: above)
            return try search.side(above: above, from: start) { weight, depth in
                let column = Double(weights.firstIndex(of: weight) ?? 0)
                return try attempt(weight, depth, in: run) { part in
                    report((column + 0.9 * part) / Double(max(1, weights.count)), "training at L \(depth), σw² \(short(weight))")
                }
            }
        }
        return sides[0].reversed() + [start] + sides[1]
    }

    /// One network with weights of its own, trained until it reaches the threshold.
    private func attempt(
        _ weight: Double, _ depth: Int, in run: RunContext, progress: (Double) -> Void
    ) throws -> (TrainedCell, isTrained: Bool) {
        let cell = try run.cell("frontier-w\(weight)-L\(depth)", inputs: ["data": training.data.checksum]) { context in
            let layers = FrontierRun.layers(depth, training.family)
            let steps = Int((abs(weight - search.startVariance) / search.varianceStep).rounded())
            // Fresh noise for every attempt: a number of its own for every side, step and depth.
            let variant = 1 + depth + 2048 * (2 * steps + (weight > search.startVariance ? 1 : 0))
            var cell = try training.train(
                training.network(weightVariance: weight, depth: layers, seed: run.seed, variant: variant & 0xFF_FFFF),
                weightVariance: weight, depth: layers, repetition: 0, seed: run.seed, in: context, progress: progress)
            // The published name of the network.
            cell.depth = depth
            try TrainedCells.record(cell, context)
            return cell
        }
        let isTrained = cell.outcome.accuracy >= threshold && cell.outcome.divergedStep == nil
        run.note(cell.line + (isTrained ? "  trained" : ""))
        return (cell, isTrained)
    }

    /// One row a σ_w².
    static func table(_ columns: [FrontierSearch.Column], _ map: PhaseMap?) -> Table {
        let theory = map.flatMap { map in map.followsDenseTheory ? MeanField(map.activation) : nil }
        func scale(_ weight: Double) -> Double {
            theory?.fixedPoint(InitialVariances(weight: weight, bias: map?.biasVariance ?? 0))?.correlationScale ?? .nan
        }
        return Table([
            "sigma_w2": .numbers(columns.map(\.weightVariance)),
            "depth": .texts(columns.map { $0.depth.map(String.init) ?? "untrainable" }),
            "accuracy": .numbers(columns.map(\.accuracy)), "attempts": .integers(columns.map(\.attempts.count)),
            "cutoff": .texts(columns.map { column in map?.cells(at: column.weightVariance).first.map { String($0.cutoff.depth) } ?? "" }),
            "censored": .texts(
                columns.map { column in map?.cells(at: column.weightVariance).first.map { String($0.cutoff.isCensored) } ?? "" }),
            "xi_c": .numbers(columns.map { scale($0.weightVariance) }),
        ])
    }
}
