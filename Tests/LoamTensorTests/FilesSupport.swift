import Foundation
import LoamTensor
import Testing

/// A folder of its own for one test, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "loam-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The `FileFormatError` that `body` throws; anything else, or nothing, fails the test.
func fileError(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> FileFormatError? {
    do {
        try body()
        Issue.record("expected a FileFormatError, and none was thrown", sourceLocation: sourceLocation)
    } catch let error as FileFormatError {
        return error
    } catch {
        Issue.record("expected a FileFormatError, found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// A safetensors file of a header's text and data.
func safetensorsFile(_ header: String, data: [UInt8] = [], declaredLength: UInt64? = nil) -> ByteSource {
    let length = declaredLength ?? UInt64(header.utf8.count)
    return ByteSource(withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array(header.utf8) + data, name: "test.safetensors")
}

/// An npy file of a header's text and data.
func npyFile(_ header: String, data: [UInt8] = []) -> ByteSource {
    let text = Array((header + "\n").utf8)
    return ByteSource(
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text + data, name: "test.npy")
}
