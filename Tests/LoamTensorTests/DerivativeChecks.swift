import LoamTensor
import Testing

/// Compares first and second derivatives of `function`, reduced to one number by fixed random weights, with central differences.
///
/// First: ⟨∇f, v⟩ against (f(x + hv) − f(x − hv))/2h along random directions v. Second: H v, computed as the gradient of ⟨∇f, v⟩,
/// against the difference of gradients. With h = ε^(1/3) ≈ 6e-6 the truncation and rounding errors of both are near 1e-10 times the
/// size of third derivatives, so a tolerance of 1e-6 relative separates right from wrong.
func checkDerivatives(
    _ inputs: [Tensor<Double>], seed: UInt64 = 7, order: Int = 2, tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ function: @escaping ([Tensor<Double>]) -> Tensor<Double>
) {
    var generator = PhiloxGenerator(seed: seed)
    let weights = Tensor<Double>(normal: function(inputs).shape, using: &generator)
    let scalar: ([Tensor<Double>]) -> Tensor<Double> = { (function($0) * weights).sum() }
    let h = 6e-6
    for trial in 0..<2 {
        let direction = inputs.map { Tensor<Double>(normal: $0.shape, using: &generator) }
        let forward = zip(inputs, direction).map { $0 + $1 * h }
        let backward = zip(inputs, direction).map { $0 - $1 * h }
        let gradients = gradient(at: inputs, of: scalar)
        for (g, x) in zip(gradients, inputs) { #expect(g.shape == x.shape, sourceLocation: sourceLocation) }
        let analytic = zip(gradients, direction).map { ($0 * $1).sum().item }.reduce(0, +)
        let numeric = (scalar(forward).item - scalar(backward).item) / (2 * h)
        #expect(
            abs(analytic - numeric) <= tolerance * max(1, abs(numeric)), "first derivative, trial \(trial), seed \(seed)",
            sourceLocation: sourceLocation)
        if order < 2 { continue }
        let products = hessianVectorProduct(at: inputs, times: direction, of: scalar).product
        let above = gradient(at: forward, of: scalar)
        let below = gradient(at: backward, of: scalar)
        for index in inputs.indices {
            let difference = (above[index] - below[index]) / (2 * h)
            let error = (products[index] - difference).magnitude().maximum().item
            let size = max(1, difference.magnitude().maximum().item)
            #expect(
                error <= tolerance * 10 * size, "second derivative for input \(index), trial \(trial), seed \(seed)",
                sourceLocation: sourceLocation)
        }
    }
}

/// Gaussian numbers from a fixed seed.
func gaussian(_ shape: Shape, seed: UInt64 = 1, mean: Double = 0, deviation: Double = 1) -> Tensor<Double> {
    var generator = PhiloxGenerator(seed: seed)
    return Tensor(normal: shape, mean: mean, standardDeviation: deviation, using: &generator)
}

/// The largest absolute difference of two tensors of one shape.
func largestDifference<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Scalar {
    precondition(a.shape == b.shape, "shapes \(a.shape) and \(b.shape)")
    return a.count == 0 ? 0 : (a - b).magnitude().maximum().item
}
