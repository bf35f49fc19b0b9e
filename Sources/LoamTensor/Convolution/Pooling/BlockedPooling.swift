/// Pooling over activations in channel blocks: eight channels a register, so that every load is a whole one whatever the windows.
enum BlockedPooling {
    /// y ← window maxima; `indices` ← the chosen element's place within its plane, lanes counted.
    static func maximum(
        _ x: BlockedActivations, _ windows: PoolingWindows, values: BlockedActivations, indices: UnsafeMutablePointer<Int32>
    ) {
        let block = x.block
        let (height, width) = (windows.input[1], windows.input[2])
        let planes = x.shape[0] * x.blocks
        Parallel.chunks(planes, grain: PoolingKernels.grain(x.positions * block)) { range in
            for plane in range {
                var lane = 0
                while lane < block {
                    let source = UnsafePointer(x.base + (plane &* x.positions &* block &+ lane))
                    let start = plane &* values.positions &* block &+ lane
                    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7) &+ Int32(lane)
                    windows.forEach { position, depths, heights, widths in
                        var best = FloatVector(-.infinity)
                        let first = windows.firstPlace(depths, heights, widths) &* block
                        var chosen = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: first))
                        for d in depths {
                            for h in heights {
                                let line = (d &* height &+ h) &* width
                                for w in widths {
                                    let place = (line &+ w) &* block
                                    let here = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: place))
                                    let value = FloatVector(load: source + place)
                                    let isLarger = best < value  // false once the best is NaN
                                    let isNumber = value == value
                                    best = value.selected(where: isLarger, otherwise: best).selected(where: isNumber, otherwise: value)
                                    chosen = here.replacing(with: chosen.replacing(with: here, where: isLarger), where: isNumber)
                                }
                            }
                        }
                        let target = start &+ position &* block
                        best.store(to: values.base + target)
                        UnsafeMutableRawPointer(indices + target).storeBytes(of: chosen &+ lanes, as: SIMD8<Int32>.self)
                    }
                    lane &+= 8
                }
            }
        }
    }

    /// y ← window sums times `scale`.
    static func average(_ x: BlockedActivations, _ windows: PoolingWindows, scale: [Float], values: BlockedActivations) {
        let block = x.block
        let (height, width) = (windows.input[1], windows.input[2])
        Parallel.chunks(x.shape[0] * x.blocks, grain: PoolingKernels.grain(x.positions * block)) { range in
            for plane in range {
                var lane = 0
                while lane < block {
                    let source = UnsafePointer(x.base + (plane &* x.positions &* block &+ lane))
                    let target = values.base + (plane &* values.positions &* block &+ lane)
                    windows.forEach { position, depths, heights, widths in
                        var total = FloatVector(0)
                        for d in depths {
                            for h in heights {
                                let line = (d &* height &+ h) &* width
                                for w in widths { total = total + FloatVector(load: source + (line &+ w) &* block) }
                            }
                        }
                        (total * FloatVector(scale[position])).store(to: target + position &* block)
                    }
                    lane &+= 8
                }
            }
        }
    }

    /// The adjoint of `average`.
    static func spread(_ y: BlockedActivations, _ windows: PoolingWindows, scale: [Float], into x: BlockedActivations) {
        let block = x.block
        let (height, width) = (windows.input[1], windows.input[2])
        Parallel.chunks(x.shape[0] * x.blocks, grain: PoolingKernels.grain(x.positions * block)) { range in
            for plane in range {
                (x.base + plane * x.positions * block).update(repeating: 0, count: x.positions * block)
                var lane = 0
                while lane < block {
                    let target = x.base + (plane &* x.positions &* block &+ lane)
                    let source = UnsafePointer(y.base + (plane &* y.positions &* block &+ lane))
                    windows.forEach { position, depths, heights, widths in
                        let share = FloatVector(load: source + position &* block) * FloatVector(scale[position])
                        for d in depths {
                            for h in heights {
                                let line = (d &* height &+ h) &* width
                                for w in widths {
                                    let place = target + (line &+ w) &* block
                                    (FloatVector(load: place) + share).store(to: place)
                                }
                            }
                        }
                    }
                    lane &+= 8
                }
            }
        }
    }
}
