/// Copies between strided and row-major arrays. Moves bytes only: any element type, no arithmetic.
enum StridedCopy {
    /// Gathers a strided view into row-major memory.
    ///
    /// The two innermost axes are walked in 16×16 tiles when the view's fast axis is not the inner one (a transpose), so that
    /// both sides use whole cache lines.
    static func toRowMajor<Element: BitwiseCopyable>(
        from source: UnsafePointer<Element>, strides: Shape, shape: Shape, to destination: UnsafeMutablePointer<Element>
    ) {
        let total = shape.elementCount
        if total == 0 { return }
        if shape.rank == 0 {
            destination.pointee = source.pointee
            return
        }
        if shape.rank == 1 {
            row(from: source, stride: strides[0], count: shape[0], to: destination)
            return
        }
        let rows = shape[shape.rank - 2]
        let columns = shape[shape.rank - 1]
        let plane = rows * columns
        let rowStride = strides[shape.rank - 2]
        let columnStride = strides[shape.rank - 1]
        let planes = total / plane
        func copyPlane(_ index: Int) {
            var remaining = index
            var position = 0
            var axis = shape.rank - 3
            while axis >= 0 {
                position += (remaining % shape[axis]) * strides[axis]
                remaining /= shape[axis]
                axis -= 1
            }
            let from = source + position
            let to = destination + index * plane
            if columnStride > 1 && rowStride == 1 {
                for tileRow in stride(from: 0, to: rows, by: 16) {
                    for tileColumn in stride(from: 0, to: columns, by: 16) {
                        for r in tileRow..<Swift.min(tileRow + 16, rows) {
                            for c in tileColumn..<Swift.min(tileColumn + 16, columns) {
                                to[r &* columns &+ c] = from[r &+ c &* columnStride]
                            }
                        }
                    }
                }
            } else {
                for r in 0..<rows { row(from: from + r * rowStride, stride: columnStride, count: columns, to: to + r * columns) }
            }
        }
        if planes == 1 && total >= Parallel.elementGrain * 2 && columnStride == 1 {
            Parallel.chunks(rows, grain: Swift.max(1, Parallel.elementGrain / columns)) { range in
                for r in range { row(from: source + r * rowStride, stride: 1, count: columns, to: destination + r * columns) }
            }
        } else {
            Parallel.chunks(planes, grain: Swift.max(1, Parallel.elementGrain / plane)) { range in for p in range { copyPlane(p) } }
        }
    }

    @inline(__always)
    private static func row<Element: BitwiseCopyable>(
        from source: UnsafePointer<Element>, stride: Int, count: Int, to destination: UnsafeMutablePointer<Element>
    ) {
        if stride == 1 {
            destination.update(from: source, count: count)
        } else if stride == 0 {
            destination.update(repeating: source.pointee, count: count)
        } else {
            for i in 0..<count { destination[i] = source[i &* stride] }
        }
    }
}
