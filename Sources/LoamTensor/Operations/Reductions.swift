import RealModule

/// Runs reductions over any set of axes as a sequence of [outer, reduced, inner] reductions, innermost axes first.
enum ReductionDriver {
    static func run<Scalar: TensorScalar>(_ reduction: Reduction, _ x: Tensor<Scalar>, axes: [Int], keepingAxes: Bool) -> Tensor<Scalar> {
        var current = x.contiguous()
        var kept = x.shape
        var end = axes.count
        // Join adjacent axes into runs, last run first.
        while end > 0 {
            var start = end - 1
            while start > 0 && axes[start - 1] == axes[start] - 1 { start -= 1 }
            let first = axes[start]
            let last = axes[end - 1]
            var outer = 1
            var reduced = 1
            var inner = 1
            for axis in 0..<kept.rank {
                if axis < first { outer *= kept[axis] } else if axis <= last { reduced *= kept[axis] } else { inner *= kept[axis] }
            }
            for axis in first...last { kept[axis] = 1 }
            current = pass(reduction, current, outer: outer, reduced: reduced, inner: inner, shape: kept)
            end = start
        }
        if keepingAxes { return current }
        var shape = Shape()
        var position = 0
        for axis in 0..<x.rank {
            if position < axes.count && axes[position] == axis { position += 1 } else { shape.append(x.shape[axis]) }
        }
        return Tensor(storage: current.storage, shape: shape)
    }

    private static func pass<Scalar: TensorScalar>(
        _ reduction: Reduction, _ x: Tensor<Scalar>, outer: Int, reduced: Int, inner: Int, shape: Shape
    ) -> Tensor<Scalar> {
        let result = Tensor<Scalar>(uninitialised: shape)
        let from = UnsafePointer(x.storage.base + x.offset)
        let to = result.storage.base
        if inner == 1 {
            if outer == 1 {
                to.pointee = Scalar._reduceRow(reduction, from, reduced)
            } else {
                Parallel.chunks(outer, grain: Swift.max(1, Parallel.elementGrain / Swift.max(1, reduced))) { range in
                    for row in range { to[row] = Scalar._reduceRow(reduction, from + row * reduced, reduced) }
                }
            }
        } else if outer == 1 {
            let grain = Swift.max(64, Parallel.elementGrain / Swift.max(1, reduced))
            Parallel.chunks(inner, grain: (grain + 63) / 64 * 64) { range in
                Scalar._reduceColumns(reduction, from, rows: reduced, columns: range, rowStride: inner, to)
            }
        } else {
            Parallel.chunks(outer, grain: Swift.max(1, Parallel.elementGrain / Swift.max(1, reduced * inner))) { range in
                for index in range {
                    Scalar._reduceColumns(
                        reduction, from + index * reduced * inner, rows: reduced, columns: 0..<inner, rowStride: inner, to + index * inner)
                }
            }
        }
        return result
    }
}

extension Tensor where Element: TensorScalar {
    private func normalised(_ axes: [Int], for operation: String) -> [Int] {
        let sorted = axes.map { shape.normalised(axis: $0, for: operation) }.sorted()
        for (a, b) in zip(sorted, sorted.dropFirst()) { precondition(a != b, "\(operation): axis \(a) is named twice") }
        return sorted
    }

    /// The sum of all elements, as a scalar tensor.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func sum() -> Tensor {
        let dense = contiguous()
        let value = Tensor(Element._reduceRow(.sum, dense.storage.base + dense.offset, count))
        guard let node else { return value }
        let shape = shape
        return value.tracked(by: OperationNode(parents: node) { g, context in context.accumulate(g.broadcast(to: shape), into: 0) })
    }

    /// The sum over `axes`, which vanish, or stay with extent 1 with `keepingAxes`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor {
        if axes.isEmpty { return self }
        let sorted = normalised(axes, for: "sum")
        let value = ReductionDriver.run(.sum, self, axes: sorted, keepingAxes: keepingAxes)
        guard let node else { return value }
        let full = shape
        var kept = shape
        for axis in sorted { kept[axis] = 1 }
        return value.tracked(
            by: OperationNode(parents: node) { g, context in context.accumulate(g.reshaped(kept).broadcast(to: full), into: 0) })
    }

    /// The sum over the axes along which a tensor of shape `target` was repeated to give this one's shape.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func summed(to target: Shape) -> Tensor {
        if shape == target { return self }
        let lead = rank - target.rank
        precondition(lead >= 0, "summed(to:): shape \(shape) was not broadcast from \(target)")
        var axes: [Int] = []
        for axis in 0..<rank where axis < lead || (target[axis - lead] == 1 && shape[axis] != 1) { axes.append(axis) }
        return sum(axes: axes, keepingAxes: true).reshaped(target)
    }

    /// The mean of all elements.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func mean() -> Tensor { sum() / Element(count) }

    /// The mean over `axes`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func mean(axes: [Int], keepingAxes: Bool = false) -> Tensor {
        let number = normalised(axes, for: "mean").reduce(1) { $0 * shape[$1] }
        return sum(axes: axes, keepingAxes: keepingAxes) / Element(number)
    }

    /// The mean squared deviation from the mean over `axes`; `correction` 1 divides by n − 1.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func variance(axes: [Int], correction: Int = 0, keepingAxes: Bool = false) -> Tensor {
        let number = normalised(axes, for: "variance").reduce(1) { $0 * shape[$1] }
        let deviation = self - mean(axes: axes, keepingAxes: true)
        return deviation.squared().sum(axes: axes, keepingAxes: keepingAxes) / Element(number - correction)
    }

    /// The largest element; where several are equal the derivative is shared.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func maximum() -> Tensor { maximum(axes: Array(0..<rank)) }

    /// The smallest element.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func minimum() -> Tensor { minimum(axes: Array(0..<rank)) }

    /// The largest element over `axes`; where several are equal the derivative is shared. NaN wins.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func maximum(axes: [Int], keepingAxes: Bool = false) -> Tensor { extremum(.maximum, axes, keepingAxes) }

    /// The smallest element over `axes`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func minimum(axes: [Int], keepingAxes: Bool = false) -> Tensor { extremum(.minimum, axes, keepingAxes) }

    private func extremum(_ reduction: Reduction, _ axes: [Int], _ keepingAxes: Bool) -> Tensor {
        if axes.isEmpty { return self }
        let sorted = normalised(axes, for: "\(reduction)")
        for axis in sorted { precondition(shape[axis] > 0, "\(reduction): axis \(axis) of shape \(shape) has no elements") }
        let value = ReductionDriver.run(reduction, self, axes: sorted, keepingAxes: keepingAxes)
        guard let node else { return value }
        let x = detached()
        var kept = shape
        for axis in sorted { kept[axis] = 1 }
        return value.tracked(
            by: OperationNode(parents: node) { [kept] g, context in
                let mask = Tensor(casting: x.elementsEqual(value.reshaped(kept)))
                let share = mask / mask.sum(axes: sorted, keepingAxes: true)
                context.accumulate(g.reshaped(kept) * share, into: 0)
            })
    }

    /// ln Σ eˣ over `axes`, without overflow; −∞ where all elements are −∞, +∞ where one is.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func logSumExp(axes: [Int], keepingAxes: Bool = false) -> Tensor {
        var largest = detached().maximum(axes: axes, keepingAxes: true)
        // An infinite shift would give ∞ − ∞.
        if !largest.isFinite {
            largest = largest.replacing(with: Tensor(0), where: largest.magnitude().elementsEqual(Tensor(.infinity)))
        }
        let sum = (self - largest).exp().sum(axes: axes, keepingAxes: true).log() + largest
        if keepingAxes { return sum }
        let sorted = normalised(axes, for: "logSumExp")
        return sum.reshaped(Shape(shape.enumerated().filter { !sorted.contains($0.offset) }.map(\.element)))
    }

    /// eˣ/Σ eˣ along `axis`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func softmax(axis: Int = -1) -> Tensor { logSoftmax(axis: axis).exp() }

    /// x − ln Σ eˣ along `axis`.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func logSoftmax(axis: Int = -1) -> Tensor { self - logSumExp(axes: [axis], keepingAxes: true) }

    /// The Euclidean norm of all elements, as a plain number.
    public var norm: Element { squared().sum().item.squareRoot() }

    /// True when no element is NaN or infinite.
    public var isFinite: Bool {
        withUnsafePointer { values in
            // x − x is 0 for finite x and NaN otherwise; the sum stays 0 only if all are finite.
            for i in 0..<count where !(values[i] - values[i] == 0) { return false }
            return true
        }
    }

    /// The position of the largest element along `axis`, the first of equals; of the first NaN if there is one, as for ``maximum()``.
    public func argMaximum(axis: Int = -1) -> Tensor<Int32> { argExtremum(axis) { $0 > $1 || ($0 != $0 && $1 == $1) } }

    /// The position of the smallest element along `axis`, the first of equals; of the first NaN if there is one.
    public func argMinimum(axis: Int = -1) -> Tensor<Int32> { argExtremum(axis) { $0 < $1 || ($0 != $0 && $1 == $1) } }

    private func argExtremum(_ axis: Int, _ precedes: (Element, Element) -> Bool) -> Tensor<Int32> {
        let axis = shape.normalised(axis: axis, for: "argExtremum")
        let length = shape[axis]
        precondition(length > 0, "argExtremum: axis \(axis) of shape \(shape) is empty")
        var kept = shape
        kept.remove(at: axis)
        let inner = shape.suffix(from: axis + 1).reduce(1, *)
        return Tensor<Int32>(shape: kept) { target in
            withUnsafePointer { values in
                for position in 0..<target.count {
                    let base = values + (position / inner) * length * inner + position % inner
                    var best = 0
                    for index in 1..<Swift.max(1, length) where precedes(base[index * inner], base[best * inner]) { best = index }
                    target[position] = Int32(best)
                }
            }
        }
    }
}
