import LoamTensor

/// A prepared piece of work.
struct Work {
    /// Does it once, from start to finish.
    let call: () -> Void
    /// A few numbers that every contestant must compute alike.
    let check: [Double]
}

/// Values in [low, high) fixed by `name`: the 32-bit finaliser of MurmurHash3 of the index, started at the FNV-1a hash of the name.
/// The peers' `uniform` gives the same values; beyond 2²⁰ they repeat.
func uniform(_ name: String, _ shape: Shape, in range: Range<Float> = -0.5..<0.5) -> Tensor<Float> {
    var seed: UInt32 = 2_166_136_261
    for byte in name.utf8 { seed = (seed ^ UInt32(byte)) &* 16_777_619 }
    let width = range.upperBound - range.lowerBound
    return Tensor(shape: shape) { elements in
        for index in elements.indices.prefix(1 << 20) {
            var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
            x ^= x >> 16
            x = x &* 0x85EB_CA6B
            x ^= x >> 13
            x = x &* 0xC2B2_AE35
            x ^= x >> 16
            elements[index] = range.lowerBound + Float(x >> 8) * 0x1p-24 * width
        }
        for index in elements.indices.dropFirst(1 << 20) { elements[index] = elements[index - 1 << 20] }
    }
}

/// Class indices in 0..<classes, from the same sequence.
func labels(_ name: String, _ count: Int, classes: Int) -> Tensor<Int32> {
    Tensor(uniform(name, [count], in: 0..<1).scalars.map { min(Int32($0 * Float(classes)), Int32(classes - 1)) })
}

/// The mean magnitude of each tensor's elements, summed in double precision.
func meanMagnitudes(_ tensors: [Tensor<Float>]) -> [Double] {
    tensors.map { tensor in
        tensor.withUnsafePointer { elements in
            (0..<tensor.count).reduce(0.0) { $0 + Double(elements[$1].magnitude) } / Double(tensor.count)
        }
    }
}

/// Keeps a result from being optimised away.
@inline(never)
func use<Value>(_ value: Value) {}
