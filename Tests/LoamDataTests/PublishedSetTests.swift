import Foundation
import LoamData
import LoamTensor
import Testing

/// Whether Debian's package of Fashion-MNIST is installed, whose files the tests below compare with published facts.
private let hasFashionMNIST = DataSets.catalogue().first { $0.name == "fashion-mnist" }.map {
    if case .found = $0.availability { true } else { false }
}!

/// Loaded once: 188 MB.
private let fashionTraining = Result { try DataSets.load("fashion-mnist") }

@Suite struct PublishedSetTests {
    @Test(.enabled(if: hasFashionMNIST)) func fashionMNISTHas60000TrainingImages() throws {
        let set = try fashionTraining.get()
        #expect(set.images.shape == [60000, 1, 28, 28])
        #expect(set.classSizes == [Int](repeating: 6000, count: 10))
        #expect(set.classNames.count == 10 && set.classNames[9] == "Ankle boot")
    }

    @Test(.enabled(if: hasFashionMNIST)) func fashionMNISTHas10000TestImages() throws {
        let set = try DataSets.load("fashion-mnist", options: DataSetOptions(split: .test))
        #expect(set.images.shape == [10000, 1, 28, 28])
        #expect(set.classSizes == [Int](repeating: 1000, count: 10))
        #expect(Array(set.labels.scalars.prefix(5)) == [9, 2, 1, 1, 6])
    }

    @Test(.enabled(if: hasFashionMNIST)) func fashionMNISTHasThePublishedMeanAndDeviation() throws {
        let statistics = try fashionTraining.get().channelStatistics[0]
        #expect(abs(statistics.mean - 0.2860) < 5e-5)
        #expect(abs(statistics.standardDeviation - 0.3530) < 5e-5)
    }

    @Test(.enabled(if: hasFashionMNIST)) func fashionMNISTBeginsWithTheKnownLabels() throws {
        #expect(Array(try fashionTraining.get().labels.scalars.prefix(10)) == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    }

    @Test(.enabled(if: hasFashionMNIST)) func theFirstImagesAreTheFirstOfAll() throws {
        let few = try DataSets.load("fashion-mnist", options: DataSetOptions(count: 20))
        #expect(few.checksum == (try fashionTraining.get()).subset(first: 20).checksum)
    }

    @Test func aMissingSetSaysWhatToInstall() throws {
        let error = dataSetError {
            _ = try DataSets.load("fashion-mnist", searchPath: SearchPath(folders: [URL(filePath: "/nonexistent")]))
        }
        guard case .missing(_, let advice, let searched) = error else {
            Issue.record("found \(String(describing: error))")
            return
        }
        #expect(advice.contains("apt-get install dataset-fashion-mnist"))
        #expect(searched == ["/nonexistent"])
        #expect(error?.description.contains("Searched: /nonexistent") == true)
    }

    @Test(arguments: [
        ("mnist", "train-images-idx3-ubyte"), ("cifar10", "data_batch_1.bin"), ("cifar100", "fine_label_names.txt"),
    ])
    func aMissingSetNamesTheFiles(_ name: String, _ file: String) {
        let error = dataSetError { _ = try DataSets.load(name, searchPath: SearchPath(folders: [])) }
        #expect(error?.description.contains(file) == true && error?.description.contains("LOAM_DATA") == true)
    }

    @Test func theSearchPathBeginsWithTheEnvironment() {
        let path = SearchPath(environment: ["LOAM_DATA": "/a:~/b::", "HOME": "/home/x"]).folders.map(\.path)
        #expect(Array(path.prefix(2)) == ["/a", "/home/x/b"])
        #expect(path.contains("/home/x/.local/share/loam") && path.last == "/usr/share/datasets")
        #expect(SearchPath(environment: ["XDG_DATA_HOME": "/xdg"]).folders.map(\.path).contains("/xdg/loam"))
    }

    @Test func idxSetsAreFoundPlainAndCompressedInTheFirstFolder() throws {
        try withTemporaryFolder { folder in
            let (first, second) = (folder.appending(path: "one/MNIST/raw"), folder.appending(path: "two/mnist"))
            for (place, level) in [(first, 1), (second, 2)] {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                for (part, count) in [("train", 3), ("t10k", 2)] {
                    let pixels = RawArray([UInt8](repeating: UInt8(level), count: count * 4), shape: [count, 2, 2])
                    try IDX.write(pixels, gzip: true, to: place.appending(path: "\(part)-images-idx3-ubyte.gz"))
                    try IDX.write(
                        RawArray([UInt8](repeating: 5, count: count), shape: [count]),
                        to: place.appending(path: "\(part)-labels-idx1-ubyte"))
                }
            }
            let path = SearchPath(folders: [folder.appending(path: "one"), folder.appending(path: "two")])
            let set = try DataSets.load("mnist", options: DataSetOptions(split: .all), searchPath: path)
            #expect(set.count == 5 && set.images.scalars.allSatisfy { $0 == 1 / 255 } && set.name == "mnist")
            let listing = try #require(DataSets.catalogue(searchPath: path).first { $0.name == "mnist" })
            guard case .found(let files) = listing.availability else {
                Issue.record("found \(listing.availability)")
                return
            }
            #expect(files.count == 4 && files[0].hasSuffix("one/MNIST/raw/train-images-idx3-ubyte.gz"))
        }
    }

    @Test func theCatalogueSaysWhatIsMissing() {
        let catalogue = DataSets.catalogue(searchPath: SearchPath(folders: []))
        #expect(catalogue.map(\.name) == DataSets.names)
        guard case .missing(let advice) = catalogue[0].availability else {
            Issue.record("found \(catalogue[0].availability)")
            return
        }
        #expect(advice.contains("apt-get"))
        #expect(catalogue.first { $0.name == "glyphs" }?.availability == .builtIn)
        #expect(catalogue.first { $0.name == "folder:PATH" }?.availability == .fromPath)
    }

    @Test func anUnknownNameSuggestsTheNearest() {
        let error = dataSetError { _ = try DataSets.load("fashion_mnist") }
        #expect(error?.description.contains("did you mean 'fashion-mnist'?") == true)
        guard case .unknown(_, let nearest, _) = dataSetError({ _ = try DataSets.load("imagenet21k-full") }) else {
            Issue.record("expected an unknown name")
            return
        }
        #expect(nearest == nil)
    }

    @Test(arguments: ["mnist5k", "mnist5k:", "folder", "file:"]) func aPathIsAskedFor(_ name: String) {
        #expect(dataSetError { _ = try DataSets.load(name) }?.description.contains("needs a path") == true)
    }

    @Test(arguments: [
        "noise:pink", "noise:gauss:0x3", "noise:gauss:3", "noise:uniform:1x2x3x4", "noise:uniform:axb", "noise:uniform:2x2:1",
    ])
    func badNoiseIsRefused(_ name: String) {
        guard case .invalid = dataSetError({ _ = try DataSets.load(name) }) else {
            Issue.record("expected an invalid request")
            return
        }
    }

    @Test func noImagesAreRefused() {
        #expect(
            dataSetError { _ = try DataSets.load("glyphs", options: DataSetOptions(count: 0)) }?.description.contains("at least 1") == true)
    }
}
