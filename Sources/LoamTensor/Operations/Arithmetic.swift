// Arithmetic with NumPy's broadcasting. A cotangent flows back to a broadcast operand as its sum over the repeated axes.

extension Tensor where Element: TensorScalar {
    /// The sum of each pair, with broadcasting.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func + (left: Tensor, right: Tensor) -> Tensor {
        let value = BlockedElementwise.sum(left, right) ?? Elementwise.run(.add, left, right, named: "+")
        guard left.node != nil || right.node != nil else { return value }
        let shapes = (left.shape, right.shape)
        return value.tracked(
            by: OperationNode(parents: left.node, right.node) { g, context in
                context.accumulate(g.summed(to: shapes.0), into: 0)
                context.accumulate(g.summed(to: shapes.1), into: 1)
            })
    }

    /// The difference of each pair, with broadcasting.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func - (left: Tensor, right: Tensor) -> Tensor {
        let value = Elementwise.run(.subtract, left, right, named: "-")
        guard left.node != nil || right.node != nil else { return value }
        let shapes = (left.shape, right.shape)
        return value.tracked(
            by: OperationNode(parents: left.node, right.node) { g, context in
                context.accumulate(g.summed(to: shapes.0), into: 0)
                context.accumulate((-g).summed(to: shapes.1), into: 1)
            })
    }

    /// The product of each pair, with broadcasting; for matrices see ``matmul(_:)``.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func * (left: Tensor, right: Tensor) -> Tensor {
        let value = Elementwise.run(.multiply, left, right, named: "*")
        guard left.node != nil || right.node != nil else { return value }
        let a = left.detached()
        let b = right.detached()
        return value.tracked(
            by: OperationNode(parents: left.node, right.node) { g, context in
                context.accumulate((g * context.input(b, 1)).summed(to: a.shape), into: 0)
                context.accumulate((g * context.input(a, 0)).summed(to: b.shape), into: 1)
            })
    }

    /// The quotient of each pair, with broadcasting.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func / (left: Tensor, right: Tensor) -> Tensor {
        let value = Elementwise.run(.divide, left, right, named: "/")
        guard left.node != nil || right.node != nil else { return value }
        let leftShape = left.shape
        let b = right.detached()
        return value.tracked(
            by: OperationNode(parents: left.node, right.node) { g, context in
                let divisor = context.input(b, 1)
                let quotient = g / divisor
                context.accumulate(quotient.summed(to: leftShape), into: 0)
                context.accumulate((-(quotient * context.output(value))).summed(to: b.shape), into: 1)
            })
    }

    /// leftʳⁱᵍʰᵗ, element by element, for left > 0 where the exponent is not an integer.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func raised(to exponent: Tensor) -> Tensor {
        let value = Elementwise.run(.power, self, exponent, named: "raised(to:)")
        guard node != nil || exponent.node != nil else { return value }
        let base = detached()
        let power = exponent.detached()
        return value.tracked(
            by: OperationNode(parents: node, exponent.node) { g, context in
                let base = context.input(base, 0)
                let power = context.input(power, 1)
                context.accumulate((g * power * base.raised(to: power - 1)).summed(to: base.shape), into: 0)
                context.accumulate((g * context.output(value) * base.log()).summed(to: power.shape), into: 1)
            })
    }

    /// Every element to the power `exponent`. The zeroth power is 1 everywhere, 0 included, with derivative 0.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func raised(to exponent: Element) -> Tensor {
        if exponent == 0 { return Tensor(repeating: 1, shape: shape) }
        if exponent == 1 { return self }
        if exponent == 2 { return squared() }
        let value = Elementwise.run(.power, self, Tensor(exponent), named: "raised(to:)")
        guard let node else { return value }
        let base = detached()
        return value.tracked(
            by: OperationNode(parents: node) { g, context in
                context.accumulate(g * context.input(base, 0).raised(to: exponent - 1) * exponent, into: 0)
            })
    }

    /// The larger of each pair; where equal, the derivative goes half to either.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func maximum(_ left: Tensor, _ right: Tensor) -> Tensor { extremum(.maximum, left, right, named: "maximum") }

    /// The smaller of each pair; where equal, the derivative goes half to either.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func minimum(_ left: Tensor, _ right: Tensor) -> Tensor { extremum(.minimum, left, right, named: "minimum") }

    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    private static func extremum(_ function: BinaryFunction, _ left: Tensor, _ right: Tensor, named name: StaticString) -> Tensor {
        let value = Elementwise.run(function, left, right, named: name)
        guard left.node != nil || right.node != nil else { return value }
        let a = left.detached()
        let b = right.detached()
        return value.tracked(
            by: OperationNode(parents: left.node, right.node) { g, context in
                // 1 where left was kept, 0 where right was, ½ at ties.
                let difference = function == .maximum ? a - b : b - a
                let share = difference.signum() * 0.5 + 0.5
                context.accumulate((g * share).summed(to: a.shape), into: 0)
                context.accumulate((g * (1 - share)).summed(to: b.shape), into: 1)
            })
    }

    /// A number added to every element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func + (left: Tensor, right: Element) -> Tensor {
        let value = Elementwise.run(.add, left, Tensor(right), named: "+")
        guard let node = left.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(g, into: 0) })
    }
    /// A number added to every element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func + (left: Element, right: Tensor) -> Tensor { right + left }
    /// A number subtracted from every element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func - (left: Tensor, right: Element) -> Tensor { left + (-right) }
    /// A number minus every element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func - (left: Element, right: Tensor) -> Tensor {
        let value = Elementwise.run(.subtract, Tensor(left), right, named: "-")
        guard let node = right.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(-g, into: 0) })
    }
    /// Every element times a number.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func * (left: Tensor, right: Element) -> Tensor {
        let value = Elementwise.run(.multiply, left, Tensor(right), named: "*")
        guard let node = left.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(g * right, into: 0) })
    }
    /// Every element times a number.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func * (left: Element, right: Tensor) -> Tensor { right * left }
    /// Every element divided by a number.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func / (left: Tensor, right: Element) -> Tensor {
        let value = Elementwise.run(.divide, left, Tensor(right), named: "/")
        guard let node = left.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(g / right, into: 0) })
    }
    /// A number divided by every element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func / (left: Element, right: Tensor) -> Tensor { Tensor(left) / right }

    /// Adds `right`, in place where nobody else holds the memory and no history is involved.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func += (left: inout Tensor, right: Tensor) { left.accumulate(right) }
    /// Subtracts `right`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func -= (left: inout Tensor, right: Tensor) { left = left - right }
    /// Multiplies by `right`, element by element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func *= (left: inout Tensor, right: Tensor) { left = left * right }
    /// Divides by `right`, element by element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static func /= (left: inout Tensor, right: Tensor) { left = left / right }

    /// Every element negated.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public static prefix func - (x: Tensor) -> Tensor {
        let value = Elementwise.run(.negate, x)
        guard let node = x.node else { return value }
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(-g, into: 0) })
    }
}
