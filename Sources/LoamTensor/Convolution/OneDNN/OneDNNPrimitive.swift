import COneDNN

/// A compiled operation of oneDNN.
final class OneDNNPrimitive: @unchecked Sendable {
    private let handle: dnnl_primitive_t
    private let scratch: MemoryDescriptor?
    private let scratchBytes: Int
    /// Which implementation serves it.
    let implementation: String

    init?(_ descriptor: borrowing PrimitiveDescriptor) {
        guard let handle = descriptor.compiled() else { return nil }
        self.handle = handle
        implementation = descriptor.implementation
        scratch = descriptor.descriptor(dnnl_query_scratchpad_md)
        scratchBytes = scratch?.bytes ?? 0
    }

    deinit { dnnl_primitive_destroy(handle) }

    /// One operand: its role, its layout and where it is.
    typealias Argument = (role: Int32, layout: MemoryDescriptor, address: UnsafeMutableRawPointer)

    func run(_ arguments: [Argument]) {
        var list: [dnnl_exec_arg_t] = []
        list.reserveCapacity(arguments.count + 1)
        for argument in arguments { list.append(dnnl_exec_arg_t(arg: argument.role, memory: argument.layout.memory(at: argument.address))) }
        var buffer: UnsafeMutableRawPointer?
        if scratchBytes > 0, let scratch {
            buffer = BufferPool.allocate(bytes: scratchBytes)
            list.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch.memory(at: buffer)))
        }
        let status = dnnl_primitive_execute(handle, OneDNN.stream, Int32(list.count), list)
        precondition(status == dnnl_success, "oneDNN: \(implementation) failed with status \(status.rawValue)")
        for argument in list { dnnl_memory_destroy(argument.memory) }
        if let buffer { BufferPool.release(buffer, bytes: scratchBytes) }
    }
}

/// A copy between two layouts.
final class OneDNNReorder: Sendable {
    private let primitive: OneDNNPrimitive
    private let source: MemoryDescriptor
    private let target: MemoryDescriptor

    init?(from source: MemoryDescriptor, to target: MemoryDescriptor) {
        guard let descriptor = PrimitiveDescriptor.reorder(from: source, to: target), let primitive = OneDNNPrimitive(descriptor) else {
            return nil
        }
        self.primitive = primitive
        self.source = source
        self.target = target
    }

    func run(from: UnsafeRawPointer, to: UnsafeMutableRawPointer) {
        primitive.run([(DNNL_ARG_FROM, source, UnsafeMutableRawPointer(mutating: from)), (DNNL_ARG_TO, target, to)])
    }
}
