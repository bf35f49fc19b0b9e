import COneDNN

/// Where Winograd's filtering is taken instead of a direct kernel: both run at the processor's arithmetic peak, so operations decide.
///
/// In cycles of 16 multiply-adds, with channels filled up to eights, the direct kernels take 9·D·C·O/16 for an output position. Here
/// the products take D·C·O a tile of four positions (36/16 = 2.25 times less where no tile overhangs), a transform about 30 for eight
/// channels of a tile (16 loads, 32 additions and 16 stores), and transforming the weights (or their sums back) about 100 for eight
/// pairs of channels, which stands out when there are few tiles. Measured on a Zen 3 core against oneDNN 2.6, time follows this count
/// with some 40 % more beside it for memory and bookkeeping: shapes with a count of 0.5 take 0.5 to 0.6 of the direct time, shapes near
/// 0.74 (8→16 channels on 32×32, 5×5 images, one 16×16 image) the same time. So a count of 0.7 is asked for.
enum WinogradChoice {
    static func serves(_ map: ConvolutionMap, _ geometry: ConvolutionGeometry) -> Bool {
        guard geometry.groups == 1, geometry.spatialRank >= 2, geometry.inputShape.elementCount > 0, geometry.outputShape.elementCount > 0
        else { return false }
        let g = geometry.overThreeAxes
        guard g.kernel[1] == 3, g.kernel[2] == 3, g.kernel[0] == 3 || (g.kernel[0] == 1 && g.padding[0] == 0) else { return false }
        for axis in 0..<3 where g.stride[axis] != 1 || g.dilation[axis] != 1 || g.padding[axis] > 2 { return false }
        guard g.inputChannels >= 8, g.outputChannels >= 8, isMachineOfEights else { return false }
        let plan = map == .byData ? WinogradPlan(byData: geometry) : WinogradPlan(forward: geometry)
        let channels = Double(plan.taps * 64 * plan.inputBlocks * plan.outputBlocks)
        let planes = Double(plan.output[0])
        let direct = channels * 9 / 16 * Double(plan.batch * plan.output.elementCount)
        let transforms = 30 * Double(plan.inputBlocks + plan.outputBlocks)
        let filtered = Double(plan.tiles) * planes * (channels + transforms) + 100 * channels / 8
        return filtered < 0.7 * direct
    }

    /// False where oneDNN works in blocks of sixteen channels: its registers are twice as wide as these kernels', which takes back
    /// nearly all of the factor 2.25.
    private static let isMachineOfEights: Bool = {
        let probe = ConvolutionGeometry(
            input: [1, 16, 8, 8], weight: [16, 16, 3, 3], stride: 1, padding: 1, dilation: 1, groups: 1, operation: "convolution")
        guard OneDNN.isAvailable, let descriptor = PrimitiveDescriptor.convolution(.forward, probe, hasBias: false),
            let y = descriptor.descriptor(dnnl_query_dst_md)
        else { return true }
        return y.block(ofActivations: probe.outputShape) != 16
    }()
}
