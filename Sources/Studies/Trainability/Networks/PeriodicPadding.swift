import LoamTensor

/// Images continued periodically beyond their borders.
enum PeriodicPadding {
    /// Every plane of `x` [planes, height, width], continued by `before` rows and columns on one side and `after` on the other, to `y`.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func copy<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, planes: Int, height: Int, width: Int, before: Int, after: Int, to y: UnsafeMutablePointer<Scalar>
    ) {
        let (rows, columns) = (height + before + after, width + before + after)
        Parallel.chunks(planes, grain: max(1, 16_384 / max(1, rows * columns))) { range in
            for plane in range {
                let source = x + plane &* height &* width
                var to = y + plane &* rows &* columns
                for row in 0..<rows {
                    let from = source + (row &- before &+ height) % height &* width
                    for column in 0..<before { to[column] = from[width &- before &+ column] }
                    let middle = to + before
                    for column in 0..<width { middle[column] = from[column] }
                    let end = middle + width
                    for column in 0..<after { end[column] = from[column] }
                    to += columns
                }
            }
        }
    }
}
