/// Pooling over row-major planes (one a channel of an image), any scalar. Planes are shared out among the threads.
enum PoolingKernels {
    /// Planes a thread takes at least.
    static func grain(_ elementsPerPlane: Int) -> Int { Swift.max(1, Parallel.elementGrain / Swift.max(1, elementsPerPlane)) }

    /// y[o] ← the largest x of window o, the first of equals, NaN before all; `indices[o]` ← its position in the plane.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func maximum<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, planes: Int, _ windows: PoolingWindows, values: UnsafeMutablePointer<Scalar>,
        indices: UnsafeMutablePointer<Int32>
    ) {
        let (height, width) = (windows.input[1], windows.input[2])
        Parallel.chunks(planes, grain: grain(windows.inputPositions)) { range in
            for plane in range {
                let source = x + plane * windows.inputPositions
                let y = values + plane * windows.outputPositions
                let index = indices + plane * windows.outputPositions
                windows.forEach { position, depths, heights, widths in
                    var best = -Scalar.infinity
                    var place = windows.firstPlace(depths, heights, widths)
                    for d in depths {
                        for h in heights {
                            let line = (d &* height &+ h) &* width
                            for w in widths {
                                let value = source[line &+ w]
                                let isNew = value > best || value != value  // never larger once the best is NaN
                                best = isNew ? value : best
                                place = isNew ? line &+ w : place
                            }
                        }
                    }
                    y[position] = best
                    index[position] = Int32(truncatingIfNeeded: place)
                }
            }
        }
    }

    /// y[o] ← Σ of window o, times `scale[o]`.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func average<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, planes: Int, _ windows: PoolingWindows, scale: [Scalar], values: UnsafeMutablePointer<Scalar>
    ) {
        let (height, width) = (windows.input[1], windows.input[2])
        Parallel.chunks(planes, grain: grain(windows.inputPositions)) { range in
            for plane in range {
                let source = x + plane * windows.inputPositions
                let y = values + plane * windows.outputPositions
                windows.forEach { position, depths, heights, widths in
                    var total: Scalar = 0
                    for d in depths {
                        for h in heights {
                            let line = (d &* height &+ h) &* width
                            for w in widths { total += source[line &+ w] }
                        }
                    }
                    y[position] = total * scale[position]
                }
            }
        }
    }

    /// The adjoint of `average`.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func spread<Scalar: TensorScalar>(
        _ y: UnsafePointer<Scalar>, planes: Int, _ windows: PoolingWindows, scale: [Scalar], into x: UnsafeMutablePointer<Scalar>
    ) {
        let (height, width) = (windows.input[1], windows.input[2])
        Parallel.chunks(planes, grain: grain(windows.inputPositions)) { range in
            for plane in range {
                let target = x + plane * windows.inputPositions
                let source = y + plane * windows.outputPositions
                target.update(repeating: 0, count: windows.inputPositions)
                windows.forEach { position, depths, heights, widths in
                    let share = source[position] * scale[position]
                    for d in depths {
                        for h in heights {
                            let line = (d &* height &+ h) &* width
                            for w in widths { target[line &+ w] += share }
                        }
                    }
                }
            }
        }
    }

    /// y[p, j] ← x[p, indices[p, j]] for every plane p.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func gather<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, _ indices: UnsafePointer<Int32>, planes: Int, inputs: Int, outputs: Int,
        values: UnsafeMutablePointer<Scalar>
    ) {
        Parallel.chunks(planes, grain: grain(outputs)) { range in
            for plane in range {
                let source = x + plane * inputs
                let y = values + plane * outputs
                let index = indices + plane * outputs
                for j in 0..<outputs { y[j] = source[Int(index[j])] }
            }
        }
    }

    /// The adjoint of `gather`: x[p, indices[p, j]] += y[p, j], from zero.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func scatter<Scalar: TensorScalar>(
        _ y: UnsafePointer<Scalar>, _ indices: UnsafePointer<Int32>, planes: Int, inputs: Int, outputs: Int,
        into x: UnsafeMutablePointer<Scalar>
    ) {
        Parallel.chunks(planes, grain: grain(inputs)) { range in
            for plane in range {
                let target = x + plane * inputs
                let source = y + plane * outputs
                let index = indices + plane * outputs
                target.update(repeating: 0, count: inputs)
                for j in 0..<outputs { target[Int(index[j])] += source[j] }
            }
        }
    }
}
