/// How one number is stored in a file.
///
/// The raw values are safetensors' names.
public enum ScalarKind: String, CaseIterable, Hashable, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// The upper half of a binary32.
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    /// One byte, 0 or 1.
    case bool = "BOOL"

    /// The number of bytes of one number.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether the numbers are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }

    /// The bytes that an array of this shape takes, or nil where a dimension is negative or the product overflows.
    ///
    /// Dimensions of zero do not hide an overflow among the others: strides are products too.
    public func byteCount(shape: [Int]) -> Int? {
        var total = byteCount
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { return nil }
            total = product
        }
        return shape.contains(0) ? 0 : total
    }
}
