/// Runs element-wise kernels over whole tensors: broadcasting, views and threads.
enum Elementwise {
    /// y ← f(x) for a row-major x.
    static func run<Scalar: TensorScalar>(_ function: UnaryFunction, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let source = x.contiguous()
        let result = Tensor<Scalar>(uninitialised: x.shape)
        let from = UnsafePointer(source.storage.base + source.offset)
        let to = result.storage.base
        let count = x.count
        if count < Parallel.elementGrain {
            Scalar._apply(function, from, to, count)
        } else {
            Parallel.chunks(count, grain: Parallel.elementGrain / 2) { range in
                Scalar._apply(function, from + range.lowerBound, to + range.lowerBound, range.count)
            }
        }
        return result
    }

    /// f(a, b) with broadcasting.
    @inline(__always)
    static func run<Scalar: TensorScalar>(
        _ function: BinaryFunction, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, named name: StaticString
    ) -> Tensor<Scalar> {
        guard let shape = Shape.broadcast(a.shape, b.shape) else {
            preconditionFailure("\(name): shapes \(a.shape) and \(b.shape) do not broadcast")
        }
        let result = Tensor<Scalar>(uninitialised: shape)
        run(function, a, b, shape: shape, into: result.storage.base)
        return result
    }

    /// f(a, b) of equally shaped tensors written to row-major memory, which may be that of `a`.
    static func run<Scalar: TensorScalar>(
        _ function: BinaryFunction, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, into destination: UnsafeMutablePointer<Scalar>
    ) {
        run(function, a, b, shape: a.shape, into: destination)
    }

    private static func run<Scalar: TensorScalar>(
        _ function: BinaryFunction, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, shape: Shape, into to: UnsafeMutablePointer<Scalar>
    ) {
        let left = UnsafePointer(a.storage.base + a.offset)
        let right = UnsafePointer(b.storage.base + b.offset)
        let count = shape.elementCount
        let aIsWhole = a.isContiguous && a.shape == shape
        let bIsWhole = b.isContiguous && b.shape == shape
        if (aIsWhole || a.count == 1) && (bIsWhole || b.count == 1) && (aIsWhole || bIsWhole) {
            let sa = aIsWhole ? 1 : 0
            let sb = bIsWhole ? 1 : 0
            if count < Parallel.elementGrain {
                Scalar._apply(function, left, sa, right, sb, to, count)
            } else {
                Parallel.chunks(count, grain: Parallel.elementGrain / 2) { range in
                    let i = range.lowerBound
                    Scalar._apply(function, left + i * sa, sa, right + i * sb, sb, to + i, range.count)
                }
            }
            return
        }
        if count == 0 { return }
        let walk = BroadcastWalk(shape: shape, a.broadcastStrides(to: shape), b.broadcastStrides(to: shape))
        Parallel.chunks(walk.runs, grain: Swift.max(1, Parallel.elementGrain / 2 / walk.length)) { range in
            for run in range {
                let (i, j) = walk.offsets(of: run)
                Scalar._apply(function, left + i, walk.leftStride, right + j, walk.rightStride, to + run * walk.length, walk.length)
            }
        }
    }
}

/// A walk over the elements of a broadcast pair as equally long runs along the innermost axis, adjacent axes joined where both
/// operands step through them evenly.
struct BroadcastWalk {
    private var shape = Shape()
    private var left = Shape()
    private var right = Shape()
    let length: Int
    let leftStride: Int
    let rightStride: Int
    let runs: Int

    init(shape full: Shape, _ leftStrides: Shape, _ rightStrides: Shape) {
        for axis in 0..<full.rank where full[axis] != 1 {
            if shape.rank > 0 {
                let last = shape.rank - 1
                if left[last] == leftStrides[axis] * full[axis] && right[last] == rightStrides[axis] * full[axis] {
                    shape[last] *= full[axis]
                    left[last] = leftStrides[axis]
                    right[last] = rightStrides[axis]
                    continue
                }
            }
            shape.append(full[axis])
            left.append(leftStrides[axis])
            right.append(rightStrides[axis])
        }
        if shape.rank == 0 {
            length = 1
            leftStride = 1
            rightStride = 1
        } else {
            let last = shape.rank - 1
            length = shape.remove(at: last)
            leftStride = left.remove(at: last)
            rightStride = right.remove(at: last)
        }
        runs = shape.elementCount
    }

    @inline(__always)
    func offsets(of run: Int) -> (Int, Int) {
        var remaining = run
        var i = 0
        var j = 0
        var axis = shape.rank - 1
        while axis >= 0 {
            let extent = shape.extents[axis]
            let position = axis == 0 ? remaining : remaining % extent
            remaining /= extent
            i = i &+ position &* left.extents[axis]
            j = j &+ position &* right.extents[axis]
            axis -= 1
        }
        return (i, j)
    }
}

extension Tensor {
    /// Strides that read this tensor as one of shape `target`: 0 along axes that repeat.
    func broadcastStrides(to target: Shape) -> Shape {
        var result = Shape(repeating: 0, rank: target.rank)
        let lead = target.rank - rank
        for axis in 0..<rank where shape[axis] != 1 { result[axis + lead] = strides[axis] }
        return result
    }
}
