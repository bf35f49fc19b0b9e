import Foundation
import Synchronization

/// The records and warnings of one cell while it is computed.
final class CellRecords: Sendable {
    private let state = Mutex((records: [ConfigurationValue](), warnings: [String]()))

    /// A record as JSON, which must be an object.
    static func encode(_ object: some Encodable) throws -> Data {
        let data = try JSON.encode(object, omitsMeasured: true)
        guard data.first == UInt8(ascii: "{") else { throw LoamError(.internal, "a record must be an object; found \(type(of: object))") }
        return data
    }

    func add(record: ConfigurationValue) { state.withLock { $0.records.append(record) } }
    func add(warning: String) { state.withLock { $0.warnings.append(warning) } }
    var contents: (records: [ConfigurationValue], warnings: [String]) { state.withLock { $0 } }
}

/// What `cells/ID.json` holds.
struct CellFile<Value: Codable>: Codable {
    var id: String
    /// Hash of the verb's name, its configuration and the seed.
    var configurationHash: String
    var inputs: [String: String]
    var records: [ConfigurationValue]
    var warnings: [String]
    var value: Value
}

extension CellFile: Sendable where Value: Sendable {}

extension CellFile {
    /// A cell that was just computed, with the records and warnings it made.
    init(_ id: String, of settings: RunSettings, inputs: [String: String], _ records: CellRecords, _ value: Value) {
        let contents = records.contents
        self.init(
            id: id, configurationHash: settings.hash, inputs: inputs, records: contents.records, warnings: contents.warnings, value: value)
    }
}

/// Names of the files of cells.
enum CellName {
    /// A file name made of the id: safe characters kept, and a hash where some were not.
    static func file(for id: String) -> String {
        let safe = String(id.unicodeScalars.map { isSafe($0) ? Character($0) : "_" }.prefix(80))
        return safe == id && !safe.hasPrefix(".") ? "\(safe).json" : "\(safe.drop { $0 == "." })-\(fingerprint(Data(id.utf8))).json"
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "=", "+": true
        default: false
        }
    }
}

/// A 64-bit fingerprint (FNV-1a) as 16 hexadecimal digits: it tells inputs apart, and does not guard against intent.
public func fingerprint(_ data: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ bytes: UnsafeBufferPointer<UInt8>) { for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
    if data.withContiguousStorageIfAvailable(add) == nil {
        for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
