import LoamData
import Testing

/// Resizing as published image networks were trained with, against Pillow.
@Suite struct PictureResizeTests {
    // Pillow: im = Image.new("L", (7, 5)); im.putdata([(37 * i * i + 11 * i) % 256 for i in range(35)])
    static let picture: Bitmap = {
        let bytes = (0..<35).map { (i: Int) -> UInt8 in UInt8((37 * i * i + 11 * i) % 256) }
        return Bitmap(width: 7, height: 5, channels: 1, bytes: bytes)
    }()

    private func agree(_ ours: Bitmap, _ pillow: [UInt8]) {
        // Pillow rounds between the two axes.
        for (a, b) in zip(ours.bytes, pillow) { #expect(abs(Int(a) - Int(b)) <= 1) }
        #expect(ours.bytes.count == pillow.count)
    }

    @Test func shrinkingWeighsAsPillowsBilinear() {
        // im.resize((3, 2), Image.BILINEAR)
        agree(Self.picture.resized(height: 2, width: 3, filter: .triangle), [101, 149, 178, 161, 115, 170])
    }

    @Test func growingInterpolatesAsPillowsBilinear() {
        // im.resize((10, 8), Image.BILINEAR)
        let pillow: [UInt8] = [
            0, 26, 79, 164, 131, 115, 128, 190, 170, 118, 43, 71, 97, 105, 142, 167, 176, 162, 166, 177, 107, 128, 117, 39, 154, 227, 233,
            132,
            164, 247, 194, 129, 90, 126, 148, 167, 184, 197, 199, 197, 215, 152, 115, 154, 127, 120, 143, 215, 204, 160, 169, 196, 193, 123,
            91, 86, 112, 187, 179, 136, 146, 184, 188, 108, 78, 76, 105, 182, 176, 136, 132, 172, 177, 99, 71, 71, 102, 180, 176, 138,
        ]
        agree(Self.picture.resized(height: 8, width: 10, filter: .triangle), pillow)
        agree(Self.picture.resized(height: 8, width: 10), pillow)
    }

    @Test func theSquareComesFromTheMiddle() {
        // 6 columns, 3 rows: brought to 4 rows and 8 columns, of which the columns 2 to 5 remain.
        let picture = Bitmap(width: 6, height: 3, channels: 1, bytes: (0..<18).map { UInt8($0 % 6 * 40) })
        let square = picture.centreSquare(4, shorterSide: 4)
        #expect(square.width == 4 && square.height == 4)
        // Centres of the new columns in old coordinates: (column + 0.5) · 0.75 − 0.5.
        let centres = [2.5, 3.5, 4.5, 5.5].map { (column: Double) -> UInt8 in UInt8((column * 0.75 - 0.5) * 40) }
        #expect(Array(square.bytes[0..<4]) == centres)
    }

    @Test func croppingAndMirroringMovePixels() {
        let part = Self.picture.cropped(top: 1, left: 2, height: 2, width: 3)
        #expect(part.bytes == [9, 10, 11, 16, 17, 18].map { Self.picture.bytes[$0] })
        #expect(part.mirrored.bytes == [11, 10, 9, 18, 17, 16].map { Self.picture.bytes[$0] })
        #expect(part.mirrored.mirrored == part)
    }
}
