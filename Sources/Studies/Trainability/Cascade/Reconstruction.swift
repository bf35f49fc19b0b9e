import LoamTensor

extension Cascade {
    /// The reconstructions of `x` [B, input…] from every trained depth, shallowest first, each of the shape of `x`.
    ///
    /// Suffix-stacked: walking down once, the samples of z^ℓ join the stack of what deeper stages have become, and one application of head
    /// ℓ serves all of them: for dense networks 2·B·N² · depth(depth+1)/2 operations in `depth` large products.
    public func reconstructions(of x: Tensor<Scalar>) -> [Tensor<Scalar>] {
        guard !heads.isEmpty else { return [] }
        return reconstructions(of: x, fromActivations: network.activations(of: x, through: heads.count))
    }

    /// As ``reconstructions(of:)``, from activations z^1 … z^k of `x` already at hand.
    public func reconstructions(of x: Tensor<Scalar>, fromActivations z: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
        precondition(z.count <= heads.count, "Cascade.reconstructions: \(z.count) stages of activations for \(heads.count) heads")
        guard !z.isEmpty else { return [] }
        let count = x.shape[0]
        let part = max(1, min(count, stackBudget / (z.count * network.architecture.largestSample * MemoryLayout<Scalar>.size)))
        if part < count {
            let parts = stride(from: 0, to: count, by: part).map { start in
                let range = start..<min(start + part, count)
                return reconstructions(of: x[range, axis: 0], fromActivations: z.map { $0[range, axis: 0] })
            }
            return z.indices.map { depth in Tensor.concatenated(parts.map { $0[depth] }, axis: 0) }
        }
        if let stack = denseStack(z, count) { return z.indices.map { stack[($0 * count)..<(($0 + 1) * count), axis: 0] } }
        var stack = z.last!
        for layer in stride(from: z.count, through: 1, by: -1) {
            if layer < z.count { stack = Tensor.concatenated([z[layer - 1], stack], axis: 0) }
            stack = heads[layer - 1](stack, switches: switches(layer, input: layer == 1 ? x : z[layer - 2], times: stack.shape[0] / count))
        }
        return z.indices.map { stack[($0 * count)..<(($0 + 1) * count), axis: 0] }
    }

    /// The stack of all depths where every head is one dense layer, in two buffers: each head reads one and writes the other, behind the
    /// room that the samples of the next stage take; nothing else is copied. `nil` for other heads.
    private func denseStack(_ z: [Tensor<Scalar>], _ count: Int) -> Tensor<Scalar>? {
        let parts = heads.prefix(z.count).compactMap { $0.parts.count == 1 && $0.parts[0].kind == .dense ? $0.parts[0] : nil }
        let activations = parts.compactMap(\.activation.fused)
        guard activations.count == z.count, count > 0 else { return nil }
        let widest = parts.map { max($0.weight.shape[0], $0.weight.shape[1]) }.max()!
        let room: Shape = [z.count * count * widest]
        return Tensor(shape: Shape([z.count * count] + Array(heads[0].output))) { result in
            _ = Tensor<Scalar>(shape: room) { first in
                _ = Tensor<Scalar>(shape: room) { second in
                    var (from, to) = (first.baseAddress!, second.baseAddress!)
                    for layer in stride(from: z.count, through: 1, by: -1) {
                        let part = parts[layer - 1]
                        z[layer - 1].withUnsafePointer { from.update(from: $0, count: count * part.weight.shape[1]) }
                        let target = layer == 1 ? result.baseAddress! : to + count * part.weight.shape[0]
                        DenseRows.apply(
                            from, rows: (z.count - layer + 1) * count, weight: part.weight, bias: part.bias, activations[layer - 1],
                            to: target)
                        swap(&from, &to)
                    }
                }
            }
        }
    }

    /// The image that heads ℓ, ℓ−1, … 1 make of an activation [B, …] of stage ℓ.
    ///
    /// - Parameter inputs: the samples it came from; needed where heads unpool.
    public func reconstruct(activation: Tensor<Scalar>, at layer: Int, of inputs: Tensor<Scalar>? = nil) -> Tensor<Scalar> {
        precondition((1...heads.count).contains(layer), "Cascade.reconstruct: stage \(layer) of \(heads.count)")
        let z = inputs.map { [$0] + (layer > 1 ? network.activations(of: $0, through: layer - 1) : []) }
        return stride(from: layer, through: 1, by: -1).reduce(activation) { stack, layer in
            let times = z.map { stack.shape[0] / $0[0].shape[0] } ?? 1
            return heads[layer - 1](stack, switches: z.flatMap { switches(layer, input: $0[layer - 1], times: times) })
        }
    }

    /// The memory that the stack of all depths may take, in bytes.
    private var stackBudget: Int { 1 << 30 }

    /// Where the maxima of stage ℓ come from, for every copy of the samples on the stack.
    private func switches(_ layer: Int, input: Tensor<Scalar>, times: Int) -> Tensor<Int32>? {
        guard heads[layer - 1].unpools, case .maxPool(let kernel, let stride) = network.architecture.stages[layer - 1].kind else {
            return nil
        }
        let indices = maxPoolingWithIndices(input, kernel: AxisValues(kernel), stride: AxisValues(stride)).indices
        return times == 1 ? indices : Tensor.concatenated(Array(repeating: indices, count: times), axis: 0)
    }
}
