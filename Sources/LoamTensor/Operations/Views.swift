// Reshapes, transposes, slices and broadcasts: views where the layout allows, with their derivatives.

extension Tensor {
    /// The same elements with other extents. One extent may be −1: it is inferred.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func reshaped(_ target: Shape) -> Tensor {
        var target = target
        if let unknown = target.firstIndex(of: -1) {
            let known = target.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
            precondition(known > 0 && count % known == 0, "reshaped: shape \(shape) does not divide into \(target)")
            target[unknown] = count / known
        }
        if target == shape { return self }
        precondition(target.elementCount == count, "reshaped: shape \(shape) of \(count) elements cannot become \(target)")
        let dense = contiguous()
        var result = Tensor(storage: dense.storage, shape: target)
        result.offset = dense.offset
        return result.trackedView(of: self, adjoint: .reshape(shape))
    }

    /// One axis.
    public func flattened() -> Tensor { reshaped([count]) }

    /// The axes in another order: axis `i` of the result is axis `order[i]` of this tensor.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func permuted(_ order: [Int]) -> Tensor {
        precondition(
            order.count == rank && Set(order).count == rank && order.allSatisfy { $0 >= 0 && $0 < rank },
            "permuted: \(order) is no order of the \(rank) axes of shape \(shape)")
        var inverse = Array(repeating: 0, count: rank)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        let result = Tensor(
            storage: storage, shape: Shape(order.map { shape[$0] }), strides: Shape(order.map { strides[$0] }), offset: offset)
        return result.trackedView(of: self, adjoint: .permute(inverse))
    }

    /// The last two axes exchanged.
    public func transposed() -> Tensor {
        precondition(rank >= 2, "transposed: shape \(shape) has fewer than two axes")
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        return permuted(order)
    }

    /// An axis of extent 1 inserted before position `axis`.
    public func expanded(axis: Int) -> Tensor {
        let position = axis < 0 ? axis + rank + 1 : axis
        precondition(position >= 0 && position <= rank, "expanded: no axis position \(axis) in shape \(shape)")
        var target = shape
        target.insert(1, at: position)
        var newStrides = strides
        newStrides.insert(0, at: position)
        return Tensor(storage: storage, shape: target, strides: newStrides, offset: offset).trackedView(of: self, adjoint: .reshape(shape))
    }

    /// Axis `axis`, of extent 1, removed.
    public func squeezed(axis: Int) -> Tensor {
        let axis = shape.normalised(axis: axis, for: "squeezed")
        precondition(shape[axis] == 1, "squeezed: axis \(axis) of shape \(shape) is not 1")
        return withoutAxis(axis)
    }

    /// A view without `axis`, whose extent is 1.
    private func withoutAxis(_ axis: Int) -> Tensor {
        var target = shape
        target.remove(at: axis)
        var newStrides = strides
        newStrides.remove(at: axis)
        return Tensor(storage: storage, shape: target, strides: newStrides, offset: offset).trackedView(of: self, adjoint: .reshape(shape))
    }

    /// Repeated to a larger shape by NumPy's rule, without copying.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func broadcast(to target: Shape) -> Tensor {
        if target == shape { return self }
        precondition(
            Shape.broadcast(shape, target) == target, "broadcast: shape \(shape) does not broadcast to \(target)")
        let result = Tensor(storage: storage, shape: target, strides: broadcastStrides(to: target), offset: offset)
        return result.trackedView(of: self, adjoint: .sum(shape))
    }

    /// Elements `range` along `axis`, taking every `step`-th; a view.
    public subscript(range: Range<Int>, axis axis: Int) -> Tensor { sliced(range, axis: axis) }

    /// Elements `range` along `axis`, taking every `step`-th; a view.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func sliced(_ range: Range<Int>, axis: Int, step: Int = 1) -> Tensor {
        let axis = shape.normalised(axis: axis, for: "sliced")
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[axis] && step >= 1,
            "sliced: \(range) by \(step) is outside axis \(axis) of shape \(shape)")
        var extents = shape
        extents[axis] = (range.count + step - 1) / step
        var newStrides = strides
        newStrides[axis] *= step
        let result = Tensor(
            storage: storage, shape: extents, strides: newStrides, offset: offset + range.lowerBound * strides[axis])
        return result.trackedView(
            of: self,
            adjoint: step == 1
                ? .pad(axis: axis, before: range.lowerBound, after: shape[axis] - range.upperBound)
                : .spread(axis: axis, start: range.lowerBound, step: step, length: shape[axis]))
    }

    /// The slice at `index` along `axis`, without that axis; a view.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func select(_ index: Int, axis: Int) -> Tensor {
        let axis = shape.normalised(axis: axis, for: "select")
        precondition(index >= 0 && index < shape[axis], "select: index \(index) is outside axis \(axis) of shape \(shape)")
        return sliced(index..<index + 1, axis: axis).withoutAxis(axis)
    }

    /// Gives a rearrangement its history, for element types that have one.
    func trackedView(of source: Tensor, adjoint: @autoclosure () -> Rearrangement) -> Tensor {
        guard let parent = source.node else { return self }
        var copy = self
        let adjoint = adjoint()
        if Element.self == Float.self {
            copy.node = OperationNode<Float>(parents: parent) { g, context in context.accumulate(adjoint.applied(to: g), into: 0) }
        } else if Element.self == Double.self {
            copy.node = OperationNode<Double>(parents: parent) { g, context in context.accumulate(adjoint.applied(to: g), into: 0) }
        }
        return copy
    }
}

/// A linear map that moves, repeats, drops or adds up elements: what the derivative of a view or a gather is.
enum Rearrangement {
    case reshape(Shape)
    case permute([Int])
    case sum(Shape)
    case pad(axis: Int, before: Int, after: Int)
    case slice(axis: Int, start: Int, step: Int, length: Int)
    case spread(axis: Int, start: Int, step: Int, length: Int)
    case gather(Tensor<Int32>, axis: Int)
    case scatterAdd(Tensor<Int32>, axis: Int, length: Int)

    func applied<Scalar: TensorScalar>(to g: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .reshape(let shape): g.reshaped(shape)
        case .permute(let order): g.permuted(order)
        case .sum(let shape): g.summed(to: shape)
        case .pad(let axis, let before, let after): g.padded(axis: axis, before: before, after: after)
        case .slice(let axis, let start, let step, let length): g.sliced(start..<(start + length), axis: axis, step: step)
        case .spread(let axis, let start, let step, let length): g.spread(axis: axis, start: start, step: step, length: length)
        case .gather(let indices, let axis): g.gathered(indices, axis: axis)
        case .scatterAdd(let indices, let axis, let length): g.scatteredAdd(at: indices, axis: axis, length: length)
        }
    }
}
