import Foundation
import LoamDynamics

/// The order of convergence that the last halving of steps shows: log₂ of the ratio of the last two errors. It differs from the method's
/// order by O(h).
func observedOrder(_ errors: [Double]) -> Double { log2(errors[errors.count - 2] / errors[errors.count - 1]) }

/// The harmonic oscillator q′ = p, p′ = −q.
@Sendable func harmonicOscillator(_ t: Double, _ y: UnsafePointer<Double>, _ dy: UnsafeMutablePointer<Double>) {
    dy[0] = y[1]
    dy[1] = -y[0]
}
