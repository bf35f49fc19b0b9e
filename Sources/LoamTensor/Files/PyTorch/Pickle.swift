/// A Python pickle, read as data: nothing is imported, called or executed.
///
/// The machine knows numbers, text, tuples, lists, dictionaries, and the few objects of ``PickleGlobal`` that `torch.save` needs for
/// weights. A pickle that names anything else is refused with that name. Work and memory are linear in the length of the stream.
///
/// Reference: CPython's `Lib/pickletools.py`, protocols 2 to 5.
struct Pickle {
    /// The longest stream that is read.
    static let maximumByteCount = 64 << 20

    /// All values that came up; containers name them by index.
    private(set) var values: [PickleValue] = []
    /// The index of the whole.
    private(set) var root = 0

    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var stack: [Int] = []
    private var marks: [Int] = []
    private var memo: [Int: Int] = [:]

    /// Reads a stream to its end.
    /// - Throws: ``FileFormatError``.
    init(_ bytes: [UInt8], file: String) throws {
        self.bytes = bytes
        self.file = file
        guard bytes.count <= Self.maximumByteCount else {
            throw FileFormatError(
                .malformed, file: file, at: "data.pkl",
                "found \(bytes.count) bytes, expected at most \(Self.maximumByteCount): this is no list of tensors")
        }
        while try step() {}
    }

    // MARK: The stream

    private func failure(_ problem: String, kind: FileFormatError.Kind = .malformed, advice: String? = nil) -> FileFormatError {
        FileFormatError(kind, file: file, at: "data.pkl, byte \(position)", problem, advice: advice)
    }

    private func refused(_ what: String) -> FileFormatError {
        failure(
            "found \(what), which is refused: only tensors, dictionaries and plain values are read",
            kind: .unsupported, advice: "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")")
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count >= 0, count <= bytes.count - position else {
            throw failure("found \(bytes.count - position) bytes, expected \(count): the pickle is truncated or damaged")
        }
        defer { position += count }
        return position..<(position + count)
    }

    private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Int {
        let range = try take(MemoryLayout<Integer>.size)
        guard let value = Int(exactly: bytes.littleEndian(range.lowerBound, as: type)) else {
            throw failure("found a length beyond 63 bits")
        }
        return value
    }

    private mutating func text(_ count: Int) throws -> String {
        let range = try take(count)
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw failure("found text that is not UTF-8") }
        return text
    }

    private mutating func line() throws -> String {
        guard let end = bytes[position...].firstIndex(of: 10) else { throw failure("found no end of a line") }
        let text = try text(end - position)
        position += 1
        return text
    }

    // MARK: The stack

    private mutating func push(_ value: PickleValue) {
        stack.append(values.count)
        values.append(value)
    }

    private mutating func pop() throws -> Int {
        guard stack.count > (marks.last ?? 0), let top = stack.popLast() else { throw failure("found an empty stack") }
        return top
    }

    private func top() throws -> Int {
        guard stack.count > (marks.last ?? 0), let top = stack.last else { throw failure("found an empty stack") }
        return top
    }

    private mutating func popToMark() throws -> [Int] {
        guard let mark = marks.popLast() else { throw failure("found no mark") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func tuple(_ count: Int) throws {
        var elements: [Int] = []
        for _ in 0..<count { elements.append(try pop()) }
        push(.tuple(elements.reversed()))
    }

    private mutating func fetch(_ index: Int) throws {
        guard let value = memo[index] else { throw failure("found no remembered value \(index)") }
        stack.append(value)
    }

    /// One operation; false at the end.
    private mutating func step() throws -> Bool {
        let operation = bytes[try take(1).lowerBound]
        switch operation {
        case 0x80:  // PROTO
            let version = bytes[try take(1).lowerBound]
            guard (2...5).contains(version) else { throw failure("found pickle protocol \(version), expected 2 to 5", kind: .unsupported) }
        case 0x95: _ = try take(8)  // FRAME
        case UInt8(ascii: "."):
            root = try pop()
            guard stack.isEmpty, marks.isEmpty else { throw failure("found \(stack.count) values left at the end") }
            guard position == bytes.count else { throw failure("found \(bytes.count - position) bytes after the end") }
            return false
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: "q"): memo[Int(bytes[try take(1).lowerBound])] = try top()
        case UInt8(ascii: "r"): memo[try integer(UInt32.self)] = try top()
        case 0x94: memo[memo.count] = try top()  // MEMOIZE
        case UInt8(ascii: "h"): try fetch(Int(bytes[try take(1).lowerBound]))
        case UInt8(ascii: "j"): try fetch(try integer(UInt32.self))
        default:
            guard try scalar(operation) else { return try compound(operation) }
        }
        return true
    }

    /// Numbers and text.
    private mutating func scalar(_ operation: UInt8) throws -> Bool {
        switch operation {
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.boolean(true))
        case 0x89: push(.boolean(false))
        case UInt8(ascii: "J"): push(.integer(try integer(Int32.self)))
        case UInt8(ascii: "K"): push(.integer(try integer(UInt8.self)))
        case UInt8(ascii: "M"): push(.integer(try integer(UInt16.self)))
        case 0x8A: push(try long(try integer(UInt8.self)))
        case 0x8B: push(try long(try integer(Int32.self)))
        case UInt8(ascii: "G"):
            let start = try take(8).lowerBound
            push(.number(Double(bitPattern: bytes.littleEndian(start, as: UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): push(.text(try text(try integer(UInt32.self))))
        case 0x8C: push(.text(try text(try integer(UInt8.self))))
        case 0x8D: push(.text(try text(try integer(UInt64.self))))
        case UInt8(ascii: "U"): push(.text(try text(try integer(UInt8.self))))
        case UInt8(ascii: "T"): push(.text(try text(try integer(Int32.self))))
        default: return false
        }
        return true
    }

    /// An integer of `count` bytes in two's complement; wider ones than 64 bits have no use here.
    private mutating func long(_ count: Int) throws -> PickleValue {
        guard count <= 8 else { throw failure("found an integer of \(count) bytes, expected at most 8", kind: .unsupported) }
        var value = 0
        for (index, place) in try take(count).enumerated() { value |= Int(bytes[place]) << (8 * index) }
        if count > 0, count < 8, value >> (8 * count - 1) == 1 { value -= 1 << (8 * count) }
        return .integer(value)
    }

    /// Containers and objects.
    private mutating func compound(_ operation: UInt8) throws -> Bool {
        switch operation {
        case UInt8(ascii: ")"): push(.tuple([]))
        case UInt8(ascii: "t"): push(.tuple(try popToMark()))
        case 0x85, 0x86, 0x87: try tuple(Int(operation) - 0x84)
        case UInt8(ascii: "]"): push(.list([]))
        case UInt8(ascii: "l"): push(.list(try popToMark()))
        case UInt8(ascii: "a"): try append([try pop()])
        case UInt8(ascii: "e"): try append(try popToMark())
        case UInt8(ascii: "}"): push(.dictionary([]))
        case UInt8(ascii: "d"):
            let entries = try popToMark()
            push(.dictionary([]))
            try insert(entries)
        case UInt8(ascii: "s"):
            let value = try pop()
            try insert([try pop(), value])
        case UInt8(ascii: "u"): try insert(try popToMark())
        case UInt8(ascii: "c"): try global(module: try line(), name: try line())
        case 0x93:  // STACK_GLOBAL
            let (name, module) = (values[try pop()], values[try pop()])
            guard case .text(let name) = name, case .text(let module) = module else { throw failure("found an object without a name") }
            try global(module: module, name: name)
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"):
            // What an ordered dictionary carries beside its entries: versions of layers, of no use here.
            _ = try pop()
            guard case .dictionary = values[try top()] else { throw refused("the state of an object") }
        case UInt8(ascii: "Q"): try persistent()
        case UInt8(ascii: "i"), UInt8(ascii: "o"), 0x81, 0x92: throw refused("an instance of a class")
        case 0x82, 0x83, 0x84: throw refused("an object of the extension registry")
        default:
            throw failure("found the pickle operation 0x\(String(operation, radix: 16)), which weights do not need", kind: .unsupported)
        }
        return true
    }

    private mutating func append(_ elements: [Int]) throws {
        let target = try top()
        guard case .list(var list) = values[target] else { throw failure("found elements without a list") }
        values[target] = .none
        list += elements
        values[target] = .list(list)
    }

    private mutating func insert(_ entries: [Int]) throws {
        let target = try top()
        guard case .dictionary(var dictionary) = values[target] else { throw failure("found entries without a dictionary") }
        guard entries.count % 2 == 0 else { throw failure("found a key without a value") }
        values[target] = .none
        for index in stride(from: 0, to: entries.count, by: 2) { dictionary.append((entries[index], entries[index + 1])) }
        values[target] = .dictionary(dictionary)
    }

    // MARK: Objects

    private mutating func global(module: String, name: String) throws {
        guard let known = PickleGlobal(module: module, name: name) else { throw refused("the Python object ‘\(module).\(name)’") }
        push(.global(known))
    }

    private mutating func reduce() throws {
        let (arguments, callee) = (values[try pop()], values[try pop()])
        guard case .tuple(let arguments) = arguments, case .global(let callee) = callee else {
            throw failure("found a call of something that is no object of weights")
        }
        switch callee {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw failure("found an ordered dictionary with arguments", kind: .unsupported) }
            push(.dictionary([]))
        case .rebuildTensor: push(.tensor(try tensor(arguments)))
        case .rebuildParameter:
            guard let first = arguments.first, case .tensor(let tensor) = values[first] else {
                throw failure("found a parameter without a tensor")
            }
            push(.tensor(tensor))
        case .storage: throw refused("a storage with its numbers inside")
        }
    }

    private func integers(_ index: Int) -> [Int]? {
        guard case .tuple(let elements) = values[index] else { return nil }
        var result: [Int] = []
        for element in elements {
            guard case .integer(let value) = values[element] else { return nil }
            result.append(value)
        }
        return result
    }

    /// (storage, offset, shape, strides, …).
    private func tensor(_ arguments: [Int]) throws -> PickleTensor {
        guard arguments.count >= 4, case .storage(let storage) = values[arguments[0]], case .integer(let offset) = values[arguments[1]],
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else { throw failure("found a tensor that is not made of a storage, an offset, a shape and strides") }
        let tensor = PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides)
        if let problem = tensor.problem { throw failure(problem) }
        return tensor
    }

    /// ("storage", kind, key, device, count).
    private mutating func persistent() throws {
        guard case .tuple(let parts) = values[try pop()], parts.count == 5, case .text("storage") = values[parts[0]],
            case .global(.storage(let kind)) = values[parts[1]], case .text(let key) = values[parts[2]],
            case .integer(let count) = values[parts[4]], count >= 0
        else { throw failure("found a reference that is not to a storage of numbers") }
        push(.storage(PickleStorage(key: key, kind: kind, count: count)))
    }
}
