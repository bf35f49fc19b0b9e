import LoamRuns
import LoamTensor

/// Makes the published search inside a run: every attempt is a resumable cell, and the two sides are walked side by side.
struct FrontierRun {
    let search: FrontierSearch
    let training: NetworkTraining
    let threshold: Double

    /// Weight layers of the network that the published protocol calls L: shrinking networks count their L layer sizes.
    static func layers(_ depth: Int, _ family: ArchitectureFamily) -> Int { family == .shrinking ? depth - 1 : depth }

    /// One network of the search, and where it stands in it.
    private struct Attempt: Sendable {
        let above: Bool
        let weight: Double
        let depth: Int
    }

    /// All columns by ascending σ_w².
    func columns(in run: RunContext, fraction: ClosedRange<Double>) throws -> [FrontierSearch.Column] {
        let all = search.variances(above: false).count + search.variances(above: true).count + 1
        let span = fraction.upperBound - fraction.lowerBound
        func place(_ done: Int) -> Double { fraction.lowerBound + span * Double(done) / Double(all) }
        var start = FrontierSearch.Walk(search, through: [search.startVariance], from: search.startDepth)
        while let next = start.next {
            let attempts = [Attempt(above: false, weight: next.weightVariance, depth: next.depth)]
            let cell = try train(attempts, in: run, span: place(0)...place(1))[0]
            start.record(cell, isTrained: isTrained(cell))
        }
        var sides = [false, true].map { search.walk(above: $0, from: start.columns[0]) }
        // The two sides side by side, a network of each at a time.
        while sides.contains(where: { $0.next != nil }) {
            let indices = sides.indices.filter { sides[$0].next != nil }
            let attempts = indices.map { index in
                Attempt(above: index == 1, weight: sides[index].next!.weightVariance, depth: sides[index].next!.depth)
            }
            let done = 1 + sides.reduce(0) { $0 + $1.columns.count }
            let cells = try train(attempts, in: run, span: place(done)...place(min(all, done + attempts.count)))
            for (index, cell) in zip(indices, cells) { sides[index].record(cell, isTrained: isTrained(cell)) }
        }
        return sides[0].columns.reversed() + start.columns + sides[1].columns
    }

    private func isTrained(_ cell: TrainedCell) -> Bool { cell.outcome.accuracy >= threshold && cell.outcome.divergedStep == nil }

    /// Networks with weights of their own, trained until they reach the threshold.
    private func train(_ attempts: [Attempt], in run: RunContext, span: ClosedRange<Double>) throws -> [TrainedCell] {
        let seed = run.seed
        let sharesThreads = try training.fillsAllThreads(depth: FrontierRun.layers(search.startDepth, training.family))
        return try run.cells(
            attempts, id: { "frontier-w\($0.weight)-L\($0.depth)" }, inputs: ["data": training.data.checksum],
            atATime: sharesThreads || attempts.count == 1 ? 1 : nil, span: span,
            finished: { run.note($1.line + (isTrained($1) ? "  trained" : "") + MapRun.timeLeft(run)) }
        ) { attempt, context in
            let layers = FrontierRun.layers(attempt.depth, training.family)
            let steps = Int((abs(attempt.weight - search.startVariance) / search.varianceStep).rounded())
            // Fresh noise for every attempt: a number of its own for every side, step and depth.
            let variant = 1 + attempt.depth + 2048 * (2 * steps + (attempt.above ? 1 : 0))
            var cell = try training.train(
                training.network(weightVariance: attempt.weight, depth: layers, seed: seed, variant: variant & 0xFF_FFFF),
                weightVariance: attempt.weight, depth: layers, repetition: 0, seed: seed, in: context,
                progress: { context.progress($0, "training at L \(attempt.depth), σw² \(short(attempt.weight))") })
            // The published name of the network.
            cell.depth = attempt.depth
            try TrainedCells.record(cell, context)
            return cell
        }
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
