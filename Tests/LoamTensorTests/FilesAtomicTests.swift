import Foundation
import LoamTensor
import Testing

@Suite struct FilesAtomicTests {
    private struct Interruption: Error {}

    @Test func anInterruptedWriteLeavesTheOldFileAlone() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "state.bin")
            try AtomicFile.write([1, 2, 3], to: url)
            #expect(throws: Interruption.self) {
                try AtomicFile.write(to: url) { writer in
                    try writer.write([9, 9])
                    throw Interruption()
                }
            }
            #expect(try ByteSource(url).bytes() == [1, 2, 3])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["state.bin"])
        }
    }

    @Test func theOldContentStaysReadableWhileTheNewIsWritten() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "state.bin")
            try AtomicFile.write("old", to: url)
            try AtomicFile.write(to: url) { writer in
                try writer.write(Array("new".utf8))
                #expect(try ByteSource(url).bytes() == Array("old".utf8))
            }
            #expect(try ByteSource(url).bytes() == Array("new".utf8))
        }
    }

    @Test func aSymbolicLinkIsFollowed() throws {
        try withTemporaryFolder { folder in
            let (target, link) = (folder.appending(path: "target"), folder.appending(path: "link"))
            try AtomicFile.write("old", to: target)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            try AtomicFile.write("new", to: link)
            #expect(try ByteSource(target).bytes() == Array("new".utf8))
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link.path)) != nil)
        }
    }

    @Test func permissionsOfTheOldFileAreKept() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "private")
            try AtomicFile.write("old", to: url)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
            try AtomicFile.write("new", to: url)
            #expect(try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aMissingFolderIsAnErrorThatNamesTheFile() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "none/a.bin")
            let error = fileError { try AtomicFile.write([1], to: url) }
            #expect(error?.kind == .notFound && error?.file == url.path)
        }
    }

    @Test func aFolderCannotBeReplacedByAFile() throws {
        try withTemporaryFolder { folder in
            #expect(fileError { try AtomicFile.write([1], to: folder) }?.kind == .inputOutput)
        }
    }

    @Test func aDeviceIsNotAFile() {
        #expect(fileError { _ = try ByteSource(URL(filePath: "/dev/full")) }?.problem.contains("not a regular file") == true)
    }

    @Test func aMissingFileIsNotFound() {
        let error = fileError { _ = try Safetensors.read(URL(filePath: "/nonexistent/a.safetensors")) }
        #expect(error?.kind == .notFound && error?.file == "/nonexistent/a.safetensors")
    }

    @Test func aFolderIsNotAFile() {
        #expect(fileError { _ = try Npy.read(URL(filePath: "/tmp")) }?.problem.contains("a folder") == true)
    }

    @Test func readsOutsideTheSourceAreRefused() {
        let source = ByteSource([1, 2, 3], name: "three")
        #expect((try? source.bytes(at: 1, count: 2)) == [2, 3])
        for (offset, count) in [(2, 2), (4, 0), (-1, 1), (0, -1), (1, Int.max), (Int.max, 1)] {
            #expect(fileError { _ = try source.bytes(at: offset, count: count) }?.kind == .malformed)
        }
    }

    @Test func aFileThatShrinksGivesAnError() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npy")
            try AtomicFile.write([UInt8](repeating: 5, count: 10_000), to: url)
            let source = try ByteSource(url)
            let handle = try FileHandle(forWritingTo: url)
            try handle.truncate(atOffset: 100)
            #expect(fileError { _ = try source.bytes(at: 50, count: 5000) }?.kind == .malformed)
        }
    }
}
