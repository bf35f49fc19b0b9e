import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct LoaderTests {
    private func fingerprint(_ batches: some Sequence<Batch<Int32>>) -> [UInt32] {
        batches.map { batch in
            let sum = batch.inputs.withUnsafePointer { Checksum.crc32(UnsafeRawBufferPointer(start: $0, count: batch.inputs.count * 4)) }
            return batch.targets.withUnsafePointer {
                Checksum.crc32(UnsafeRawBufferPointer(start: $0, count: batch.targets.count * 4), from: sum)
            }
        }
    }

    private let changes: [Augmentation] = [.horizontalFlip(), .randomCrop(padding: 2), .shift(maximum: 1, fill: 0.5)]

    @Test func anEpochHoldsEverySampleOnce() {
        let loader = Loader(numberedImages(23), options: LoaderOptions(batchSize: 5, seed: 1))
        let batches = Array(loader.epoch(0))
        #expect(batches.map(\.indices.count) == [5, 5, 5, 5, 3] && loader.batchesPerEpoch == 5)
        #expect(batches.flatMap(\.indices).sorted() == Array(0..<23))
        #expect(batches.flatMap(\.indices) != Array(0..<23))
    }

    @Test func samplesKeepTheirTargets() {
        let set = numberedImages(23)
        for batch in Loader(set, options: LoaderOptions(batchSize: 4, seed: 2)).epoch(3) {
            #expect(batch.targets.scalars == batch.indices.map { set.labels.scalars[$0] })
            #expect(batch.inputs == set.subset(batch.indices).images)
        }
    }

    @Test func theLastPartialBatchIsDroppedOnRequest() {
        let loader = Loader(numberedImages(23), options: LoaderOptions(batchSize: 5, dropsLast: true))
        #expect(loader.epoch(0).map(\.indices.count) == [5, 5, 5, 5] && loader.batchesPerEpoch == 4)
        #expect(Array(loader.batches(epochs: 3)).count == 12)
    }

    @Test func withoutShufflingTheOrderIsTheSets() {
        let loader = Loader(numberedImages(7), options: LoaderOptions(batchSize: 3, isShuffled: false))
        #expect(loader.epoch(4).flatMap(\.indices) == Array(0..<7))
    }

    @Test func epochsAndSeedsHaveOrdersOfTheirOwn() {
        let set = numberedImages(40)
        let first = Loader(set, options: LoaderOptions(batchSize: 8, seed: 1))
        #expect(first.order(epoch: 0) != first.order(epoch: 1))
        #expect(first.order(epoch: 1) == Loader(set, options: LoaderOptions(batchSize: 3, seed: 1)).order(epoch: 1))
        #expect(first.order(epoch: 0) != Loader(set, options: LoaderOptions(batchSize: 8, seed: 2)).order(epoch: 0))
    }

    @Test(arguments: [1, 2, 7]) func prefetchingChangesNothing(_ prefetch: Int) {
        let set = numberedImages(50, channels: 3, height: 8, width: 8)
        var options = LoaderOptions(batchSize: 7, augmentations: changes, prefetch: 0, seed: 9)
        let direct = fingerprint(Loader(set, options: options).batches(epochs: 3))
        options.prefetch = prefetch
        #expect(fingerprint(Loader(set, options: options).batches(epochs: 3)) == direct)
        #expect(direct.count == 24)
    }

    @Test func severalReadersAtOnceGetTheSameBatches() async {
        let set = numberedImages(60, height: 8, width: 8)
        let loader = Loader(set, options: LoaderOptions(batchSize: 9, augmentations: changes, seed: 5))
        let expected = fingerprint(loader.batches(epochs: 2))
        await withTaskGroup(of: [UInt32].self) { group in
            for _ in 0..<4 { group.addTask { fingerprint(loader.batches(epochs: 2)) } }
            for await found in group { #expect(found == expected) }
        }
    }

    @Test(arguments: [0, 2]) func goingOnFromAnyPositionGivesTheRest(_ prefetch: Int) throws {
        let set = numberedImages(17, height: 6, width: 6)
        let loader = Loader(set, options: LoaderOptions(batchSize: 5, augmentations: changes, prefetch: prefetch, seed: 3))
        let all = Array(loader.batches(epochs: 3))
        let prints = fingerprint(all)
        for (index, batch) in all.enumerated() {
            let saved = try JSONDecoder().decode(LoaderPosition.self, from: JSONEncoder().encode(batch.next))
            guard saved.epoch < 3 else {
                #expect(index == all.count - 1)
                continue
            }
            let rest = fingerprint(loader.batches(from: saved, epochs: 3 - saved.epoch))
            #expect(rest == Array(prints[(index + 1)...]))
        }
    }

    @Test func anEndlessSequenceGoesThroughTheEpochs() {
        let loader = Loader(numberedImages(6), options: LoaderOptions(batchSize: 4, seed: 1))
        let positions = loader.batches().prefix(5).map(\.next)
        #expect(positions.map(\.epoch) == [0, 1, 1, 2, 2] && positions.map(\.index) == [4, 0, 4, 0, 4])
    }

    @Test func leavingAPrefetchedSequenceEarlyEndsItsThread() {
        let loader = Loader(numberedImages(10), options: LoaderOptions(batchSize: 2, prefetch: 1))
        func threadCount() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0 }
        let before = threadCount()
        for _ in 0..<50 { for batch in loader.batches() where batch.indices.count == 2 { break } }
        // Threads end soon after, not at once; other tests' threads come and go too.
        var after = threadCount()
        for _ in 0..<100 where after > before + 20 {
            Thread.sleep(forTimeInterval: 0.02)
            after = threadCount()
        }
        #expect(after <= before + 20)
    }

    @Test func regressionTargetsComeInRows() {
        let set = RegressionSet.linear(10, dimensions: 3, outputs: 2)
        let batch = Loader(set, options: LoaderOptions(batchSize: 4)).epoch(0).first { _ in true }
        #expect(batch?.inputs.shape == [4, 3] && batch?.targets.shape == [4, 2])
        let all = set.targets.scalars
        let expected: [Float] = (batch?.indices ?? []).flatMap { [all[2 * $0], all[2 * $0 + 1]] }
        #expect(batch?.targets.scalars == expected)
    }

    @Test func pointsWithClassesCanBeLoaded() {
        let set = ClassificationSet.twoMoons(9)
        #expect(Loader(set, options: LoaderOptions(batchSize: 9, isShuffled: false)).epoch(0).map(\.targets) == [set.labels])
    }

    @Test func aCertainFlipMirrorsEveryRow() {
        let set = numberedImages(3, channels: 2)
        let options = LoaderOptions(batchSize: 3, isShuffled: false, augmentations: [.horizontalFlip(probability: 1)])
        let flipped = Loader(set, options: options).epoch(0).map(\.inputs)[0].scalars
        let rows = stride(from: 0, to: 120, by: 5).flatMap { set.images.scalars[$0..<($0 + 5)].reversed() }
        #expect(flipped == rows)
    }

    @Test func flipsHaveTheirProbability() {
        let set = numberedImages(2000, height: 1, width: 2)
        let options = LoaderOptions(batchSize: 2000, isShuffled: false, augmentations: [.horizontalFlip(probability: 0.25)], seed: 6)
        let pixels = Loader(set, options: options).epoch(0).map(\.inputs)[0].scalars
        let flips = (0..<2000).filter { pixels[2 * $0] > pixels[2 * $0 + 1] }.count
        // Expected 500 with a standard deviation of 19.4; four of them are allowed.
        #expect(abs(flips - 500) < 78)
    }

    @Test func shiftsMoveByWholePixelsAndFill() {
        // One bright pixel in the middle of 5×5 says where the image went; each of the 25 places comes up.
        var pixels = [Float](repeating: 0.1, count: 25)
        pixels[12] = 0.9
        let count = 1000
        let set = ImageSet(
            name: "x", images: Tensor([[Float]](repeating: pixels, count: count).flatMap { $0 }, shape: [count, 1, 5, 5]),
            labels: Tensor([Int32](repeating: 0, count: count)), classNames: ["a"])
        let options = LoaderOptions(batchSize: count, augmentations: [.shift(maximum: 2, fill: 0.5)], seed: 8)
        let shifted = Loader(set, options: options).epoch(0).map(\.inputs)[0].scalars
        var places = [Int](repeating: 0, count: 25)
        for image in 0..<count {
            let part = Array(shifted[(25 * image)..<(25 * image + 25)])
            let place = part.firstIndex(of: 0.9)!
            places[place] += 1
            let (down, right) = (place / 5 - 2, place % 5 - 2)
            let kept: Int = (5 - abs(down)) * (5 - abs(right))
            #expect(part.filter { $0 == 0.5 }.count == 25 - kept)
        }
        // Expected 40 of each with a standard deviation of 6.2.
        #expect(places.allSatisfy { $0 > 12 && $0 < 72 })
    }

    @Test func cropsAreWindowsOfThePaddedImage() {
        let set = numberedImages(200, height: 6, width: 7)
        let options = LoaderOptions(batchSize: 200, isShuffled: false, augmentations: [.randomCrop(height: 4, width: 3)], seed: 2)
        let crops = Loader(set, options: options).epoch(0).map(\.inputs)[0]
        #expect(crops.shape == [200, 1, 4, 3])
        let (pixels, all) = (crops.scalars, set.images.scalars)
        var corners: Set<Int> = []
        for image in 0..<200 {
            let corner = all.firstIndex(of: pixels[12 * image])! - 42 * image
            corners.insert(corner)
            let start = 42 * image + corner
            let window: [Float] = (0..<12).map { (place: Int) -> Float in all[start + place / 3 * 7 + place % 3] }
            #expect(Array(pixels[(12 * image)..<(12 * image + 12)]) == window)
        }
        // 3 × 5 places.
        #expect(corners.count == 15)
    }

    @Test func changesDifferBetweenEpochsAndNotBetweenBatchSizes() {
        let set = numberedImages(12, height: 8, width: 8)
        func images(_ batchSize: Int, _ epoch: Int) -> [Float] {
            let options = LoaderOptions(batchSize: batchSize, isShuffled: false, augmentations: changes, seed: 4)
            return Loader(set, options: options).epoch(epoch).flatMap(\.inputs.scalars)
        }
        #expect(images(12, 0) == images(5, 0))
        #expect(images(12, 0) != images(12, 1))
    }
}
