/// The draws that data sets are made of, each a fixed function of the generator's bits.
extension RandomNumberGenerator {
    /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A uniform number in [lower, upper).
    mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
        lower + (upper - lower) * unit()
    }

    /// A standard normal number by the Box–Muller transform (the sine partner is not used, so a draw has no memory).
    mutating func normal() -> Double {
        let radius = (-2 * Math.log(1 - unit())).squareRoot()
        return radius * Math.cos(2 * .pi * unit())
    }

    /// A uniform integer in 0..<bound without bias (Lemire's method, ACM TOMACS 29:3, 2019).
    mutating func integer(below bound: Int) -> Int {
        Int(next(upperBound: UInt64(bound)))
    }
}
