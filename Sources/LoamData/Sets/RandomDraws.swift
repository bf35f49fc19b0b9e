import LoamTensor

extension PhiloxGenerator {
    /// A uniform number in [lower, upper).
    mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
        lower + (upper - lower) * uniform()
    }
}
