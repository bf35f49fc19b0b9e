/// A setting of a convolution or pooling: one number for every spatial axis, or one an axis, outermost first.
public struct AxisValues: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Hashable, Codable {
    /// One number, meant for every axis, or one an axis.
    public let values: [Int]

    /// The same number on every spatial axis.
    public init(_ value: Int) { values = [value] }

    /// One number a spatial axis, outermost first.
    public init(_ values: [Int]) { self.values = values }

    public init(integerLiteral value: Int) { values = [value] }
    public init(arrayLiteral elements: Int...) { values = elements }

    /// One number for each of `rank` axes; every one at least `minimum`.
    func resolved(rank: Int, atLeast minimum: Int, _ name: StaticString, of operation: StaticString) -> Shape {
        precondition(
            values.count == 1 || values.count == rank, "\(operation): \(name) has \(values.count) values \(values) for \(rank) spatial axes"
        )
        for value in values { precondition(value >= minimum, "\(operation): \(name) \(values) must be at least \(minimum)") }
        return values.count == 1 ? Shape(repeating: values[0], rank: rank) : Shape(values)
    }
}

/// How far a convolution reads beyond its input.
public enum ConvolutionPadding: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Hashable, Codable {
    /// So many elements at either end of every axis.
    case each(AxisValues)
    /// As many as keep the extents (stride 1) or divide them by the stride, rounded up; where the number is odd, one more at the end.
    case same

    /// The same number at both ends of every spatial axis.
    public init(_ value: Int) { self = .each(AxisValues(value)) }
    /// One number a spatial axis, for both of its ends.
    public init(_ values: [Int]) { self = .each(AxisValues(values)) }
    public init(integerLiteral value: Int) { self = .each(AxisValues(value)) }
    public init(arrayLiteral elements: Int...) { self = .each(AxisValues(elements)) }
}

/// What a convolution reads beyond its input.
public enum PaddingMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// Zeros.
    case zeros
    /// The other end of the axis: the input is periodic.
    case circular
    /// The input mirrored at its outermost elements, which are not repeated: … 2 1 | 0 1 2 ….
    case reflect
    /// The outermost element, repeated.
    case replicate
}

extension Tensor where Element: TensorScalar {
    /// Spatial axes (all but the first two) extended by `before` and `after` elements read by `mode`. Differentiable.
    ///
    /// - Parameters:
    ///   - before: elements added at the low end of each spatial axis.
    ///   - after: elements added at the high end of each.
    ///   - mode: circular padding reaches at most once around, reflection at most to the far end.
    public func paddedSpatially(before: AxisValues, after: AxisValues, mode: PaddingMode) -> Tensor {
        precondition(rank >= 3, "paddedSpatially: shape \(shape) has no spatial axes")
        let low = before.resolved(rank: rank - 2, atLeast: 0, "before", of: "paddedSpatially")
        let high = after.resolved(rank: rank - 2, atLeast: 0, "after", of: "paddedSpatially")
        var result = self
        for axis in 0..<(rank - 2) where low[axis] + high[axis] > 0 {
            if mode == .zeros {
                result = result.padded(axis: axis + 2, before: low[axis], after: high[axis])
                continue
            }
            let length = shape[axis + 2]
            let limit = mode == .circular ? length : mode == .reflect ? length - 1 : Int.max
            precondition(
                low[axis] <= limit && high[axis] <= limit,
                "paddedSpatially: \(mode) padding (\(low[axis]), \(high[axis])) is too wide for axis \(axis + 2) of shape \(shape)")
            let sources = (-low[axis]..<length + high[axis]).map { position -> Int32 in
                switch mode {
                case .circular: Int32((position + length) % length)
                case .reflect: Int32(position < 0 ? -position : position >= length ? 2 * (length - 1) - position : position)
                case .replicate, .zeros: Int32(Swift.min(Swift.max(position, 0), length - 1))
                }
            }
            result = result.gathered(Tensor<Int32>(sources), axis: axis + 2)
        }
        return result
    }
}
