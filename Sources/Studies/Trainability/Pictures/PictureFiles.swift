import Foundation
import LoamData
import LoamTensor

/// PNG and JPEG files as inputs of a network.
enum PictureFiles {
    /// The pictures under a path: the file itself, or all in a folder and its subfolders, by name. Where there are more than `limit`,
    /// evenly spaced ones.
    ///
    /// - Throws: `FileFormatError` where there is none.
    static func list(_ path: String, limit: Int) throws -> [URL] {
        let url = URL(filePath: (path as NSString).expandingTildeInPath)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw FileFormatError(
                .notFound, file: path, "there is no such file or folder", advice: "give a picture or a folder of pictures: images=PATH")
        }
        guard isFolder.boolValue else { return [url] }
        let files = (FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)?.allObjects ?? [])
            .compactMap { $0 as? URL }.filter { ImageFolder.endings.contains($0.pathExtension.lowercased()) }.sorted { $0.path < $1.path }
        guard !files.isEmpty else {
            throw FileFormatError(
                .notFound, file: path,
                "found no picture, expected files that end in \(ImageFolder.endings.map { ".\($0)" }.joined(separator: ", "))")
        }
        guard files.count > limit else { return files }
        return (0..<limit).map { files[$0 * files.count / limit] }
    }

    /// The middle of a picture as the network sees it: the shorter side at 256/224 of the image's, then the square in the middle; images
    /// that are not of the ImageNet kind are taken to the edge.
    static func input(_ bitmap: Bitmap, _ space: PixelSpace, margin: Bool) -> [Float] {
        let side = space.image[1]
        let square = bitmap.centreSquare(side, shorterSide: margin ? side * 256 / 224 : side)
        return space.numbers(planes(square, space))
    }

    /// A random square of the picture, its side between 40 and 100 % of the shorter side, perhaps mirrored.
    static func crop(_ bitmap: Bitmap, _ space: PixelSpace, using generator: inout PhiloxGenerator) -> [Float] {
        let shorter = min(bitmap.width, bitmap.height)
        let least = max(1, shorter * 2 / 5)
        let side = least + generator.integer(below: shorter - least + 1)
        let part = bitmap.cropped(
            top: generator.integer(below: bitmap.height - side + 1), left: generator.integer(below: bitmap.width - side + 1), height: side,
            width: side)
        let square = part.resized(height: space.image[1], width: space.image[2], filter: .triangle)
        return space.numbers(planes(generator.integer(below: 2) == 1 ? square.mirrored : square, space))
    }

    private static func planes(_ bitmap: Bitmap, _ space: PixelSpace) -> [Float] {
        (space.image[0] == 3 ? bitmap.colour : bitmap.grey).tensor.scalars
    }
}
