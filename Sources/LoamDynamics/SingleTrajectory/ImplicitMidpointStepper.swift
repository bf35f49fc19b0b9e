/// One trajectory by the implicit midpoint rule y₁ = y₀ + h f(t + h/2, (y₀ + y₁)/2), in steps of the length it is given: order 2,
/// symmetric,
/// symplectic, and every quadratic law yᵀCy that the equation conserves is conserved by each step exactly
/// (Hairer, Lubich and Wanner, *Geometric Numerical Integration*, IV.2.1), up to the residual with which the step's equation is solved.
///
/// The equation for the midpoint is solved by fixed-point iteration with Anderson acceleration (Walker and Ni, 2011) over the last five
/// iterates, which converges for steps well beyond those of the plain iteration but not for stiff equations. Where the right-hand side
/// jumps within the step there may be no solution: ``step(_:_:)`` then says that it has not converged.
public final class ImplicitMidpointStepper {
    /// The number of components of the state.
    public let dimension: Int
    /// The residual of the midpoint's equation, relative to the state's size (root mean squares), at which iteration ends.
    public var tolerance: Double
    /// Iterations after which a step is given up.
    public var maximumIterations: Int
    /// The time that has been reached.
    public private(set) var time = 0.0

    /// How the solution of a step's equation went.
    public struct Outcome: Sendable, Hashable {
        /// Whether the residual came below the tolerance, or as far down as rounding lets it.
        public var isConverged: Bool
        /// Evaluations of the right-hand side.
        public var iterations: Int
        /// The residual that was reached, relative to the state's size.
        public var residual: Double
    }

    private let vectors: PaddedVectors
    private static let depth = 5
    /// State, midpoint, slope, residual and their predecessors, the best midpoint's slope, then differences: of residuals, of images, and
    /// orthonormalised ones.
    private enum Slot {
        static let state = 0, midpoint = 1, slope = 2, residual = 3, image = 4, oldResidual = 5, oldImage = 6, best = 7
        static let differences = 8
        static let count = 8 + 3 * ImplicitMidpointStepper.depth
    }

    /// A stepper for states of `dimension` components.
    public init(dimension: Int, tolerance: Double = 1e-15, maximumIterations: Int = 100) {
        precondition(dimension > 0, "ImplicitMidpointStepper(dimension: \(dimension)): a state has at least one component")
        self.dimension = dimension
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        vectors = PaddedVectors(count: Slot.count, dimension: dimension)
    }

    /// The state at ``time``. Valid until the stepper is used next.
    public var state: UnsafePointer<Double> { UnsafePointer(vectors.scalars(Slot.state)) }
    /// A copy of the state at ``time``.
    public var stateCopy: [Double] { Array(UnsafeBufferPointer(start: state, count: dimension)) }

    /// Begins a trajectory.
    public func start(at time: Double, from state: [Double]) {
        precondition(state.count == dimension, "ImplicitMidpointStepper.start: \(state.count) numbers for \(dimension) components")
        self.time = time
        for i in 0..<dimension { vectors.scalars(Slot.state)[i] = state[i] }
    }

    /// Takes a step of length `h` (which may be negative: the rule is symmetric). A step that has not converged is taken with the iterate
    /// of the smallest residual.
    public func step(_ h: Double, _ field: VectorField) -> Outcome {
        let n = vectors.octets
        let (y, z, slope, residual, image) = (
            vectors.vector(Slot.state), vectors.vector(Slot.midpoint), vectors.vector(Slot.slope), vectors.vector(Slot.residual),
            vectors.vector(Slot.image)
        )
        let (oldResidual, oldImage, best) = (
            vectors.vector(Slot.oldResidual), vectors.vector(Slot.oldImage), vectors.vector(Slot.best)
        )
        let half = 0.5 * h
        let middle = time + half
        var size = norm(y)
        field(middle, UnsafePointer(vectors.scalars(Slot.state)), vectors.scalars(Slot.slope))
        for i in 0..<n { z[i] = y[i] + slope[i] * half }
        size = max(size, norm(z), Double.leastNormalMagnitude)
        var smallest = Double.infinity
        var sinceBest = 0
        var iterations = 1
        var (stored, restarts) = (0, 0)
        var hasOld = false
        var isConverged = false
        while iterations < maximumIterations {
            field(middle, UnsafePointer(vectors.scalars(Slot.midpoint)), vectors.scalars(Slot.slope))
            iterations += 1
            for i in 0..<n {
                image[i] = y[i] + slope[i] * half
                residual[i] = image[i] - z[i]
            }
            let relative = norm(residual) / size
            if relative < smallest {
                smallest = relative
                sinceBest = 0
                best.update(from: slope, count: n)
            } else {
                sinceBest += 1
            }
            if relative <= tolerance { isConverged = true }
            // Rounding of the right-hand side may keep the residual from coming down further.
            if sinceBest >= 4 && smallest <= 64 * max(tolerance, Double.ulpOfOne) { isConverged = true }
            if isConverged { break }
            if !(relative <= 100 * smallest) {
                // An extrapolation that went astray: on from the best iterate, without memory.
                if !smallest.isFinite || restarts == 5 { break }
                restarts += 1
                for i in 0..<n { z[i] = y[i] + best[i] * half }
                stored = 0
                hasOld = false
                continue
            }
            if hasOld {
                let place = stored % Self.depth
                let (df, dg) = (difference(place), imageDifference(place))
                for i in 0..<n {
                    df[i] = residual[i] - oldResidual[i]
                    dg[i] = image[i] - oldImage[i]
                }
                stored += 1
            }
            hasOld = true
            oldResidual.update(from: residual, count: n)
            oldImage.update(from: image, count: n)
            z.update(from: image, count: n)
            subtractFit(of: residual, from: z, count: min(stored, Self.depth))
        }
        for i in 0..<n { y[i] += best[i] * h }
        time += h
        return Outcome(isConverged: isConverged, iterations: iterations, residual: smallest)
    }

    private func difference(_ place: Int) -> UnsafeMutablePointer<Octet> { vectors.vector(Slot.differences + place) }
    private func imageDifference(_ place: Int) -> UnsafeMutablePointer<Octet> { vectors.vector(Slot.differences + Self.depth + place) }
    private func orthonormal(_ place: Int) -> UnsafeMutablePointer<Octet> { vectors.vector(Slot.differences + 2 * Self.depth + place) }

    /// z ← z − ΔG γ, γ the least-squares fit of the residual by the differences of residuals ΔF (by Gram and Schmidt, directions that add
    /// nothing left out).
    private func subtractFit(of residual: UnsafeMutablePointer<Octet>, from z: UnsafeMutablePointer<Octet>, count: Int) {
        if count == 0 { return }
        let n = vectors.octets
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.depth * (Self.depth + 1)) { memory in
            // The triangular factor by columns, then the right-hand side.
            let r = memory.baseAddress!
            let b = r + Self.depth * Self.depth
            var used: [Int] = []
            used.reserveCapacity(count)
            for column in 0..<count {
                let q = orthonormal(column)
                q.update(from: difference(column), count: n)
                let length = dot(q, q).squareRoot()
                for earlier in used {
                    let share = dot(orthonormal(earlier), q)
                    r[column * Self.depth + earlier] = share
                    let other = orthonormal(earlier)
                    for i in 0..<n { q[i] -= other[i] * share }
                }
                let rest = dot(q, q).squareRoot()
                guard rest > 1e-8 * length && rest > 0 else { continue }
                r[column * Self.depth + column] = rest
                for i in 0..<n { q[i] *= 1 / rest }
                b[column] = dot(q, residual)
                used.append(column)
            }
            for (position, column) in used.enumerated().reversed() {
                var value = b[column]
                for later in used[(position + 1)...] { value -= r[later * Self.depth + column] * b[later] }
                b[column] = value / r[column * Self.depth + column]
            }
            for column in used {
                let change = imageDifference(column)
                for i in 0..<n { z[i] -= change[i] * b[column] }
            }
        }
    }

    private func dot(_ a: UnsafeMutablePointer<Octet>, _ b: UnsafeMutablePointer<Octet>) -> Double {
        var sum = Octet(repeating: 0)
        for i in 0..<vectors.octets { sum += a[i] * b[i] }
        return sum.sum()
    }

    private func norm(_ a: UnsafeMutablePointer<Octet>) -> Double { (dot(a, a) / Double(dimension)).squareRoot() }
}
