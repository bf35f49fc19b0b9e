import LoamTensor

/// The copies that turn a head's transposed convolution, cropped to the size of its target, into matrix products:
///
///     y[o, Y, X] = c[o] + Σ V[i, o, ky, kx] · z[i, Y', X'],   Y = Y'·stride + ky − cut, X = X'·stride + kx − cut.
///
/// A tap is a pair (ky, kx). Everything works on one plane, of z (`source`) or of y (`target`).
struct TransposedUnfolding: Sendable {
    let kernel: Int
    let stride: Int
    /// Height and width of z and of y.
    let source: (height: Int, width: Int)
    let target: (height: Int, width: Int)
    /// Rows and columns of the transposed convolution cut off before the first of y.
    let cut: (rows: Int, columns: Int)

    /// - Parameters:
    ///   - source: height and width of z.
    ///   - target: height and width of y. A surplus is cut off evenly, the odd one at the end; what is missing is the bias alone.
    init(kernel: Int, stride: Int, source: (height: Int, width: Int), target: (height: Int, width: Int)) {
        self.kernel = kernel
        self.stride = stride
        self.source = source
        self.target = target
        func before(_ from: Int, _ to: Int) -> Int { max(0, ((from - 1) * stride + kernel - to) / 2) }
        cut = (before(source.height, target.height), before(source.width, target.width))
    }

    var taps: Int { kernel * kernel }
    var sourceCount: Int { source.height * source.width }
    var targetCount: Int { target.height * target.width }
    /// Elements that ``unfold(_:frame:to:rowStride:)`` writes at most beyond the end of a plane.
    static var overrun: Int { 8 }
    /// Elements of the frame of zeros that `unfold` sets a plane of z into.
    var frameCount: Int { (target.height + kernel - 1) * frameWidth + TransposedUnfolding.overrun }
    private var frameWidth: Int { target.width + kernel - 1 }

    /// For every tap the plane of z as y sees it, zeros beyond its borders; stride 1 only.
    ///
    /// - Parameters:
    ///   - frame: ``frameCount`` elements, zeros at first, the same ones in every call.
    ///   - rows: where the plane of the first tap goes; those of others follow `rowStride` apart. Rows are copied eight elements at a
    ///     time, so up to seven elements after each plane are overwritten: planes are to be filled in ascending order.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func unfold<Scalar: TensorScalar>(
        _ z: UnsafePointer<Scalar>, frame: UnsafeMutablePointer<Scalar>, to rows: UnsafeMutablePointer<Scalar>, rowStride: Int
    ) {
        let (height, width, pitch) = (target.height, target.width, frameWidth)
        // z[0, 0] is what the last tap reads at y[0, 0] − cut.
        let (top, left) = (kernel - 1 - cut.rows, kernel - 1 - cut.columns)
        let columns = max(0, -left)..<max(max(0, -left), min(source.width, pitch - left))
        for row in max(0, -top)..<max(max(0, -top), min(source.height, height + kernel - 1 - top)) {
            let to = frame + ((row + top) * pitch + left + columns.lowerBound)
            let from = z + (row * source.width + columns.lowerBound)
            for i in 0..<columns.count { to[i] = from[i] }
        }
        var to = rows
        for ky in 0..<kernel {
            for kx in 0..<kernel {
                let from = frame + ((kernel - 1 - ky) * pitch + kernel - 1 - kx)
                for row in 0..<height {
                    var column = 0
                    while column < width {
                        (to + (row &* width &+ column)).update(from: from + (row &* pitch &+ column), count: 8)
                        column &+= 8
                    }
                }
                to += rowStride
            }
        }
    }

    /// The part of 0..<`count` whose images under x ↦ x·stride + `offset` are in 0..<`extent`.
    private func valid(_ count: Int, offset: Int, extent: Int) -> Range<Int> {
        let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
        let end = extent - 1 - offset < 0 ? 0 : min(count, (extent - 1 - offset) / stride + 1)
        return first..<max(first, end)
    }

    /// Adds to a plane of y what every tap's plane of the size of z contributes.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func scatter<Scalar: TensorScalar>(_ rows: UnsafePointer<Scalar>, rowStride: Int, into y: UnsafeMutablePointer<Scalar>) {
        var from = rows
        for ky in 0..<kernel {
            let lines = valid(source.height, offset: ky - cut.rows, extent: target.height)
            for kx in 0..<kernel {
                let columns = valid(source.width, offset: kx - cut.columns, extent: target.width)
                for line in lines {
                    let x = from + line &* source.width
                    let to = y + ((line &* stride &+ ky &- cut.rows) &* target.width &+ kx &- cut.columns)
                    if stride == 1 {
                        for column in columns { to[column] += x[column] }
                    } else {
                        for column in columns { to[column &* stride] += x[column] }
                    }
                }
                from += rowStride
            }
        }
    }

    /// The adjoint of `scatter`: for every tap the elements of a plane of y at the places of z's; zero beyond y's borders.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func gather<Scalar: TensorScalar>(_ y: UnsafePointer<Scalar>, to rows: UnsafeMutablePointer<Scalar>, rowStride: Int) {
        var to = rows
        for ky in 0..<kernel {
            let lines = valid(source.height, offset: ky - cut.rows, extent: target.height)
            for kx in 0..<kernel {
                let columns = valid(source.width, offset: kx - cut.columns, extent: target.width)
                if lines.count < source.height || columns.count < source.width { to.update(repeating: 0, count: sourceCount) }
                for line in lines {
                    let x = to + line &* source.width
                    let from = y + ((line &* stride &+ ky &- cut.rows) &* target.width &+ kx &- cut.columns)
                    if stride == 1 {
                        for column in columns { x[column] = from[column] }
                    } else {
                        for column in columns { x[column] = from[column &* stride] }
                    }
                }
                to += rowStride
            }
        }
    }
}
