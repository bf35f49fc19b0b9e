import Foundation

/// What ranks tell rank 0, which hands out the work.
enum WorkMessage {
    /// A worker is free: it comes to round `round` (the number of the common step of the run), or has finished an index of it.
    case free(round: Int, worker: Int, wantsStop: Bool, finished: (index: Int, result: Data)?)
    /// How far an index is.
    case report(index: Int, Data)
    /// The process has left the run, with what it has to say.
    case left(Data)

    static let tag = 1
}

/// What rank 0 answers to one worker.
enum WorkReply {
    case compute(index: Int)
    /// The round is over; its outcome, for the first worker of a process that is told so.
    case over(Data?)
    /// The run is over.
    case dismissed(Data)

    /// Where the answers to a worker go.
    static func tag(worker: Int) -> Int { 16 + worker }
    static let dismissalTag = 2
}

extension WorkMessage {
    /// A kind, four numbers, then bytes.
    var encoded: Data {
        switch self {
        case .free(let round, let worker, let wantsStop, let finished):
            Fields.encode(0, [round, worker, wantsStop ? 1 : 0, finished?.index ?? -1], finished?.result ?? Data())
        case .report(let index, let bytes): Fields.encode(1, [index], bytes)
        case .left(let bytes): Fields.encode(2, [], bytes)
        }
    }

    init(_ data: Data) {
        let (kind, n, bytes) = Fields.decode(data)
        switch kind {
        case 0: self = .free(round: n[0], worker: n[1], wantsStop: n[2] == 1, finished: n[3] < 0 ? nil : (n[3], bytes))
        case 1: self = .report(index: n[0], bytes)
        default: self = .left(bytes)
        }
    }
}

extension WorkReply {
    var encoded: Data {
        switch self {
        case .compute(let index): Fields.encode(0, [index], Data())
        case .over(let bytes): Fields.encode(1, [bytes == nil ? 0 : 1], bytes ?? Data())
        case .dismissed(let bytes): Fields.encode(2, [], bytes)
        }
    }

    init(_ data: Data) {
        let (kind, n, bytes) = Fields.decode(data)
        switch kind {
        case 0: self = .compute(index: n[0])
        case 1: self = .over(n[0] == 0 ? nil : bytes)
        default: self = .dismissed(bytes)
        }
    }
}

private enum Fields {
    static func encode(_ kind: Int, _ numbers: [Int], _ bytes: Data) -> Data {
        var data = Data()
        for number in [kind] + numbers + Array(repeating: 0, count: 4 - numbers.count) {
            Swift.withUnsafeBytes(of: Int64(number).littleEndian) { data.append(contentsOf: $0) }
        }
        return data + bytes
    }

    static func decode(_ data: Data) -> (kind: Int, numbers: [Int], bytes: Data) {
        let numbers = data.withUnsafeBytes { bytes in
            (0..<5).map { Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self))) }
        }
        return (numbers[0], Array(numbers[1...]), data.dropFirst(40))
    }
}
