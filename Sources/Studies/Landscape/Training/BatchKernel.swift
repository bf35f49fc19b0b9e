import Foundation

/// The fused forward and backward pass of one block of trajectories, one a lane.
///
/// Four samples at a time: each weight is loaded once for the forward pass of the four, each gradient entry loaded and stored once for
/// their backward pass; pre-activations of the four stay in l × 4 registers' worth of scratch. No array of n × l numbers exists.
/// Per trajectory and step n·l·(4D + 4e + 1) floating-point operations; memory traffic beyond the caches is the parameters alone, once a
/// run, since all steps of a block are done before the next block.
struct BatchKernel<V: Lanes>: Sendable where V: Sendable {
    let architecture: ShallowArchitecture
    let loss: Loss
    /// Rows of D numbers; the last is a row of zeros that fills up groups of four.
    private let rows: [V.Scalar]
    private let targets: [V.Scalar]
    private let count: Int
    private let slopes: (negative: V.Scalar, positive: V.Scalar)
    private let isFlatBelow: Bool

    init(_ problem: ShallowProblem) {
        architecture = problem.architecture
        loss = problem.loss
        count = problem.samples.count
        rows = problem.rows.map { V.Scalar($0) } + [V.Scalar](repeating: 0, count: problem.architecture.incoming)
        targets = problem.samples.targets.map { V.Scalar($0) } + [V.Scalar](repeating: 0, count: problem.architecture.outputs)
        let slopes = problem.architecture.activation.slopes
        self.slopes = (V.Scalar(slopes.negative), V.Scalar(slopes.positive))
        isFlatBelow = slopes.negative == 0
    }

    /// Vectors of scratch memory: pre-activations and outputs of four samples.
    var scratchCount: Int { 4 * architecture.hidden + 4 * architecture.outputs }

    /// Overwrites `gradient` with the mean gradient over the samples and returns their mean loss.
    ///
    /// - Parameters:
    ///   - theta: parameterCount vectors.
    ///   - minibatch: indices; all samples where nil.
    @inline(__always)
    func gradient(
        _ theta: UnsafePointer<V>, _ gradient: UnsafeMutablePointer<V>, _ scratch: UnsafeMutablePointer<V>, minibatch: [Int]?
    ) -> V {
        for p in 0..<architecture.parameterCount { gradient[p] = V(repeating: 0) }
        return rows.withUnsafeBufferPointer { rows in
            targets.withUnsafeBufferPointer { targets in
                if architecture.activation.isPiecewiseLinear {
                    return pass(theta, gradient, scratch, rows.baseAddress!, targets.baseAddress!, minibatch)
                }
                return generalPass(theta, gradient, scratch, rows.baseAddress!, targets.baseAddress!, minibatch)
            }
        }
    }

    @inline(__always)
    private func pass(
        _ theta: UnsafePointer<V>, _ gradient: UnsafeMutablePointer<V>, _ scratch: UnsafeMutablePointer<V>,
        _ rows: UnsafePointer<V.Scalar>, _ targets: UnsafePointer<V.Scalar>, _ minibatch: [Int]?
    ) -> V {
        let (width, e, l, size) = (architecture.incoming, architecture.outputs, architecture.hidden, architecture.neuronSize)
        let total = minibatch?.count ?? count
        let weight = 1 / V.Scalar(total)
        let scale = V(repeating: weight)
        let (negative, positive) = (V(repeating: slopes.negative), V(repeating: slopes.positive))
        let zero = V(repeating: 0)
        let outputs = scratch + 4 * l
        var loss = zero
        var first = 0
        while first < total {
            // Which rows; the row of zeros where fewer than four are left.
            @inline(__always) func index(_ s: Int) -> Int {
                first + s < total ? (minibatch.map { $0[first + s] } ?? first + s) : count
            }
            let (i0, i1, i2, i3) = (index(0), index(1), index(2), index(3))
            let (x0, x1, x2, x3) = (rows + i0 * width, rows + i1 * width, rows + i2 * width, rows + i3 * width)
            for o in 0..<e {
                let bias = architecture.outputBias ? theta[l * size + o] : zero
                for s in 0..<4 { outputs[4 * o + s] = bias }
            }
            for k in 0..<l {
                let w = theta + k * size
                var (z0, z1, z2, z3) = (zero, zero, zero, zero)
                for d in 0..<width {
                    let weight = w[d]
                    z0 = z0.adding(weight, V(repeating: x0[d]))
                    z1 = z1.adding(weight, V(repeating: x1[d]))
                    z2 = z2.adding(weight, V(repeating: x2[d]))
                    z3 = z3.adding(weight, V(repeating: x3[d]))
                }
                let h = scratch + 4 * k
                (h[0], h[1], h[2], h[3]) = (z0, z1, z2, z3)
                let (s0, s1, s2, s3) = (value(z0), value(z1), value(z2), value(z3))
                for o in 0..<e {
                    let a = w[width + o]
                    let f = outputs + 4 * o
                    f[0] = f[0].adding(a, s0)
                    f[1] = f[1].adding(a, s1)
                    f[2] = f[2].adding(a, s2)
                    f[3] = f[3].adding(a, s3)
                }
            }
            loss = loss + residuals(outputs, targets, (i0, i1, i2, i3), scale)
            for k in 0..<l {
                let w = theta + k * size
                let g = gradient + k * size
                let h = scratch + 4 * k
                let (z0, z1, z2, z3) = (h[0], h[1], h[2], h[3])
                let (s0, s1, s2, s3) = (value(z0), value(z1), value(z2), value(z3))
                var (b0, b1, b2, b3) = (zero, zero, zero, zero)
                for o in 0..<e {
                    let r = outputs + 4 * o
                    let a = w[width + o]
                    g[width + o] = g[width + o].adding(r[0], s0).adding(r[1], s1).adding(r[2], s2).adding(r[3], s3)
                    b0 = b0.adding(r[0], a)
                    b1 = b1.adding(r[1], a)
                    b2 = b2.adding(r[2], a)
                    b3 = b3.adding(r[3], a)
                }
                b0 = b0 * positive.wherePositive(z0, otherwise: negative)
                b1 = b1 * positive.wherePositive(z1, otherwise: negative)
                b2 = b2 * positive.wherePositive(z2, otherwise: negative)
                b3 = b3 * positive.wherePositive(z3, otherwise: negative)
                for d in 0..<width {
                    g[d] = g[d].adding(b0, V(repeating: x0[d])).adding(b1, V(repeating: x1[d])).adding(b2, V(repeating: x2[d]))
                        .adding(b3, V(repeating: x3[d]))
                }
            }
            if architecture.outputBias {
                for o in 0..<e {
                    let r = outputs + 4 * o
                    gradient[l * size + o] = gradient[l * size + o] + r[0] + r[1] + r[2] + r[3]
                }
            }
            first += 4
        }
        return loss
    }

    @inline(__always) private func value(_ z: V) -> V {
        if isFlatBelow { return z.positivePart }
        return z.positivePart.adding(V(repeating: slopes.negative), z.negativePart)
    }

    /// Replaces the outputs of four samples by ∂ℓ/∂f / n and returns their share of the loss.
    @inline(__always)
    private func residuals(
        _ outputs: UnsafeMutablePointer<V>, _ targets: UnsafePointer<V.Scalar>, _ index: (Int, Int, Int, Int), _ scale: V
    ) -> V {
        let e = architecture.outputs
        var total = V(repeating: 0)
        if loss == .squared {
            let half = V(repeating: 0.5) * scale
            for s in 0..<4 {
                let i = s == 0 ? index.0 : s == 1 ? index.1 : s == 2 ? index.2 : index.3
                for o in 0..<e {
                    if i == count {
                        outputs[4 * o + s] = V(repeating: 0)
                        continue
                    }
                    let r = outputs[4 * o + s] - V(repeating: targets[i * e + o])
                    total = total.adding(half, r * r)
                    outputs[4 * o + s] = r * scale
                }
            }
            return total
        }
        let rows = [index.0, index.1, index.2, index.3]
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * e) { memory in
            let (f, y, r) = (memory.baseAddress!, memory.baseAddress! + e, memory.baseAddress! + 2 * e)
            for s in 0..<4 {
                if rows[s] == count {
                    for o in 0..<e { outputs[4 * o + s] = V(repeating: 0) }
                    continue
                }
                for o in 0..<e { y[o] = Double(targets[rows[s] * e + o]) }
                for lane in 0..<V.width {
                    for o in 0..<e { f[o] = Double(outputs[4 * o + s][lane]) }
                    total[lane] += V.Scalar(loss.evaluate(f, y, r, count: e)) * scale[lane]
                    for o in 0..<e { outputs[4 * o + s][lane] = V.Scalar(r[o]) * scale[lane] }
                }
            }
            return total
        }
    }

    /// Any activation, lane by lane.
    private func generalPass(
        _ theta: UnsafePointer<V>, _ gradient: UnsafeMutablePointer<V>, _ scratch: UnsafeMutablePointer<V>,
        _ rows: UnsafePointer<V.Scalar>, _ targets: UnsafePointer<V.Scalar>, _ minibatch: [Int]?
    ) -> V {
        let (width, e, l, size) = (architecture.incoming, architecture.outputs, architecture.hidden, architecture.neuronSize)
        let total = minibatch?.count ?? count
        let scale = V(repeating: 1 / V.Scalar(total))
        let outputs = scratch + 4 * l
        var loss = V(repeating: 0)
        for position in 0..<total {
            let i = minibatch.map { $0[position] } ?? position
            let x = rows + i * width
            for o in 0..<e { for s in 0..<4 { outputs[4 * o + s] = V(repeating: 0) } }
            if architecture.outputBias { for o in 0..<e { outputs[4 * o] = theta[l * size + o] } }
            for k in 0..<l {
                let w = theta + k * size
                var z = V(repeating: 0)
                for d in 0..<width { z = z.adding(w[d], V(repeating: x[d])) }
                var (s, slope) = (z, z)
                for lane in 0..<V.width {
                    s[lane] = V.Scalar(architecture.activation.value(Double(z[lane])))
                    slope[lane] = V.Scalar(architecture.activation.derivative(Double(z[lane])))
                }
                (scratch[4 * k], scratch[4 * k + 1]) = (s, slope)
                for o in 0..<e { outputs[4 * o] = outputs[4 * o].adding(w[width + o], s) }
            }
            loss = loss + residuals(outputs, targets, (i, count, count, count), scale)
            for k in 0..<l {
                let w = theta + k * size
                let g = gradient + k * size
                var back = V(repeating: 0)
                for o in 0..<e {
                    g[width + o] = g[width + o].adding(outputs[4 * o], scratch[4 * k])
                    back = back.adding(outputs[4 * o], w[width + o])
                }
                back = back * scratch[4 * k + 1]
                for d in 0..<width { g[d] = g[d].adding(back, V(repeating: x[d])) }
            }
            if architecture.outputBias { for o in 0..<e { gradient[l * size + o] = gradient[l * size + o] + outputs[4 * o] } }
        }
        return loss
    }
}
