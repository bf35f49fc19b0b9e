import COneDNN

// What differs between oneDNN 2 and 3 is in this file: version 2 describes memory by a value and an operation by a structure that a
// primitive descriptor is then made from; version 3 has opaque handles and makes primitive descriptors directly.

/// The engine and the stream that everything runs on, made once. A CPU stream runs what it is given at once and keeps no state.
enum OneDNN {
    private struct Handles: @unchecked Sendable {
        var engine: dnnl_engine_t?
        var stream: dnnl_stream_t?
        /// Scratch memory is ours, so that one primitive may run on several threads at a time.
        var attributes: dnnl_primitive_attr_t?

        init() {
            guard dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success, dnnl_stream_create(&stream, engine, 0) == dnnl_success,
                dnnl_primitive_attr_create(&attributes) == dnnl_success,
                dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success
            else {
                engine = nil
                return
            }
        }
    }

    private static let handles = Handles()

    static var engine: dnnl_engine_t? { handles.engine }
    static var stream: dnnl_stream_t? { handles.stream }
    static var attributes: dnnl_primitive_attr_t? { handles.attributes }
    static var isAvailable: Bool { handles.engine != nil }
}

/// Which elements a piece of memory holds, and in what order.
struct MemoryDescriptor: @unchecked Sendable {
    private(set) var value: dnnl_memory_desc_t

    init(_ value: dnnl_memory_desc_t) { self.value = value }

    /// Single-precision numbers of extents `extents` in the order that `tag` names.
    init?(_ extents: [Int], tag: dnnl_format_tag_t) {
        value = dnnl_memory_desc_t()
        let dims = extents.map(Int64.init)
        guard dnnl_memory_desc_init_by_tag(&value, Int32(dims.count), dims, dnnl_f32, tag) == dnnl_success else { return nil }
    }

    /// Row-major, any rank up to six.
    static func rowMajor(_ extents: [Int]) -> MemoryDescriptor? {
        let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef]
        return (1...6).contains(extents.count) ? MemoryDescriptor(extents, tag: tags[extents.count - 1]) : nil
    }

    /// Activations [N, C, spatial…] in blocks of `block` channels, or row-major with a block of 1.
    static func activations(_ shape: Shape, block: Int) -> MemoryDescriptor? {
        guard (3...5).contains(shape.rank) else { return nil }
        let tags: [dnnl_format_tag_t]
        switch block {
        case 1: tags = [dnnl_abc, dnnl_abcd, dnnl_abcde]
        case 8: tags = [dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b]
        case 16: tags = [dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b]
        default: return nil
        }
        return MemoryDescriptor(Array(shape), tag: tags[shape.rank - 3])
    }

    /// The layout left to the primitive.
    static func open(_ extents: [Int]) -> MemoryDescriptor? { MemoryDescriptor(extents, tag: dnnl_format_tag_any) }

    var bytes: Int { withUnsafePointer(to: value) { Int(dnnl_memory_desc_get_size($0)) } }

    static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
        withUnsafePointer(to: left.value) { a in withUnsafePointer(to: right.value) { b in dnnl_memory_desc_equal(a, b) != 0 } }
    }

    /// The block of activations of shape `shape` so described, or nil when the layout is none that the engine's own kernels know.
    func block(ofActivations shape: Shape) -> Int? {
        [8, 1, 16].first { MemoryDescriptor.activations(shape, block: $0).map { $0 == self } ?? false }
    }

    /// A handle on memory so described at `address`, to be destroyed after use.
    func memory(at address: UnsafeMutableRawPointer?) -> dnnl_memory_t? {
        var memory: dnnl_memory_t?
        let status = withUnsafePointer(to: value) { dnnl_memory_create(&memory, $0, OneDNN.engine, address) }
        precondition(status == dnnl_success, "oneDNN: a memory object could not be made (status \(status.rawValue))")
        return memory
    }
}

/// One of a convolution's three maps.
enum ConvolutionMap: Hashable, Sendable { case forward, byData, byWeights }

/// A primitive before it is compiled: which implementation serves it and in which layouts.
struct PrimitiveDescriptor: ~Copyable {
    let handle: dnnl_primitive_desc_t

    deinit { dnnl_primitive_desc_destroy(handle) }

    private init?(_ handle: dnnl_primitive_desc_t?) {
        guard let handle else { return nil }
        self.handle = handle
    }

    /// The implementation's name, `jit:avx2` or `ref:any` for instance.
    var implementation: String {
        var name: UnsafePointer<CChar>?
        let status = dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name)
        return status == dnnl_success ? name.map { String(cString: $0) } ?? "" : ""
    }

    func descriptor(_ query: dnnl_query_t) -> MemoryDescriptor? {
        dnnl_primitive_desc_query_md(handle, query, 0).map { MemoryDescriptor($0.pointee) }
    }

    func compiled() -> dnnl_primitive_t? {
        var primitive: dnnl_primitive_t?
        return dnnl_primitive_create(&primitive, handle) == dnnl_success ? primitive : nil
    }

    /// A convolution's map in the layouts that suit it.
    static func convolution(_ map: ConvolutionMap, _ g: ConvolutionGeometry, hasBias: Bool) -> PrimitiveDescriptor? {
        var weightExtents = Array(g.weightShape)
        if g.groups > 1 { weightExtents = [g.groups, g.outputsPerGroup] + weightExtents.dropFirst() }
        let after = (0..<g.spatialRank).map { axis -> Int64 in Int64(Swift.max(0, g.paddingAfter(axis))) }
        // A kernel that stops a whole stride short of the end cannot be told to oneDNN: it would count one more position.
        for axis in 0..<g.spatialRank where g.paddingAfter(axis) <= -g.stride[axis] { return nil }
        guard var x = MemoryDescriptor.open(Array(g.inputShape))?.value, var w = MemoryDescriptor.open(weightExtents)?.value,
            var y = MemoryDescriptor.open(Array(g.outputShape))?.value,
            var bias = MemoryDescriptor.rowMajor([g.outputChannels])?.value
        else { return nil }
        let strides = g.stride.map(Int64.init)
        let dilations = g.dilation.map { Int64($0 - 1) }
        let before = g.padding.map(Int64.init)
        var operation = dnnl_convolution_desc_t()
        let status: dnnl_status_t
        switch map {
        case .forward:
            status = withUnsafePointer(to: &bias) {
                dnnl_dilated_convolution_forward_desc_init(
                    &operation, dnnl_forward_training, dnnl_convolution_direct, &x, &w, hasBias ? $0 : nil, &y, strides, dilations, before,
                    after)
            }
        case .byData:
            status = dnnl_dilated_convolution_backward_data_desc_init(
                &operation, dnnl_convolution_direct, &x, &w, &y, strides, dilations, before, after)
        case .byWeights:
            status = dnnl_dilated_convolution_backward_weights_desc_init(
                &operation, dnnl_convolution_direct, &x, &w, nil, &y, strides, dilations, before, after)
        }
        guard status == dnnl_success else { return nil }
        var handle: dnnl_primitive_desc_t?
        guard dnnl_primitive_desc_create(&handle, &operation, OneDNN.attributes, OneDNN.engine, nil) == dnnl_success else { return nil }
        return PrimitiveDescriptor(handle)
    }

    /// A copy from one layout to another.
    static func reorder(from source: MemoryDescriptor, to target: MemoryDescriptor) -> PrimitiveDescriptor? {
        var (a, b) = (source.value, target.value)
        var handle: dnnl_primitive_desc_t?
        let status = dnnl_reorder_primitive_desc_create(&handle, &a, OneDNN.engine, &b, OneDNN.engine, OneDNN.attributes)
        return status == dnnl_success ? PrimitiveDescriptor(handle) : nil
    }
}
