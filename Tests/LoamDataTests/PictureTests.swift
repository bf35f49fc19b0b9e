import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct PictureTests {
    @Test func readsAGreyPNG() throws {
        let picture = try PNG.read(source(DataFixtures.pngGrey))
        #expect(picture == Bitmap(width: 5, height: 4, channels: 1, bytes: (0..<20).map { UInt8($0 * 12) }))
    }

    @Test func readsAColouredPNG() throws {
        let picture = try PNG.read(source(DataFixtures.pngColour))
        #expect(picture == Bitmap(width: 4, height: 3, channels: 3, bytes: (0..<36).map { UInt8($0 * 7) }))
    }

    @Test func readsAPalette() throws {
        // Pillow reads its own picture, in its 216 web colours and dithered, as these pixels.
        #expect(try PNG.read(source(DataFixtures.pngPalette)).bytes == [0, 204, 51, 0, 204, 0, 0, 204, 51, 0, 204, 0])
    }

    @Test func readsOneBitPixels() throws {
        #expect(try PNG.read(source(DataFixtures.pngBilevel)).bytes == [0, 255, 255, 0])
    }

    @Test func narrowsSixteenBits() throws {
        #expect(try PNG.read(source(DataFixtures.pngSixteenBit)).bytes == [0, 1, 255, 128])
    }

    @Test func laysTransparentPixelsOnWhite() throws {
        #expect(try PNG.read(source(DataFixtures.pngTransparent)).bytes == [10, 20, 30, 255, 255, 255])
    }

    @Test func readsLargeUniformPictures() throws {
        let picture = try PNG.read(source(DataFixtures.pngLarge))
        #expect(picture.width == 2000 && picture.height == 2000 && picture.bytes.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [1, 3]) func pngRoundTrip(_ channels: Int) throws {
        let picture = Bitmap(width: 7, height: 5, channels: channels, bytes: (0..<(35 * channels)).map { UInt8($0 * 31 & 255) })
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.png")
            try PNG.write(picture, to: url)
            let back = try Bitmap.read(url)
            #expect(back == picture)
        }
    }

    @Test func readsAGreyJPEGWithinItsPrecision() throws {
        let picture = try JPEG.read(source(DataFixtures.jpegGrey))
        #expect(picture.channels == 1 && picture.width == 16 && picture.height == 16)
        var worst = 0
        for index in 0..<256 {
            let drawn: Int = 60 + 8 * (index % 16) + 5 * (index / 16)
            worst = max(worst, abs(Int(picture.bytes[index]) - drawn))
        }
        #expect(worst <= 3)
    }

    @Test func readsAColouredJPEGWithinItsPrecision() throws {
        let picture = try JPEG.read(source(DataFixtures.jpegColour))
        var worst = 0
        for index in 0..<256 {
            let smooth: Int = 60 + 8 * (index % 16) + 5 * (index / 16)
            let drawn: [Int] = [smooth, 255 - smooth, smooth / 2]
            for channel in 0..<3 { worst = max(worst, abs(Int(picture.bytes[3 * index + channel]) - drawn[channel])) }
        }
        #expect(worst <= 5)
    }

    @Test func readsAProgressiveJPEG() throws {
        #expect(try JPEG.read(source(DataFixtures.jpegProgressive)) == JPEG.read(source(DataFixtures.jpegGrey)))
    }

    @Test func refusesPrintingColours() {
        #expect(fileError { _ = try JPEG.read(source(DataFixtures.jpegCMYK)) }?.problem.contains("CMYK") == true)
    }

    @Test func recognisesTheFormatByContent() throws {
        #expect(try Bitmap.read(source(DataFixtures.pngGrey, "a.jpg")).width == 5)
        #expect(try Bitmap.read(source(DataFixtures.jpegGrey, "a.png")).width == 16)
        #expect(fileError { _ = try Bitmap.read(source("GIF89a", "a.gif")) }?.problem.contains("expected a PNG or JPEG") == true)
        #expect(fileError { _ = try Bitmap.read(source([UInt8](), "a.png")) } != nil)
    }

    @Test(arguments: [
        DataFixtures.pngGrey, DataFixtures.pngColour, DataFixtures.jpegGrey, DataFixtures.jpegColour, DataFixtures.jpegProgressive,
    ])
    func everyTruncationIsRefused(_ bytes: [UInt8]) {
        // The last bytes of a PNG or JPEG file only mark its end; some decoders do not insist on them.
        for length in 0..<(bytes.count - 12) {
            #expect(fileError { _ = try Bitmap.read(source(Array(bytes[..<length]))) } != nil, "cut to \(length)")
        }
    }

    @Test(arguments: [
        DataFixtures.pngGrey, DataFixtures.pngPalette, DataFixtures.jpegGrey, DataFixtures.jpegColour, DataFixtures.jpegProgressive,
    ])
    func everyFlippedBitIsReadOrRefused(_ bytes: [UInt8]) throws {
        var refused = 0
        for position in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[position] ^= 1 << bit
                do { _ = try Bitmap.read(source(damaged)) } catch is FileFormatError { refused += 1 }
            }
        }
        #expect(refused > bytes.count)
    }

    @Test func aTinyPNGCannotDeclareAHugePicture() throws {
        // A header for 60000 × 2000 pixels with its check sum, and a few bytes of data.
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
        let header: [UInt8] = Array("IHDR".utf8) + [0, 0, 0xEA, 0x60, 0, 0, 0x07, 0xD0, 8, 0, 0, 0, 0]
        bytes += header + withUnsafeBytes(of: Checksum.crc32(header).bigEndian) { Array($0) }
        let data: [UInt8] = Array("IDAT".utf8) + [0x78, 0x9C, 3, 0, 0, 0, 0, 1]
        bytes += [0, 0, 0, 8] + data + withUnsafeBytes(of: Checksum.crc32(data).bigEndian) { Array($0) }
        #expect(fileError { _ = try PNG.read(source(bytes)) }?.problem.contains("cannot hold") == true)
    }

    @Test func tensorsAndPicturesAgree() throws {
        let picture = Bitmap(width: 2, height: 1, channels: 3, bytes: [255, 0, 51, 0, 255, 102])
        #expect(picture.tensor == Tensor([1, 0, 0, 1, 0.2, 0.4], shape: [3, 1, 2]))
        #expect(Bitmap(picture.tensor) == picture)
    }

    @Test func numbersOutsideAreClipped() {
        let picture = Bitmap(Tensor<Float>([-1, 0.5, 2, .nan], shape: [2, 2]))
        #expect(picture.bytes == [0, 128, 255, 0])
    }

    @Test func greyAndBack() {
        let picture = Bitmap(width: 1, height: 1, channels: 3, bytes: [255, 0, 0])
        #expect(picture.grey.bytes == [76])
        #expect(picture.grey.colour.bytes == [76, 76, 76])
    }

    @Test func shrinkingTakesMeans() {
        let picture = Bitmap(width: 4, height: 2, channels: 1, bytes: [0, 12, 100, 200, 20, 32, 100, 200])
        #expect(picture.resized(height: 1, width: 2).bytes == [16, 150])
        // Four columns on three: the first new one covers the first old one and a third of the second.
        #expect(picture.resized(height: 1, width: 3).bytes == [13, 61, 175])
    }

    @Test func growingInterpolates() {
        let picture = Bitmap(width: 2, height: 1, channels: 1, bytes: [0, 100])
        #expect(picture.resized(height: 1, width: 4).bytes == [0, 25, 75, 100])
        #expect(picture.resized(height: 3, width: 2).bytes == [0, 100, 0, 100, 0, 100])
    }

    @Test func resizingKeepsUniformPictures() {
        let picture = Bitmap(width: 9, height: 7, channels: 3, bytes: [UInt8](repeating: 77, count: 189))
        #expect(picture.resized(height: 4, width: 13).bytes.allSatisfy { $0 == 77 })
    }

    @Test func foldersGiveClassesInOrder() throws {
        try withTemporaryFolder { folder in
            for (name, level) in [("zebra", 10), ("ant", 20)] {
                let place = folder.appending(path: name)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                for index in 0..<2 {
                    let picture = Bitmap(width: 3, height: 2, channels: 1, bytes: [UInt8](repeating: UInt8(level + index), count: 6))
                    try PNG.write(picture, to: place.appending(path: "p\(index).PNG"))
                }
                try AtomicFile.write("no picture", to: place.appending(path: "notes.txt"))
            }
            let set = try ImageFolder.read(folder)
            #expect(set.classNames == ["ant", "zebra"] && set.labels.scalars == [0, 0, 1, 1])
            #expect(set.images.shape == [4, 1, 2, 3])
            #expect((0..<4).map { set.picture($0).bytes[0] } == [20, 21, 10, 11])
            let resized = try ImageFolder.read(folder, size: (height: 4, width: 4))
            #expect(resized.images.shape == [4, 1, 4, 4])
        }
    }

    @Test func oneColouredPictureMakesAFolderColoured() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "class")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try AtomicFile.write(DataFixtures.jpegGrey, to: place.appending(path: "a.jpg"))
            try AtomicFile.write(DataFixtures.jpegColour, to: place.appending(path: "b.jpeg"))
            let set = try ImageFolder.read(folder)
            #expect(set.channels == 3)
        }
    }

    @Test func folderProblemsNameTheFile() throws {
        try withTemporaryFolder { folder in
            #expect(fileError { _ = try ImageFolder.read(folder) }?.problem.contains("no subfolder") == true)
            #expect(fileError { _ = try ImageFolder.read(folder.appending(path: "none")) }?.kind == .notFound)
            let place = folder.appending(path: "class")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            #expect(fileError { _ = try ImageFolder.read(folder) }?.file == place.path)
            try AtomicFile.write(DataFixtures.pngGrey, to: place.appending(path: "a.png"))
            try AtomicFile.write(DataFixtures.pngColour, to: place.appending(path: "b.png"))
            let error = fileError { _ = try ImageFolder.read(folder) }
            #expect(error?.file.hasSuffix("b.png") == true && error?.problem == "found 3×4 pixels, expected 4×5 as in a.png")
        }
    }
}
