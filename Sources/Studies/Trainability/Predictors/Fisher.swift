import LoamTensor

/// Fisher = Σ_channels ½⟨(Σ z·∂ℒ/∂z)²⟩: the mean over images of the squared slope of the loss with respect to a factor on the channel, half
/// of it (Theis et al. 2018; Turner et al. 2020).
///
/// The inner sum is over the pixels of a channel; a unit of a dense stage is a channel of one pixel. Stages without weights repeat what is
/// before them and are left out.
public enum Fisher {
    /// From the outputs of all stages and their slopes.
    public static func score<Scalar>(_ network: Network<Scalar>, _ pass: GradientPass<Scalar>) -> Double {
        zip(pass.outputs, pass.outputSlopes).enumerated().reduce(0) { sum, stage in
            guard !network.weights[stage.offset].isEmpty else { return sum }
            var slopes = stage.element.0 * stage.element.1
            if slopes.rank > 2 { slopes = slopes.sum(axes: Array(2..<slopes.rank)) }
            return sum + 0.5 * Double(slopes.squared().sum().item) / Double(slopes.shape[0])
        }
    }
}
