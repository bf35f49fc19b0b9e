import FoundationEssentials
import LoamTensor

/// A folder with one subfolder per class that holds PNG and JPEG pictures.
///
/// Classes and files are taken in the order of their names. All pictures must have one size, unless one is asked for. Where
/// some are coloured, grey ones become coloured.
public enum ImageFolder {
    /// The endings that count as pictures, whatever their case.
    public static let endings = ["png", "jpg", "jpeg"]

    /// Reads all pictures.
    /// - Parameters:
    ///   - size: rows and columns to bring each picture to (``Bitmap/resized(height:width:)``).
    ///   - classNames: the classes that must be there, or nil to take the subfolders that are.
    /// - Throws: `FileFormatError` that names the folder or the picture.
    public static func read(_ folder: URL, size: (height: Int, width: Int)? = nil, classNames: [String]? = nil) throws -> ImageSet {
        let classNames = try classNames ?? subfolders(folder)
        guard !classNames.isEmpty else {
            throw FileFormatError(.notFound, file: folder.path, "found no subfolder, expected one per class with its pictures")
        }
        var bitmaps: [Bitmap] = []
        var labels: [Int32] = []
        var firstFile = ""
        for (label, name) in classNames.enumerated() {
            let files = try pictures(folder.appending(path: name))
            guard !files.isEmpty else {
                throw FileFormatError(
                    .notFound, file: folder.appending(path: name).path,
                    "found no picture, expected files that end in \(endings.map { ".\($0)" }.joined(separator: ", "))")
            }
            for file in files {
                var bitmap = try Bitmap.read(file)
                if let size { bitmap = bitmap.resized(height: size.height, width: size.width) }
                if let first = bitmaps.first, (first.height, first.width) != (bitmap.height, bitmap.width) {
                    throw FileFormatError(
                        .malformed, file: file.path,
                        "found \(bitmap.height)×\(bitmap.width) pixels, expected \(first.height)×\(first.width) as in \(firstFile)",
                        advice: "bring all pictures to one size")
                }
                if bitmaps.isEmpty { firstFile = file.lastPathComponent }
                bitmaps.append(bitmap)
                labels.append(Int32(label))
            }
        }
        return ImageSet(name: folder.lastPathComponent, images: stack(bitmaps), labels: Tensor(labels), classNames: classNames)
    }

    /// Pictures of one size as one tensor, n × channels × height × width.
    static func stack(_ bitmaps: [Bitmap]) -> Tensor<Float> {
        let channels = bitmaps.map(\.channels).max() ?? 1
        let (height, width) = (bitmaps[0].height, bitmaps[0].width)
        let size = channels * height * width
        return Tensor(shape: [bitmaps.count, channels, height, width]) { buffer in
            for (index, bitmap) in bitmaps.enumerated() {
                let part = UnsafeMutableBufferPointer(rebasing: buffer[(index * size)..<((index + 1) * size)])
                (channels == 3 ? bitmap.colour : bitmap).writePlanes(to: part)
            }
        }
    }

    /// The names of the visible subfolders, sorted.
    static func subfolders(_ folder: URL) throws -> [String] {
        try entries(folder).filter { name in
            var isFolder = false
            return FileManager.default.fileExists(atPath: folder.appending(path: name).path, isDirectory: &isFolder) && isFolder
        }
    }

    private static func pictures(_ folder: URL) throws -> [URL] {
        try entries(folder).map { folder.appending(path: $0) }.filter { endings.contains($0.pathExtension.lowercased()) }
    }

    private static func entries(_ folder: URL) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            let isThere = FileManager.default.fileExists(atPath: folder.path)
            throw FileFormatError(
                isThere ? .inputOutput : .notFound, file: folder.path, isThere ? "cannot be listed as a folder" : "there is no such folder")
        }
    }
}
