import LoamNN
import LoamTensor
import Testing

@Suite struct ModelGradientTests {
    @Test func gradientAgreesWithDifferencesOfTheLoss() {
        let model = Perceptron<Double>()
        let (x, y) = (gaussian([5, 3], seed: 2), gaussian([5, 2], seed: 3))
        let loss: (inout Perceptron<Double>) -> Tensor<Double> = { meanSquaredError($0(x), y) }
        let (_, gradient) = valueAndGradient(at: model, of: loss)
        var generator = PhiloxGenerator(seed: 4)
        let direction = ParameterVector<Double>.normal(model.parameterLayout, using: &generator)
        var (above, below) = (model, model)
        above.parameters = model.parameters + direction * 1e-5
        below.parameters = model.parameters - direction * 1e-5
        let slope = (loss(&above).item - loss(&below).item) / 2e-5
        #expect(abs(gradient.dot(direction) - slope) < 1e-8 * max(1, abs(slope)))
    }

    @Test func differentiationLeavesParametersWithoutHistory() {
        var model = Perceptron<Double>()
        let before = model.parameters
        _ = valueAndGradient(at: &model) { $0(gaussian([2, 3])).sum() }
        #expect(model.parameters == before)
        #expect(!model.fc1.weight.isTracked && !model.fc2.bias!.isTracked)
    }

    @Test func trainingModeUpdatesRunningStatisticsOfTheCallersModel() {
        var model = BatchNormalisation<Double>(2)
        var context = ForwardContext.training(seed: 1)
        _ = valueAndGradient(at: &model) { $0(gaussian([6, 2], mean: 3), in: &context).squared().sum() }
        #expect(model.batchesSeen == 1)
        #expect(model.runningMean != Tensor.zeros([2]) && !model.runningMean.isTracked)
    }

    @Test func throwingLossesLeaveTheModelUsable() {
        struct Refusal: Error {}
        var model = Perceptron<Double>()
        let before = model.parameters
        #expect(throws: Refusal.self) { _ = try valueAndGradient(at: &model) { _ in throw Refusal() } }
        #expect(model.parameters == before && !model.fc1.weight.isTracked)
    }

    @Test func hessianVectorProductOfAQuadraticIsItsMatrix() {
        let matrix = Tensor<Double>([2, 1, 0, 1, 3, -1, 0, -1, 4], shape: [3, 3])
        let model = Point([0.3, -2, 1])
        let vector = ParameterVector(layout: model.parameterLayout, tensors: [Tensor<Double>([1, 2, 3])])
        let (gradient, product) = hessianVectorProduct(at: model, times: vector) { point in
            (point.position * matrix.matmul(point.position)).sum() * 0.5
        }
        #expect(largestDifference(product.tensors[0], matrix.matmul(Tensor([1, 2, 3]))) < 1e-13)
        #expect(largestDifference(gradient.tensors[0], matrix.matmul(model.position)) < 1e-13)
    }

    @Test func gradientsNest() {
        // d/ds of |∇ f(s θ)|² for f = |θ|⁴/4: ∇f = |θ|²θ, so |∇f|² = s⁶ |θ|⁶ and the derivative at 1 is 6 |θ|⁶.
        let model = Point([1, 2])
        let derivative = gradient(at: Tensor<Double>(1)) { s in
            var scaled = model
            scaled.position = model.position * s
            let inner = gradient(at: scaled) { point in point.position.squared().sum().squared() * 0.25 }
            return inner.differentiableDot(inner)
        }
        #expect(abs(derivative.item - 6 * 125) < 1e-10)
    }
}
