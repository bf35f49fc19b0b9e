import RealModule

extension Tensor where Element: TensorScalar {
    /// Independent numbers uniform in `range`. Element i depends on the generator's seed, stream and position and on i alone.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public init(uniform shape: Shape, in range: Range<Element> = 0..<1, using generator: inout PhiloxGenerator) {
        let low = range.lowerBound
        let width = range.upperBound - range.lowerBound
        self.init(random: shape, perBlock: 2, using: &generator) { words, first, second in
            first = Swift.min(low + width * unit(words.x, words.y), range.upperBound.nextDown)
            second = Swift.min(low + width * unit(words.z, words.w), range.upperBound.nextDown)
        }
        /// The top bits of a 64-bit word (`b` its upper half) as a number in [0, 1) of this precision. A `Float` is the `Double` of
        /// the same draw, truncated.
        func unit(_ a: UInt32, _ b: UInt32) -> Element {
            Element.self == Float.self
                ? Element(b &>> 8) * Element(0x1p-24) : Element((UInt64(a) | UInt64(b) &<< 32) &>> 11) * Element(0x1p-53)
        }
    }

    /// Independent Gaussian numbers (Box and Muller).
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public init(
        normal shape: Shape, mean: Element = 0, standardDeviation: Element = 1, using generator: inout PhiloxGenerator
    ) {
        self.init(random: shape, perBlock: 2, using: &generator) { words, first, second in
            // 64 bits for the radius, so that tails beyond 6σ occur as often as they should.
            let u = (Double((UInt64(words.x) | UInt64(words.y) &<< 32) &>> 11) + 0.5) * 0x1p-53
            let angle = 2 * Double.pi * (Double((UInt64(words.z) | UInt64(words.w) &<< 32) &>> 11) * 0x1p-53)
            let radius = (-2 * Double.log(u)).squareRoot()
            first = mean + standardDeviation * Element(radius * Double.cos(angle))
            second = mean + standardDeviation * Element(radius * Double.sin(angle))
        }
    }

    @inline(__always)
    private init(
        random shape: Shape, perBlock: Int, using generator: inout PhiloxGenerator,
        _ fill: (SIMD4<UInt32>, inout Element, inout Element) -> Void
    ) {
        self.init(uninitialised: shape)
        let count = shape.elementCount
        let blocks = (count + perBlock - 1) / perBlock
        let first = generator.reserve(blocks: blocks)
        let seed = generator.seed
        let stream = generator.stream
        let target = storage.base
        Parallel.chunks(blocks, grain: 4096) { range in
            var a = Element(0)
            var b = Element(0)
            for block in range {
                fill(PhiloxGenerator.block(seed: seed, stream: stream, index: first &+ UInt64(block)), &a, &b)
                target[2 * block] = a
                if 2 * block + 1 < count { target[2 * block + 1] = b }
            }
        }
    }

    /// Independent 0s and 1s, 1 with the given probability.
    public init(bernoulli shape: Shape, probability: Element, using generator: inout PhiloxGenerator) {
        let uniform = Tensor(uniform: shape, using: &generator)
        self.init(casting: uniform.elementsLess(than: Tensor(probability)))
    }
}
