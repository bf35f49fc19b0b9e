/// The conserved quantities of deep networks.
public enum DeepInvariants {
    /// c_{h,k} = ‖W_h[k,:]‖² + b_{h,k}² − κ‖W_{h+1}[:,k]‖² of every hidden neuron, layer by layer. Conserved by gradient flow.
    public static func neurons(_ architecture: DeepArchitecture, _ theta: [Double]) -> [[Double]] {
        (0..<architecture.depth - 1).map { h in
            let full = matrix(architecture, theta, layer: h, diagonalOnly: true)
            return (0..<architecture.widths[h + 1]).map { full[$0][$0] }
        }
    }

    /// C_h = W_h W_hᵀ + b_h b_hᵀ − W_{h+1}ᵀ W_{h+1} of every hidden layer: conserved entry by entry where the activation is linear, on
    /// the diagonal alone for ReLU and leaky ReLU.
    public static func matrices(_ architecture: DeepArchitecture, _ theta: [Double]) -> [[[Double]]] {
        (0..<architecture.depth - 1).map { matrix(architecture, theta, layer: $0, diagonalOnly: false) }
    }

    private static func matrix(
        _ architecture: DeepArchitecture, _ theta: [Double], layer h: Int, diagonalOnly: Bool
    ) -> [[Double]] {
        let degree = architecture.activation.homogeneityDegree ?? 1
        let (width, inputs, outputs) = (architecture.widths[h + 1], architecture.widths[h], architecture.widths[h + 2])
        let (start, bias) = architecture.offsets(h)
        let next = architecture.offsets(h + 1).weights
        var result = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
        for j in 0..<width {
            for k in 0..<width where !diagonalOnly || j == k {
                var c = 0.0
                for i in 0..<inputs { c += theta[start + j * inputs + i] * theta[start + k * inputs + i] }
                if architecture.hasBias(h) { c += theta[bias + j] * theta[bias + k] }
                for o in 0..<outputs { c -= degree * theta[next + o * width + j] * theta[next + o * width + k] }
                result[j][k] = c
            }
        }
        return result
    }

    /// The signs of single weights that gradient flow can never change, each with the neuron that proves it.
    ///
    /// A neuron with one outgoing weight and c < 0 freezes that weight's sign; one with a single incoming weight, no bias and c > 0
    /// freezes that one's. More may be frozen; nothing else is claimed. A chain (all widths 1) is decided wholly by ``Chain``.
    public static func frozenSigns(
        _ architecture: DeepArchitecture, _ theta: [Double], tolerance: Double = 1e-12
    ) -> [FrozenSign] {
        guard architecture.activation.homogeneityDegree != nil else { return [] }
        let c = neurons(architecture, theta)
        var result: [FrozenSign] = []
        for h in 0..<architecture.depth - 1 {
            for k in 0..<architecture.widths[h + 1] {
                if architecture.widths[h + 2] == 1, c[h][k] < -tolerance {
                    let index = architecture.offsets(h + 1).weights + k
                    result.append(FrozenSign(layer: h + 1, row: 0, column: k, sign: theta[index] > 0 ? 1 : -1, c: c[h][k]))
                }
                if architecture.widths[h] == 1, !architecture.hasBias(h), c[h][k] > tolerance {
                    let index = architecture.offsets(h).weights + k
                    result.append(FrozenSign(layer: h, row: k, column: 0, sign: theta[index] > 0 ? 1 : -1, c: c[h][k]))
                }
            }
        }
        return result
    }

    /// A weight whose sign gradient flow cannot change.
    public struct FrozenSign: Sendable, Hashable {
        /// The layer of weights, from 0, and the entry of its matrix.
        public let layer, row, column: Int
        /// 1 or −1.
        public let sign: Int
        /// The invariant of the neuron that proves it.
        public let c: Double
    }

    /// How many independent laws a shallow linear network of inner width r has: every entry of C, less what its rank ties.
    public static func linearLawCount(inputs: Int, inner r: Int, outputs: Int) -> Int {
        let outer = inputs + outputs
        return outer >= r ? r * (r + 1) / 2 : outer * (2 * r + 1 - outer) / 2
    }
}

/// A chain of L weights, all layers one neuron wide: f(x) = w_L σ(… σ(w_1 x)). Its laws are w_h² − w_{h+1}² = const.
public enum Chain {
    /// How many components the level set of the laws has.
    ///
    /// Along it all squares move together, w_h² = s + d_h with s above −min d_h: only the smallest can reach 0. If it is the only one, its
    /// sign changes there and all others are frozen: 2^{L−1} smooth curves. If m are smallest together, they reach 0 together, and all
    /// their sign patterns meet: 2^{L−m} crossings.
    public static func componentCount(_ weights: [Double], tolerance: Double = 1e-12) -> Int {
        precondition(!weights.isEmpty && weights.count < 62, "Chain: \(weights.count) weights")
        let squares = weights.map { $0 * $0 }
        let least = squares.min()!
        let scale = squares.max()!
        let ties = squares.count { $0 - least <= tolerance * scale }
        return 1 << (weights.count - ties)
    }

    /// The positions whose sign can never change under gradient flow.
    public static func frozen(_ weights: [Double], tolerance: Double = 1e-12) -> [Int] {
        let squares = weights.map { $0 * $0 }
        guard let least = squares.min(), let scale = squares.max() else { return [] }
        return weights.indices.filter { squares[$0] - least > tolerance * scale }
    }
}
