import Synchronization

/// Memory in a layout of its own (oneDNN's blocked formats) that stands for a row-major buffer until somebody asks for that one.
protocol AlternativeLayout: AnyObject {
    /// Writes the elements row-major to `destination`.
    func copyRowMajor(to destination: UnsafeMutableRawPointer)
}

/// A reference-counted buffer of elements. Tensors share it until one of them writes.
///
/// A storage may be born in an alternative layout, as convolutions make them; the row-major buffer then appears at its first use,
/// so that a chain of operations that understand the layout never reorders in between.
final class Storage<Element: TensorElement>: @unchecked Sendable {
    let count: Int
    private let address: Atomic<UInt>
    private let lock = Mutex<Void>(())

    /// The other form of the same elements, if there is one. Read only by operations that know the layout.
    private(set) var alternative: (any AlternativeLayout)?

    init(count: Int) {
        self.count = count
        address = Atomic(UInt(bitPattern: BufferPool.allocate(bytes: count &* MemoryLayout<Element>.stride)))
    }

    init(count: Int, alternative: any AlternativeLayout) {
        self.count = count
        self.alternative = alternative
        address = Atomic(0)
    }

    deinit {
        let bits = address.load(ordering: .relaxed)
        if bits != 0 {
            BufferPool.release(UnsafeMutableRawPointer(bitPattern: bits)!, bytes: count &* MemoryLayout<Element>.stride)
        }
    }

    /// Row-major elements.
    @inline(__always)
    var base: UnsafeMutablePointer<Element> {
        let bits = address.load(ordering: .acquiring)
        if bits != 0 { return UnsafeMutableRawPointer(bitPattern: bits)!.assumingMemoryBound(to: Element.self) }
        return materialise()
    }

    /// True when the row-major buffer exists already.
    var isMaterialised: Bool { address.load(ordering: .acquiring) != 0 }

    @inline(never)
    private func materialise() -> UnsafeMutablePointer<Element> {
        let bits: UInt = lock.withLock { _ in
            let bits = address.load(ordering: .acquiring)
            if bits != 0 { return bits }
            let buffer = BufferPool.allocate(bytes: count &* MemoryLayout<Element>.stride)
            alternative!.copyRowMajor(to: buffer)
            address.store(UInt(bitPattern: buffer), ordering: .releasing)
            return UInt(bitPattern: buffer)
        }
        return UnsafeMutableRawPointer(bitPattern: bits)!.assumingMemoryBound(to: Element.self)
    }

    /// Forgets the other form: the row-major elements are about to change.
    func dropAlternative() {
        guard alternative != nil else { return }
        _ = base
        alternative = nil
    }
}
