/// Passes over planes, one number a channel and image beside them. Each reads or writes every element once; threads share out planes,
/// and sums run in registers over at most 1024 steps before they are added up in double precision.
struct ChannelKernels<V: Vector> where V.Scalar: TensorScalar {
    typealias Scalar = V.Scalar

    /// Calls `body` for every register column of a plane: where it starts, its first entry, how many steps of what length; with one
    /// channel a plane the column runs along the positions and leaves a rest.
    @inline(__always)
    private static func forEachColumn(
        _ planes: ChannelPlanes, _ plane: Int, _ body: (_ start: Int, _ entry: Int, _ steps: Int, _ step: Int, _ rest: Int) -> Void
    ) {
        let start = plane &* planes.length
        if planes.block == 1 {
            let steps = planes.positions / V.width
            body(start, plane, steps, V.width, planes.positions &- steps &* V.width)
        } else {
            var lane = 0
            while lane < planes.block {
                body(start &+ lane, plane &* planes.block &+ lane, planes.positions, planes.block, 0)
                lane &+= V.width
            }
        }
    }

    /// A register of a channel's numbers: the lanes' own, or one for all.
    @inline(__always)
    private static func coefficient(_ values: UnsafePointer<Scalar>, _ entry: Int, _ planes: ChannelPlanes) -> V {
        planes.block == 1 ? V(values[entry]) : V(load: values + entry)
    }

    /// Adds a register to running totals: lane by lane, or all lanes to one total.
    @inline(__always)
    private static func add(_ value: V, to totals: UnsafeMutablePointer<Double>, _ planes: ChannelPlanes) {
        withUnsafeTemporaryAllocation(of: Scalar.self, capacity: V.width) { pad in
            value.store(to: pad.baseAddress!)
            for lane in 0..<V.width { totals[planes.block == 1 ? 0 : lane] += Double(pad[lane]) }
        }
    }

    /// Σ f and Σ g over every channel's positions, for terms (f, g) of two arrays and a number a channel.
    @inline(__always)
    private static func sums(
        _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ centre: UnsafePointer<Scalar>, _ planes: ChannelPlanes,
        first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>, _ term: (V, V, V) -> (V, V, V),
        _ scalarTerm: (Scalar, Scalar, Scalar) -> (Scalar, Scalar)
    ) {
        Parallel.chunks(planes.count, grain: planes.grain) { range in
            for plane in range {
                forEachColumn(planes, plane) { start, entry, steps, step, rest in
                    let width = planes.block == 1 ? 1 : V.width
                    for lane in 0..<width {
                        first[entry &+ lane] = 0
                        second[entry &+ lane] = 0
                    }
                    let c = coefficient(centre, entry, planes)
                    var i = 0
                    while i < steps {
                        let end = Swift.min(i &+ 1024, steps)
                        var (a0, a1, b0, b1) = (V(0), V(0), V(0), V(0))
                        while i &+ 2 <= end {
                            let p = start &+ i &* step
                            let t = term(V(load: x + p), V(load: y + p), c)
                            let u = term(V(load: x + (p &+ step)), V(load: y + (p &+ step)), c)
                            a0 = a0 + t.0
                            a1 = a1 + u.0
                            b0 = V.fusedMultiplyAdd(t.1, t.2, b0)
                            b1 = V.fusedMultiplyAdd(u.1, u.2, b1)
                            i &+= 2
                        }
                        if i < end {
                            let p = start &+ i &* step
                            let t = term(V(load: x + p), V(load: y + p), c)
                            a0 = a0 + t.0
                            b0 = V.fusedMultiplyAdd(t.1, t.2, b0)
                            i &+= 1
                        }
                        add(a0 + a1, to: first + entry, planes)
                        add(b0 + b1, to: second + entry, planes)
                    }
                    for j in 0..<rest {
                        let p = start &+ steps &* step &+ j
                        let t = scalarTerm(x[p], y[p], centre[entry])
                        first[entry] += Double(t.0)
                        second[entry] += Double(t.1)
                    }
                }
            }
        }
    }

    /// Σ (x − c) and Σ (x − c)².
    static func moments(
        _ x: UnsafePointer<Scalar>, centre: UnsafePointer<Scalar>, _ planes: ChannelPlanes, sum: UnsafeMutablePointer<Double>,
        squares: UnsafeMutablePointer<Double>
    ) {
        sums(x, x, centre, planes, first: sum, second: squares) { x, _, c in
            let d = x - c
            return (d, d, d)
        } _: { x, _, c in
            (x - c, (x - c) * (x - c))
        }
    }

    /// Σ g and Σ g (x − c).
    static func products(
        _ g: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>, centre: UnsafePointer<Scalar>, _ planes: ChannelPlanes,
        sum: UnsafeMutablePointer<Double>, products: UnsafeMutablePointer<Double>
    ) {
        sums(g, x, centre, planes, first: sum, second: products) { g, x, c in
            (g, g, x - c)
        } _: { g, x, c in
            (g, g * (x - c))
        }
    }

    /// y ← (x − c) a + b.
    static func affine(
        _ x: UnsafePointer<Scalar>, centre: UnsafePointer<Scalar>, slope: UnsafePointer<Scalar>, offset: UnsafePointer<Scalar>,
        _ planes: ChannelPlanes, _ y: UnsafeMutablePointer<Scalar>
    ) {
        Parallel.chunks(planes.count, grain: planes.grain) { range in
            for plane in range {
                forEachColumn(planes, plane) { start, entry, steps, step, rest in
                    let c = coefficient(centre, entry, planes)
                    let a = coefficient(slope, entry, planes)
                    let b = coefficient(offset, entry, planes)
                    for i in 0..<steps {
                        let p = start &+ i &* step
                        V.fusedMultiplyAdd(V(load: x + p) - c, a, b).store(to: y + p)
                    }
                    for j in 0..<rest {
                        let p = start &+ steps &* step &+ j
                        y[p] = offset[entry].addingProduct(x[p] - centre[entry], slope[entry])
                    }
                }
            }
        }
    }

    /// y ← a g + b (x − c) + d.
    static func combination(
        _ g: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>, centre: UnsafePointer<Scalar>, a: UnsafePointer<Scalar>,
        b: UnsafePointer<Scalar>, d: UnsafePointer<Scalar>, _ planes: ChannelPlanes, _ y: UnsafeMutablePointer<Scalar>
    ) {
        Parallel.chunks(planes.count, grain: planes.grain) { range in
            for plane in range {
                forEachColumn(planes, plane) { start, entry, steps, step, rest in
                    let c = coefficient(centre, entry, planes)
                    let slope = coefficient(a, entry, planes)
                    let pull = coefficient(b, entry, planes)
                    let offset = coefficient(d, entry, planes)
                    for i in 0..<steps {
                        let p = start &+ i &* step
                        V.fusedMultiplyAdd(V(load: g + p), slope, V.fusedMultiplyAdd(V(load: x + p) - c, pull, offset)).store(to: y + p)
                    }
                    for j in 0..<rest {
                        let p = start &+ steps &* step &+ j
                        y[p] = d[entry].addingProduct(x[p] - centre[entry], b[entry]).addingProduct(g[p], a[entry])
                    }
                }
            }
        }
    }
}

/// The kernels for a tensor's own scalar type.
enum ChannelPasses {
    @inline(__always)
    private static func cast<A, B>(_ p: UnsafePointer<A>) -> UnsafePointer<B> { UnsafeRawPointer(p).assumingMemoryBound(to: B.self) }
    @inline(__always)
    private static func cast<A, B>(_ p: UnsafeMutablePointer<A>) -> UnsafeMutablePointer<B> {
        UnsafeMutableRawPointer(p).assumingMemoryBound(to: B.self)
    }

    /// Σ (x − c) and Σ (x − c)² for every entry.
    static func moments<Scalar: TensorScalar>(_ x: PlaneView<Scalar>, centre: [Scalar]) -> (sum: [Double], squares: [Double]) {
        pair(x.planes) { sum, squares in
            x.withBase { base in
                if Scalar.self == Float.self {
                    ChannelKernels<FloatVector>.moments(cast(base), centre: cast(centre), x.planes, sum: sum, squares: squares)
                } else {
                    ChannelKernels<DoubleVector>.moments(cast(base), centre: cast(centre), x.planes, sum: sum, squares: squares)
                }
            }
        }
    }

    /// Σ g and Σ g (x − c) for every entry.
    static func products<Scalar: TensorScalar>(
        _ g: PlaneView<Scalar>, _ x: PlaneView<Scalar>, centre: [Scalar]
    ) -> (sum: [Double], products: [Double]) {
        pair(x.planes) { sum, products in
            g.withBase { g in
                x.withBase { base in
                    if Scalar.self == Float.self {
                        ChannelKernels<FloatVector>.products(
                            cast(g), cast(base), centre: cast(centre), x.planes, sum: sum, products: products)
                    } else {
                        ChannelKernels<DoubleVector>.products(
                            cast(g), cast(base), centre: cast(centre), x.planes, sum: sum, products: products)
                    }
                }
            }
        }
    }

    /// (x − c) a + b.
    static func affine<Scalar: TensorScalar>(
        _ x: PlaneView<Scalar>, shape: Shape, centre: [Scalar], slope: [Scalar], offset: [Scalar]
    ) -> Tensor<Scalar> {
        x.result(shape) { y in
            x.withBase { base in
                if Scalar.self == Float.self {
                    ChannelKernels<FloatVector>.affine(
                        cast(base), centre: cast(centre), slope: cast(slope), offset: cast(offset), x.planes, cast(y))
                } else {
                    ChannelKernels<DoubleVector>.affine(
                        cast(base), centre: cast(centre), slope: cast(slope), offset: cast(offset), x.planes, cast(y))
                }
            }
        }
    }

    /// a g + b (x − c) + d.
    static func combination<Scalar: TensorScalar>(
        _ g: PlaneView<Scalar>, _ x: PlaneView<Scalar>, shape: Shape, centre: [Scalar], a: [Scalar], b: [Scalar], d: [Scalar]
    ) -> Tensor<Scalar> {
        x.result(shape) { y in
            g.withBase { g in
                x.withBase { base in
                    if Scalar.self == Float.self {
                        ChannelKernels<FloatVector>.combination(
                            cast(g), cast(base), centre: cast(centre), a: cast(a), b: cast(b), d: cast(d), x.planes, cast(y))
                    } else {
                        ChannelKernels<DoubleVector>.combination(
                            cast(g), cast(base), centre: cast(centre), a: cast(a), b: cast(b), d: cast(d), x.planes, cast(y))
                    }
                }
            }
        }
    }

    private static func pair(
        _ planes: ChannelPlanes, _ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> ([Double], [Double]) {
        var first = Array(repeating: 0.0, count: planes.entries)
        var second = first
        first.withUnsafeMutableBufferPointer { a in
            second.withUnsafeMutableBufferPointer { b in
                if let a = a.baseAddress, let b = b.baseAddress { body(a, b) }
            }
        }
        return (first, second)
    }
}
