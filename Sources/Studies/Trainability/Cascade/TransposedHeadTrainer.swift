import LoamTensor

/// Trains a head that is one transposed convolution, by matrix products on unfolded images, without a tape and without allocating
/// inside the loop.
///
/// Loss and δ as for a dense head. Images are worked on a few at a time, so that their unfolded form stays in the cache. With stride 1
/// z is unfolded once, U [inputs·taps, positions], for y = VᵀU + c and G = Uδᵀ both. With strides, or where y has far fewer channels
/// than z, the products work on z itself: y gathers VᵀZ tap by tap, and G = Z·(unfolded δ)ᵀ. Neither multiplies by zeros of a dilated z.
final class TransposedHeadTrainer<Scalar: TensorScalar>: HeadTrainer {
    private let untrained: Head<Scalar>
    private let inputs: Int
    private let outputs: Int
    private let batch: Int
    private let activation: FusedActivation
    private let unfolding: TransposedUnfolding
    private let unfoldsInput: Bool
    /// Images that are worked on together.
    private let tile: Int
    /// V as [inputs·taps, outputs] where z is unfolded, else as PyTorch has it, [inputs, outputs·taps]; then c.
    private let parameters: TrainedParameters<Scalar>
    private let slots: [Slot]

    /// What one thread works with.
    private final class Slot {
        let frame: WorkBuffer<Scalar>
        /// U, or VᵀZ and then the unfolded δ.
        let unfolded: WorkBuffer<Scalar>
        /// Z [inputs, positions]; empty where z is unfolded.
        let source: WorkBuffer<Scalar>
        /// y, which becomes δ.
        let output: WorkBuffer<Scalar>
        let gradient: WorkBuffer<Scalar>
        /// Σδ and Σ(y − t)² over the images, an entry an output position; then the bias's gradient.
        let sums: WorkBuffer<Scalar>
        let squares: WorkBuffer<Scalar>
        let biasGradient: WorkBuffer<Scalar>

        init(frame: Int, unfolded: Int, source: Int, output: Int, gradient: Int, positions: Int, outputs: Int) {
            self.frame = WorkBuffer(frame)
            self.unfolded = WorkBuffer(unfolded)
            self.source = WorkBuffer(source)
            self.output = WorkBuffer(output)
            self.gradient = WorkBuffer(gradient)
            sums = WorkBuffer(outputs * positions)
            squares = WorkBuffer(positions)
            biasGradient = WorkBuffer(outputs)
        }
    }

    /// - Parameters:
    ///   - source: the shape of a sample of z.
    ///   - threads: how many share the work of a step.
    /// - Returns: nil for a head that is not one transposed convolution with an activation that the dense trainer knows too.
    init?(_ head: Head<Scalar>, source: Shape, batch: Int, adam: AdamSettings, threads: Int) {
        guard head.parts.count == 1, !head.unpools, case .transposedConvolution(let stride) = head.parts[0].kind,
            let fused = head.parts[0].activation.fused, head.parts[0].output == head.output
        else { return nil }
        untrained = head
        let part = head.parts[0]
        let (inputs, outputs) = (part.weight.shape[0], part.weight.shape[1])
        self.inputs = inputs
        self.outputs = outputs
        self.batch = batch
        activation = fused
        let unfolding = TransposedUnfolding(
            kernel: part.weight.shape[2], stride: stride, source: (source[1], source[2]), target: (head.output[1], head.output[2]))
        self.unfolding = unfolding
        unfoldsInput = stride == 1 && 2 * outputs > inputs
        let rows = unfolding.taps * (unfoldsInput ? inputs : outputs)
        let columns = unfoldsInput ? unfolding.targetCount : unfolding.sourceCount
        // About 256 KB of unfolded images, but enough columns for a product that is worth the library's packing.
        let wanted = max(65_536 / max(1, rows * columns), (192 + columns - 1) / max(1, columns))
        tile = max(1, min(wanted, (batch + threads - 1) / threads))
        parameters = TrainedParameters(weights: part.weight.count, biases: outputs, adam)
        let (tile, unfoldsInput) = (tile, unfoldsInput)
        slots = (0..<threads).map { _ in
            Slot(
                frame: unfoldsInput ? unfolding.frameCount : 0, unfolded: rows * (tile * columns + TransposedUnfolding.overrun),
                source: unfoldsInput ? 0 : inputs * tile * columns, output: outputs * tile * unfolding.targetCount,
                gradient: part.weight.count, positions: unfolding.targetCount, outputs: outputs)
        }
        part.weight.withUnsafePointer { weight in
            guard unfoldsInput else { return parameters.weight.update(from: weight, count: parameters.weights) }
            transpose { own, natural in parameters.weight[own] = weight[natural] }
        }
        part.bias.withUnsafePointer { parameters.bias.update(from: $0, count: outputs) }
    }

    /// Calls `body` with the place of every weight in [inputs·taps, outputs] and in [inputs, outputs·taps].
    private func transpose(_ body: (Int, Int) -> Void) {
        let taps = unfolding.taps
        for input in 0..<inputs {
            for output in 0..<outputs {
                for tap in 0..<taps { body((input * taps + tap) * outputs + output, (input * outputs + output) * taps + tap) }
            }
        }
    }

    var head: Head<Scalar> {
        var head = untrained
        head.parts[0].weight = Tensor(shape: untrained.parts[0].weight.shape) { buffer in
            let target = buffer.baseAddress!
            guard unfoldsInput else { return target.update(from: parameters.weight, count: parameters.weights) }
            transpose { own, natural in target[natural] = parameters.weight[own] }
        }
        head.parts[0].bias = Tensor(shape: [outputs]) { $0.baseAddress!.update(from: parameters.bias, count: outputs) }
        return head
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>, picks: ArraySlice<Int32>) -> Double {
        z.withUnsafePointer { z in
            target.withUnsafePointer { target in
                step(z: z, target: target, images: picks.count) { Int(picks[picks.startIndex + $0]) }
            }
        }
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double {
        let images = target.shape[0]
        return z.withUnsafePointer { z in target.withUnsafePointer { step(z: z, target: $0, images: images) { $0 } } }
    }

    private func step(z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, images: Int, pick: (Int) -> Int) -> Double {
        precondition(images > 0 && images <= batch, "TransposedHeadTrainer: \(images) images in buffers for \(batch)")
        parameters.beginStep()
        let scale = 2 / (Scalar(images) * Scalar(outputs * unfolding.targetCount))
        let slots = slots
        let tiles = (images + tile - 1) / tile
        Parallel.forEach(slots.count) { index in
            let slot = slots[index]
            for buffer in [slot.gradient, slot.sums, slot.squares] { HeadKernels.fill(buffer.base, with: 0, count: buffer.count) }
            for number in (tiles * index / slots.count)..<(tiles * (index + 1) / slots.count) {
                let range = (number * tile)..<min(images, (number + 1) * tile)
                if unfoldsInput {
                    differentiate(unfolding: z, target, range, pick, scale, slot)
                } else {
                    differentiate(z, target, range, pick, scale, slot)
                }
            }
            for output in 0..<outputs {
                let sum = HeadKernels.sum(slot.sums.base + output * unfolding.targetCount, count: unfolding.targetCount)
                slot.biasGradient.base[output] = Scalar(sum)
            }
        }
        for slot in slots.dropFirst() {
            HeadKernels.add(slot.gradient.base, to: slots[0].gradient.base, count: parameters.weights)
            HeadKernels.add(slot.biasGradient.base, to: slots[0].biasGradient.base, count: outputs)
        }
        parameters.apply(slots[0].gradient.base, to: 0..<parameters.weights)
        parameters.apply(slots[0].biasGradient.base, to: parameters.weights..<parameters.weights + outputs)
        let squares = slots.reduce(0.0) { $0 + HeadKernels.sum($1.squares.base, count: unfolding.targetCount) }
        return squares / Double(images * outputs * unfolding.targetCount)
    }

    /// Adds the gradient of the images `range`, z unfolded.
    private func differentiate(
        unfolding z: UnsafePointer<Scalar>, _ target: UnsafePointer<Scalar>, _ range: Range<Int>, _ pick: (Int) -> Int, _ scale: Scalar,
        _ slot: Slot
    ) {
        let (taps, positions) = (unfolding.taps, unfolding.targetCount)
        let columns = range.count * positions
        let pitch = columns + TransposedUnfolding.overrun
        let (unfolded, y) = (slot.unfolded.base, slot.output.base)
        for (index, image) in range.enumerated() {
            let source = z + pick(image) * inputs * unfolding.sourceCount
            for input in 0..<inputs {
                unfolding.unfold(
                    source + input * unfolding.sourceCount, frame: slot.frame.base,
                    to: unfolded + (input * taps * pitch + index * positions), rowStride: pitch)
            }
        }
        for output in 0..<outputs { HeadKernels.fill(y + output * columns, with: parameters.bias[output], count: columns) }
        Scalar._gemm(
            transposeA: true, transposeB: false, m: outputs, n: columns, k: inputs * taps, alpha: 1, a: parameters.weight, lda: outputs,
            b: unfolded, ldb: pitch, beta: 1, c: y, ldc: columns)
        if let function = activation.function { Scalar._apply(function, y, y, outputs * columns) }
        for (index, image) in range.enumerated() {
            let truth = target + pick(image) * outputs * positions
            for output in 0..<outputs {
                HeadKernels.delta(
                    activation, y + (output * columns + index * positions), truth + output * positions,
                    slot.sums.base + output * positions, slot.squares.base, scale: scale, count: positions)
            }
        }
        Scalar._gemm(
            transposeA: false, transposeB: true, m: inputs * taps, n: outputs, k: columns, alpha: 1, a: unfolded, lda: pitch, b: y,
            ldb: columns, beta: 1, c: slot.gradient.base, ldc: outputs)
    }

    /// Adds the gradient of the images `range`, y gathered from VᵀZ.
    private func differentiate(
        _ z: UnsafePointer<Scalar>, _ target: UnsafePointer<Scalar>, _ range: Range<Int>, _ pick: (Int) -> Int, _ scale: Scalar,
        _ slot: Slot
    ) {
        let (taps, places, positions) = (unfolding.taps, unfolding.sourceCount, unfolding.targetCount)
        let columns = range.count * places
        let (source, unfolded, y) = (slot.source.base, slot.unfolded.base, slot.output.base)
        for (index, image) in range.enumerated() {
            for input in 0..<inputs {
                (source + (input * columns + index * places)).update(
                    from: z + (pick(image) * inputs + input) * places, count: places)
            }
        }
        Scalar._gemm(
            transposeA: true, transposeB: false, m: outputs * taps, n: columns, k: inputs, alpha: 1, a: parameters.weight,
            lda: outputs * taps, b: source, ldb: columns, beta: 0, c: unfolded, ldc: columns)
        for (index, image) in range.enumerated() {
            for output in 0..<outputs {
                let plane = y + (index * outputs + output) * positions
                let rows = unfolded + (output * taps * columns + index * places)
                HeadKernels.fill(plane, with: parameters.bias[output], count: positions)
                unfolding.scatter(rows, rowStride: columns, into: plane)
                if let function = activation.function { Scalar._apply(function, plane, plane, positions) }
                HeadKernels.delta(
                    activation, plane, target + (pick(image) * outputs + output) * positions, slot.sums.base + output * positions,
                    slot.squares.base, scale: scale, count: positions)
                unfolding.gather(plane, to: rows, rowStride: columns)
            }
        }
        Scalar._gemm(
            transposeA: false, transposeB: true, m: inputs, n: outputs * taps, k: columns, alpha: 1, a: source, lda: columns, b: unfolded,
            ldb: columns, beta: 1, c: slot.gradient.base, ldc: outputs * taps)
    }
}
