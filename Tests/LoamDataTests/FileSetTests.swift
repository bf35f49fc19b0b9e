import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct FileSetTests {
    @Test(arguments: ["set.npz", "set.safetensors"]) func imagesAndLabelsInOneFile(_ file: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: file)
            let arrays = [
                (name: "images", array: RawArray((0..<40).map { UInt8($0) }, shape: [10, 2, 2])),
                (name: "labels", array: RawArray((0..<10).map { $0 % 2 }, shape: [10])),
            ]
            if file.hasSuffix("npz") { try Npz.write(arrays, to: url) } else { try Safetensors.write(arrays, to: url) }
            let set = try DataSets.load("file:\(url.path)", options: DataSetOptions(split: .all))
            #expect(set.images.shape == [10, 1, 2, 2] && set.labels.scalars == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
            #expect(set.images.scalars == (0..<40).map { Float($0) / 255 })
            // Every fifth image of each class is a test image: the fifth 0 and the fifth 1.
            let test = try DataSets.load("file:\(url.path)", options: DataSetOptions(split: .test))
            #expect(test.images.scalars == (32..<40).map { Float($0) / 255 })
            #expect(try DataSets.load("file:\(url.path)").count == 8)
        }
    }

    @Test func notANumberIsNamedByImageRowAndColumn() throws {
        try withTemporaryFolder { folder in
            var pixels = [Float](repeating: 0.5, count: 2 * 3 * 4 * 5)
            pixels[60 + 20 + 10 + 3] = .nan
            let url = folder.appending(path: "a.npz")
            try Npz.write(
                [(name: "images", array: RawArray(pixels, shape: [2, 3, 4, 5])), (name: "labels", array: RawArray([0, 1], shape: [2]))],
                to: url)
            let error = fileError { _ = try DataSets.load("file:\(url.path)") }
            #expect(error?.location == "image 1, row 2, column 3" && error?.problem.contains("nan") == true)
        }
    }

    @Test(arguments: [
        (RawArray([1.5 as Float, 0, 0, 0], shape: [1, 2, 2]), RawArray([0], shape: [1]), "found 1.5"),
        (RawArray([0 as Float, 0, 0, 0], shape: [1, 2, 2]), RawArray([-1], shape: [1]), "found -1"),
        (RawArray([0 as Float, 0, 0, 0], shape: [1, 2, 2]), RawArray([0, 1], shape: [2]), "one label per image"),
        (RawArray([0 as Float, 0, 0, 0], shape: [1, 2, 2]), RawArray([0.5], shape: [1]), "expected I32"),
        (RawArray([0 as Float, 0, 0, 0], shape: [2, 2]), RawArray([0, 1], shape: [2]), "[n, height, width]"),
        (RawArray([0 as Int32, 0, 0, 0], shape: [1, 2, 2]), RawArray([0], shape: [1]), "floating-point"),
    ])
    func malformedArraysAreNamed(_ images: RawArray, _ labels: RawArray, _ word: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npz")
            try Npz.write([(name: "images", array: images), (name: "labels", array: labels)], to: url)
            let error = fileError { _ = try DataSets.load("file:\(url.path)") }
            #expect(error?.description.contains(word) == true, "\(error.map(\.description) ?? "")")
        }
    }

    @Test func missingArraysAndUnknownEndingsAreNamed() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npz")
            try Npz.write([(name: "x", array: RawArray([1.0], shape: [1]))], to: url)
            #expect(fileError { _ = try DataSets.load("file:\(url.path)") }?.problem.contains("'images'") == true)
            #expect(fileError { _ = try DataSets.load("file:\(folder.path)/a.xyz") }?.kind == .unsupported)
            #expect(fileError { _ = try DataSets.load("file:\(folder.path)/none.npz") }?.kind == .notFound)
        }
    }

    @Test func aTableTellsItsSizeByItsColumns() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "t.csv.gz")
            let lines = (0..<10).map { row in (0..<64).map { String(($0 + row) % 17) }.joined(separator: ",") + ",\(row % 2)" }
            try AtomicFile.write(Deflate.gzip(Array(lines.joined(separator: "\n").utf8)), to: url)
            for name in ["file:\(url.path)", "digits:\(url.path)"] {
                let set = try DataSets.load(name, options: DataSetOptions(split: .all))
                #expect(set.images.shape == [10, 1, 8, 8] && set.images.scalars.max() == 1)
            }
            #expect(fileError { _ = try DataSets.load("mnist5k:\(url.path)") }?.problem.contains("expected 785") == true)
        }
    }

    @Test func idxImagesFindTheirLabels() throws {
        try withTemporaryFolder { folder in
            let images = folder.appending(path: "t10k-images-idx3-ubyte.gz")
            try IDX.write(RawArray([UInt8](repeating: 51, count: 8), shape: [2, 2, 2]), gzip: true, to: images)
            #expect(fileError { _ = try DataSets.load("file:\(images.path)") }?.kind == .notFound)
            try IDX.write(RawArray([3, 4] as [UInt8], shape: [2]), to: folder.appending(path: "t10k-labels-idx1-ubyte"))
            let set = try DataSets.load("file:\(images.path)", options: DataSetOptions(split: .all))
            #expect(set.labels.scalars == [3, 4] && set.images.scalars[0] == 0.2)
        }
    }

    @Test func onePictureIsASetOfOne() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "cat.jpg")
            try AtomicFile.write(DataFixtures.jpegColour, to: url)
            let set = try DataSets.load("file:\(url.path)")
            #expect(set.images.shape == [1, 3, 16, 16] && set.classNames == ["cat"])
        }
    }

    @Test func foldersWithTrainAndTestKeepTheirParts() throws {
        try withTemporaryFolder { folder in
            for (part, count) in [("train", 3), ("test", 1)] {
                for name in ["a", "b"] {
                    let place = folder.appending(path: "\(part)/\(name)")
                    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                    for index in 0..<count { try AtomicFile.write(DataFixtures.pngGrey, to: place.appending(path: "\(index).png")) }
                }
            }
            let name = "folder:\(folder.path)"
            #expect(try DataSets.load(name).count == 6)
            #expect(try DataSets.load(name, options: DataSetOptions(split: .test)).labels.scalars == [0, 1])
            #expect(try DataSets.load(name, options: DataSetOptions(split: .all)).count == 8)
        }
    }
}
