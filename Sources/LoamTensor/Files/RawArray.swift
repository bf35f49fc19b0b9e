/// An array as a file holds it: the kind of its numbers, its shape, and its bytes (row-major, little-endian).
///
/// This is what readers give and writers take, so a file's exact types survive a round trip; `scalars(as:)` and
/// `tensor(as:)` convert to what a computation wants.
public struct RawArray: Hashable, Sendable {
    /// The largest number of axes that files may declare.
    public static let maximumRank = 32

    /// How each number is stored.
    public let kind: ScalarKind
    /// The length of each axis; empty for a single number.
    public let shape: [Int]
    /// The numbers, row-major (last axis fastest), little-endian.
    public let bytes: [UInt8]

    /// Makes an array of its bytes, whose number must be what kind and shape ask for.
    public init(kind: ScalarKind, shape: [Int], bytes: [UInt8]) {
        precondition(
            kind.byteCount(shape: shape) == bytes.count,
            "RawArray: \(bytes.count) bytes cannot be an array of kind \(kind.rawValue) and shape \(shape)")
        self.kind = kind
        self.shape = shape
        self.bytes = bytes
    }

    /// Makes an array of Swift numbers in row-major order, stored exactly as they are.
    public init<Element: StorableElement>(_ scalars: [Element], shape: [Int]) {
        precondition(
            Element.scalarKind.byteCount(shape: shape) == scalars.count * MemoryLayout<Element>.stride,
            "RawArray: \(scalars.count) numbers cannot fill the shape \(shape)")
        self.init(kind: Element.scalarKind, shape: shape, bytes: scalars.withUnsafeBytes { Array($0) })
    }

    /// The number of numbers.
    public var count: Int { bytes.count / kind.byteCount }

    /// Whether every byte is a legal value: Bool arrays may hold only 0 and 1. Gives the index of the first that is not.
    var firstIllegalBool: Int? {
        kind == .bool ? bytes.firstIndex { $0 > 1 } : nil
    }
}
