import FoundationEssentials
import LoamTensor

/// A data set that was published as files in two parts.
struct PublishedSet: Sendable {
    var name: String
    var summary: String
    /// Subfolders of the search path in which it is looked for, besides the folders themselves.
    var subfolders: [String]
    var trainingFiles: [String]
    var testFiles: [String]
    /// What to do where it is missing; a full sentence.
    var advice: String
    var read: @Sendable (_ files: [URL], _ name: String) throws -> ImageSet

    /// The files of a part, or an error that says how to get them.
    func locate(_ split: DataSetSplit, _ path: SearchPath) throws -> [URL] {
        let wanted = split == .test ? testFiles : trainingFiles
        guard let files = path.locate(files: wanted, subfolders: subfolders) else {
            throw DataSetError.missing(name: name, advice: advice, searched: path.folders.map(\.path))
        }
        return files
    }

    func load(_ split: DataSetSplit, _ path: SearchPath) throws -> ImageSet {
        guard split == .all else { return try read(locate(split, path), name) }
        return try load(.training, path).appending(load(.test, path))
    }

    private static let idxTraining = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
    private static let idxTest = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]

    static let fashionMNIST = PublishedSet(
        name: "fashion-mnist", summary: "70000 grey pictures of clothes, 28×28, 10 classes (Xiao, Rasul, Vollgraf 2017)",
        subfolders: ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST"], trainingFiles: idxTraining, testFiles: idxTest,
        advice: "install it with 'apt-get install dataset-fashion-mnist', or put \((idxTraining + idxTest).joined(separator: ", ")) "
            + "(each also as .gz) into a folder 'fashion-mnist' of the search path (LOAM_DATA)."
    ) { files, name in
        let names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
        return try IDXImages.read(images: files[0], labels: files[1], name: name, classNames: names)
    }

    static let mnist = PublishedSet(
        name: "mnist", summary: "70000 handwritten digits, 28×28, 10 classes (LeCun, Cortes, Burges 1998)",
        subfolders: ["mnist", "MNIST/raw", "MNIST"], trainingFiles: idxTraining, testFiles: idxTest,
        advice: "put \((idxTraining + idxTest).joined(separator: ", ")) (each also as .gz) into a folder 'mnist' of the search path "
            + "(LOAM_DATA); 5000 of the images are read with 'mnist5k:PATH'."
    ) { files, name in
        try IDXImages.read(images: files[0], labels: files[1], name: name, classNames: (0...9).map(String.init))
    }

    static let cifar10 = PublishedSet(
        name: "cifar10", summary: "60000 coloured photographs, 32×32, 10 classes (Krizhevsky 2009)",
        subfolders: ["cifar-10-batches-bin", "cifar10", "cifar-10"], trainingFiles: (1...5).map { "data_batch_\($0).bin" },
        testFiles: ["test_batch.bin"],
        advice: "put data_batch_1.bin to data_batch_5.bin and test_batch.bin of the binary version into a folder "
            + "'cifar-10-batches-bin' of the search path (LOAM_DATA)."
    ) { files, name in
        try cifar(.ten, files, name: name, classNames: CIFAR.tenClassNames)
    }

    static let cifar100 = PublishedSet(
        name: "cifar100", summary: "60000 coloured photographs, 32×32, 100 classes (Krizhevsky 2009)",
        subfolders: ["cifar-100-binary", "cifar100", "cifar-100"], trainingFiles: ["train.bin"], testFiles: ["test.bin"],
        advice: "put train.bin and test.bin of the binary version, and fine_label_names.txt if class names are wanted, into a folder "
            + "'cifar-100-binary' of the search path (LOAM_DATA)."
    ) { files, name in
        let list = files[0].deletingLastPathComponent().appending(path: "fine_label_names.txt")
        let text = try? ByteSource(list).bytes()
        let names = text.map { String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init) } ?? []
        return try cifar(.hundred, files, name: name, classNames: names.count == 100 ? names : (0..<100).map { "class \($0)" })
    }

    static let all = [fashionMNIST, mnist, cifar10, cifar100]

    private static func cifar(_ format: CIFAR, _ files: [URL], name: String, classNames: [String]) throws -> ImageSet {
        var pixels: [UInt8] = []
        var labels: [Int32] = []
        for file in files {
            let records = try format.read(file)
            pixels += records.pixels
            labels += records.labels
        }
        return ImageSet(name: name, pixels: pixels, channels: 3, height: 32, width: 32, labels: labels, classNames: classNames)
    }
}

/// Images and labels in two IDX files.
public enum IDXImages {
    /// Reads images (n × height × width bytes) and their labels (n bytes).
    /// - Throws: `FileFormatError` where a file is damaged, the shapes or types are others, the numbers of images and labels
    ///   differ, or a label is no class.
    public static func read(images: URL, labels: URL, name: String, classNames: [String]) throws -> ImageSet {
        let pixels = try IDX.read(images)
        guard pixels.kind == .uint8, pixels.shape.count == 3, !pixels.shape.contains(0) else {
            throw FileFormatError(
                .malformed, file: images.path,
                "found \(pixels.kind.rawValue) of shape \(pixels.shape), expected bytes of shape [n, height, width]")
        }
        let classes = try IDX.read(labels)
        guard classes.kind == .uint8, classes.shape == [pixels.shape[0]] else {
            throw FileFormatError(
                .malformed, file: labels.path,
                "found labels of shape \(classes.shape) (\(classes.kind.rawValue)), expected \(pixels.shape[0]) bytes, one per image of \(images.path)"
            )
        }
        if let index = classes.bytes.firstIndex(where: { Int($0) >= classNames.count }) {
            throw FileFormatError(
                .malformed, file: labels.path, at: "label \(index)",
                "found \(classes.bytes[index]), expected 0 to \(classNames.count - 1)")
        }
        return ImageSet(
            name: name, pixels: pixels.bytes, channels: 1, height: pixels.shape[1], width: pixels.shape[2],
            labels: classes.bytes.map { Int32($0) }, classNames: classNames)
    }
}
