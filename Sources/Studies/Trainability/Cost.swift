/// Counted floating-point operations of the cascade and of training, a multiply-add counting two.
public enum Cost {
    /// Training all heads for one σ_w² on so many samples: for dense networks 6·n·Σ N_ℓN_{ℓ−1} (2 frozen forward, 2 head forward, 2 weight
    /// gradient, no input gradient). Only a head of two layers needs a gradient with respect to what is between them.
    public static func heads<Scalar>(_ heads: [Head<Scalar>], of architecture: Architecture, samples: Int) -> Double {
        var sum = 0.0
        for (index, head) in heads.enumerated() {
            let own = head.multiplications(architecture.shapes[index + 1])
            let between = head.parts.count > 1 ? own / Double(head.parts.count) : 0
            sum += 2 * architecture.stages[index].multiplications(architecture.shapes[index]) + 4 * own + 2 * between
        }
        return sum * Double(samples)
    }

    /// Training a network on so many samples: forward, weight gradient and input gradient, 6·n·(multiply-adds of a sample).
    public static func training(_ architecture: Architecture, samples: Int) -> Double { 6 * Double(samples) * architecture.multiplications }

    /// R = E·Σd/(E_c·L): training every depth d for E epochs against one head run of E_c epochs that covers all depths up to L.
    public static func savingFactor(depths: [Int], trainingEpochs: Double, headEpochs: Double, maximalDepth: Int) -> Double {
        trainingEpochs * Double(depths.reduce(0, +)) / (headEpochs * Double(maximalDepth))
    }

    /// R of the published protocol: training every fifth depth up to that of a map for 200 epochs, against the map's heads.
    ///
    /// - Returns: nil for a map that does not reach depth 5.
    static func publishedSaving(_ configuration: MapConfiguration, depth: Int) -> Double? {
        let depths = Array(stride(from: 5, through: depth, by: 5))
        guard !depths.isEmpty else { return nil }
        return savingFactor(depths: depths, trainingEpochs: 200, headEpochs: configuration.headEpochs, maximalDepth: depth)
    }
}
