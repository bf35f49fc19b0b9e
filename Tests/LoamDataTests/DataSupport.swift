import Foundation
import LoamData
import LoamTensor
import Testing

/// A folder of its own for one test, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "loam-data-\(UUID().uuidString)")
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

/// The `DataSetError` that `body` throws; anything else, or nothing, fails the test.
func dataSetError(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> DataSetError? {
    do {
        try body()
        Issue.record("expected a DataSetError, and none was thrown", sourceLocation: sourceLocation)
    } catch let error as DataSetError {
        return error
    } catch {
        Issue.record("expected a DataSetError, found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

func source(_ bytes: [UInt8], _ name: String = "fixture") -> ByteSource { ByteSource(bytes, name: name) }
func source(_ text: String, _ name: String = "table.csv") -> ByteSource { ByteSource(Array(text.utf8), name: name) }

/// Images whose pixel at any place tells image, channel, row and column apart.
func numberedImages(_ count: Int, channels: Int = 1, height: Int = 4, width: Int = 5) -> ImageSet {
    let total = count * channels * height * width
    return ImageSet(
        name: "numbered", images: Tensor((0..<total).map { Float($0) / Float(total) }, shape: [count, channels, height, width]),
        labels: Tensor((0..<count).map { Int32($0 % 3) }), classNames: ["a", "b", "c"])
}
