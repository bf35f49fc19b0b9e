/// The extents of a tensor's axes, outermost first. At most eight axes, held inline so that no operation allocates for its shape.
public struct Shape: Sendable, Hashable, RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The largest rank a tensor may have.
    public static let maximumRank = 8

    @usableFromInline var extents: InlineArray<8, Int>

    /// The number of axes.
    public private(set) var rank: Int

    /// The shape of a scalar: no axes, one element.
    public init() {
        extents = InlineArray(repeating: 0)
        rank = 0
    }

    /// A shape from its extents, outermost first.
    public init(_ extents: some Sequence<Int>) {
        self.init()
        for extent in extents { append(extent) }
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// `rank` axes of the same extent.
    public init(repeating extent: Int, rank: Int) {
        precondition(rank <= Shape.maximumRank, "a tensor has at most \(Shape.maximumRank) axes, not \(rank)")
        extents = InlineArray(repeating: 0)
        self.rank = rank
        for axis in 0..<rank { extents[axis] = extent }
    }

    /// Adds an innermost axis.
    public mutating func append(_ extent: Int) {
        precondition(rank < Shape.maximumRank, "a tensor has at most \(Shape.maximumRank) axes")
        extents[rank] = extent
        rank &+= 1
    }

    /// Adds an axis before position `axis`.
    public mutating func insert(_ extent: Int, at axis: Int) {
        precondition(rank < Shape.maximumRank, "a tensor has at most \(Shape.maximumRank) axes")
        precondition(axis >= 0 && axis <= rank, "no axis position \(axis) in shape \(self)")
        var position = rank
        while position > axis {
            extents[position] = extents[position &- 1]
            position &-= 1
        }
        extents[axis] = extent
        rank &+= 1
    }

    /// Removes the axis at position `axis`.
    @discardableResult
    public mutating func remove(at axis: Int) -> Int {
        precondition(axis >= 0 && axis < rank, "no axis \(axis) in shape \(self)")
        let removed = extents[axis]
        for position in axis..<(rank - 1) { extents[position] = extents[position + 1] }
        rank &-= 1
        extents[rank] = 0
        return removed
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { rank }

    /// The extent of axis `position`, from 0.
    public subscript(position: Int) -> Int {
        get {
            precondition(position >= 0 && position < rank, "no axis \(position) in a shape of rank \(rank)")
            return extents[position]
        }
        set {
            precondition(position >= 0 && position < rank, "no axis \(position) in a shape of rank \(rank)")
            extents[position] = newValue
        }
    }

    /// The product of the extents: 1 for a scalar.
    public var elementCount: Int {
        var product = 1
        for axis in 0..<rank { product = product &* extents[axis] }
        return product
    }

    /// The product of the extents, of a shape that is about to be given memory: stops at negative extents and at overflow.
    var checkedElementCount: Int {
        var product = 1
        var overflowed = false
        for axis in 0..<rank {
            precondition(extents[axis] >= 0, "shape \(self) has a negative extent")
            let (partial, overflow) = product.multipliedReportingOverflow(by: extents[axis])
            product = partial
            overflowed = overflowed || overflow
        }
        precondition((!overflowed && product < 1 << 58) || contains(0), "shape \(self) has more elements than memory has addresses")
        return overflowed ? 0 : product
    }

    /// The strides of a row-major array of this shape, in elements.
    var rowMajorStrides: Shape {
        var strides = self
        var stride = 1
        var axis = rank &- 1
        while axis >= 0 {
            strides.extents[axis] = stride
            stride = stride &* Swift.max(1, extents[axis])
            axis &-= 1
        }
        return strides
    }

    public static func == (left: Shape, right: Shape) -> Bool {
        guard left.rank == right.rank else { return false }
        for axis in 0..<left.rank where left.extents[axis] != right.extents[axis] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for axis in 0..<rank { hasher.combine(extents[axis]) }
    }

    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }

    /// An axis counted from the end when negative, checked.
    func normalised(axis: Int, for operation: String) -> Int {
        let position = axis < 0 ? axis + rank : axis
        precondition(position >= 0 && position < rank, "\(operation): no axis \(axis) in shape \(self)")
        return position
    }

    /// The shape that both broadcast to by NumPy's rule, or nil when they do not agree.
    public static func broadcast(_ left: Shape, _ right: Shape) -> Shape? {
        if left == right { return left }
        var result = left.rank >= right.rank ? left : right
        let shorter = left.rank >= right.rank ? right : left
        let offset = result.rank - shorter.rank
        for axis in 0..<shorter.rank {
            let a = result.extents[axis + offset]
            let b = shorter.extents[axis]
            if a == b || b == 1 { continue }
            guard a == 1 else { return nil }
            result.extents[axis + offset] = b
        }
        return result
    }
}
