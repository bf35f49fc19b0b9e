import LoamCluster
import LoamNN
import LoamTensor

/// Some steps on the same batches by however many processes. Rank 0 prints losses and final parameters.
enum DataParallelTraining {
    static func print(_ cluster: Cluster) -> [String] {
        var generator = PhiloxGenerator(seed: 3, stream: 0)
        let model = Sequential<Double> {
            Dense(5, 16, using: &generator)
            Activation(.tanh)
            Dense(16, 3, using: &generator)
        }
        let inputs = Tensor<Double>(normal: [30, 5], using: &generator)
        let targets = Tensor<Double>(normal: [30, 3], using: &generator)
        var trainer = Trainer(
            model: model, optimiser: Adam(learningRate: 1e-2), clipping: .norm(0.5), exchange: .sum(over: cluster), seed: 1)
        var losses: [Double] = []
        do {
            for step in 0..<20 {
                // 10 samples among 3 processes are not shared equally.
                let batch = step % 3 * 10..<step % 3 * 10 + 10
                let report = try trainer.step { model, context in
                    let own = cluster.share(of: batch.count)
                    let rows = batch.lowerBound + own.lowerBound..<batch.lowerBound + own.upperBound
                    let error = model(inputs[rows, axis: 0], in: &context) - targets[rows, axis: 0]
                    return (error * error).sum() / Double(3 * batch.count)
                }
                losses.append(report.loss)
            }
        } catch {
            return ["\(error)"]
        }
        let parameters = trainer.model.parameters
        // All processes hold the same bits.
        let difference = cluster.sum(parameters).flattened() - parameters.flattened() * Double(cluster.count)
        if cluster.isFirst { Swift.print((losses + parameters.flattened().scalars).map { "\($0)" }.joined(separator: " ")) }
        return difference.magnitude().scalars.max()! < 1e-14 ? [] : ["the processes hold different parameters"]
    }
}
