import LoamTensor

extension ExpressionNode {
    /// The formula of every element in differentiable tensor operations.
    func applied<Scalar: TensorScalar>(to x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .number(let number): return Tensor(repeating: Scalar(number), shape: x.shape)
        case .variable: return x
        case .negated(let a): return -a.applied(to: x)
        case .sum(let a, .number(let number)), .sum(.number(let number), let a): return a.applied(to: x) + Scalar(number)
        case .sum(let a, let b): return a.applied(to: x) + b.applied(to: x)
        case .difference(let a, .number(let number)): return a.applied(to: x) - Scalar(number)
        case .difference(.number(let number), let a): return Scalar(number) - a.applied(to: x)
        case .difference(let a, let b): return a.applied(to: x) - b.applied(to: x)
        case .product(let a, .number(let number)), .product(.number(let number), let a): return a.applied(to: x) * Scalar(number)
        case .product(let a, let b): return a.applied(to: x) * b.applied(to: x)
        case .quotient(let a, .number(let number)): return a.applied(to: x) / Scalar(number)
        case .quotient(let a, let b): return a.applied(to: x) / b.applied(to: x)
        case .power(let a, let exponent): return a.applied(to: x).raised(to: Scalar(exponent))
        case .maximum(let a, let b): return Tensor.maximum(a.applied(to: x), b.applied(to: x))
        case .minimum(let a, let b): return Tensor.minimum(a.applied(to: x), b.applied(to: x))
        case .call(let function, let a):
            let u = a.applied(to: x)
            switch function {
            case .activation(let activation): return activation.applied(to: u)
            case .exponential: return u.exp()
            case .logarithm: return u.log()
            case .cosine: return u.cos()
            case .squareRoot: return u.squareRoot()
            case .magnitude: return u.magnitude()
            }
        }
    }
}
