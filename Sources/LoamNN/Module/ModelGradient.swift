import LoamTensor

// Gradients with respect to all parameters of a model.

extension Module {
    /// The parameters as a vector, in the order and by the names of ``visit(_:)``. Assigning needs the same layout.
    public var parameters: ParameterVector<Scalar> {
        get {
            var copy = self
            var collector = TensorCollector<Scalar>()
            copy.visit(&collector)
            return ParameterVector(layout: parameterLayout, tensors: collector.tensors)
        }
        set {
            precondition(
                newValue.layout == parameterLayout,
                "parameters: the vector's layout (\(newValue.names.count) tensors) is not the model's (\(parameterLayout.names.count))")
            assign(newValue.tensors)
        }
    }

    /// The names and shapes of the parameters.
    public var parameterLayout: ParameterLayout {
        var copy = self
        var collector = LayoutCollector<Scalar>()
        copy.visit(&collector)
        return ParameterLayout(names: collector.names, shapes: collector.shapes)
    }

    /// The number of trained scalars.
    public var parameterCount: Int { parameterTensors.reduce(0) { $0 + $1.count } }

    var parameterTensors: [Tensor<Scalar>] {
        var copy = self
        var collector = TensorCollector<Scalar>()
        copy.visit(&collector)
        return collector.tensors
    }

    mutating func assign(_ tensors: [Tensor<Scalar>]) {
        var assigner = TensorAssigner(tensors)
        visit(&assigner)
    }
}

/// The value of `loss` and its gradient with respect to the parameters of `model`.
///
/// The loss is handed the model with tracked parameters and may run it in training mode: what that changes besides parameters
/// (running statistics) is kept in `model` afterwards. The parameters themselves are left as they were.
///
/// ```swift
/// var context = ForwardContext.training(seed: 1)
/// let (loss, gradient) = valueAndGradient(at: &model) { crossEntropy($0(x, in: &context), labels) }
/// ```
///
/// - Parameters:
///   - model: where to differentiate.
///   - layout: the layout of an earlier vector of this model; passing it spares finding the names again.
///   - loss: returns a tensor of one element.
public func valueAndGradient<Model: Module>(
    at model: inout Model, layout: ParameterLayout? = nil, of loss: (inout Model) throws -> Tensor<Model.Scalar>
) rethrows -> (value: Tensor<Model.Scalar>, gradient: ParameterVector<Model.Scalar>) {
    var collector = TensorCollector<Model.Scalar>()
    model.visit(&collector)
    let originals = collector.tensors
    let layout = layout ?? model.parameterLayout
    defer { model.assign(originals) }
    let (value, gradients) = try LoamTensor.valueAndGradient(at: originals) { tracked in
        model.assign(tracked)
        return try loss(&model)
    }
    return (value, ParameterVector(layout: layout, tensors: gradients))
}

/// The value of `loss` and its gradient with respect to the parameters of `model`, which is not changed.
public func valueAndGradient<Model: Module>(
    at model: Model, layout: ParameterLayout? = nil, of loss: (inout Model) throws -> Tensor<Model.Scalar>
) rethrows -> (value: Tensor<Model.Scalar>, gradient: ParameterVector<Model.Scalar>) {
    var copy = model
    return try valueAndGradient(at: &copy, layout: layout, of: loss)
}

/// The gradient of `loss` with respect to the parameters of `model`, which is not changed.
public func gradient<Model: Module>(
    at model: Model, of loss: (inout Model) throws -> Tensor<Model.Scalar>
) rethrows -> ParameterVector<Model.Scalar> {
    try valueAndGradient(at: model, of: loss).gradient
}

/// The Hessian of `loss` at the parameters of `model` times `vector`, with the gradient. The model is not changed.
public func hessianVectorProduct<Model: Module>(
    at model: Model, times vector: ParameterVector<Model.Scalar>, of loss: (inout Model) throws -> Tensor<Model.Scalar>
) rethrows -> (gradient: ParameterVector<Model.Scalar>, product: ParameterVector<Model.Scalar>) {
    let layout = model.parameterLayout
    precondition(layout == vector.layout, "hessianVectorProduct: the vector's layout is not the model's")
    let (gradients, products) = try LoamTensor.hessianVectorProduct(at: model.parameterTensors, times: vector.tensors) { tracked in
        var copy = model
        copy.assign(tracked)
        return try loss(&copy)
    }
    return (ParameterVector(layout: layout, tensors: gradients), ParameterVector(layout: layout, tensors: products))
}
