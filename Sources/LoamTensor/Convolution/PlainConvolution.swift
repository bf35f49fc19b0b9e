/// The three maps of a convolution as matrix products, for any scalar and any option.
///
/// A tile of the input is unfolded into a matrix with a row for every (channel, kernel position) and a column for every output
/// position; the map is then a product with the weights. A tile holds about 32 Ki elements, so that it stays in the second-level
/// cache: memory beyond the operands is one tile a thread. Each map costs 2·N·O·P·(C/groups)·K operations, P output and K kernel
/// positions; a unit of work writes memory of its own, in an order that does not depend on the number of threads.
enum PlainConvolution {
    /// Columns of a tile with `rows` rows: whole lines where they fit.
    private static func tileWidth(rows: Int, geometry: ConvolutionGeometry) -> Int {
        let wanted = Swift.max(64, 32_768 / Swift.max(1, rows))
        let line = geometry.output[2]
        let positions = geometry.outputPositions
        if wanted >= positions { return positions }
        return wanted <= line ? wanted : wanted / line * line
    }

    /// Rows `rows` of the unfolded matrix of one image's group, columns `columns`, to `target`, `width` apart.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func unfold<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, _ g: ConvolutionGeometry, rows: Range<Int>, columns: Range<Int>,
        to target: UnsafeMutablePointer<Scalar>,
        width: Int
    ) {
        for row in rows {
            forEachRun(g, row: row, columns: columns) { run in
                let to = target + ((row - rows.lowerBound) * width + run.column)
                guard run.valid.count > 0 else {
                    to.update(repeating: 0, count: run.length)
                    return
                }
                let from = x + run.source
                if run.valid.lowerBound > 0 { to.update(repeating: 0, count: run.valid.lowerBound) }
                let inner = to + run.valid.lowerBound
                if run.step == 1 {
                    inner.update(from: from, count: run.valid.count)
                } else {
                    for i in 0..<run.valid.count { inner[i] = from[i &* run.step] }
                }
                if run.valid.upperBound < run.length {
                    (to + run.valid.upperBound).update(repeating: 0, count: run.length - run.valid.upperBound)
                }
            }
        }
    }

    /// The adjoint of `unfold`: adds the matrix's elements to where they came from.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func fold<Scalar: TensorScalar>(
        _ source: UnsafePointer<Scalar>, _ g: ConvolutionGeometry, rows: Range<Int>, columns: Range<Int>,
        into x: UnsafeMutablePointer<Scalar>,
        width: Int
    ) {
        for row in rows {
            forEachRun(g, row: row, columns: columns) { run in
                guard run.valid.count > 0 else { return }
                let from = source + ((row - rows.lowerBound) * width + run.column + run.valid.lowerBound)
                let to = x + run.source
                if run.step == 1 {
                    for i in 0..<run.valid.count { to[i] += from[i] }
                } else {
                    for i in 0..<run.valid.count { to[i &* run.step] += from[i] }
                }
            }
        }
    }

    /// A run of columns within one line of the output.
    private struct Run {
        var column: Int  // first column, counted from the tile's
        var length: Int
        var valid: Range<Int>  // the part that reads inside the input
        var source: Int  // where in the group's input the first valid one reads
        var step: Int
    }

    @inline(__always)
    private static func forEachRun(_ g: ConvolutionGeometry, row: Int, columns: Range<Int>, _ body: (Run) -> Void) {
        let kw = row % g.kernel[2]
        let kh = row / g.kernel[2] % g.kernel[1]
        let kd = row / (g.kernel[2] * g.kernel[1]) % g.kernel[0]
        let channel = row / g.kernelPositions
        let (depth, height, width) = (g.input[0], g.input[1], g.input[2])
        let step = g.stride[2]
        var column = columns.lowerBound
        while column < columns.upperBound {
            let ow = column % g.output[2]
            let line = column / g.output[2]
            let length = Swift.min(g.output[2] - ow, columns.upperBound - column)
            let d = line / g.output[1] * g.stride[0] - g.padding[0] + kd * g.dilation[0]
            let h = line % g.output[1] * g.stride[1] - g.padding[1] + kh * g.dilation[1]
            let w = ow * step - g.padding[2] + kw * g.dilation[2]
            var run = Run(column: column - columns.lowerBound, length: length, valid: 0..<0, source: 0, step: step)
            if d >= 0 && d < depth && h >= 0 && h < height {
                let first = w >= 0 ? 0 : (step - 1 - w) / step
                let end = w >= width ? 0 : Swift.min(length, (width - 1 - w) / step + 1)
                if first < end {
                    run.valid = first..<end
                    run.source = ((channel * depth + d) * height + h) * width + w + first * step
                }
            }
            body(run)
            column += length
        }
    }

    /// y = w ∗ x.
    static func forward<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ geometry: ConvolutionGeometry) -> Tensor<
        Scalar
    > {
        let result = Tensor<Scalar>(uninitialised: geometry.outputShape)
        let g = geometry.overThreeAxes
        let rows = g.channelsPerGroup * g.kernelPositions
        let positions = g.outputPositions
        let tile = g.isPointwise ? positions : tileWidth(rows: rows, geometry: g)
        if result.count == 0 { return result }
        let tiles = (positions + tile - 1) / tile
        let y = result.storage.base
        x.withUnsafePointer { x in
            weight.withUnsafePointer { weight in
                Parallel.chunks(g.batch * g.groups * tiles) { range in
                    withScratch(g.isPointwise ? 0 : rows * tile, of: Scalar.self) { scratch in
                        for unit in range {
                            let first = unit % tiles * tile
                            let columns = first..<Swift.min(positions, first + tile)
                            let group = unit / tiles % g.groups
                            let image = unit / tiles / g.groups
                            let source = x + (image * g.inputChannels + group * g.channelsPerGroup) * g.inputPositions
                            if !g.isPointwise { unfold(source, g, rows: 0..<rows, columns: columns, to: scratch, width: columns.count) }
                            Scalar._gemm(
                                transposeA: false, transposeB: false, m: g.outputsPerGroup, n: columns.count, k: rows, alpha: 1,
                                a: weight + group * g.outputsPerGroup * rows, lda: rows, b: g.isPointwise ? source : UnsafePointer(scratch),
                                ldb: columns.count, beta: 0,
                                c: y + (image * g.outputChannels + group * g.outputsPerGroup) * positions + first, ldc: positions)
                        }
                    }
                }
            }
        }
        return result
    }

    /// The adjoint of `forward` in x: gx = wᵀ ∗ gy.
    static func backwardByData<Scalar: TensorScalar>(
        _ cotangent: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let result = Tensor<Scalar>(uninitialised: geometry.inputShape)
        let g = geometry.overThreeAxes
        let taps = g.kernelPositions
        let allRows = g.channelsPerGroup * taps
        let positions = g.outputPositions
        // Channels are shared out where images and groups are too few to keep every thread busy.
        let pieces = Swift.min(g.channelsPerGroup, Swift.max(1, (8 + g.batch * g.groups - 1) / Swift.max(1, g.batch * g.groups)))
        let y = result.storage.base
        if result.count == 0 { return result }
        cotangent.withUnsafePointer { cotangent in
            weight.withUnsafePointer { weight in
                Parallel.chunks(g.batch * g.groups * pieces) { range in
                    let most = (g.channelsPerGroup + pieces - 1) / pieces * taps
                    let tile = tileWidth(rows: most, geometry: g)
                    withScratch(g.isPointwise ? 0 : most * tile, of: Scalar.self) { scratch in
                        for unit in range {
                            let piece = unit % pieces
                            let group = unit / pieces % g.groups
                            let image = unit / pieces / g.groups
                            let start = g.channelsPerGroup * piece / pieces
                            let channels = g.channelsPerGroup * (piece + 1) / pieces - start
                            let target = y + (image * g.inputChannels + group * g.channelsPerGroup + start) * g.inputPositions
                            let source = cotangent + (image * g.outputChannels + group * g.outputsPerGroup) * positions
                            let matrix = weight + group * g.outputsPerGroup * allRows + start * taps
                            if g.isPointwise {
                                Scalar._gemm(
                                    transposeA: true, transposeB: false, m: channels, n: positions, k: g.outputsPerGroup, alpha: 1,
                                    a: matrix,
                                    lda: allRows, b: source, ldb: positions, beta: 0, c: target, ldc: positions)
                                continue
                            }
                            target.update(repeating: 0, count: channels * g.inputPositions)
                            for first in Swift.stride(from: 0, to: positions, by: tile) {
                                let columns = first..<Swift.min(positions, first + tile)
                                Scalar._gemm(
                                    transposeA: true, transposeB: false, m: channels * taps, n: columns.count, k: g.outputsPerGroup,
                                    alpha: 1,
                                    a: matrix, lda: allRows, b: source + first, ldb: positions, beta: 0, c: scratch, ldc: columns.count)
                                fold(scratch, g, rows: 0..<channels * taps, columns: columns, into: target, width: columns.count)
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The adjoint of `forward` in w: gw = Σ over images and positions of gy · unfolded xᵀ.
    ///
    /// Every thread sums over its share of tiles into weights of its own, which are then added in order: x is unfolded once and gy read
    /// once. Weights too large to hold once a thread are shared out by rows instead.
    static func backwardByWeights<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ cotangent: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let g = geometry.overThreeAxes
        let allRows = g.channelsPerGroup * g.kernelPositions
        let count = geometry.weightShape.elementCount
        if count == 0 || g.batch == 0 || g.outputPositions == 0 { return Tensor(repeating: 0, shape: geometry.weightShape) }
        let tile = tileWidth(rows: allRows, geometry: g)
        let tiles = (g.outputPositions + tile - 1) / tile
        let threads = Parallel.threads
        if count * threads <= 1 << 21 && g.batch * tiles >= threads * 2 {
            let pieces = threads
            let partial = Tensor<Scalar>(uninitialised: Shape([pieces] + geometry.weightShape))
            let sums = partial.storage.base
            x.withUnsafePointer { x in
                cotangent.withUnsafePointer { cotangent in
                    Parallel.forEach(pieces) { piece in
                        (sums + piece * count).update(repeating: 0, count: count)
                        addProducts(
                            x, cotangent, g, units: g.batch * tiles * piece / pieces..<g.batch * tiles * (piece + 1) / pieces,
                            groups: 0..<g.groups, rows: 0..<allRows, tile: tile, into: sums + piece * count)
                    }
                }
            }
            return pieces == 1 ? partial.reshaped(geometry.weightShape) : partial.sum(axes: [0])
        }
        let pieces = Swift.min(allRows, Swift.max(1, (8 + g.groups - 1) / g.groups))
        var result = Tensor<Scalar>(repeating: 0, shape: geometry.weightShape)
        result.withUnsafeMutablePointer { y in
            x.withUnsafePointer { x in
                cotangent.withUnsafePointer { cotangent in
                    Parallel.forEach(g.groups * pieces) { unit in
                        let piece = unit % pieces
                        let group = unit / pieces
                        let rows = allRows * piece / pieces..<allRows * (piece + 1) / pieces
                        let tile = tileWidth(rows: rows.count, geometry: g)
                        addProducts(
                            x, cotangent, g, units: 0..<g.batch * ((g.outputPositions + tile - 1) / tile), groups: group..<group + 1,
                            rows: rows, tile: tile, into: y)
                    }
                }
            }
        }
        return result
    }

    /// Adds gy · unfolded xᵀ over the tiles `units` (counted through all images) to the columns `rows` of the weights of `groups`.
    private static func addProducts<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, _ cotangent: UnsafePointer<Scalar>, _ g: ConvolutionGeometry, units: Range<Int>, groups: Range<Int>,
        rows: Range<Int>, tile: Int, into y: UnsafeMutablePointer<Scalar>
    ) {
        let positions = g.outputPositions
        let tiles = (positions + tile - 1) / tile
        let allRows = g.channelsPerGroup * g.kernelPositions
        withScratch(rows.count * tile, of: Scalar.self) { scratch in
            for unit in units {
                let image = unit / tiles
                let first = unit % tiles * tile
                let columns = first..<Swift.min(positions, first + tile)
                for group in groups {
                    let source = x + (image * g.inputChannels + group * g.channelsPerGroup) * g.inputPositions
                    let delta = cotangent + (image * g.outputChannels + group * g.outputsPerGroup) * positions
                    unfold(source, g, rows: rows, columns: columns, to: scratch, width: columns.count)
                    Scalar._gemm(
                        transposeA: false, transposeB: true, m: g.outputsPerGroup, n: rows.count, k: columns.count, alpha: 1,
                        a: delta + first, lda: positions, b: scratch, ldb: columns.count, beta: 1,
                        c: y + group * g.outputsPerGroup * allRows + rows.lowerBound, ldc: allRows)
                }
            }
        }
    }
}

/// Calls `body` with `count` uninitialised elements from the pool.
func withScratch<Scalar: TensorScalar>(_ count: Int, of _: Scalar.Type, _ body: (UnsafeMutablePointer<Scalar>) -> Void) {
    let bytes = Swift.max(1, count) * MemoryLayout<Scalar>.stride
    let buffer = BufferPool.allocate(bytes: bytes)
    body(buffer.assumingMemoryBound(to: Scalar.self))
    BufferPool.release(buffer, bytes: bytes)
}
