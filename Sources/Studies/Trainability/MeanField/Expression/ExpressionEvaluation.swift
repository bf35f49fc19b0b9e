import Foundation

extension ExpressionNode {
    /// Points that are evaluated together, so that the walk over the tree is paid once for many.
    private static let block = 128

    /// Value, first and second derivative at one point.
    func jet(at x: Double) -> ActivationJet {
        var jet = ActivationJet(0, 0, 0)
        withUnsafePointer(to: x) { evaluate($0, count: 1, value: &jet.value, slope: &jet.slope, curvature: &jet.curvature) }
        return jet
    }

    /// Values only.
    func values(at x: [Double]) -> [Double] {
        var value = x
        var (slope, curvature) = (x, x)
        evaluate(x, count: x.count, value: &value, slope: &slope, curvature: &curvature)
        return value
    }

    /// Value and two derivatives at `count` points by forward differentiation of second order.
    func evaluate(
        _ x: UnsafePointer<Double>, count: Int, value: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>,
        curvature: UnsafeMutablePointer<Double>
    ) {
        let size = min(count, Self.block)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * size * (height + 1)) { scratch in
            for start in stride(from: 0, to: count, by: Self.block) {
                let jets = JetBlock(scratch.baseAddress!, size: size, count: min(Self.block, count - start))
                fill(jets, at: x + start)
                (value + start).update(from: jets.value, count: jets.count)
                (slope + start).update(from: jets.slope, count: jets.count)
                (curvature + start).update(from: jets.curvature, count: jets.count)
            }
        }
    }

    /// Writes the jets of this node; the blocks behind `jets` are scratch.
    private func fill(_ jets: JetBlock, at x: UnsafePointer<Double>) {
        func binary(_ a: ExpressionNode, _ b: ExpressionNode, _ combine: (ActivationJet, ActivationJet) -> ActivationJet) {
            let second = jets.next
            a.fill(jets, at: x)
            b.fill(second, at: x)
            for i in 0..<jets.count { jets[i] = combine(jets[i], second[i]) }
        }
        switch self {
        case .number(let number): for i in 0..<jets.count { jets[i] = ActivationJet(number, 0, 0) }
        case .variable: for i in 0..<jets.count { jets[i] = ActivationJet(x[i], 1, 0) }
        case .negated(let a):
            a.fill(jets, at: x)
            for i in 0..<jets.count { jets[i] = ActivationJet(-jets[i].value, -jets[i].slope, -jets[i].curvature) }
        case .sum(let a, let b):
            binary(a, b) { ActivationJet($0.value + $1.value, $0.slope + $1.slope, $0.curvature + $1.curvature) }
        case .difference(let a, let b):
            binary(a, b) { ActivationJet($0.value - $1.value, $0.slope - $1.slope, $0.curvature - $1.curvature) }
        case .product(let a, let b):
            binary(a, b) {
                ActivationJet(
                    $0.value * $1.value, $0.slope * $1.value + $0.value * $1.slope,
                    $0.curvature * $1.value + 2 * $0.slope * $1.slope + $0.value * $1.curvature)
            }
        case .quotient(let a, let b):
            binary(a, b) { u, v in
                // y = u/v from u = yv: y′ = (u′ − yv′)/v, y″ = (u″ − 2y′v′ − yv″)/v.
                let value = u.value / v.value
                let slope = (u.slope - value * v.slope) / v.value
                return ActivationJet(value, slope, (u.curvature - 2 * slope * v.slope - value * v.curvature) / v.value)
            }
        case .power(let a, let n):
            a.fill(jets, at: x)
            // A coefficient of zero wins over 0 to a negative power: x² has the second derivative 2 at 0, x the second derivative 0.
            jets.chain { u in
                ActivationJet(
                    pow(u, n), n == 0 ? 0 : n * pow(u, n - 1), n == 0 || n == 1 ? 0 : n * (n - 1) * pow(u, n - 2))
            }
        // From below at a kink, where both sides are equal: the mean-field integrals split there anyway.
        case .maximum(let a, let b): binary(a, b) { $0.value >= $1.value ? $0 : ($1.value.isNaN || $1.value > $0.value ? $1 : $0) }
        case .minimum(let a, let b): binary(a, b) { $0.value <= $1.value ? $0 : ($1.value.isNaN || $1.value < $0.value ? $1 : $0) }
        case .call(let function, let a):
            a.fill(jets, at: x)
            switch function {
            case .activation(let activation):
                let outer = jets.next
                activation.evaluate(jets.value, count: jets.count, value: outer.value, slope: outer.slope, curvature: outer.curvature)
                for i in 0..<jets.count { jets[i] = outer[i].chained(with: jets[i]) }
            case .exponential:
                // Finite, so that a quotient of large exponentials far from 0 has finite slopes.
                jets.chain { u in
                    let e = Foundation.exp(min(u, 700))
                    return ActivationJet(e, e, e)
                }
            case .logarithm: jets.chain { ActivationJet(Foundation.log($0), 1 / $0, -1 / ($0 * $0)) }
            case .cosine:
                jets.chain { u in
                    let c = Foundation.cos(u)
                    return ActivationJet(c, -Foundation.sin(u), -c)
                }
            case .squareRoot:
                jets.chain { u in
                    let root = u.squareRoot()
                    return ActivationJet(root, 0.5 / root, -0.25 / (root * u))
                }
            case .magnitude: jets.chain { ActivationJet(abs($0), $0 > 0 ? 1 : -1, 0) }
            }
        }
    }
}

/// Jets at several points, stored as three arrays.
private struct JetBlock {
    let value, slope, curvature: UnsafeMutablePointer<Double>
    let size, count: Int

    init(_ start: UnsafeMutablePointer<Double>, size: Int, count: Int) {
        (value, slope, curvature) = (start, start + size, start + 2 * size)
        self.size = size
        self.count = count
    }

    /// The block behind this one.
    var next: JetBlock { JetBlock(value + 3 * size, size: size, count: count) }

    subscript(_ i: Int) -> ActivationJet {
        @inline(__always) get { ActivationJet(value[i], slope[i], curvature[i]) }
        @inline(__always) nonmutating set {
            value[i] = newValue.value
            slope[i] = newValue.slope
            curvature[i] = newValue.curvature
        }
    }

    /// Replaces u by f(u), given the jet of f.
    @inline(__always)
    func chain(_ f: (Double) -> ActivationJet) { for i in 0..<count { self[i] = f(value[i]).chained(with: self[i]) } }
}

extension ActivationJet {
    /// The jet of f∘u from the jet of f at u(x) and that of u: f′u′ and f″u′² + f′u″.
    @inline(__always)
    fileprivate func chained(with u: ActivationJet) -> ActivationJet {
        ActivationJet(value, slope * u.slope, curvature * u.slope * u.slope + slope * u.curvature)
    }
}
