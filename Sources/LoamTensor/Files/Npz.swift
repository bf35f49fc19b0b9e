import FoundationEssentials

/// NumPy's archive of named arrays (`.npz`): a zip archive with one `.npy` file per array.
public struct Npz: Sendable {
    /// The arrays' names (without `.npy`) in the archive's order.
    public let names: [String]
    private let archive: ZipArchive
    let file: String

    /// Opens an archive.
    /// - Throws: ``FileFormatError``.
    public static func read(_ url: URL) throws -> Npz {
        try Npz(ByteSource(url))
    }

    /// Opens an archive's content.
    /// - Throws: ``FileFormatError``, also where an entry is not an array.
    public init(_ source: ByteSource) throws {
        archive = try ZipArchive(source)
        file = source.name
        names = try archive.names.map { entry in
            guard entry.hasSuffix(".npy"), entry.count > 4 else {
                throw FileFormatError(.unsupported, file: source.name, at: "entry '\(entry)'", "expected only arrays, named NAME.npy")
            }
            return String(entry.dropLast(4))
        }
    }

    /// An array exactly as stored, brought into row-major and little-endian order.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func array(named name: String) throws -> RawArray {
        guard names.contains(name) else {
            throw FileFormatError(.notFound, file: file, ArrayNames.missing(name, among: names))
        }
        do {
            return try Npy.read(ByteSource(archive.bytes(named: name + ".npy"), name: file))
        } catch let error as FileFormatError {
            throw error.location?.hasPrefix("entry '") == true ? error : error.relocated(at: "array '\(name)'")
        }
    }

    /// Writes named arrays, replacing the file atomically.
    /// - Throws: ``FileFormatError`` where a name occurs twice, an array has no NumPy type, or the file cannot be written.
    public static func write(
        _ arrays: [(name: String, array: RawArray)], packing: ZipArchive.Packing = .stored, to url: URL
    ) throws {
        let names = arrays.map { $0.name + ".npy" }
        let byName = Dictionary(zip(names, arrays.map(\.array)), uniquingKeysWith: { first, _ in first })
        try ZipArchive.write(names, packing: packing, to: url) { name in
            try Npy.encoded(byName[name]!, file: "\(url.path), array '\(name.dropLast(4))'")
        }
    }
}
