/// One forward map by Winograd's filtering, in the words of its tiles: a plane of y at one depth is covered by 2×2 tiles, those of all
/// images of the batch in one row; a chunk of them is transformed, multiplied and transformed back while it is in the second-level
/// cache, and swept through the depths, so that each plane of x is transformed once for all three depth taps.
///
/// The backward map by data is the forward map of the cotangent with the flipped kernel and padding 2 − p.
struct WinogradPlan {
    let batch: Int
    /// Extents [depth, height, width] of what is read and of what is written.
    let input: Shape
    let output: Shape
    let padding: Shape
    /// Depth taps: 1 or 3.
    let taps: Int
    /// Blocks of eight channels read and written.
    let inputBlocks: Int
    let outputBlocks: Int

    init(forward geometry: ConvolutionGeometry) {
        let g = geometry.overThreeAxes
        batch = g.batch
        input = g.input
        output = g.output
        padding = g.padding
        taps = g.kernel[0]
        inputBlocks = (g.inputChannels + 7) / 8
        outputBlocks = (g.outputChannels + 7) / 8
    }

    init(byData geometry: ConvolutionGeometry) {
        let g = geometry.overThreeAxes
        batch = g.batch
        input = g.output
        output = g.input
        padding = Shape((0..<3).map { g.kernel[$0] - 1 - g.padding[$0] })
        taps = g.kernel[0]
        inputBlocks = (g.outputChannels + 7) / 8
        outputBlocks = (g.inputChannels + 7) / 8
    }

    var tileRows: Int { (output[1] + 1) / 2 }
    var tileColumns: Int { (output[2] + 1) / 2 }
    /// Tiles of one depth, all images.
    var tiles: Int { batch * tileRows * tileColumns }
    var inputPlane: Int { input[1] * input[2] }
    var outputPlane: Int { output[1] * output[2] }

    /// Where one tile reads and writes, in elements from the start of a channel block of the first image and of a depth.
    struct Tile {
        var source = 0
        var target = 0
        /// The rows and columns of the 4×4 elements read that are inside the image.
        var rows: Range<Int32> = 0..<4
        var columns: Range<Int32> = 0..<4
        var isInside = true
        /// Rows and columns of the 2×2 elements written that exist.
        var height: Int32 = 2
        var width: Int32 = 2
    }

    /// Describes the tiles `range`.
    func describe(_ range: Range<Int>, to list: UnsafeMutablePointer<Tile>) {
        let (rows, columns) = (tileRows, tileColumns)
        let sourceImage = inputBlocks * input.elementCount * 8
        let targetImage = outputBlocks * output.elementCount * 8
        func inside(_ first: Int, _ extent: Int) -> Range<Int32> {
            let low = Swift.max(0, -first)
            return Int32(low)..<Int32(Swift.max(low, Swift.min(4, extent - first)))
        }
        for index in range {
            let image = index / (rows * columns)
            let row = index / columns % rows * 2
            let column = index % columns * 2
            let (h, w) = (row - padding[1], column - padding[2])
            let tile = Tile(
                source: image * sourceImage + (h * input[2] + w) * 8, target: image * targetImage + (row * output[2] + column) * 8,
                rows: inside(h, input[1]), columns: inside(w, input[2]),
                isInside: h >= 0 && w >= 0 && h + 4 <= input[1] && w + 4 <= input[2],
                height: Int32(Swift.min(2, output[1] - row)), width: Int32(Swift.min(2, output[2] - column)))
            (list + (index - range.lowerBound)).initialize(to: tile)
        }
    }

    /// The distance between arrays of `count` elements for the sixteen points of tiles: 256 bytes more than a multiple of 4 KiB, so
    /// that the sixteen streams that a transform reads or writes fall into different sets of the first-level cache.
    static func spacing(_ count: Int) -> Int { (count + 1023 - 64) / 1024 * 1024 + 64 }

    /// How many of `blocks` output blocks, which have `bytes` bytes of weights at the sixteen points, are taken at a time so that those
    /// of each thread stay in the last-level cache (2 MiB); an even number, and a share for every thread.
    static func portion(of blocks: Int, bytes: Int, threads: Int) -> Int {
        let fitting = Swift.max(2, blocks * (2 << 20) / bytes)
        return Swift.max(2, Swift.min(fitting, blocks / threads) / 2 * 2)
    }

    /// Bᵀ x B of the tiles `list` at depth `depth` of x; zeros for a depth outside.
    func transformInput(
        _ x: UnsafePointer<Float>, depth: Int, _ list: UnsafePointer<Tile>, count: Int, capacity: Int, to v: UnsafeMutablePointer<Float>,
        step: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        if depth < 0 || depth >= input[0] {
            for point in 0..<16 {
                for block in 0..<inputBlocks { (v + (point * step + block * capacity * 8)).update(repeating: 0, count: count * 8) }
            }
            return
        }
        let line = input[2] &* 8
        let positions = input.elementCount
        let plane = inputPlane
        for block in 0..<inputBlocks {
            let base = x + (block &* positions &+ depth &* plane) &* 8
            var to = v + block &* capacity &* 8
            for index in 0..<count {
                let tile = list + index
                if tile.pointee.isInside {
                    WinogradTransforms.input(base + tile.pointee.source, line: line, to: to, step: step)
                } else {
                    WinogradPlan.gather(base, tile, line: line, to: scratch)
                    WinogradTransforms.input(scratch, line: 32, to: to, step: step)
                }
                to += 8
            }
        }
    }

    /// The 4×4 elements of a tile at the edge, zero outside the image.
    private static func gather(_ x: UnsafePointer<Float>, _ tile: UnsafePointer<Tile>, line: Int, to target: UnsafeMutablePointer<Float>) {
        let (rows, columns) = (tile.pointee.rows, tile.pointee.columns)
        // Of an element outside the address is that of a zero, not of x: no branches, which would be mispredicted.
        let zero = UnsafePointer(target + 128)
        FloatVector(0).store(to: target + 128)
        @inline(__always) func isInside(_ i: Int32, _ range: Range<Int32>) -> Bool { i >= range.lowerBound && i < range.upperBound }
        let (c0, c1, c2, c3) = (isInside(0, columns), isInside(1, columns), isInside(2, columns), isInside(3, columns))
        var from = x + tile.pointee.source
        var to = target
        for row in 0..<4 as Range<Int32> {
            let isRow = isInside(row, rows)
            FloatVector(load: isRow && c0 ? from : zero).store(to: to)
            FloatVector(load: isRow && c1 ? from + 8 : zero).store(to: to + 8)
            FloatVector(load: isRow && c2 ? from + 16 : zero).store(to: to + 16)
            FloatVector(load: isRow && c3 ? from + 24 : zero).store(to: to + 24)
            from += line
            to += 32
        }
    }

    /// How the tiles are cut into chunks, and the depths into segments: one job is a chunk in a segment.
    struct Cut {
        /// Tiles a chunk has room for, a multiple of six.
        var capacity: Int
        var chunks: Int
        var segments: Int
        var jobs: Int { chunks * segments }
    }

    /// Chunks of about `wanted` tiles, as many for each thread.
    func cut(wanted: Int, threads: Int) -> Cut {
        let size = Swift.max(6, Swift.min(wanted, tiles))
        var chunks = (tiles + size - 1) / size
        let segments = threads > 1 && chunks < 8 * threads && output[0] >= 8 * threads ? threads : 1
        if segments == 1 { chunks = (chunks + threads - 1) / threads * threads }
        let capacity = ((tiles + chunks - 1) / chunks + 5) / 6 * 6
        return Cut(capacity: capacity, chunks: (tiles + capacity - 1) / capacity, segments: segments)
    }

    /// The tiles and the depths of y of one job.
    func job(_ index: Int, of cut: Cut) -> (tiles: Range<Int>, depths: Range<Int>) {
        let segment = index / cut.chunks
        let first = index % cut.chunks * cut.capacity
        return (
            first..<Swift.min(tiles, first + cut.capacity),
            output[0] * segment / cut.segments..<output[0] * (segment + 1) / cut.segments
        )
    }

    /// Where plane `depth` of x is kept among the `taps` that are in use at a time.
    @inline(__always)
    func slot(_ depth: Int) -> Int { (depth % taps + taps) % taps }
}
