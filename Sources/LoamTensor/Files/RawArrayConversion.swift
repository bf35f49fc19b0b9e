/// A Swift number that files can hold, and that arrays of other kinds can be converted to.
public protocol StorableElement: BitwiseCopyable, Sendable, Hashable {
    /// The kind that holds it exactly.
    static var scalarKind: ScalarKind { get }
    /// The number nearest to a floating-point value, or nil where the type does not take such values.
    static func converted(_ value: Double) -> Self?
    /// The number equal to an integer (nearest, for floating-point types), or nil where it does not fit.
    static func converted(_ value: Int64) -> Self?
    /// The number equal to an integer (nearest, for floating-point types), or nil where it does not fit.
    static func converted(_ value: UInt64) -> Self?
}

extension StorableElement where Self: BinaryFloatingPoint {
    public static func converted(_ value: Double) -> Self? { Self(value) }
    public static func converted(_ value: Int64) -> Self? { Self(value) }
    public static func converted(_ value: UInt64) -> Self? { Self(value) }
}

extension StorableElement where Self: FixedWidthInteger {
    public static func converted(_ value: Double) -> Self? { nil }
    public static func converted(_ value: Int64) -> Self? { Self(exactly: value) }
    public static func converted(_ value: UInt64) -> Self? { Self(exactly: value) }
}

extension Double: StorableElement { public static var scalarKind: ScalarKind { .float64 } }
extension Float: StorableElement { public static var scalarKind: ScalarKind { .float32 } }
extension Int: StorableElement { public static var scalarKind: ScalarKind { .int64 } }
extension Int32: StorableElement { public static var scalarKind: ScalarKind { .int32 } }
extension UInt8: StorableElement { public static var scalarKind: ScalarKind { .uint8 } }
extension Bool: StorableElement {
    public static var scalarKind: ScalarKind { .bool }
    public static func converted(_ value: Double) -> Bool? { nil }
    public static func converted(_ value: Int64) -> Bool? { nil }
    public static func converted(_ value: UInt64) -> Bool? { nil }
}

extension RawArray {
    /// The numbers in row-major order, converted to `Element`.
    ///
    /// Any kind converts to `Float` and `Double` (widened exactly, or rounded to nearest where the target is narrower).
    /// Integers and Booleans convert to integers if every value fits. Floating-point numbers do not convert to integers, and
    /// only Booleans convert to `Bool`.
    ///
    /// - Parameter file: the name that an error carries.
    /// - Throws: ``FileFormatError`` of kind `unsupported` (no such conversion) or `malformed` (a value does not fit).
    public func scalars<Element: StorableElement>(as type: Element.Type, file: String = "array") throws -> [Element] {
        if let index = firstIllegalBool {
            throw FileFormatError(
                .malformed, file: file, at: "element \(index)", "found the byte \(bytes[index]), expected a Boolean: 0 or 1")
        }
        if kind == Element.scalarKind {
            return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
                initialized = count
            }
        }
        let kindsFit = kind.isFloatingPoint ? Element.converted(0.0 as Double) != nil : Element.converted(0 as Int64) != nil
        guard kindsFit else {
            throw FileFormatError(
                .unsupported, file: file, "found numbers of kind \(kind.rawValue), expected \(Element.scalarKind.rawValue)")
        }
        if Element.self == Float.self, kind == .float16 || kind == .bfloat16 {
            // Weights of a hundred million numbers come this way.
            return widened() as! [Element]
        }
        return try bytes.withUnsafeBytes { source in
            switch kind {
            case .float64: try convert(source, file) { Element.converted(Double(bitPattern: $0 as UInt64)) }
            case .float32: try convert(source, file) { Element.converted(Double(Float(bitPattern: $0 as UInt32))) }
            case .float16: try convert(source, file) { Element.converted(Double(Float16(bitPattern: $0 as UInt16))) }
            case .bfloat16: try convert(source, file) { Element.converted(Double(Float(bitPattern: UInt32($0 as UInt16) << 16))) }
            case .int64: try convert(source, file) { Element.converted($0 as Int64) }
            case .int32: try convert(source, file) { Element.converted(Int64($0 as Int32)) }
            case .int16: try convert(source, file) { Element.converted(Int64($0 as Int16)) }
            case .int8: try convert(source, file) { Element.converted(Int64($0 as Int8)) }
            case .uint64: try convert(source, file) { Element.converted($0 as UInt64) }
            case .uint32: try convert(source, file) { Element.converted(Int64($0 as UInt32)) }
            case .uint16: try convert(source, file) { Element.converted(Int64($0 as UInt16)) }
            case .uint8, .bool: try convert(source, file) { Element.converted(Int64($0 as UInt8)) }
            }
        }
    }

    /// The numbers of a 16-bit floating-point array, which single precision holds exactly.
    private func widened() -> [Float] {
        bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                if kind == .float16 {
                    for index in 0..<count { buffer[index] = Float(Float16(bitPattern: source.littleEndian(2 * index) as UInt16)) }
                } else {
                    for index in 0..<count {
                        buffer[index] = Float(bitPattern: UInt32(source.littleEndian(2 * index) as UInt16) << 16)
                    }
                }
                initialized = count
            }
        }
    }

    private func convert<Stored: FixedWidthInteger, Element>(
        _ source: UnsafeRawBufferPointer, _ file: String, _ body: (Stored) -> Element?
    ) throws -> [Element] {
        try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                let stored: Stored = source.littleEndian(index * MemoryLayout<Stored>.size)
                guard let value = body(stored) else {
                    throw FileFormatError(
                        .malformed, file: file, at: "element \(index)", "found \(stored), which does not fit into \(Element.self)")
                }
                (buffer.baseAddress! + index).initialize(to: value)
            }
            initialized = count
        }
    }

    /// The same numbers stored as another floating-point kind, rounded to nearest (ties to even).
    ///
    /// Only between floating-point kinds; anything else is a programmer error.
    public func stored(as target: ScalarKind) -> RawArray {
        precondition(
            kind.isFloatingPoint && target.isFloatingPoint, "RawArray.stored(as:): cannot store \(kind.rawValue) as \(target.rawValue)")
        guard kind != target, let values = try? scalars(as: Double.self) else { return self }
        var result = [UInt8]()
        result.reserveCapacity(count * target.byteCount)
        for value in values {
            switch target {
            case .float64: result.appendLittleEndian(value.bitPattern)
            case .float32: result.appendLittleEndian(Float(value).bitPattern)
            case .float16: result.appendLittleEndian(Float16(value).bitPattern)
            default: result.appendLittleEndian(RawArray.bfloat16(value))
            }
        }
        return RawArray(kind: target, shape: shape, bytes: result)
    }

    /// The bfloat16 nearest to a value. The value is first rounded to odd in binary32, so that the second rounding is exact.
    private static func bfloat16(_ value: Double) -> UInt16 {
        guard !value.isNaN else { return 0x7FC0 }
        let nearest = Float(value)
        var bits = nearest.bitPattern
        if nearest.isFinite, Double(nearest) != value {
            if abs(Double(nearest)) > abs(value) { bits -= 1 }
            bits |= 1
        } else if nearest.isInfinite, value.isFinite {
            bits = Float.greatestFiniteMagnitude.bitPattern | (bits & 0x8000_0000)
        }
        let upper = bits >> 16
        let rest = bits & 0xFFFF
        return UInt16(truncatingIfNeeded: upper + (rest > 0x8000 || (rest == 0x8000 && upper & 1 == 1) ? 1 : 0))
    }
}
