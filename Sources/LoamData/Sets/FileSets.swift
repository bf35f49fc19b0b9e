import FoundationEssentials
import LoamTensor

/// Data sets that a user names by a path.
enum FileSets {
    /// Reads `file:PATH` by the file's ending.
    static func file(_ url: URL) throws -> ImageSet {
        let name = url.lastPathComponent.lowercased()
        if name.hasSuffix(".npz") {
            let archive = try Npz.read(url)
            return try arrays(url, images: archive.array(named: "images"), labels: archive.array(named: "labels"))
        }
        if name.hasSuffix(".safetensors") {
            let file = try Safetensors.read(url)
            return try arrays(url, images: file.array(named: "images"), labels: file.array(named: "labels"))
        }
        if name.hasSuffix(".csv") || name.hasSuffix(".csv.gz") { return try table(url) }
        if name.contains("images-idx3") || name.contains("images.idx3") { return try idx(url) }
        if ImageFolder.endings.contains(url.pathExtension.lowercased()) {
            return ImageSet(
                name: url.lastPathComponent, images: ImageFolder.stack([try Bitmap.read(url)]), labels: Tensor([0]),
                classNames: [url.deletingPathExtension().lastPathComponent])
        }
        throw FileFormatError(
            .unsupported, file: url.path, "found a file whose name does not tell what it is",
            advice: "expected .npz or .safetensors with the arrays 'images' and 'labels', .csv (also .gz) with pixels and a last column of "
                + "labels, IDX images named …images-idx3-ubyte with the labels beside it, or one .png or .jpg picture")
    }

    /// Images [n, height, width] or [n, channels, height, width]: bytes 0–255, or floating-point numbers in [0, 1].
    private static func arrays(_ url: URL, images: RawArray, labels: RawArray) throws -> ImageSet {
        let shape = images.shape.count == 3 ? [images.shape[0], 1, images.shape[1], images.shape[2]] : images.shape
        guard shape.count == 4, !shape.contains(0), shape[1] == 1 || shape[1] == 3, images.kind == .uint8 || images.kind.isFloatingPoint
        else {
            throw FileFormatError(
                .malformed, file: url.path, at: "images",
                "found \(images.kind.rawValue) of shape \(images.shape), expected U8 or a floating-point kind of shape [n, height, width] or "
                    + "[n, 1 or 3, height, width]")
        }
        var pixels = try images.scalars(as: Float.self, file: url.path)
        if images.kind == .uint8 {
            for index in pixels.indices { pixels[index] /= 255 }
        } else if let index = pixels.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            let (row, column) = (index / shape[3] % shape[2], index % shape[3])
            throw FileFormatError(
                .malformed, file: url.path, at: "image \(index / (shape[1] * shape[2] * shape[3])), row \(row), column \(column)",
                "found \(pixels[index]), expected a number from 0 to 1")
        }
        let classes = try labels.scalars(as: Int32.self, file: "\(url.path), array 'labels'")
        guard labels.shape == [shape[0]] else {
            throw FileFormatError(
                .malformed, file: url.path, at: "labels", "found the shape \(labels.shape), expected [\(shape[0])], one label per image")
        }
        if let index = classes.firstIndex(where: { $0 < 0 || $0 > 9999 }) {
            throw FileFormatError(.malformed, file: url.path, at: "label \(index)", "found \(classes[index]), expected 0 to 9999")
        }
        return ImageSet(
            name: url.lastPathComponent, images: Tensor(pixels, shape: Shape(shape)), labels: Tensor(classes),
            classNames: (0...Int(classes.max() ?? 0)).map { "class \($0)" })
    }

    /// A table whose number of columns tells the images' size: a square number of pixels and the label.
    private static func table(_ url: URL) throws -> ImageSet {
        var records = try CSVRecords(ByteSource(url))
        guard let first = try records.next() else { throw FileFormatError(.malformed, file: url.path, "found no line with content") }
        let side = Int(Double(first.count - 1).squareRoot().rounded())
        guard side > 0, side * side + 1 == first.count else {
            throw records.failure("found \(first.count) columns, expected a square number of pixels and the label")
        }
        return try DigitTable.read(url, side: side, maximum: side == 8 ? 16 : 255)
    }

    private static func idx(_ url: URL) throws -> ImageSet {
        let name = url.lastPathComponent.replacing("images", with: "labels").replacing("idx3", with: "idx1")
        let folder = url.deletingLastPathComponent()
        let other = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name + ".gz"
        let candidates = [name, other].map { folder.appending(path: $0) }
        guard let labels = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw FileFormatError(.notFound, file: candidates[0].path, "there is no file of labels beside \(url.lastPathComponent)")
        }
        return try IDXImages.read(images: url, labels: labels, name: url.lastPathComponent, classNames: (0...9).map(String.init))
    }

    /// A folder with `train` and `test` inside, or with classes.
    static func folder(_ url: URL, _ split: DataSetSplit) throws -> ImageSet {
        let inside = Set(try ImageFolder.subfolders(url))
        guard let test = ["test", "val", "valid"].first(where: inside.contains), inside.contains("train") else {
            return part(try ImageFolder.read(url), split)
        }
        let classes = try ImageFolder.subfolders(url.appending(path: "train"))
        func read(_ name: String) throws -> ImageSet {
            var set = try ImageFolder.read(url.appending(path: name), classNames: classes)
            set.name = url.lastPathComponent
            return set
        }
        switch split {
        case .training: return try read("train")
        case .test: return try read(test)
        case .all: return try read("train").appending(read(test))
        }
    }

    /// A part of a set that was not published in parts: every fifth image of each class is a test image.
    static func part(_ set: ImageSet, _ split: DataSetSplit) -> ImageSet {
        guard split != .all else { return set }
        var seen = [Int](repeating: 0, count: set.classCount)
        let chosen = set.labels.scalars.enumerated().compactMap { index, label in
            seen[Int(label)] += 1
            return (seen[Int(label)] % 5 == 0) == (split == .test) ? index : nil
        }
        return set.subset(chosen)
    }
}
