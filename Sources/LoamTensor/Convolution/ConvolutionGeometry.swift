/// The extents of one convolution, x [N, C, spatial…] with w [O, C/groups, kernel…] to y [N, O, spatial…]:
///
///     y[n, o, p] = Σ_{c, k} w[o, c, k] · x[n, c, p·stride − padding + k·dilation],   zero outside x.
///
/// The backward maps (by data, by weights) are described by the geometry of the forward one. How far the kernel reads beyond the far
/// end follows from the extents.
struct ConvolutionGeometry: Hashable, Sendable {
    var batch: Int
    var groups: Int
    var inputChannels: Int
    var outputChannels: Int
    /// Spatial extents of x, of y and of the kernel, outermost first.
    var input: Shape
    var output: Shape
    var kernel: Shape
    var stride: Shape
    /// Elements read before the first of each axis.
    var padding: Shape
    var dilation: Shape

    var spatialRank: Int { input.rank }
    var channelsPerGroup: Int { inputChannels / groups }
    var outputsPerGroup: Int { outputChannels / groups }
    var inputPositions: Int { input.elementCount }
    var outputPositions: Int { output.elementCount }
    var kernelPositions: Int { kernel.elementCount }

    var inputShape: Shape { Shape([batch, inputChannels] + input) }
    var outputShape: Shape { Shape([batch, outputChannels] + output) }
    var weightShape: Shape { Shape([outputChannels, channelsPerGroup] + kernel) }

    /// Multiplications and additions of one of the three maps, padding counted as if it were data.
    var operations: Int { 2 * batch * outputChannels * outputPositions * channelsPerGroup * kernelPositions }

    /// True when every output position reads the input position of the same number.
    var isPointwise: Bool {
        kernelPositions == 1 && input == output && stride.allSatisfy { $0 == 1 } && padding.allSatisfy { $0 == 0 }
    }

    /// Elements that the kernel reads beyond the far end of `axis`; negative when it stops short of it.
    func paddingAfter(_ axis: Int) -> Int {
        (output[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - input[axis] - padding[axis]
    }

    /// The same convolution over three spatial axes, the outer ones of extent 1.
    var overThreeAxes: ConvolutionGeometry {
        var result = self
        while result.input.rank < 3 {
            result.input.insert(1, at: 0)
            result.output.insert(1, at: 0)
            result.kernel.insert(1, at: 0)
            result.stride.insert(1, at: 0)
            result.padding.insert(0, at: 0)
            result.dilation.insert(1, at: 0)
        }
        return result
    }

    /// The geometry of `convolution(x, weight, …)`.
    init(
        input x: Shape, weight: Shape, stride: AxisValues, padding: ConvolutionPadding, dilation: AxisValues, groups: Int,
        operation: StaticString
    ) {
        let spatial = x.rank - 2
        precondition(
            (1...3).contains(spatial) && weight.rank == x.rank,
            "\(operation): input \(x) and weight \(weight) must both be [·, ·, spatial…] with one to three spatial axes")
        precondition(groups >= 1, "\(operation): \(groups) groups")
        precondition(
            x[1] == weight[1] * groups && weight[0] % groups == 0,
            "\(operation): input \(x) with \(groups) groups does not fit weight \(weight)")
        batch = x[0]
        self.groups = groups
        inputChannels = x[1]
        outputChannels = weight[0]
        input = Shape(x.dropFirst(2))
        kernel = Shape(weight.dropFirst(2))
        self.stride = stride.resolved(rank: spatial, atLeast: 1, "stride", of: operation)
        self.dilation = dilation.resolved(rank: spatial, atLeast: 1, "dilation", of: operation)
        output = input
        self.padding = Shape(repeating: 0, rank: spatial)
        for axis in 0..<spatial {
            let reach = self.dilation[axis] * (kernel[axis] - 1)
            precondition(kernel[axis] >= 1, "\(operation): weight \(weight) has an empty kernel")
            switch padding {
            case .each(let values):
                self.padding[axis] = values.resolved(rank: spatial, atLeast: 0, "padding", of: operation)[axis]
                let room = input[axis] + 2 * self.padding[axis] - reach - 1
                precondition(room >= 0, "\(operation): weight \(weight) is larger than input \(x) with padding \(values.values)")
                output[axis] = room / self.stride[axis] + 1
            case .same:
                output[axis] = (input[axis] + self.stride[axis] - 1) / self.stride[axis]
                self.padding[axis] = Swift.max(0, (output[axis] - 1) * self.stride[axis] + reach + 1 - input[axis]) / 2
            }
        }
    }

    /// The geometry of the convolution whose adjoint is `transposedConvolution(x, weight, …)`: its output is x.
    init(
        transposedInput x: Shape, weight: Shape, stride: AxisValues, padding: AxisValues, outputPadding: AxisValues, dilation: AxisValues,
        groups: Int
    ) {
        let operation: StaticString = "transposedConvolution"
        let spatial = x.rank - 2
        precondition(
            (1...3).contains(spatial) && weight.rank == x.rank,
            "\(operation): input \(x) and weight \(weight) must both be [·, ·, spatial…] with one to three spatial axes")
        precondition(groups >= 1 && x[1] % groups == 0, "\(operation): \(groups) groups for input \(x)")
        precondition(x[1] == weight[0], "\(operation): input \(x) does not fit weight \(weight), which is [in, out/groups, kernel…]")
        batch = x[0]
        self.groups = groups
        inputChannels = weight[1] * groups
        outputChannels = x[1]
        output = Shape(x.dropFirst(2))
        kernel = Shape(weight.dropFirst(2))
        self.stride = stride.resolved(rank: spatial, atLeast: 1, "stride", of: operation)
        self.padding = padding.resolved(rank: spatial, atLeast: 0, "padding", of: operation)
        self.dilation = dilation.resolved(rank: spatial, atLeast: 1, "dilation", of: operation)
        let extra = outputPadding.resolved(rank: spatial, atLeast: 0, "outputPadding", of: operation)
        input = output
        for axis in 0..<spatial {
            precondition(
                extra[axis] < Swift.max(self.stride[axis], self.dilation[axis]),
                "\(operation): outputPadding \(extra[axis]) must be less than stride \(self.stride[axis]) or dilation \(self.dilation[axis])"
            )
            input[axis] =
                (output[axis] - 1) * self.stride[axis] - 2 * self.padding[axis] + self.dilation[axis] * (kernel[axis] - 1) + extra[axis] + 1
            precondition(input[axis] >= 1, "\(operation): input \(x), weight \(weight) and padding \(self.padding) leave no output")
        }
    }
}
