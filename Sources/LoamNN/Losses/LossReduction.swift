import LoamTensor

/// How the losses of single examples become the result.
public enum LossReduction: String, Sendable, Hashable, Codable {
    /// Their mean (for weighted classes: the weighted mean).
    case mean
    /// Their sum.
    case sum
    /// One loss an element.
    case none
}

extension Tensor where Element: TensorScalar {
    func reduced(_ reduction: LossReduction) -> Tensor {
        switch reduction {
        case .mean: mean()
        case .sum: sum()
        case .none: self
        }
    }
}

func requireSameShape<Scalar>(_ prediction: Tensor<Scalar>, _ target: Tensor<Scalar>, _ loss: StaticString) {
    precondition(prediction.shape == target.shape, "\(loss): prediction \(prediction.shape) and target \(target.shape) differ in shape")
}
