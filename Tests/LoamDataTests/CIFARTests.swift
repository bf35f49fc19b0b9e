import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct CIFARTests {
    private func records(_ format: CIFAR, count: Int) -> CIFAR.Records {
        CIFAR.Records(
            pixels: (0..<(count * 3072)).map { UInt8($0 * 7 % 251) }, labels: (0..<count).map { Int32($0 % 10) },
            coarseLabels: format == .ten ? [] : (0..<count).map { Int32($0 % 20) })
    }

    @Test func recordLengthsArePublished() {
        #expect(CIFAR.ten.recordCount == 3073)
        #expect(CIFAR.hundred.recordCount == 3074)
    }

    @Test func readsALabelAndThenThePlanes() throws {
        let bytes: [UInt8] =
            [6] + [UInt8](repeating: 255, count: 1024) + [UInt8](repeating: 128, count: 1024) + [UInt8](repeating: 0, count: 1024)
        let records = try CIFAR.ten.read(source(bytes))
        #expect(records.labels == [6])
        #expect(records.pixels[0] == 255 && records.pixels[1024] == 128 && records.pixels[2048] == 0)
    }

    @Test func readsTheFineLabelSecond() throws {
        let records = try CIFAR.hundred.read(source([19, 99] + [UInt8](repeating: 1, count: 3072)))
        #expect(records.coarseLabels == [19] && records.labels == [99])
    }

    @Test(arguments: [CIFAR.ten, .hundred]) func roundTrip(_ format: CIFAR) throws {
        let original = records(format, count: 7)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "batch.bin")
            try format.write(original, to: url)
            let back = try format.read(url)
            #expect(back == original)
        }
    }

    @Test(arguments: [0, 1, 3072, 3074, 3073 * 2 - 1]) func refusesOtherLengths(_ length: Int) {
        let error = fileError { _ = try CIFAR.ten.read(source([UInt8](repeating: 0, count: length))) }
        #expect(error?.problem.contains("found \(length) bytes, expected a positive multiple of 3073") == true)
    }

    @Test func refusesALabelBeyondTheClasses() {
        let bytes = [UInt8](repeating: 0, count: 3073) + [10] + [UInt8](repeating: 0, count: 3072)
        let error = fileError { _ = try CIFAR.ten.read(source(bytes)) }
        #expect(error?.location == "record 1" && error?.problem.contains("label 10, expected 0 to 9") == true)
        #expect(fileError { _ = try CIFAR.hundred.read(source([20, 0] + [UInt8](repeating: 0, count: 3072))) } != nil)
    }

    @Test func damageIsReadOrRefused() throws {
        let seed: UInt64 = 99
        var generator = PhiloxGenerator(seed: seed, stream: 0)
        let original = [UInt8](repeating: 3, count: 3073 * 2)
        var refused = 0
        for _ in 0..<300 {
            var bytes = original
            bytes[generator.integer(below: 2) * 3073] = UInt8(truncatingIfNeeded: generator.next())
            bytes[generator.integer(below: bytes.count)] ^= 0x80
            if generator.integer(below: 3) == 0 { bytes.removeLast(generator.integer(below: bytes.count)) }
            do { _ = try CIFAR.ten.read(source(bytes)) } catch is FileFormatError { refused += 1 }
        }
        #expect(refused > 100 && refused < 300, "seed \(seed)")
    }

    @Test func greyFormulaOfTheBytes() {
        #expect(Bitmap.greyLevel(red: 255, green: 255, blue: 255) == 255)
        #expect(Bitmap.greyLevel(red: 0, green: 0, blue: 0) == 0)
        #expect(Bitmap.greyLevel(red: 255, green: 0, blue: 0) == 76)
        #expect(Bitmap.greyLevel(red: 0, green: 255, blue: 0) == 150)
        #expect(Bitmap.greyLevel(red: 0, green: 0, blue: 255) == 29)
        // (19595·10 + 38470·20 + 7471·30 + 32768) ÷ 65536 = 18.65…
        #expect(Bitmap.greyLevel(red: 10, green: 20, blue: 30) == 18)
    }

    @Test func theRegistryFindsAndJoinsTheFiveBatches() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "cifar-10-batches-bin")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for index in 1...5 { try CIFAR.ten.write(records(.ten, count: index), to: place.appending(path: "data_batch_\(index).bin")) }
            try CIFAR.ten.write(records(.ten, count: 4), to: place.appending(path: "test_batch.bin"))
            let path = SearchPath(folders: [folder])
            let training = try DataSets.load("cifar10", searchPath: path)
            #expect(training.images.shape == [15, 3, 32, 32] && training.classNames[9] == "truck")
            let all = try DataSets.load("cifar10", options: DataSetOptions(split: .all), searchPath: path)
            #expect(all.count == 19)
            #expect(all.images.scalars[1] == Float(7) / 255)
        }
    }
}
