import Foundation
import LoamNN
import LoamTensor
import Testing

/// Compares first and second derivatives of `function`, reduced to one number by fixed random weights, with central differences.
///
/// With h = ε^(1/3) ≈ 6e-6 truncation and rounding are both near 1e-10 times the size of third derivatives, so a relative tolerance of
/// 1e-6 (1e-5 for second derivatives) separates right from wrong.
func checkDerivatives(
    _ inputs: [Tensor<Double>], seed: UInt64 = 7, tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation,
    _ function: @escaping ([Tensor<Double>]) -> Tensor<Double>
) {
    var generator = PhiloxGenerator(seed: seed)
    let weights = Tensor<Double>(normal: function(inputs).shape, using: &generator)
    let scalar: ([Tensor<Double>]) -> Tensor<Double> = { (function($0) * weights).sum() }
    let h = 6e-6
    let direction = inputs.map { Tensor<Double>(normal: $0.shape, using: &generator) }
    let forward = zip(inputs, direction).map { $0 + $1 * h }
    let backward = zip(inputs, direction).map { $0 - $1 * h }
    let analytic = zip(gradient(at: inputs, of: scalar), direction).map { ($0 * $1).sum().item }.reduce(0, +)
    let numeric = (scalar(forward).item - scalar(backward).item) / (2 * h)
    #expect(
        abs(analytic - numeric) <= tolerance * max(1, abs(numeric)), "first derivative, seed \(seed)", sourceLocation: sourceLocation)
    let products = hessianVectorProduct(at: inputs, times: direction, of: scalar).product
    let above = gradient(at: forward, of: scalar)
    let below = gradient(at: backward, of: scalar)
    for index in inputs.indices {
        let difference = (above[index] - below[index]) / (2 * h)
        let size = max(1, difference.magnitude().maximum().item)
        #expect(
            largestDifference(products[index], difference) <= tolerance * 10 * size, "second derivative for input \(index), seed \(seed)",
            sourceLocation: sourceLocation)
    }
}

/// The same check for a model: with respect to its input and its parameters, in training mode.
func checkModelDerivatives<Model: Layer<Double>>(
    _ model: Model, at x: Tensor<Double>, training: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
) {
    let layout = model.parameterLayout
    checkDerivatives([x] + model.parameters.tensors, sourceLocation: sourceLocation) { inputs in
        var copy = model
        copy.parameters = ParameterVector(layout: layout, tensors: Array(inputs.dropFirst()))
        var context = training ? ForwardContext.training(seed: 3) : .inference
        return copy(inputs[0], in: &context)
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

/// A two-layer perceptron with names as in the fixtures.
struct Perceptron<Scalar: TensorScalar>: Layer {
    var fc1: Dense<Scalar>
    var fc2: Dense<Scalar>

    init(_ inputs: Int = 3, _ hidden: Int = 8, _ outputs: Int = 2, seed: UInt64 = 1) {
        var generator = PhiloxGenerator(seed: seed)
        fc1 = Dense(inputs, hidden, activation: .tanh, using: &generator)
        fc2 = Dense(hidden, outputs, using: &generator)
    }

    mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.child("fc1", &fc1)
        visitor.child("fc2", &fc2)
    }

    func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        fc2(fc1(x, in: &context), in: &context)
    }
}

/// One parameter, for hand calculations.
struct Point: Module {
    typealias Scalar = Double
    var position: Tensor<Double>

    init(_ position: [Double]) { self.position = Tensor(position) }

    mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Double {
        visitor.parameter("position", &position)
    }
}

/// A file that is removed at the end.
func withTemporaryFile<Result>(_ body: (URL) throws -> Result) rethrows -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("loam-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
}
