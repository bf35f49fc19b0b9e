/// Where the windows of a pooling lie: along each spatial axis a range of input positions for every output position, three axes always
/// (the outer ones of extent 1 for fewer). A window is the product of its three ranges.
struct PoolingWindows: Sendable {
    /// The windows of one axis.
    struct Axis: Sendable {
        /// First position, one past the last, and the number that an average divides by, for every output position.
        var start: [Int] = []
        var end: [Int] = []
        var divisor: [Int] = []
        /// Distance between neighbours in a window.
        var step = 1
    }

    var axes: [Axis]
    var input: Shape
    var output: Shape
    /// Spatial extents of the result, with the caller's number of axes.
    var resultExtents: Shape

    var inputPositions: Int { input.elementCount }
    var outputPositions: Int { output.elementCount }

    private init(axes: [Axis], extents: Shape) {
        self.axes = Array(repeating: Axis(start: [0], end: [1], divisor: [1]), count: 3 - axes.count) + axes
        input = Shape(Array(repeating: 1, count: 3 - axes.count) + extents)
        resultExtents = Shape(axes.map(\.start.count))
        output = Shape(self.axes.map(\.start.count))
    }

    /// Windows of `kernel` positions every `stride`, as PyTorch places them.
    ///
    /// With `roundingUp` a last window may reach beyond the padding, provided that it starts inside the input or the padding before it.
    /// The divisor counts padding when `countsPadding`, but never what lies beyond it.
    init(
        _ shape: Shape, kernel: AxisValues, stride: AxisValues?, padding: AxisValues, dilation: AxisValues, roundingUp: Bool,
        countsPadding: Bool, operation: StaticString
    ) {
        let extents = PoolingWindows.spatialExtents(shape, operation)
        let rank = extents.rank
        let kernel = kernel.resolved(rank: rank, atLeast: 1, "kernel", of: operation)
        let stride = stride?.resolved(rank: rank, atLeast: 1, "stride", of: operation) ?? kernel
        let padding = padding.resolved(rank: rank, atLeast: 0, "padding", of: operation)
        let dilation = dilation.resolved(rank: rank, atLeast: 1, "dilation", of: operation)
        let axes = (0..<rank).map { axis -> Axis in
            let length = extents[axis]
            let reach = dilation[axis] * (kernel[axis] - 1) + 1
            precondition(
                padding[axis] * 2 <= kernel[axis], "\(operation): padding \(padding) is more than half of kernel \(kernel)")
            let room = length + 2 * padding[axis] - reach
            precondition(room >= 0, "\(operation): kernel \(kernel) is larger than input \(shape) with padding \(padding)")
            var count = room / stride[axis] + 1
            if roundingUp && room % stride[axis] != 0 && count * stride[axis] < length + padding[axis] { count += 1 }
            var result = Axis(step: dilation[axis])
            for position in 0..<count {
                let first = position * stride[axis] - padding[axis]
                let end = Swift.min(first + reach, length)
                let start = first >= 0 ? first : first + (dilation[axis] - 1 - first) / dilation[axis] * dilation[axis]
                result.start.append(start)
                result.end.append(end)
                let inside = start < end ? (end - 1 - start) / dilation[axis] + 1 : 0
                result.divisor.append(countsPadding ? Swift.min(first + reach, length + padding[axis]) - first : inside)
            }
            return result
        }
        self.init(axes: axes, extents: extents)
    }

    /// `output` windows an axis that cover it evenly: from ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉.
    init(_ shape: Shape, adaptingTo output: AxisValues, operation: StaticString) {
        let extents = PoolingWindows.spatialExtents(shape, operation)
        let counts = output.resolved(rank: extents.rank, atLeast: 1, "output extents", of: operation)
        let axes = (0..<extents.rank).map { axis -> Axis in
            var result = Axis()
            for position in 0..<counts[axis] {
                let start = position * extents[axis] / counts[axis]
                let end = ((position + 1) * extents[axis] + counts[axis] - 1) / counts[axis]
                result.start.append(start)
                result.end.append(end)
                result.divisor.append(end - start)
            }
            return result
        }
        self.init(axes: axes, extents: extents)
    }

    private static func spatialExtents(_ shape: Shape, _ operation: StaticString) -> Shape {
        precondition((3...5).contains(shape.rank), "\(operation): input \(shape) must be [N, C, spatial…] with one to three spatial axes")
        let extents = Shape(shape.dropFirst(2))
        precondition(extents.elementCount > 0, "\(operation): input \(shape) has no elements to pool")
        return extents
    }

    /// Calls `body` with the number of every output position and its window's ranges.
    @inline(__always)
    func forEach(_ body: (_ position: Int, _ depths: StrideTo<Int>, _ heights: StrideTo<Int>, _ widths: StrideTo<Int>) -> Void) {
        var position = 0
        for d in 0..<output[0] {
            let depths = Swift.stride(from: axes[0].start[d], to: axes[0].end[d], by: axes[0].step)
            for h in 0..<output[1] {
                let heights = Swift.stride(from: axes[1].start[h], to: axes[1].end[h], by: axes[1].step)
                for w in 0..<output[2] {
                    body(position, depths, heights, Swift.stride(from: axes[2].start[w], to: axes[2].end[w], by: axes[2].step))
                    position &+= 1
                }
            }
        }
    }

    /// The position in the plane of a window's first element.
    @inline(__always)
    func firstPlace(_ depths: StrideTo<Int>, _ heights: StrideTo<Int>, _ widths: StrideTo<Int>) -> Int {
        func first(_ range: StrideTo<Int>) -> Int {
            var iterator = range.makeIterator()
            return iterator.next() ?? 0
        }
        return (first(depths) * input[1] + first(heights)) * input[2] + first(widths)
    }

    /// 1/divisor of every output position.
    func reciprocalDivisors<Scalar: TensorScalar>(_: Scalar.Type) -> [Scalar] {
        var result: [Scalar] = []
        result.reserveCapacity(outputPositions)
        for d in axes[0].divisor { for h in axes[1].divisor { for w in axes[2].divisor { result.append(1 / Scalar(d * h * w)) } } }
        return result
    }
}
