/// Counted floating-point operations of the cascade and of training, a multiply-add counting two.
public enum Cost {
    /// Training all heads for one σ_w²: 6·n·E·Σ N_ℓN_{ℓ−1} (2 frozen forward, 2 head forward, 2 weight gradient, no input gradient).
    ///
    /// - Parameter widths: N_0, N_1, … N_L.
    public static func heads(samples: Int, epochs: Double, widths: [Int]) -> Double {
        6 * Double(samples) * epochs * zip(widths, widths.dropFirst()).reduce(0) { $0 + Double($1.0 * $1.1) }
    }

    /// Training a network of these widths: forward, weight gradient and input gradient, 6·n·E·Σ N_ℓN_{ℓ−1}.
    public static func training(samples: Int, epochs: Double, widths: [Int]) -> Double {
        heads(samples: samples, epochs: epochs, widths: widths)
    }

    /// R = E·Σd/(E_c·L): training every depth d for E epochs against one head run of E_c epochs that covers all depths up to L.
    public static func savingFactor(depths: [Int], trainingEpochs: Double, headEpochs: Double, maximalDepth: Int) -> Double {
        trainingEpochs * Double(depths.reduce(0, +)) / (headEpochs * Double(maximalDepth))
    }
}
