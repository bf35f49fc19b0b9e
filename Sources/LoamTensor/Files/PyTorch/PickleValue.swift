/// What a restricted pickle can hold. Containers name their elements by their place in ``Pickle/values``, so that neither deep nesting nor
/// cycles cost a recursion.
enum PickleValue: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case tuple([Int])
    case list([Int])
    case dictionary([(key: Int, value: Int)])
    /// A Python object that is imported by name; only those of ``PickleGlobal`` are.
    case global(PickleGlobal)
    /// Numbers that stand elsewhere in the archive.
    case storage(PickleStorage)
    /// A view of a storage.
    case tensor(PickleTensor)
}

/// The Python objects that weights need. Everything else is refused by name.
enum PickleGlobal: Hashable, Sendable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(ScalarKind)

    private static let storages: [String: ScalarKind] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "LongStorage": .int64,
        "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    /// The object `module.name`, where it is one of them.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", let name):
            guard let kind = Self.storages[name] else { return nil }
            self = .storage(kind)
        default: return nil
        }
    }
}

/// Numbers of one kind under a key of the archive.
struct PickleStorage: Hashable, Sendable {
    var key: String
    var kind: ScalarKind
    var count: Int
}

/// A tensor as offsets into a storage, counted in numbers.
struct PickleTensor: Hashable, Sendable {
    var storage: PickleStorage
    var offset: Int
    var shape: [Int]
    var strides: [Int]

    /// Whether the numbers lie one after another in row-major order.
    var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            if stride != expected { return false }
            expected *= extent
        }
        return true
    }

    /// What is wrong with it; nil where every index lies inside the storage and no number is used twice over.
    ///
    /// A tensor that repeats numbers (stride 0) could stand for far more than the file holds, so it is refused.
    var problem: String? {
        guard shape.count == strides.count, shape.count <= RawArray.maximumRank else {
            return "found \(shape.count) extents and \(strides.count) strides, expected as many of both and at most \(RawArray.maximumRank)"
        }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            return "found the shape \(shape), the strides \(strides) and the offset \(offset), expected none below 0"
        }
        guard let bytes = storage.kind.byteCount(shape: shape), bytes / storage.kind.byteCount <= storage.count else {
            return "found the shape \(shape), expected at most the \(storage.count) numbers of its storage"
        }
        if shape.contains(0) { return nil }
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowed) = last.addingReportingOverflow(reach)
            guard !overflow, !overflowed else { return "found the strides \(strides), whose reach overflows" }
            last = sum
        }
        guard last < storage.count else {
            return
                "found numbers up to index \(last) (shape \(shape), strides \(strides)), expected them inside its storage of \(storage.count)"
        }
        return nil
    }
}
