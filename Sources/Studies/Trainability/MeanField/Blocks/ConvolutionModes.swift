import Foundation

/// How a convolutional layer damps differences between two inputs that vary over the image.
///
/// In an infinitely wide network with periodic padding on an nᵈ grid and kernels of (2κ+1)ᵈ taps, the spatially uniform part of a small
/// difference obeys the dense theory; a part with spatial frequency k = (k₁, …, k_d) is multiplied a layer by λ_k χ instead of χ,
/// λ_k = Π_i (1/(2κ+1)) Σ_{β=−κ}^{κ} cos(2πk_i β/n).
///
/// - Reference: Xiao, Bahri, Sohl-Dickstein, Schoenholz and Pennington, ICML 2018, section 2.3.
public struct ConvolutionModes: Sendable {
    /// Frequencies that are damped alike.
    public struct Mode: Hashable, Sendable {
        /// λ_k.
        public let factor: Double
        /// How many of the nᵈ frequencies have it.
        public let multiplicity: Int
        /// One of these frequencies: the smallest magnitudes, ascending.
        public let frequency: [Int]

        /// ξ_{c,k} = −1/ln|λ_k C′(c*)|, in layers, given C′(c*); infinite where |λ_k C′| is 1, 0 where it is 0.
        public func correlationScale(slope: Double) -> Double {
            let rate = abs(factor * slope)
            if abs(rate - 1) < 1e-12 { return .infinity }
            return rate == 0 ? 0 : -1 / log(rate)
        }
    }

    /// n, pixels along each side.
    public let grid: Int
    /// κ: kernels have 2κ + 1 taps along each side.
    public let reach: Int
    /// d.
    public let dimensions: Int
    /// Every λ_k, by descending magnitude; the first is the uniform mode, λ = 1.
    public let modes: [Mode]

    /// - Precondition: n ≥ 1, 1 ≤ d ≤ 3, and an odd `kernel` that is not longer than the grid.
    public init(grid: Int, kernel: Int, dimensions: Int = 2) {
        precondition(
            grid >= 1 && kernel >= 1 && kernel % 2 == 1 && kernel <= grid && (1...3).contains(dimensions),
            "ConvolutionModes: a kernel of \(kernel) on a grid of \(grid) in \(dimensions) dimensions; kernels are odd and fit the grid")
        self.grid = grid
        self.dimensions = dimensions
        reach = kernel / 2
        let factors = (0...(grid / 2)).map { ConvolutionModes.factor(frequency: $0, grid: grid, reach: kernel / 2) }
        // Frequencies up to sign and order of the axes: k and n − k are one, and the axes commute.
        var sorted: [[Int]] = [[]]
        for _ in 0..<dimensions {
            sorted = sorted.flatMap { partial in ((partial.last ?? 0)...(grid / 2)).map { partial + [$0] } }
        }
        modes = sorted.map { frequency in
            Mode(
                factor: frequency.reduce(1) { $0 * factors[$1] },
                multiplicity: ConvolutionModes.multiplicity(frequency, grid: grid), frequency: frequency)
        }.sorted { (abs($0.factor), $1.frequency.reduce(0, +)) > (abs($1.factor), $0.frequency.reduce(0, +)) }
    }

    /// The factor of one axis, (1/(2κ+1)) Σ_β cos(2πkβ/n).
    public static func factor(frequency: Int, grid: Int, reach: Int) -> Double {
        let sum = (-reach...reach).reduce(0.0) { $0 + cos(2 * Double.pi * Double(frequency * $1) / Double(grid)) }
        return sum / Double(2 * reach + 1)
    }

    /// Signs of every axis that change the frequency, times the orders of the axes.
    private static func multiplicity(_ frequency: [Int], grid: Int) -> Int {
        let signs = frequency.reduce(1) { $0 * ($1 == 0 || 2 * $1 == grid ? 1 : 2) }
        var orders = (1...max(1, frequency.count)).reduce(1, *)
        for value in Set(frequency) { orders /= (1...frequency.count { $0 == value }).reduce(1, *) }
        return signs * orders
    }
}
