import LoamData
import LoamTensor
import Testing

@Suite struct ImageSetTests {
    @Test func poolingTakesMeansOfBlocks() {
        let set = ImageSet(
            name: "x", images: Tensor([1, 3, 9, 5, 7, 9, 0, 0, 0], shape: [1, 1, 3, 3]), labels: Tensor([0]), classNames: ["a"])
        #expect(set.pooled2x2().images == Tensor([4], shape: [1, 1, 1, 1]))
    }

    @Test func poolingKeepsTheMean() {
        let set = numberedImages(3, channels: 2, height: 6, width: 4)
        let pooled = set.pooled2x2()
        #expect(pooled.images.shape == [3, 2, 3, 2])
        for channel in 0..<2 { #expect(abs(pooled.channelStatistics[channel].mean - set.channelStatistics[channel].mean) < 1e-6) }
    }

    @Test func greyscaleIsTheByteFormula() {
        let pixels: [Float] = [10, 255, 20, 0, 30, 0].map { $0 / 255 }
        let set = ImageSet(
            name: "x", images: Tensor(pixels, shape: [1, 3, 1, 2]), labels: Tensor([0]),
            classNames: ["a"])
        let grey = set.greyscale().images.scalars.map { ($0 * 255).rounded() }
        #expect(grey == [18, 76])
    }

    @Test func flatteningKeepsTheOrder() {
        let set = numberedImages(2)
        #expect(set.flattened.shape == [2, 20] && set.flattened.scalars == set.images.scalars)
    }

    @Test func subsetsKeepImagesAndLabelsTogether() {
        let set = numberedImages(7)
        let chosen = set.subset([5, 0, 5])
        #expect(chosen.labels.scalars == [2, 0, 2])
        let all = set.images.scalars
        let expected: [Float] = Array(all[100..<120]) + Array(all[0..<20]) + Array(all[100..<120])
        #expect(chosen.images.scalars == expected)
        #expect(set.subset(first: 100).count == 7 && set.subset(first: 0).count == 0)
        #expect(set.subset(classes: [1]).labels.scalars == [1, 1])
    }

    @Test func shuffledSubsetsAreDifferentImagesInARepeatableOrder() {
        let set = numberedImages(50)
        let firstPixels = { (set: ImageSet) in (0..<set.count).map { set.images.scalars[20 * $0] } }
        let chosen = firstPixels(set.shuffledSubset(20, seed: 3))
        #expect(Set(chosen).count == 20 && chosen == firstPixels(set.shuffledSubset(20, seed: 3)))
        #expect(chosen != firstPixels(set.shuffledSubset(20, seed: 4)))
        #expect(firstPixels(set.shuffledSubset(seed: 3)).sorted() == firstPixels(set))
    }

    @Test func theChecksumSeesPixelsAndLabels() {
        let set = numberedImages(6)
        #expect(set.checksum == numberedImages(6).checksum)
        #expect(set.checksum != set.subset([1, 0, 2, 3, 4, 5]).checksum)
        let relabelled = ImageSet(name: "y", images: set.images, labels: Tensor([0, 1, 2, 0, 1, 1]), classNames: set.classNames)
        #expect(set.checksum != relabelled.checksum)
        // CRC-32 of the label's four zero bytes and then of 0.0 and 1.0, by Python's zlib.crc32.
        let tiny = ImageSet(name: "z", images: Tensor([0, 1], shape: [1, 1, 1, 2]), labels: Tensor([0]), classNames: ["a"])
        #expect(tiny.checksum == 0xF6307319)
    }

    @Test func appendingPutsOneBehindTheOther() {
        let set = numberedImages(4)
        let both = set.subset([0, 1]).appending(set.subset([2, 3]))
        #expect(both.checksum == set.checksum)
    }

    @Test func statisticsOfAKnownChannel() {
        let set = ImageSet(
            name: "x", images: Tensor([0, 1, 0.5, 0.5, 0, 1, 0.25, 0.75], shape: [2, 2, 1, 2]), labels: Tensor([0, 0]), classNames: ["a"])
        #expect(set.channelStatistics[0].mean == 0.5 && set.channelStatistics[0].standardDeviation == 0.5)
        #expect(abs(set.channelStatistics[1].standardDeviation - 0.03125.squareRoot()) < 1e-12)
    }

    @Test func aContactSheetShowsTheImagesInRows() {
        let set = ImageSet(
            name: "x", images: Tensor([1, 0.2, 0.4], shape: [3, 1, 1, 1]), labels: Tensor([0, 0, 0]), classNames: ["a"])
        let sheet = set.contactSheet(rows: 2, columns: 2)
        #expect(sheet == Bitmap(width: 3, height: 3, channels: 1, bytes: [255, 0, 51, 0, 0, 0, 102, 0, 0]))
    }
}
