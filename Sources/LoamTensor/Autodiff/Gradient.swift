// Public entry points of reverse-mode differentiation. All of them nest to any order.

/// Runs `body` on tracked copies of `inputs` and hands the result with a function that pulls cotangents back.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func record<Scalar: TensorScalar>(
    _ inputs: [Tensor<Scalar>], consumes: Bool, _ body: ([Tensor<Scalar>]) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, pullback: (Tensor<Scalar>) -> [Tensor<Scalar>]) {
    let scope = openScope()
    var variables: [OperationNode<Scalar>] = []
    variables.reserveCapacity(inputs.count)
    let tracked = inputs.map { input in
        let node = OperationNode<Scalar>(variableOf: scope, upstream: input.node)
        variables.append(node)
        var copy = input
        copy.node = node
        return copy
    }
    let value = try body(tracked)
    let output = value.node
    var visible = value
    if let output, output.outermostScope >= scope { visible.node = nil }
    let shapes = inputs.map(\.shape)
    return (
        visible,
        { seed in
            precondition(seed.shape == value.shape, "pullback: the cotangent has shape \(seed.shape), the value \(value.shape)")
            let sweep = Sweep(scope: scope, variables: variables, consumes: consumes)
            if let output { sweep.run(from: output, seed: seed) }
            return zip(variables, shapes).map { variable, shape in sweep.gradient(of: variable) ?? Tensor(repeating: 0, shape: shape) }
        }
    )
}

private func requireScalar<Scalar>(_ value: Tensor<Scalar>, _ operation: String) {
    precondition(value.count == 1, "\(operation): the function must return one number, not a tensor of shape \(value.shape)")
}

/// The value of `function` at `inputs` and its gradient with respect to each of them.
///
/// - Parameters:
///   - inputs: tensors of any shapes.
///   - function: returns a tensor of one element.
/// - Returns: the value (a constant to this gradient, still differentiable by an enclosing one) and a gradient of every input's shape.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func valueAndGradient<Scalar: TensorScalar>(
    at inputs: [Tensor<Scalar>], of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, gradient: [Tensor<Scalar>]) {
    let (value, pullback) = try record(inputs, consumes: true, function)
    requireScalar(value, "gradient")
    return (value, pullback(Tensor(repeating: 1, shape: value.shape)))
}

/// The value of `function` at `x` and its gradient there.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func valueAndGradient<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, gradient: Tensor<Scalar>) {
    let (value, gradients) = try valueAndGradient(at: [x]) { try function($0[0]) }
    return (value, gradients[0])
}

/// The gradient of `function` at `x`: ∂f/∂x, of the shape of `x`. `function` returns one number.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func gradient<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> Tensor<Scalar> {
    try valueAndGradient(at: x, of: function).gradient
}

/// The gradients of `function` with respect to two inputs.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func gradient<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, _ y: Tensor<Scalar>, of function: (Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> (Tensor<Scalar>, Tensor<Scalar>) {
    let gradients = try valueAndGradient(at: [x, y]) { try function($0[0], $0[1]) }.gradient
    return (gradients[0], gradients[1])
}

/// The gradients of `function` with respect to every input.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func gradient<Scalar: TensorScalar>(
    at inputs: [Tensor<Scalar>], of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>
) rethrows -> [Tensor<Scalar>] {
    try valueAndGradient(at: inputs, of: function).gradient
}

/// The value of `function` and its pullback: the map from a cotangent of the value's shape to one of `x`'s shape (the transposed
/// Jacobian applied to a vector). The pullback may be called more than once.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func valueWithPullback<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, pullback: (Tensor<Scalar>) -> Tensor<Scalar>) {
    let (value, pullback) = try record([x], consumes: false) { try function($0[0]) }
    return (value, { pullback($0)[0] })
}

/// The value of `function` of several inputs and its pullback.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func valueWithPullback<Scalar: TensorScalar>(
    at inputs: [Tensor<Scalar>], of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, pullback: (Tensor<Scalar>) -> [Tensor<Scalar>]) {
    try record(inputs, consumes: false, function)
}

/// The directional derivative J(x)·v of `function` at `x` along `tangent`, with the value.
///
/// A pullback is linear in its cotangent; differentiating u ↦ ⟨pullback(u), v⟩ gives J v. No operation needs a forward rule, at
/// the price of about one more backward pass.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func jvp<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, along tangent: Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, derivative: Tensor<Scalar>) {
    precondition(tangent.shape == x.shape, "jvp: the tangent has shape \(tangent.shape), the point \(x.shape)")
    let (value, pullback) = try record([x], consumes: false) { try function($0[0]) }
    let derivative = gradient(at: Tensor<Scalar>(repeating: 0, shape: value.shape)) { (pullback($0)[0] * tangent).sum() }
    return (value, derivative)
}

/// H v, the Hessian of a scalar function at `x` times a vector, with the gradient: the gradient of ⟨∇f(x), v⟩.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func hessianVectorProduct<Scalar: TensorScalar>(
    at x: Tensor<Scalar>, times vector: Tensor<Scalar>, of function: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> (gradient: Tensor<Scalar>, product: Tensor<Scalar>) {
    let (gradients, products) = try hessianVectorProduct(at: [x], times: [vector]) { try function($0[0]) }
    return (gradients[0], products[0])
}

/// H v over several inputs taken as one vector.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func hessianVectorProduct<Scalar: TensorScalar>(
    at inputs: [Tensor<Scalar>], times vectors: [Tensor<Scalar>], of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>
) rethrows -> (gradient: [Tensor<Scalar>], product: [Tensor<Scalar>]) {
    precondition(inputs.count == vectors.count, "hessianVectorProduct: \(inputs.count) inputs but \(vectors.count) vectors")
    var first: [Tensor<Scalar>] = []
    let product = try gradient(at: inputs) { variables in
        let gradients = try gradient(at: variables, of: function)
        first = gradients.map { $0.detached() }
        return zip(gradients, vectors).map { ($0 * $1).sum() }.reduce(Tensor(Scalar(0))) { $0 + $1 }
    }
    return (first, product)
}

/// `function(inputs)`, saving only the inputs: the backward pass computes the function again (gradient checkpointing).
///
/// Everything to be differentiated for must come in through `inputs`; a captured tensor with history would have to be kept, so it
/// stops the program.
public func checkpointed<Scalar: TensorScalar>(
    _ inputs: [Tensor<Scalar>], _ function: @escaping ([Tensor<Scalar>]) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    let saved = inputs.map { $0.detached() }
    let value = function(saved)
    precondition(value.node == nil, "checkpointed: the function uses a differentiated tensor that is not among its inputs")
    return Tensor.custom(inputs: inputs, value: value) { cotangent, inputs, _ in
        valueWithPullback(at: inputs, of: function).pullback(cotangent)
    }
}

extension Tensor where Element: TensorScalar {
    /// An operation of one's own: `value` computed by any means, with its derivative.
    ///
    /// - Parameters:
    ///   - inputs: what the value was computed from.
    ///   - value: the result.
    ///   - pullback: from the cotangent of the value, the inputs and the value to one cotangent an input (nil for none). Written in
    ///     differentiable operations on exactly these arguments it can itself be differentiated, to any order.
    public static func custom(
        inputs: [Tensor], value: Tensor,
        pullback: @escaping (_ cotangent: Tensor, _ inputs: [Tensor], _ value: Tensor) -> [Tensor?]
    ) -> Tensor {
        let parents = inputs.map(\.node)
        guard parents.contains(where: { $0 != nil }) else { return value.detached() }
        let saved = inputs.map { $0.detached() }
        let result = value.detached()
        return result.tracked(
            by: OperationNode(
                parents: parents.first ?? nil, parents.count > 1 ? parents[1] : nil, parents.count > 2 ? parents[2] : nil,
                further: Array(parents.dropFirst(3))
            ) { cotangent, context in
                let inputs = saved.enumerated().map { context.input($1, $0) }
                let cotangents = pullback(cotangent, inputs, context.output(result))
                precondition(
                    cotangents.count == inputs.count,
                    "custom: the pullback returned \(cotangents.count) cotangents for \(inputs.count) inputs")
                for (index, cotangent) in cotangents.enumerated() {
                    guard let cotangent else { continue }
                    precondition(
                        cotangent.shape == inputs[index].shape,
                        "custom: cotangent \(index) has shape \(cotangent.shape), its input \(inputs[index].shape)")
                    context.accumulate(cotangent, into: index)
                }
            })
    }

    /// This value with `node` as its history.
    @inline(__always)
    func tracked(by node: @autoclosure () -> OperationNode<Element>) -> Tensor {
        var copy = self
        copy.node = node()
        return copy
    }

    /// Adds `other` in place where nobody else holds the memory and no history is involved.
    mutating func accumulate(_ other: Tensor) {
        if node == nil, other.node == nil, shape == other.shape, isContiguous, other.isContiguous, storage.isMaterialised,
            isKnownUniquelyReferenced(&storage)
        {
            storage.dropAlternative()
            Elementwise.run(.add, self, other, into: storage.base + offset)
        } else {
            self = self + other
        }
    }
}
