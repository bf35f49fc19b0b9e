import LoamTensor

/// NASWOT: ln |det K|, K_ij the number of units that images i and j put on the same side of zero (Mellor et al. 2021).
///
/// The code of an image has a bit for every unit that a nonlinear activation is applied to: 1 where its pre-activation is above 0. Images
/// that
/// the untrained network tells apart have different codes; two images of one code make K singular.
public struct ActivationCodes: Sendable {
    /// The number of images.
    public let images: Int
    /// Bits a code has so far.
    public private(set) var units = 0
    /// The codes, a list of words an image.
    private var words: [[UInt64]]

    /// Codes without bits.
    public init(images: Int) {
        self.images = images
        words = [[UInt64]](repeating: [], count: images)
    }

    /// Adds a bit for every element of an image's pre-activations [images, …].
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func append<Scalar: TensorScalar>(_ h: Tensor<Scalar>) {
        precondition(h.shape[0] == images, "ActivationCodes.append: \(h.shape[0]) rows for \(images) images")
        let count = h.count / max(1, images)
        h.withUnsafePointer { h in
            for image in 0..<images {
                let row = h + image * count
                for start in stride(from: 0, to: count, by: 64) {
                    var word: UInt64 = 0
                    // Half of the signs are a surprise: no branch on them.
                    for bit in 0..<min(64, count - start) { word |= (row[start + bit] > 0 ? 1 : 0) &<< UInt64(truncatingIfNeeded: bit) }
                    words[image].append(word)
                }
            }
        }
        units += count
    }

    /// The bits of the first stage that was appended as text, of its first `units` units.
    public func code(_ image: Int, units: Int) -> String {
        String((0..<units).map { words[image][$0 / 64] >> UInt64($0 % 64) & 1 == 1 ? "1" : "0" as Character })
    }

    /// K, row-major.
    public var agreements: [Double] {
        var kernel = [Double](repeating: Double(units), count: images * images)
        for i in 0..<images {
            for j in 0..<i {
                let differing = zip(words[i], words[j]).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
                kernel[i * images + j] = Double(units - differing)
                kernel[j * images + i] = Double(units - differing)
            }
        }
        return kernel
    }

    /// ln |det K| by LU decomposition; −∞ for a singular K, in the sense of its rank in double precision.
    public func score() throws -> Double {
        let kernel = Tensor(agreements, shape: [images, images])
        guard Int(try matrixRank(kernel).item) == images else { return -.infinity }
        return try logDeterminant(kernel).logMagnitude.item
    }
}
