import Foundation

/// Files that NumPy, Pillow and Python's gzip wrote.
///
/// Made by this preamble and the line above each:
/// ```python
/// import gzip, io, struct, numpy as np
/// from PIL import Image
/// def image(a, format, mode=None, **options):
///     f = io.BytesIO(); p = Image.fromarray(a)
///     (p.convert(mode) if mode else p).save(f, format, **options); return f.getvalue()
/// codes = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
/// def idx(a): return struct.pack(">BBBB", 0, 0, codes[a.dtype.str[1:]], a.ndim) \
///     + struct.pack(f">{a.ndim}I", *a.shape) + a.astype(a.dtype.newbyteorder(">")).tobytes()
/// grey = (np.arange(20).reshape(4, 5) * 12).astype("u1")
/// colour = (np.arange(36).reshape(3, 4, 3) * 7).astype("u1")
/// smooth = np.fromfunction(lambda y, x: 60 + 8 * x + 5 * y, (16, 16)).astype("u1")
/// tinted = np.stack([smooth, 255 - smooth, smooth // 2], -1)
/// ```
enum DataFixtures {
    // image(grey, "PNG")
    static let pngGrey = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAAAAABjWKqcAAAAFklEQVR4nGNk4OHh4WG04eHh4WFBIgEQ5gF/RnZIXwAAAABJRU5ErkJggg==
        """)

    // image(colour, "PNG")
    static let pngColour = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAGklEQVR4nGNkYOcThQGWkJAQOIdxxfptcA4AWb0FXG3EFNIAAAAASUVORK5CYII=
        """)

    // image(np.zeros((2, 2, 3), "u1") + np.array([10, 200, 30], "u1"), "PNG", "P", optimize=True)
    static let pngPalette = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAMAAABFaP0WAAACplBMVEUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAzAABmAACZAADMAAD/AAAA
        MwAzMwBmMwCZMwDMMwD/MwAAZgAzZgBmZgCZZgDMZgD/ZgAAmQAzmQBmmQCZmQDMmQD/mQAAzAAzzABmzACZzADMzAD/zAAA/wAz/wBm/wCZ/wDM/wD//wAA
        ADMzADNmADOZADPMADP/ADMAMzMzMzNmMzOZMzPMMzP/MzMAZjMzZjNmZjOZZjPMZjP/ZjMAmTMzmTNmmTOZmTPMmTP/mTMAzDMzzDNmzDOZzDPMzDP/zDMA
        /zMz/zNm/zOZ/zPM/zP//zMAAGYzAGZmAGaZAGbMAGb/AGYAM2YzM2ZmM2aZM2bMM2b/M2YAZmYzZmZmZmaZZmbMZmb/ZmYAmWYzmWZmmWaZmWbMmWb/mWYA
        zGYzzGZmzGaZzGbMzGb/zGYA/2Yz/2Zm/2aZ/2bM/2b//2YAAJkzAJlmAJmZAJnMAJn/AJkAM5kzM5lmM5mZM5nMM5n/M5kAZpkzZplmZpmZZpnMZpn/ZpkA
        mZkzmZlmmZmZmZnMmZn/mZkAzJkzzJlmzJmZzJnMzJn/zJkA/5kz/5lm/5mZ/5nM/5n//5kAAMwzAMxmAMyZAMzMAMz/AMwAM8wzM8xmM8yZM8zMM8z/M8wA
        ZswzZsxmZsyZZszMZsz/ZswAmcwzmcxmmcyZmczMmcz/mcwAzMwzzMxmzMyZzMzMzMz/zMwA/8wz/8xm/8yZ/8zM/8z//8wAAP8zAP9mAP+ZAP/MAP//AP8A
        M/8zM/9mM/+ZM//MM///M/8AZv8zZv9mZv+ZZv/MZv//Zv8Amf8zmf9mmf+Zmf/Mmf//mf8AzP8zzP9mzP+ZzP/MzP//zP8A//8z//9m//+Z///M//////91
        g91EAAAADklEQVR42mNwU2JwUwIAApoA0RwFds4AAAAASUVORK5CYII=
        """)

    // image(np.array([[0, 255], [255, 0]], "u1"), "PNG", "1")
    static let pngBilevel = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAQAAAABazTCJAAAADElEQVR4nGNwYHIAAAEIAIMYhovOAAAAAElFTkSuQmCC
        """)

    // image(np.array([[0, 257, 65535, 128 * 257]], "<u2"), "PNG")
    static let pngSixteenBit = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAQAAAABEAAAAACMx4xSAAAAEUlEQVR4nGNgYGBk/P+/oQEACI0DAeHAwIIAAAAASUVORK5CYII=
        """)

    // image(np.array([[[10, 20, 30, 255], [10, 20, 30, 0]]], "u1"), "PNG")
    static let pngTransparent = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAEUlEQVR4nGPkEpH7z8DAwAgABp4BPkNtSGUAAAAASUVORK5CYII=
        """)

    // image(np.zeros((2000, 2000), "u1"), "PNG", "1")
    static let pngLarge = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAB9AAAAfQAQAAAACyQ/nUAAAB/UlEQVR4nO3BAQ0AAADCoPdPbQ43oAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAHg2qVkAAafGDaEAAAAASUVORK5CYII=
        """)

    // image(smooth, "JPEG", quality=95)
    static let jpegGrey = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/
        wAALCAAQABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEI
        I0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip
        qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APJf2bfhJ/x7/wCi+nav0A/Zt+En/Hv/AKL6dq8f/Zt+
        En/Hv/ovp2r9AP2bfhJ/x7/6L6dq/9k=
        """)

    // image(tinted, "JPEG", quality=95, subsampling=0)
    static let jpegColour = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/
        2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAQABADAREAAhEBAxEB/8QA
        HwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkK
        FhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG
        x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC
        AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOE
        hYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCp4i1X73zc
        1/LeQ5ZtofDeH/C/we6cJ4i1X7xDfhX7TkOWbaH9w+H/AAv8Humt4i1XO4F6+YyHLNtD8r8P+F/g904TxFqv3vm5r9pyHLNtD+4fD/hf4PdP/9k=
        """)

    // image(smooth, "JPEG", quality=95, progressive=True)
    static let jpegProgressive = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/
        wgALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgj/2gAIAQEAAAABJUAPoD//xAAWEAADAAAAAAAAAAAAAAAAAAAABQb/2gAIAQEAAQUCm1JNqSbU
        k2pP/8QAFhAAAwAAAAAAAAAAAAAAAAAAAAIi/9oACAEBAAY/AlkWRZFk/8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABPyEbu7//2gAIAQEAAAAQD//E
        ABYQAAMAAAAAAAAAAAAAAAAAAABBof/aAAgBAQABPxCIiIiIiIj/2Q==
        """)

    // image(tinted, "JPEG", "CMYK")
    static let jpegCMYK = bytes(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AA
        FAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQci
        cRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqi
        o6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwDI0ew+7xWtrF/97mvM7O36cV7/
        AF6Do9h93ivPtYv/AL3NdBZ2/TiisfR7D7vFbGsX/wB7mqdnb9OKK9A0ew+7xXn+sX/3ua6Czt+nFFf/2Q==
        """)

    // idx((np.arange(24) * 10).astype("u1").reshape(2, 3, 4))
    static let idxBytes = bytes("AAAIAwAAAAIAAAADAAAABAAKFB4oMjxGUFpkbniCjJagqrS+yNLc5g==")

    // idx(np.array([[1.5, -2], [3, 1e30]], "f4"))
    static let idxFloats = bytes("AAANAgAAAAIAAAACP8AAAMAAAABAQAAAcUnyyg==")

    // idx(np.array([1, -2, 300], "i2"))
    static let idxShorts = bytes("AAALAQAAAAMAAf/+ASw=")

    // gzip.compress(idx((np.arange(24) * 10).astype("u1").reshape(2, 3, 4)), mtime=0)
    static let idxGzip = bytes("H4sIAAAAAAACA2Ng4GBmYGBgAmIQzcLAJSKnYWTjFhCVklfR1DNtwaot+05cuvMMAMxlKdIoAAAA")

    // gzip.compress(b"1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0)
    static let gzipTwoMembers = bytes("H4sIAAAAAAACAzPUMeICADNCIVUEAAAAH4sIAAAAAAACAzPWMeECAD4tcqkEAAAA")

    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text, options: .ignoreUnknownCharacters)!)
    }
}
