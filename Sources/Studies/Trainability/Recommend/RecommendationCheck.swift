import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// Real training that holds a recommendation against a grid of σ_w² at the same depth.
struct RecommendationCheck {
    /// One network for each σ_w² of the grid.
    let grid: [TrainedCell]
    /// Networks at the recommended variances, the first from the weights that were written; and fresh ones at the grid's best σ_w².
    let recommended, best: [TrainedCell]

    /// Everything that was trained.
    var all: [TrainedCell] { grid + recommended + best }

    /// Mean accuracies at the recommended variances and, of networks that the choice did not see, at the grid's best; and the standard
    /// error of their difference from the spread within both groups, at least that of counting right answers.
    func accuracies(testImages: Int) -> (recommended: Double, best: Double, error: Double) {
        let groups = [recommended, best].map { $0.map(\.outcome.accuracy) }
        let means = groups.map { Quantiles($0).mean }
        let variance = groups.map { pow(Quantiles($0).standardDeviation, 2) }.reduce(0, +) / 2
        let counting = means.map { $0 * (1 - $0) / Double(testImages) }.reduce(0, +) / 2
        return (means[0], means[1], (2 * max(variance, counting) / Double(groups[0].count)).squareRoot())
    }

    /// - Parameter initial: the network that was written.
    static func run(
        _ configuration: RecommendConfiguration, _ variances: InitialVariances, initial: Network<Float>, data: StudyData,
        in run: RunContext, fraction: ClosedRange<Double>
    ) throws -> RecommendationCheck {
        let depth = configuration.map.depth
        var map = configuration.map
        map.weightVariances = configuration.options.verify
        map.repetitions = 1
        map.scheme = configuration.options.schemes[0]
        let middle = fraction.lowerBound + 0.6 * (fraction.upperBound - fraction.lowerBound)
        let training = try NetworkTraining(configuration.training, map: map, data: data)
        let grid = try TrainingGrid.train(training, depths: [depth], in: run, fraction: fraction.lowerBound...middle).map(\.trained)
        let bestWeight = grid.max { $0.outcome.accuracy < $1.outcome.accuracy }!.weightVariance
        var recommendedMap = map
        recommendedMap.biasVariance = variances.bias
        recommendedMap.scheme = variances.scheme
        let recommendedTraining = try NetworkTraining(configuration.training, map: recommendedMap, data: data)
        let repeats = configuration.options.repeats
        let jobs = (0..<repeats).flatMap { [(isRecommended: true, index: $0), (isRecommended: false, index: $0)] }
        let seed = run.seed
        let cells = try run.cells(
            jobs, id: { "check-\($0.isRecommended ? "recommended" : "best")-\($0.index)" }, inputs: ["data": data.checksum],
            atATime: try training.fillsAllThreads(depth: depth) ? 1 : nil, span: middle...fraction.upperBound,
            finished: { run.note(($0.isRecommended ? "recommended  " : "grid's best  ") + $1.line) }
        ) { job, context in
            // The grid's own seed is not used again.
            let seed = seed &+ UInt64(job.index + (job.isRecommended ? 0 : 1))
            let training = job.isRecommended ? recommendedTraining : training
            let weight = job.isRecommended ? variances.weight : bestWeight
            let network =
                job.isRecommended && job.index == 0
                ? initial : try training.network(weightVariance: weight, depth: depth, seed: seed, variant: 0)
            return try training.train(
                network, weightVariance: weight, depth: depth, repetition: job.index, seed: seed, in: context,
                progress: { context.progress($0, "training at depth \(depth), σw² \(fixed(weight, 3))") })
        }
        let parts = zip(jobs, cells)
        return RecommendationCheck(
            grid: grid, recommended: parts.filter(\.0.isRecommended).map(\.1), best: parts.filter { !$0.0.isRecommended }.map(\.1))
    }
}
