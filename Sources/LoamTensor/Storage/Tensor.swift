/// A value that a tensor can hold.
public protocol TensorElement: BitwiseCopyable, Sendable, Hashable {}

extension Float: TensorElement {}
extension Double: TensorElement {}
extension Int: TensorElement {}
extension Int32: TensorElement {}
extension UInt8: TensorElement {}
extension Bool: TensorElement {}

/// An array of any rank up to eight, row-major, with NumPy's broadcasting.
///
/// A tensor is a value: a copy shares memory until one of the two is written to. Slices and transposes are views on the same
/// memory. Shape errors are programming errors and stop the program with a message that names the operation and the shapes.
///
/// Inside `gradient(at:of:)` and its relatives a tensor also carries its history; outside nothing is recorded.
public struct Tensor<Element: TensorElement>: @unchecked Sendable {
    var storage: Storage<Element>
    /// The extents of the axes, outermost first.
    public internal(set) var shape: Shape
    /// Distance between neighbours along each axis, in elements; 0 along broadcast axes.
    var strides: Shape
    var offset: Int
    /// True when the elements lie row-major without gaps.
    var isContiguous: Bool
    /// Where this value came from, while a gradient is being taken.
    var node: Node?

    init(storage: Storage<Element>, shape: Shape) {
        self.storage = storage
        self.shape = shape
        strides = shape.rowMajorStrides
        offset = 0
        isContiguous = true
        node = nil
    }

    /// A view on `storage`.
    init(storage: Storage<Element>, shape: Shape, strides: Shape, offset: Int) {
        self.storage = storage
        self.shape = shape
        self.strides = strides
        self.offset = offset
        isContiguous = Tensor.isRowMajor(shape: shape, strides: strides)
        node = nil
    }

    private static func isRowMajor(shape: Shape, strides: Shape) -> Bool {
        var expected = 1
        var axis = shape.rank - 1
        while axis >= 0 {
            let extent = shape.extents[axis]
            if extent == 0 { return true }
            if extent != 1 {
                if strides.extents[axis] != expected { return false }
                expected *= extent
            }
            axis -= 1
        }
        return true
    }

    /// A tensor with undefined elements, to be written at once.
    init(uninitialised shape: Shape) {
        self.init(storage: Storage(count: shape.elementCount), shape: shape)
    }

    /// The number of axes.
    public var rank: Int { shape.rank }

    /// The number of elements.
    public var count: Int { shape.elementCount }

    /// True when the value carries history of an enclosing gradient.
    public var isTracked: Bool { node != nil }

    /// The same value without history: a constant to every gradient (`stop_gradient`).
    public func detached() -> Tensor {
        var copy = self
        copy.node = nil
        return copy
    }

    // MARK: Making tensors

    /// Elements in row-major order. The number of scalars must be the product of the extents.
    public init(_ scalars: [Element], shape: Shape) {
        precondition(
            scalars.count == shape.checkedElementCount,
            "Tensor: \(scalars.count) scalars cannot fill shape \(shape) of \(shape.elementCount) elements")
        self.init(uninitialised: shape)
        scalars.withUnsafeBufferPointer { source in
            if let from = source.baseAddress { storage.base.update(from: from, count: source.count) }
        }
    }

    /// A vector.
    public init(_ scalars: [Element]) { self.init(scalars, shape: [scalars.count]) }

    /// A scalar: rank 0.
    public init(_ scalar: Element) {
        self.init(uninitialised: Shape())
        storage.base.pointee = scalar
    }

    /// Every element the same.
    public init(repeating value: Element, shape: Shape) {
        let count = shape.checkedElementCount
        self.init(uninitialised: shape)
        storage.base.update(repeating: value, count: count)
    }

    /// Elements written by `body` into uninitialised row-major memory; it must write every one.
    public init(shape: Shape, initializingWith body: (UnsafeMutableBufferPointer<Element>) throws -> Void) rethrows {
        let count = shape.checkedElementCount
        self.init(uninitialised: shape)
        try body(UnsafeMutableBufferPointer(start: storage.base, count: count))
    }

    // MARK: Reading and writing elements

    /// A copy of the elements in row-major order.
    public var scalars: [Element] {
        withUnsafePointer { source in Array(UnsafeBufferPointer(start: source, count: count)) }
    }

    /// The element of a tensor that has just one.
    public var item: Element {
        precondition(count == 1, "item: shape \(shape) has \(count) elements, not one")
        return storage.base[offset]
    }

    /// Calls `body` with the elements in row-major order; a view that is not row-major is copied first.
    @inline(__always)
    public func withUnsafePointer<Result>(_ body: (UnsafePointer<Element>) throws -> Result) rethrows -> Result {
        let dense = contiguous()
        return try withExtendedLifetime(dense.storage) { try body(UnsafePointer(dense.storage.base + dense.offset)) }
    }

    /// Calls `body` with the elements in row-major order to change them in place. Shared memory is copied first, and the value
    /// becomes a constant: writing has no derivative.
    public mutating func withUnsafeMutablePointer<Result>(_ body: (UnsafeMutablePointer<Element>) throws -> Result) rethrows -> Result {
        makeUnique()
        return try withExtendedLifetime(storage) { try body(storage.base + offset) }
    }

    /// Row-major memory that nobody else holds, and no history.
    mutating func makeUnique() {
        node = nil
        if !isContiguous || !isKnownUniquelyReferenced(&storage) {
            self = Tensor.copy(of: self)
        }
        storage.dropAlternative()
    }

    /// The element at a position, one index an axis.
    public subscript(indices: Int...) -> Element {
        get { storage.base[position(of: indices)] }
        set {
            makeUnique()
            storage.base[position(of: indices)] = newValue
        }
    }

    private func position(of indices: [Int]) -> Int {
        precondition(indices.count == rank, "subscript: \(indices.count) indices for shape \(shape)")
        var position = offset
        for (axis, index) in indices.enumerated() {
            precondition(index >= 0 && index < shape[axis], "subscript: index \(index) is outside axis \(axis) of shape \(shape)")
            position += index * strides[axis]
        }
        return position
    }

    // MARK: Row-major copies

    /// This tensor, row-major: itself when it is already, a copy otherwise. History is kept.
    @inline(__always)
    func contiguous() -> Tensor { isContiguous ? self : Tensor.copy(of: self) }

    /// A row-major copy in memory of its own. History is kept: a copy has the same value.
    static func copy(of source: Tensor) -> Tensor {
        var result = Tensor(uninitialised: source.shape)
        result.node = source.node
        let destination = result.storage.base
        let from = source.storage.base + source.offset
        if source.isContiguous {
            destination.update(from: from, count: source.count)
        } else {
            StridedCopy.toRowMajor(from: from, strides: source.strides, shape: source.shape, to: destination)
        }
        return result
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        let shown = count <= 64 ? scalars : Array(scalars.prefix(64))
        return "Tensor<\(Element.self)>\(shape) [" + shown.map { "\($0)" }.joined(separator: ", ") + (count > 64 ? ", …]" : "]")
    }
}

extension Tensor: Equatable {
    /// The same shape and equal elements; NaN differs from itself.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape
            && left.withUnsafePointer { a in right.withUnsafePointer { b in (0..<left.count).allSatisfy { a[$0] == b[$0] } } }
    }
}
