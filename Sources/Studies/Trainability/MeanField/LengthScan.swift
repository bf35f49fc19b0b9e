import Foundation

/// E[φ²] at the lengths start·1.4ᵏ where the search for fixed points looks for changes of sign.
///
/// They do not depend on the variances, so a phase plane computes them once. Where lengths grow without bound every point of the plane
/// asks for all of them, most at variances whose integrals are slow.
struct LengthScan: Sendable {
    /// Lengths beyond count as infinite.
    static let longest = 1e6
    /// Lengths below count as 0.
    static let shortest = 1e-13

    private let values: [Double]
    private let lowest: Int

    /// Every value within the limits.
    init(_ theory: MeanField, start: Double) {
        let lowest = Int((log(Self.shortest / start) / log(1.4)).rounded(.up))
        let highest = Int((log(Self.longest / start) / log(1.4)).rounded(.down))
        self.lowest = lowest
        values = (lowest...highest).map { theory.lengthMoments(Self.length(start, $0)).value }
    }

    /// start·1.4ᵏ.
    static func length(_ start: Double, _ step: Int) -> Double { start * pow(1.4, Double(step)) }

    /// E[φ²] at start·1.4ᵏ; `nil` outside of the limits.
    subscript(step: Int) -> Double? { values.indices.contains(step - lowest) ? values[step - lowest] : nil }
}
