// Operations that copy elements to new places: padding, concatenation, gathering and scattering.

extension Tensor {
    /// Copies this tensor into `target`, a row-major array of shape `shape`, at distance `step` along `axis` from position `start`.
    private func copy(into target: UnsafeMutablePointer<Element>, shape: Shape, axis: Int, start: Int, step: Int) {
        let inner = shape.suffix(from: axis + 1).reduce(1, *)
        let outer = shape.prefix(axis).reduce(1, *)
        let length = self.shape[axis]
        withUnsafePointer { source in
            for block in 0..<outer {
                let from = source + block * length * inner
                let to = target + (block * shape[axis] + start) * inner
                if step == 1 {
                    to.update(from: from, count: length * inner)
                } else {
                    for index in 0..<length { (to + index * step * inner).update(from: from + index * inner, count: inner) }
                }
            }
        }
    }

    /// Tensors joined along `axis`; their other extents agree.
    public static func concatenated(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        precondition(!tensors.isEmpty, "concatenated: no tensors")
        var shape = tensors[0].shape
        let axis = shape.normalised(axis: axis, for: "concatenated")
        for tensor in tensors.dropFirst() {
            var other = tensor.shape
            precondition(other.rank == shape.rank, "concatenated: shapes \(tensors[0].shape) and \(other) differ in rank")
            other[axis] = tensors[0].shape[axis]
            precondition(
                other == tensors[0].shape, "concatenated: shapes \(tensors[0].shape) and \(tensor.shape) differ beyond axis \(axis)")
            shape[axis] += tensor.shape[axis]
        }
        let result = Tensor(uninitialised: shape)
        var starts: [Int] = []
        var position = 0
        for tensor in tensors {
            starts.append(position)
            tensor.copy(into: result.storage.base, shape: shape, axis: axis, start: position, step: 1)
            position += tensor.shape[axis]
        }
        return Tracking.joined(result, tensors, axis: axis, starts: starts)
    }

    /// Tensors of one shape along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        concatenated(tensors.map { $0.expanded(axis: axis) }, axis: axis < 0 ? axis + (tensors.first?.rank ?? 0) + 1 : axis)
    }

    /// The rows `indices` along `axis`, in that order; indices may repeat. The result has `indices.count` along that axis.
    public func gathered(_ indices: Tensor<Int32>, axis: Int = 0) -> Tensor {
        precondition(indices.rank == 1, "gathered: the indices have shape \(indices.shape), not one axis")
        let axis = shape.normalised(axis: axis, for: "gathered")
        let length = shape[axis]
        let inner = shape.suffix(from: axis + 1).reduce(1, *)
        let outer = shape.prefix(axis).reduce(1, *)
        var target = shape
        target[axis] = indices.count
        let result = Tensor(uninitialised: target)
        let to = result.storage.base
        let number = indices.count
        indices.withUnsafePointer { rows in
            for i in 0..<number {
                precondition(rows[i] >= 0 && Int(rows[i]) < length, "gathered: index \(rows[i]) is outside axis \(axis) of shape \(shape)")
            }
            withUnsafePointer { source in
                for block in 0..<outer {
                    for i in 0..<number {
                        (to + (block * number + i) * inner).update(from: source + (block * length + Int(rows[i])) * inner, count: inner)
                    }
                }
            }
        }
        return result.trackedView(of: self, adjoint: .scatterAdd(indices, axis: axis, length: length))
    }

    /// Repeats the whole tensor `count` times along `axis`.
    public func repeated(_ count: Int, axis: Int) -> Tensor {
        Tensor.concatenated(Array(repeating: self, count: count), axis: axis)
    }
}

extension Tensor where Element: TensorScalar {
    /// `before` and `after` elements of value `fill` added along `axis`.
    public func padded(axis: Int, before: Int, after: Int, with fill: Element = 0) -> Tensor {
        let axis = shape.normalised(axis: axis, for: "padded")
        precondition(before >= 0 && after >= 0, "padded: \(before) before and \(after) after axis \(axis)")
        if before == 0 && after == 0 { return self }
        var target = shape
        target[axis] += before + after
        let result = Tensor(repeating: fill, shape: target)
        copy(into: result.storage.base, shape: target, axis: axis, start: before, step: 1)
        return result.trackedView(of: self, adjoint: .slice(axis: axis, start: before, step: 1, length: shape[axis]))
    }

    /// Padding of every axis: (before, after) an axis.
    public func padded(_ widths: [(before: Int, after: Int)], with fill: Element = 0) -> Tensor {
        precondition(widths.count == rank, "padded: \(widths.count) widths for shape \(shape)")
        var result = self
        for (axis, width) in widths.enumerated() {
            result = result.padded(axis: axis, before: width.before, after: width.after, with: fill)
        }
        return result
    }

    /// The elements placed `step` apart from `start` on an axis of `length` zeros: the adjoint of a strided slice.
    func spread(axis: Int, start: Int, step: Int, length: Int) -> Tensor {
        var target = shape
        target[axis] = length
        let result = Tensor(repeating: 0, shape: target)
        copy(into: result.storage.base, shape: target, axis: axis, start: start, step: step)
        return result.trackedView(
            of: self, adjoint: .slice(axis: axis, start: start, step: step, length: (shape[axis] - 1) * step + 1))
    }

    /// A tensor of zeros with `length` along `axis`, to which row i of this one is added at row `indices[i]`.
    public func scatteredAdd(at indices: Tensor<Int32>, axis: Int = 0, length: Int) -> Tensor {
        let axis = shape.normalised(axis: axis, for: "scatteredAdd")
        precondition(
            indices.rank == 1 && indices.count == shape[axis],
            "scatteredAdd: \(indices.shape) indices for axis \(axis) of shape \(shape)")
        let inner = shape.suffix(from: axis + 1).reduce(1, *)
        let outer = shape.prefix(axis).reduce(1, *)
        let number = indices.count
        var target = shape
        target[axis] = length
        let result = Tensor(repeating: 0, shape: target)
        let to = result.storage.base
        indices.withUnsafePointer { rows in
            withUnsafePointer { source in
                for block in 0..<outer {
                    for i in 0..<number {
                        let row = Int(rows[i])
                        precondition(row >= 0 && row < length, "scatteredAdd: index \(row) is outside an axis of \(length)")
                        let target = to + (block * length + row) * inner
                        Element._apply(.add, target, 1, source + (block * number + i) * inner, 1, target, inner)
                    }
                }
            }
        }
        return result.trackedView(of: self, adjoint: .gather(indices, axis: axis))
    }

    /// For every row i of this matrix the element in column `columns[i]`: a vector of `shape[0]`.
    public func pickedPerRow(_ columns: Tensor<Int32>) -> Tensor {
        precondition(
            rank == 2 && columns.rank == 1 && columns.count == shape[0], "pickedPerRow: \(columns.shape) columns for shape \(shape)")
        let width = shape[1]
        let flat = Tensor<Int32>(shape: columns.shape) { target in
            columns.withUnsafePointer { columns in
                for i in 0..<target.count {
                    precondition(columns[i] >= 0 && Int(columns[i]) < width, "pickedPerRow: column \(columns[i]) of \(width)")
                    target[i] = Int32(i * width) + columns[i]
                }
            }
        }
        return flattened().gathered(flat)
    }
}

/// History for operations on several tensors whose element type may have none.
private enum Tracking {
    static func joined<Element: TensorElement>(_ result: Tensor<Element>, _ parts: [Tensor<Element>], axis: Int, starts: [Int]) -> Tensor<
        Element
    > {
        let parents = parts.map(\.node)
        guard parents.contains(where: { $0 != nil }) else { return result }
        let lengths = parts.map { $0.shape[axis] }
        func node<Scalar: TensorScalar>(_: Scalar.Type) -> Node {
            OperationNode<Scalar>(
                parents: parents[0], parents.count > 1 ? parents[1] : nil, parents.count > 2 ? parents[2] : nil,
                further: Array(parents.dropFirst(3))
            ) { g, context in
                for (index, start) in starts.enumerated() {
                    context.accumulate(g.sliced(start..<(start + lengths[index]), axis: axis), into: index)
                }
            }
        }
        var copy = result
        if Element.self == Float.self { copy.node = node(Float.self) }
        if Element.self == Double.self { copy.node = node(Double.self) }
        return copy
    }
}
