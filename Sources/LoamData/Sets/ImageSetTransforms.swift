import LoamTensor

extension ImageSet {
    /// Every image at half the size: the mean of each 2×2 block; a last odd row or column is dropped.
    public func pooled2x2() -> ImageSet {
        precondition(height >= 2 && width >= 2, "ImageSet.pooled2x2: images of \(height)×\(width) pixels are too small")
        let (rows, columns) = (height / 2, width / 2)
        let pooled = Tensor<Float>(shape: [count, channels, rows, columns]) { buffer in
            images.withUnsafePointer { source in
                for plane in 0..<(count * channels) {
                    for row in 0..<rows {
                        let upper = source + plane * height * width + 2 * row * width
                        let lower = upper + width
                        let target = (plane * rows + row) * columns
                        for column in 0..<columns {
                            let sum = upper[2 * column] + upper[2 * column + 1] + lower[2 * column] + lower[2 * column + 1]
                            buffer[target + column] = sum / 4
                        }
                    }
                }
            }
        }
        return ImageSet(name: name, images: pooled, labels: labels, classNames: classNames)
    }

    /// Coloured images in grey, by ``Bitmap/greyLevel(red:green:blue:)`` on pixels rounded to bytes; grey ones as they are.
    public func greyscale() -> ImageSet {
        guard channels != 1 else { return self }
        precondition(channels == 3, "ImageSet.greyscale: images of \(channels) channels, expected 1 or 3")
        let plane = height * width
        let grey = Tensor<Float>(shape: [count, 1, height, width]) { buffer in
            images.withUnsafePointer { source in
                for image in 0..<count {
                    let pixels = source + image * 3 * plane
                    for position in 0..<plane {
                        let level = Bitmap.greyLevel(
                            red: ImageSet.byte(pixels[position]), green: ImageSet.byte(pixels[plane + position]),
                            blue: ImageSet.byte(pixels[2 * plane + position]))
                        buffer[image * plane + position] = Float(level) / 255
                    }
                }
            }
        }
        return ImageSet(name: name, images: grey, labels: labels, classNames: classNames)
    }

    private static func byte(_ value: Float) -> UInt8 {
        value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
    }

    /// One image as a picture.
    public func picture(_ index: Int) -> Bitmap {
        precondition(index >= 0 && index < count, "ImageSet.picture: no image \(index) among \(count)")
        let pixels = images.withUnsafePointer { Array(UnsafeBufferPointer(start: $0 + index * pixelCount, count: pixelCount)) }
        return Bitmap(Tensor(pixels, shape: [channels, height, width]))
    }

    /// The first images side by side in one picture, `columns` in a row, with a black line of one pixel between them.
    public func contactSheet(rows: Int, columns: Int) -> Bitmap {
        precondition(rows > 0 && columns > 0, "ImageSet.contactSheet: \(rows)×\(columns) is no size")
        let (sheetHeight, sheetWidth) = (rows * (height + 1) - 1, columns * (width + 1) - 1)
        var bytes = [UInt8](repeating: 0, count: sheetHeight * sheetWidth * channels)
        for index in 0..<min(count, rows * columns) {
            let tile = picture(index)
            let (top, left) = (index / columns * (height + 1), index % columns * (width + 1))
            for row in 0..<height {
                let target = ((top + row) * sheetWidth + left) * channels
                let source = row * width * channels
                bytes.replaceSubrange(target..<(target + width * channels), with: tile.bytes[source..<(source + width * channels)])
            }
        }
        return Bitmap(width: sheetWidth, height: sheetHeight, channels: channels, bytes: bytes)
    }
}
