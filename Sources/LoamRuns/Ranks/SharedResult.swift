import Foundation
import LoamCluster

/// Bytes or an error, as they travel between processes.
enum SharedResult {
    static func encode(_ result: Result<Data, LoamError>) -> Data {
        switch result {
        case .success(let bytes): return Data([0]) + bytes
        case .failure(let error):
            let text = try? JSON.encode(error)
            return Data([1]) + (text ?? Data())
        }
    }

    static func decode(_ data: Data) -> Result<Data, LoamError> {
        let content = Data(data.dropFirst())
        if data.first == 0 { return .success(content) }
        do {
            return .failure(try JSON.decode(LoamError.self, from: content))
        } catch {
            return .failure(LoamError(.internal, "another process failed, and its error cannot be read: \(error)"))
        }
    }

    /// What a body returns or throws.
    static func catching(_ body: () throws -> Data) -> Data {
        do {
            return encode(.success(try body()))
        } catch {
            return encode(.failure(LoamError(wrapping: error)))
        }
    }
}

extension Coordination.StepEnd {
    /// The bytes of the step, or the error that it or the whole run ended with.
    func get() throws -> Data {
        switch self {
        case .outcome(let data): return try SharedResult.decode(data).get()
        case .dismissed(let data):
            _ = try SharedResult.decode(data).get()
            throw LoamError(.internal, "rank 0 has finished the run before this process", advice: "This is a defect of Loam.")
        }
    }
}

extension Coordination {
    /// The value that rank 0 makes, in all processes; the error that it throws, too.
    func shared<Value: Codable>(_ produce: () throws -> Value) throws -> Value {
        guard cluster.count > 1 else { return try produce() }
        return try JSON.decode(Value.self, from: share { SharedResult.catching { try JSON.encode(produce()) } }.get())
    }
}
