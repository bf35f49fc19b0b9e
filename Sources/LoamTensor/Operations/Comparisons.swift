// Comparisons, choices and conversions between element types.

extension Tensor where Element: TensorScalar {
    private func compared(with other: Tensor, _ name: StaticString, _ holds: (Element, Element) -> Bool) -> Tensor<Bool> {
        guard let shape = Shape.broadcast(shape, other.shape) else {
            preconditionFailure("\(name): shapes \(self.shape) and \(other.shape) do not broadcast")
        }
        let left = detached().broadcast(to: shape)
        let right = other.detached().broadcast(to: shape)
        return Tensor<Bool>(shape: shape) { target in
            left.withUnsafePointer { a in right.withUnsafePointer { b in for i in 0..<target.count { target[i] = holds(a[i], b[i]) } } }
        }
    }

    /// Where this is less than `other`, with broadcasting.
    public func elementsLess(than other: Tensor) -> Tensor<Bool> { compared(with: other, "elementsLess") { $0 < $1 } }
    /// Where this is greater than `other`, with broadcasting.
    public func elementsGreater(than other: Tensor) -> Tensor<Bool> { compared(with: other, "elementsGreater") { $0 > $1 } }
    /// Where the two are equal, with broadcasting.
    public func elementsEqual(_ other: Tensor) -> Tensor<Bool> { compared(with: other, "elementsEqual") { $0 == $1 } }

    /// This tensor where `mask` is true and `other` elsewhere; all three broadcast.
    public func replacing(with other: Tensor, where mask: Tensor<Bool>) -> Tensor {
        guard let joint = Shape.broadcast(shape, other.shape), let full = Shape.broadcast(joint, mask.shape) else {
            preconditionFailure("replacing: shapes \(shape), \(other.shape) and \(mask.shape) do not broadcast")
        }
        let value = Tensor(shape: full) { target in
            let a = detached().broadcast(to: full)
            let b = other.detached().broadcast(to: full)
            let m = mask.broadcast(to: full)
            a.withUnsafePointer { a in
                b.withUnsafePointer { b in
                    m.withUnsafePointer { m in for i in 0..<target.count { target[i] = m[i] ? b[i] : a[i] } }
                }
            }
        }
        let shapes = (shape, other.shape)
        guard node != nil || other.node != nil else { return value }
        return value.tracked(
            by: OperationNode(parents: node, other.node) { g, context in
                // Chosen, not multiplied by 0: an infinite cotangent of the other branch must not leave a NaN here.
                context.accumulate(g.replacing(with: Tensor(0), where: mask).summed(to: shapes.0), into: 0)
                context.accumulate(Tensor(0).replacing(with: g, where: mask).summed(to: shapes.1), into: 1)
            })
    }

    /// 1 where true, 0 where false.
    public init(casting mask: Tensor<Bool>) {
        self.init(shape: mask.shape) { target in
            mask.withUnsafePointer { source in for i in 0..<target.count { target[i] = source[i] ? 1 : 0 } }
        }
    }

    /// Integers as floating-point numbers.
    public init<Integer: TensorElement & BinaryInteger>(casting integers: Tensor<Integer>) {
        self.init(shape: integers.shape) { target in
            integers.withUnsafePointer { source in for i in 0..<target.count { target[i] = Element(source[i]) } }
        }
    }

    /// The other precision. Differentiable: the cotangent is converted back.
    public init<Other: TensorScalar>(casting other: Tensor<Other>) {
        self.init(shape: other.shape) { target in
            other.withUnsafePointer { source in for i in 0..<target.count { target[i] = Element(source[i]) } }
        }
        if let parent = other.node {
            node = OperationNode<Element>(parents: parent) { g, context in context.accumulate(Tensor<Other>(casting: g), into: 0) }
        }
    }

    /// Rows of zeros with a 1 in column `labels[i]`: shape [labels.count, classes].
    public static func oneHot(_ labels: Tensor<Int32>, classes: Int) -> Tensor {
        precondition(labels.rank == 1, "oneHot: the labels have shape \(labels.shape), not one axis")
        var result = Tensor(repeating: 0, shape: [labels.count, classes])
        result.withUnsafeMutablePointer { target in
            labels.withUnsafePointer { labels_ in
                for i in 0..<labels.count {
                    precondition(labels_[i] >= 0 && Int(labels_[i]) < classes, "oneHot: label \(labels_[i]) of \(classes) classes")
                    target[i * classes + Int(labels_[i])] = 1
                }
            }
        }
        return result
    }
}

extension Tensor where Element: Numeric {
    /// Zeros.
    public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape: shape) }
    /// Ones.
    public static func ones(_ shape: Shape) -> Tensor { Tensor(repeating: 1, shape: shape) }
}

extension Tensor where Element: TensorScalar {
    /// `count` numbers from `start` to `end`, both included.
    public static func linearlySpaced(from start: Element, through end: Element, count: Int) -> Tensor {
        precondition(count >= 1, "linearlySpaced: \(count) numbers")
        return Tensor(
            (0..<count).map { $0 == 0 ? start : $0 == count - 1 ? end : start + (end - start) * Element($0) / Element(count - 1) })
    }

    /// The identity matrix.
    public static func identity(_ size: Int) -> Tensor {
        var result = Tensor.zeros([size, size])
        result.withUnsafeMutablePointer { target in for i in 0..<size { target[i * size + i] = 1 } }
        return result
    }

    /// The diagonal of a square matrix, or of each of a batch.
    public func diagonal() -> Tensor {
        precondition(rank >= 2 && shape[rank - 1] == shape[rank - 2], "diagonal: shape \(shape) is not square")
        let size = shape[rank - 1]
        return reshaped(Shape(shape.dropLast(2) + [size * size])).sliced(0..<size * size, axis: -1, step: size + 1)
    }
}
