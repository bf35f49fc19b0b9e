import LoamTensor

/// Labels, weights and shapes of a cross-entropy, with its fused passes.
///
/// With t_c = w_y (1 − ε)[c = y] + w_c ε/C the loss of an element is Σ_c t_c (ln Σ e^x − x_c), and its derivative p_c Σ t − t_c.
struct CrossEntropyProblem<Scalar: TensorScalar>: Sendable {
    let logitsShape: Shape
    let batch: Int
    let classes: Int
    /// Positions of one example: 1 for [N, C].
    let inner: Int
    let labels: Tensor<Int32>
    let weights: [Scalar]?
    let smoothing: Scalar
    let ignored: Int32
    let reduction: LossReduction
    /// What the sum of losses is multiplied with.
    let scale: Scalar
    private let weightSum: Scalar

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    init(logits: Shape, labels: Tensor<Int32>, weights: [Scalar]?, smoothing: Scalar, ignored: Int32, reduction: LossReduction) {
        logitsShape = logits
        batch = logits[0]
        classes = logits[1]
        inner = logits.dropFirst(2).reduce(1, *)
        self.labels = labels
        self.weights = weights
        self.smoothing = smoothing
        self.ignored = ignored
        self.reduction = reduction
        weightSum = weights?.reduce(0, +) ?? Scalar(classes)
        var total = 0.0
        let classes = classes
        labels.withUnsafePointer { values in
            for index in 0..<labels.count {
                let label = values[index]
                if label == ignored { continue }
                precondition(label >= 0 && Int(label) < classes, "crossEntropy: label \(label) at position \(index) of \(classes) classes")
                total += weights.map { Double($0[Int(label)]) } ?? 1
            }
        }
        scale = reduction == .mean ? Scalar(1 / total) : 1
    }

    private func weight(_ label: Int32) -> Scalar { weights?[Int(label)] ?? 1 }

    /// Σ_c t_c of an element with this label.
    @inline(__always)
    private func targetSum(_ label: Int32) -> Scalar {
        (1 - smoothing) * weight(label) + smoothing / Scalar(classes) * weightSum
    }

    // MARK: The fused passes

    /// The loss, with its history.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func loss(_ logits: Tensor<Scalar>) -> Tensor<Scalar> {
        var exponentials = Tensor<Scalar>.zeros([])
        var normalisers = Tensor<Scalar>.zeros([])
        let losses = forward(logits.detached(), &exponentials, &normalisers)
        let value = reduction == .none ? losses : Tensor(Scalar(total(losses)) * scale)
        let (saved, sums) = (exponentials, normalisers)
        return Tensor.custom(inputs: [logits], value: value) { g, inputs, _ in
            if g.isTracked || inputs[0].isTracked { return [differentiableBackward(g, inputs[0])] }
            return [backward(g, saved, sums)]
        }
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private func total(_ losses: Tensor<Scalar>) -> Double {
        losses.withUnsafePointer { values in (0..<losses.count).reduce(0.0) { $0 + Double(values[$1]) } }
    }

    /// One loss an element; leaves e^(x − max) and their sums over classes for the way back.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private func forward(
        _ logits: Tensor<Scalar>, _ exponentials: inout Tensor<Scalar>, _ normalisers: inout Tensor<Scalar>
    ) -> Tensor<Scalar> {
        var losses = Tensor<Scalar>.zeros(labels.shape)
        var sums = Tensor<Scalar>.zeros(labels.shape)
        exponentials = Tensor<Scalar>(shape: logitsShape) { target in
            let target = target.baseAddress!
            logits.withUnsafePointer { x in
                labels.withUnsafePointer { y in
                    losses.withUnsafeMutablePointer { losses in
                        sums.withUnsafeMutablePointer { sums in
                            let grain = max(1, 8192 / max(1, classes * inner))
                            Parallel.chunks(batch, grain: grain) { range in
                                if inner == 1 {
                                    rows(range, x, y, target, losses, sums)
                                } else {
                                    for n in range {
                                        columns(
                                            x + n * classes * inner, y + n * inner, target + n * classes * inner, losses + n * inner,
                                            sums + n * inner)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        normalisers = sums
        return losses
    }

    /// Σ_c t_c (m − x_c) + ln(Σ e^(x − m)) Σ t, from the parts.
    @inline(__always)
    private func elementLoss(_ label: Int32, logSum: Scalar, x: UnsafePointer<Scalar>, stride: Int, largest: Scalar) -> Scalar {
        if label == ignored { return 0 }
        var loss = targetSum(label) * logSum + (1 - smoothing) * weight(label) * (largest - x[Int(label) * stride])
        if smoothing > 0 {
            var rest: Scalar = 0
            for c in 0..<classes { rest += (weights?[c] ?? 1) * (largest - x[c * stride]) }
            loss += smoothing / Scalar(classes) * rest
        }
        return loss
    }

    private func rows(
        _ range: Range<Int>, _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Int32>, _ e: UnsafeMutablePointer<Scalar>,
        _ losses: UnsafeMutablePointer<Scalar>, _ sums: UnsafeMutablePointer<Scalar>
    ) {
        for n in range {
            // The maximum waits in `losses` until the exponentials are there.
            let row = x + n * classes
            let largest = Scalar._reduceRow(.maximum, row, classes)
            losses[n] = largest
            withConcrete(
                Scalar.self, float: { subtract(row.rebound(Float.self), Float(largest), (e + n * classes).rebound(Float.self), classes) },
                double: { subtract(row.rebound(Double.self), Double(largest), (e + n * classes).rebound(Double.self), classes) })
        }
        let first = range.lowerBound * classes
        Scalar._apply(.exp, e + first, e + first, range.count * classes)
        for n in range {
            sums[n] = Scalar._reduceRow(.sum, e + n * classes, classes)
            losses[n] = elementLoss(y[n], logSum: Scalar.log(sums[n]), x: x + n * classes, stride: 1, largest: losses[n])
        }
    }

    private func columns(
        _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Int32>, _ e: UnsafeMutablePointer<Scalar>, _ losses: UnsafeMutablePointer<Scalar>,
        _ sums: UnsafeMutablePointer<Scalar>
    ) {
        // Maxima in `losses`, then sums in `sums`, both a class at a time.
        losses.update(from: x, count: inner)
        for c in 1..<max(1, classes) { Scalar._apply(.maximum, losses, 1, x + c * inner, 1, losses, inner) }
        for c in 0..<classes { Scalar._apply(.subtract, x + c * inner, 1, losses, 1, e + c * inner, inner) }
        Scalar._apply(.exp, e, e, classes * inner)
        sums.update(from: e, count: inner)
        for c in 1..<max(1, classes) { Scalar._apply(.add, sums, 1, e + c * inner, 1, sums, inner) }
        for i in 0..<inner {
            losses[i] = elementLoss(y[i], logSum: Scalar.log(sums[i]), x: x + i, stride: inner, largest: losses[i])
        }
    }

    @inline(__always)
    private func subtract<Number: FloatingPoint>(
        _ x: UnsafePointer<Number>, _ shift: Number, _ target: UnsafeMutablePointer<Number>, _ count: Int
    ) {
        for i in 0..<count { target[i] = x[i] - shift }
    }

    /// g (p Σt − t), from the saved exponentials.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private func backward(_ g: Tensor<Scalar>, _ exponentials: Tensor<Scalar>, _ sums: Tensor<Scalar>) -> Tensor<Scalar> {
        let common = reduction == .none ? 0 : g.item * scale
        return Tensor<Scalar>(shape: logitsShape) { target in
            let target = target.baseAddress!
            exponentials.withUnsafePointer { e in
                sums.withUnsafePointer { sums in
                    labels.withUnsafePointer { y in
                        g.withUnsafePointer { g in
                            Parallel.chunks(batch, grain: max(1, 16_384 / max(1, classes * inner))) { range in
                                for n in range {
                                    for i in 0..<inner {
                                        let position = n * inner + i
                                        let label = y[position]
                                        let factor = reduction == .none ? g[position] : common
                                        let base = n * classes * inner + i
                                        writeDerivative(label, factor, e + base, sums[position], target + base)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func writeDerivative(
        _ label: Int32, _ factor: Scalar, _ e: UnsafePointer<Scalar>, _ sum: Scalar, _ target: UnsafeMutablePointer<Scalar>
    ) {
        if label == ignored {
            for c in 0..<classes { target[c * inner] = 0 }
            return
        }
        let share = factor * targetSum(label) / sum
        if Scalar.self == Float.self {
            scale(e.rebound(Float.self), Float(share), target.rebound(Float.self))
        } else {
            scale(e.rebound(Double.self), Double(share), target.rebound(Double.self))
        }
        target[Int(label) * inner] -= factor * (1 - smoothing) * weight(label)
        if smoothing > 0 {
            let spread = factor * smoothing / Scalar(classes)
            for c in 0..<classes { target[c * inner] -= spread * (weights?[c] ?? 1) }
        }
    }

    @inline(__always)
    private func scale<Number: FloatingPoint>(_ e: UnsafePointer<Number>, _ share: Number, _ target: UnsafeMutablePointer<Number>) {
        if inner == 1 {
            for c in 0..<classes { target[c] = e[c] * share }
        } else {
            for c in 0..<classes { target[c * inner] = e[c * inner] * share }
        }
    }

    // MARK: Derivatives of higher order

    /// The same derivative in differentiable operations.
    private func differentiableBackward(_ g: Tensor<Scalar>, _ logits: Tensor<Scalar>) -> Tensor<Scalar> {
        let (target, total) = targets()
        let slope = logits.softmax(axis: 1) * total - target
        return reduction == .none ? slope * g.expanded(axis: 1) : slope * (g * scale)
    }

    /// t as a tensor of the logits' shape, and Σ_c t_c with extent 1 in place of the classes; 0 where ignored.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func targets() -> (value: Tensor<Scalar>, sum: Tensor<Scalar>) {
        var summed = logitsShape
        summed[1] = 1
        var value = Tensor<Scalar>.zeros(logitsShape)
        var sum = Tensor<Scalar>.zeros(summed)
        labels.withUnsafePointer { y in
            value.withUnsafeMutablePointer { value in
                sum.withUnsafeMutablePointer { sum in
                    for position in 0..<(batch * inner) where y[position] != ignored {
                        let base = position / inner * classes * inner + position % inner
                        if smoothing > 0 {
                            for c in 0..<classes { value[base + c * inner] = smoothing / Scalar(classes) * (weights?[c] ?? 1) }
                        }
                        value[base + Int(y[position]) * inner] += (1 - smoothing) * weight(y[position])
                        sum[position] = targetSum(y[position])
                    }
                }
            }
        }
        return (value, sum)
    }
}
