import CGomp
import COneDNN

/// One map of one convolution, compiled, with the layouts that its implementation asks for.
final class OneDNNConvolution: Sendable {
    private struct Key: Hashable, Sendable {
        var map: ConvolutionMap
        var geometry: ConvolutionGeometry
        var hasBias: Bool
        var threads: Int
    }

    private static let cache = PrimitiveCache<Key, OneDNNConvolution>()

    private let map: ConvolutionMap
    private let geometry: ConvolutionGeometry
    private let primitive: OneDNNPrimitive
    /// Channels a block in x and in y: 1 for row-major.
    let inputBlock: Int
    let outputBlock: Int
    private let x: MemoryDescriptor
    private let y: MemoryDescriptor
    private let weights: MemoryDescriptor
    /// Between PyTorch's layout of the weights and the primitive's; nil where they are the same.
    private let weightReorder: OneDNNReorder?

    /// The compiled map, or nil when oneDNN has no fast code for it and the plain path is to be taken.
    ///
    /// Served are implementations compiled for the case (`jit`). `ref` is oneDNN's textbook loop, a hundred times slower; `gemm` is
    /// its own unfolding into one product an image, slower than ours, which tiles. Layouts other than row-major and channel blocks are
    /// refused: no kernel of ours reads them, and in channels-last a strided 1×1 backward-by-weights of fewer than 8 channels writes
    /// out of bounds on AVX2 (oneDNN issue 6035).
    static func compiled(_ map: ConvolutionMap, _ geometry: ConvolutionGeometry, hasBias: Bool = false) -> OneDNNConvolution? {
        // Compiled code is laid out for a number of threads; inside a parallel loop there is but one.
        guard omp_in_parallel() == 0, OneDNN.isAvailable, geometry.inputShape.elementCount > 0, geometry.outputShape.elementCount > 0 else {
            return nil
        }
        return cache.value(for: Key(map: map, geometry: geometry, hasBias: hasBias, threads: Parallel.threads)) {
            OneDNNConvolution(map, geometry, hasBias: hasBias)
        }
    }

    private init?(_ map: ConvolutionMap, _ geometry: ConvolutionGeometry, hasBias: Bool) {
        guard let descriptor = PrimitiveDescriptor.convolution(map, geometry, hasBias: hasBias) else { return nil }
        let name = descriptor.implementation
        guard name.hasPrefix("jit"), !name.contains("gemm"),
            let x = descriptor.descriptor(map == .byData ? dnnl_query_diff_src_md : dnnl_query_src_md),
            let y = descriptor.descriptor(map == .forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md),
            let weights = descriptor.descriptor(map == .byWeights ? dnnl_query_diff_weights_md : dnnl_query_weights_md),
            let inputBlock = x.block(ofActivations: geometry.inputShape), let outputBlock = y.block(ofActivations: geometry.outputShape),
            let primitive = OneDNNPrimitive(descriptor)
        else { return nil }
        var extents = Array(geometry.weightShape)
        if geometry.groups > 1 { extents = [geometry.groups, geometry.outputsPerGroup] + extents.dropFirst() }
        guard let plain = MemoryDescriptor.rowMajor(extents) else { return nil }
        if plain == weights {
            weightReorder = nil
        } else {
            let reorder =
                map == .byWeights ? OneDNNReorder(from: weights, to: plain) : OneDNNReorder(from: plain, to: weights)
            guard let reorder else { return nil }
            weightReorder = reorder
        }
        self.map = map
        self.geometry = geometry
        self.primitive = primitive
        self.inputBlock = inputBlock
        self.outputBlock = outputBlock
        self.x = x
        self.y = y
        self.weights = weights
    }

    /// Calls `body` with the weights in the primitive's layout.
    private func withWeights(_ weight: Tensor<Float>, _ body: (UnsafeMutableRawPointer) -> Void) {
        weight.withUnsafePointer { plain in
            guard let weightReorder else { return body(UnsafeMutableRawPointer(mutating: plain)) }
            let bytes = weights.bytes
            let buffer = BufferPool.allocate(bytes: bytes)
            weightReorder.run(from: plain, to: buffer)
            body(buffer)
            BufferPool.release(buffer, bytes: bytes)
        }
    }

    /// Calls `body` with activations in the primitive's layout.
    private static func withActivations(_ tensor: Tensor<Float>, block: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        if block == 1 {
            tensor.withUnsafePointer { body(UnsafeMutableRawPointer(mutating: $0)) }
        } else {
            let blocked = tensor.inBlocks(of: block)
            withExtendedLifetime(blocked) { body(UnsafeMutableRawPointer(blocked.base)) }
        }
    }

    /// A result of shape `shape` that `body` writes in the primitive's layout.
    private static func result(_ shape: Shape, block: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> Tensor<Float> {
        if block == 1 {
            let result = Tensor<Float>(uninitialised: shape)
            body(UnsafeMutableRawPointer(result.storage.base))
            return result
        }
        let blocked = BlockedActivations(uninitialised: shape, block: block)
        body(UnsafeMutableRawPointer(blocked.base))
        return Tensor(blocked)
    }

    /// y = w ∗ x + bias.
    func forward(_ x: Tensor<Float>, _ weight: Tensor<Float>, bias: Tensor<Float>?) -> Tensor<Float> {
        OneDNNConvolution.result(geometry.outputShape, block: outputBlock) { target in
            OneDNNConvolution.withActivations(x, block: inputBlock) { source in
                withWeights(weight) { weights in
                    var arguments: [OneDNNPrimitive.Argument] = [
                        (DNNL_ARG_SRC, self.x, source), (DNNL_ARG_WEIGHTS, self.weights, weights), (DNNL_ARG_DST, y, target),
                    ]
                    guard let bias else { return primitive.run(arguments) }
                    bias.withUnsafePointer {
                        arguments.append(
                            (DNNL_ARG_BIAS, MemoryDescriptor.rowMajor([geometry.outputChannels])!, UnsafeMutableRawPointer(mutating: $0)))
                        primitive.run(arguments)
                    }
                }
            }
        }
    }

    /// gx = wᵀ ∗ gy.
    func backwardByData(_ cotangent: Tensor<Float>, _ weight: Tensor<Float>) -> Tensor<Float> {
        OneDNNConvolution.result(geometry.inputShape, block: inputBlock) { target in
            OneDNNConvolution.withActivations(cotangent, block: outputBlock) { source in
                withWeights(weight) { weights in
                    primitive.run([
                        (DNNL_ARG_DIFF_DST, y, source), (DNNL_ARG_WEIGHTS, self.weights, weights), (DNNL_ARG_DIFF_SRC, x, target),
                    ])
                }
            }
        }
    }

    /// gw = Σ gy xᵀ, in PyTorch's layout.
    func backwardByWeights(_ x: Tensor<Float>, _ cotangent: Tensor<Float>) -> Tensor<Float> {
        let result = Tensor<Float>(uninitialised: geometry.weightShape)
        OneDNNConvolution.withActivations(x, block: inputBlock) { source in
            OneDNNConvolution.withActivations(cotangent, block: outputBlock) { delta in
                func run(_ target: UnsafeMutableRawPointer) {
                    primitive.run([
                        (DNNL_ARG_SRC, self.x, source), (DNNL_ARG_DIFF_DST, y, delta), (DNNL_ARG_DIFF_WEIGHTS, weights, target),
                    ])
                }
                guard let weightReorder else { return run(UnsafeMutableRawPointer(result.storage.base)) }
                let bytes = weights.bytes
                let buffer = BufferPool.allocate(bytes: bytes)
                run(buffer)
                weightReorder.run(from: buffer, to: UnsafeMutableRawPointer(result.storage.base))
                BufferPool.release(buffer, bytes: bytes)
            }
        }
        return result
    }
}
