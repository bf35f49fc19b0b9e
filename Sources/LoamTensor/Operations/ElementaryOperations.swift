// Functions of one variable, element by element. Each derivative is written in differentiable operations.

extension Tensor where Element: TensorScalar {
    /// f(x) with f′ computed from the input.
    @inline(__always)
    private func unary(_ function: UnaryFunction, fromInput derivative: @escaping (_ g: Tensor, _ x: Tensor) -> Tensor) -> Tensor {
        let value = BlockedElementwise.apply(function, self) ?? Elementwise.run(function, self)
        guard let node else { return value }
        let x = detached()
        return value.tracked(
            by: OperationNode(parents: node) { g, context in context.accumulate(derivative(g, context.input(x, 0)), into: 0) })
    }

    /// f(x) with f′ computed from the result.
    @inline(__always)
    private func unary(_ function: UnaryFunction, fromResult derivative: @escaping (_ g: Tensor, _ y: Tensor) -> Tensor) -> Tensor {
        let value = BlockedElementwise.apply(function, self) ?? Elementwise.run(function, self)
        guard let node else { return value }
        return value.tracked(
            by: OperationNode(parents: node) { g, context in context.accumulate(derivative(g, context.output(value)), into: 0) })
    }

    /// |x|; derivative sign(x), 0 at 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func magnitude() -> Tensor { unary(.magnitude, fromInput: { g, x in g * x.detached().signum() }) }

    /// −1, 0 or 1; its derivative is 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func signum() -> Tensor { Elementwise.run(.sign, self) }

    /// The largest integer not above x; its derivative is 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func floor() -> Tensor { Elementwise.run(.floor, self) }

    /// x².
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func squared() -> Tensor { unary(.square, fromInput: { g, x in g * x * 2 }) }

    /// √x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func squareRoot() -> Tensor { unary(.squareRoot, fromResult: { g, y in g * 0.5 / y }) }

    /// 1/√x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func reciprocalSquareRoot() -> Tensor { unary(.reciprocalSquareRoot, fromResult: { g, y in g * y * y * y * (-0.5) }) }

    /// 1/x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func reciprocal() -> Tensor { unary(.reciprocal, fromResult: { g, y in -(g * y * y) }) }

    /// eˣ.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func exp() -> Tensor { unary(.exp, fromResult: { g, y in g * y }) }

    /// eˣ − 1, accurate near 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func expMinusOne() -> Tensor { unary(.expMinusOne, fromResult: { g, y in g * (y + 1) }) }

    /// ln x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func log() -> Tensor { unary(.log, fromInput: { g, x in g / x }) }

    /// ln(1 + x), accurate near 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func logOnePlus() -> Tensor { unary(.logOnePlus, fromInput: { g, x in g / (x + 1) }) }

    /// sin x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func sin() -> Tensor { unary(.sin, fromInput: { g, x in g * x.cos() }) }

    /// cos x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func cos() -> Tensor { unary(.cos, fromInput: { g, x in -(g * x.sin()) }) }

    /// The error function 2/√π ∫₀ˣ e^(−t²) dt.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func erf() -> Tensor {
        unary(.erf, fromInput: { g, x in g * (-(x.squared())).exp() * Element(1.128_379_167_095_512_6) })
    }

    /// tanh x.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func tanh() -> Tensor { unary(.tanh, fromResult: Tensor.tanhBackward) }

    /// 1/(1 + e⁻ˣ).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func sigmoid() -> Tensor { unary(.sigmoid, fromResult: Tensor.sigmoidBackward) }

    /// ln(1 + eˣ).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func softplus() -> Tensor { unary(.softplus, fromInput: { g, x in g * x.sigmoid() }) }

    /// max(x, 0); derivative 0 at 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func relu() -> Tensor { unary(.relu, fromResult: Tensor.reluBackward) }

    /// x Φ(x) with the exact normal distribution function (not the tanh approximation).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func gelu() -> Tensor { unary(.gelu, fromInput: { g, x in g * x.geluSlope() }) }

    /// Φ(x) + x φ(x); its derivative is (2 − x²) φ(x).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    private func geluSlope() -> Tensor {
        unary(
            .geluSlope,
            fromInput: { g, x in
                let square = x.squared()
                return g * (2 - square) * (square * (-0.5)).exp() * Element(0.398_942_280_401_432_7)
            })
    }

    /// x σ(x).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func silu() -> Tensor { unary(.silu, fromInput: { g, x in g * x.siluSlope() }) }

    /// σ + x σ(1 − σ); its derivative is σ(1 − σ)(2 + x(1 − 2σ)).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    private func siluSlope() -> Tensor {
        unary(
            .siluSlope,
            fromInput: { g, x in
                let s = x.sigmoid()
                return g * (s * (1 - s)) * (x * (1 - s * 2) + 2)
            })
    }

    /// x for x > 0 and `alpha` (eˣ − 1) otherwise.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func elu(alpha: Element = 1) -> Tensor { relu() - (1 - (-((-self).relu())).exp()) * alpha }

    /// The self-normalising exponential linear unit of Klambauer et al. 2017.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func selu() -> Tensor {
        relu() * Element(1.050_700_987_355_480_5) - (1 - (-((-self).relu())).exp()) * Element(1.758_099_340_847_376_6)
    }

    /// x limited to [low, high]; derivative 1 inside, 0 outside.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func clamped(_ low: Element, _ high: Element) -> Tensor {
        Tensor.minimum(Tensor.maximum(self, Tensor(low)), Tensor(high))
    }

    // MARK: Fused derivatives of activations

    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    static func tanhBackward(_ g: Tensor, _ y: Tensor) -> Tensor {
        let value = Elementwise.run(.tanhBackward, g, y, named: "tanh")
        guard g.node != nil || y.node != nil else { return value }
        let cotangent = g.detached()
        let result = y.detached()
        return value.tracked(
            by: OperationNode(parents: g.node, y.node) { u, context in
                let y = context.input(result, 1)
                context.accumulate(tanhBackward(u, y), into: 0)
                context.accumulate(u * context.input(cotangent, 0) * y * (-2), into: 1)
            })
    }

    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    static func sigmoidBackward(_ g: Tensor, _ y: Tensor) -> Tensor {
        let value = Elementwise.run(.sigmoidBackward, g, y, named: "sigmoid")
        guard g.node != nil || y.node != nil else { return value }
        let cotangent = g.detached()
        let result = y.detached()
        return value.tracked(
            by: OperationNode(parents: g.node, y.node) { u, context in
                let y = context.input(result, 1)
                context.accumulate(sigmoidBackward(u, y), into: 0)
                context.accumulate(u * context.input(cotangent, 0) * (1 - y * 2), into: 1)
            })
    }

    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    static func reluBackward(_ g: Tensor, _ y: Tensor) -> Tensor {
        let value = BlockedElementwise.reluBackward(g, y) ?? Elementwise.run(.reluBackward, g, y, named: "relu")
        guard g.node != nil else { return value }
        let result = y.detached()
        return value.tracked(by: OperationNode(parents: g.node) { u, context in context.accumulate(reluBackward(u, result), into: 0) })
    }
}
