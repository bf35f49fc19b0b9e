/// Chooses how each map of a convolution is computed: in single precision by Winograd's filtering where it saves operations
/// (`WinogradChoice`), else by oneDNN where it has code compiled for the case; by `PlainConvolution` otherwise.
///
/// On AVX2 oneDNN 2.6 serves the forward map of everything but groups whose channels are no multiple of 8, and both backward maps
/// except backward-by-weights in three dimensions with padding or with dilation, and some strided backward-by-data in three
/// dimensions. For a 3×3×3 convolution 16→32 on 64³, 7.2 GFLOP, its substitute unfolds all of x at once: 27·16·64³·4 B = 453 MB
/// written and read again, where tiles of 300 KB stay in the cache and the traffic is that of x and gy, 50 MB.
enum ConvolutionRoutes {
    static func forward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, bias: Tensor<Scalar>?, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        if Scalar.self == Float.self, WinogradChoice.serves(.forward, geometry) {
            return same(WinogradConvolution.forward(same(x), same(weight), bias: bias.map { same($0) }, geometry))
        }
        if Scalar.self == Float.self, let compiled = OneDNNConvolution.compiled(.forward, geometry, hasBias: bias != nil) {
            return same(compiled.forward(same(x), same(weight), bias: bias.map { same($0) }))
        }
        let y = PlainConvolution.forward(x, weight, geometry)
        return bias.map { ChannelOperations.shifted(y, by: $0) } ?? y
    }

    static func backwardByData<Scalar: TensorScalar>(
        _ cotangent: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        if Scalar.self == Float.self, WinogradChoice.serves(.byData, geometry) {
            return same(WinogradConvolution.backwardByData(same(cotangent), same(weight), geometry))
        }
        if Scalar.self == Float.self, let compiled = OneDNNConvolution.compiled(.byData, geometry) {
            return same(compiled.backwardByData(same(cotangent), same(weight)))
        }
        return PlainConvolution.backwardByData(cotangent, weight, geometry)
    }

    static func backwardByWeights<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ cotangent: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        if Scalar.self == Float.self, WinogradChoice.serves(.byWeights, geometry) {
            return same(WinogradWeightGradient.run(same(x), same(cotangent), geometry))
        }
        if Scalar.self == Float.self, let compiled = OneDNNConvolution.compiled(.byWeights, geometry) {
            return same(compiled.backwardByWeights(same(x), same(cotangent)))
        }
        if Scalar.self == Float.self, BlockedWeightGradient.serves(geometry) {
            return same(BlockedWeightGradient.run(same(x), same(cotangent), geometry))
        }
        return PlainConvolution.backwardByWeights(x, cotangent, geometry)
    }

    /// x in the layout in which the forward map reads it, so that it is reordered once for the forward and the backward pass.
    static func preparedInput<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ geometry: ConvolutionGeometry, hasBias: Bool) -> Tensor<Scalar> {
        if Scalar.self == Float.self, WinogradChoice.serves(.forward, geometry) { return x.heldInBlocks(of: 8) }
        guard Scalar.self == Float.self, let forward = OneDNNConvolution.compiled(.forward, geometry, hasBias: hasBias),
            forward.inputBlock > 1
        else { return x }
        return x.heldInBlocks(of: forward.inputBlock)
    }

    /// A cotangent in the layout in which both backward maps read it.
    static func preparedCotangent<Scalar: TensorScalar>(_ g: Tensor<Scalar>, _ geometry: ConvolutionGeometry) -> Tensor<Scalar> {
        if Scalar.self == Float.self, g.node == nil, WinogradChoice.serves(.byData, geometry) { return g.heldInBlocks(of: 8) }
        guard Scalar.self == Float.self, g.node == nil, let backward = OneDNNConvolution.compiled(.byData, geometry),
            backward.outputBlock > 1
        else { return g }
        return g.heldInBlocks(of: backward.outputBlock)
    }
}

/// A tensor whose scalar type is known to be the other.
@inline(__always)
func same<A: TensorScalar, B: TensorScalar>(_ tensor: Tensor<A>) -> Tensor<B> {
    precondition(A.self == B.self)
    return unsafeBitCast(tensor, to: Tensor<B>.self)
}
