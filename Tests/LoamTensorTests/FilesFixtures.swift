import Foundation

/// Files that NumPy, Python's zipfile and the safetensors package wrote.
///
/// Made by this preamble and the line above each:
/// ```python
/// import io, zipfile, numpy as np, safetensors.numpy as st
/// def npy(a, version=None):
///     f = io.BytesIO(); np.lib.format.write_array(f, a, version=version, allow_pickle=True); return f.getvalue()
/// def npz(save, **arrays):
///     f = io.BytesIO(); save(f, **arrays); return f.getvalue()
/// class Pipe(io.BytesIO):
///     def seekable(self): return False
///     def seek(self, *a): raise OSError
///     def tell(self): raise OSError
/// def archive(method, out=None, comment=b"", zip64=False, **files):
///     f = out or io.BytesIO()
///     with zipfile.ZipFile(f, "w", method) as z:
///         for name, data in files.items():
///             info = zipfile.ZipInfo(name); info.compress_type = method
///             with z.open(info, "w", force_zip64=zip64) as g: g.write(data)
///         z.comment = comment
///     return f.getvalue()
/// ```
enum FilesFixtures {
    // npy(np.arange(6, dtype="<f4").reshape(2, 3) / 4)
    static let float32 = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=
        """)

    // npy(np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
    static let fortranFloat64 = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAChAAAAAAAAAEEAAAAAAAAAwQAAAAAAAACBAAAAAAAAANEAAAAAA
        AADwPwAAAAAAACpAAAAAAAAAFEAAAAAAAAAxQAAAAAAAACJAAAAAAAAANUAAAAAAAAAAQAAAAAAAACxAAAAAAAAAGEAAAAAAAAAyQAAAAAAAACRAAAAAAAAA
        NkAAAAAAAAAIQAAAAAAAAC5AAAAAAAAAHEAAAAAAAAAzQAAAAAAAACZAAAAAAAAAN0A=
        """)

    // npy(np.array([1, -2, 70000], ">i4"))
    static let bigEndianInt32 = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAB/////gABEXA=
        """)

    // npy(np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)))
    static let bigEndianFortranInt16 = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAADAAEABAACAAU=
        """)

    // npy(np.array([0, 1, -2, 65504, 2**-24, 1/3, np.inf], "<f2"))
    static let float16 = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDcsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA8AMD/ewEAVTUAfA==
        """)

    // npy(np.array([[True, False], [False, True]]))
    static let booleans = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAB
        """)

    // npy(np.array(2.5))
    static let scalar = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==
        """)

    // npy(np.zeros((0, 3), "<f4"))
    static let empty = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=
        """)

    // npy(np.array([3, 1, 4], "u1"), (2, 0))
    static let version2 = bytes(
        """
        k05VTVBZAgB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoDAQQ=
        """)

    // npy(np.array([3, 1, 4], "<u8"), (3, 0))
    static let version3 = bytes(
        """
        k05VTVBZAwB0AAAAeydkZXNjcic6ICc8dTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoDAAAAAAAAAAEAAAAAAAAABAAAAAAAAAA=
        """)

    // npy(np.array([{}, None], dtype=object))
    static let objects = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWNAAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJST
        lIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwKFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYold
        lCh9lE5ldJRiLg==
        """)

    // npy(np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
    static let records = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiBbKCd4JywgJzxmNCcpLCAoJ3knLCAnPGk0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA
        """)

    // npy(np.zeros(2, "<c8"))
    static let complexNumbers = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA
        """)

    // npy(np.array(["ab", "c"]))
    static let text = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAGMAAAAAAAAA
        """)

    // npz(np.savez, weight=np.arange(6, dtype="<f4").reshape(2, 3), steps=np.array(7))
    static let npzStored = bytes(
        """
        UEsDBC0AAAAAAAAAIQBP6QAq//////////8KABQAd2VpZ2h0Lm5weQEAEACYAAAAAAAAAJgAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2Zv
        cnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgIAoAAAAAAACAPwAAAEAAAEBAAACAQAAAoEBQSwMELQAAAAAAAAAhACO48Gz//////////wkAFABzdGVwcy5ucHkBABAAiAAAAAAAAACIAAAAAAAA
        AJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgpLCB9ICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKBwAAAAAAAABQSwECLQMtAAAAAAAAACEAT+kAKpgAAACYAAAACgAAAAAAAAAAAAAAgAEA
        AAAAd2VpZ2h0Lm5weVBLAQItAy0AAAAAAAAAIQAjuPBsiAAAAIgAAAAJAAAAAAAAAAAAAACAAdQAAABzdGVwcy5ucHlQSwUGAAAAAAIAAgBvAAAAlwEAAAAA
        """)

    // npz(np.savez_compressed, zeros=np.zeros((100, 10), "<f8"), ramp=np.arange(50, dtype="<i4"))
    static let npzDeflated = bytes(
        """
        UEsDBC0AAAAIAAAAIQAuljli//////////8JABQAemVyb3MubnB5AQAQAMAfAAAAAAAAawAAAAAAAADtyCEOgzAYQOFiOcXvfkgqiiNkeg4yM4FamlGCWIC0
        y8zCKbjw2BXQ73Pv7d29vfWZ+ZivDiE9ozail7FWKzou8R39/FjiEP7/6l8pHD9Nfg1HF5VzVipXWtnknNwAAAAAAAAAAAAAAADzA1BLAwQtAAAACAAAACEA
        RZ6Kzf//////////CAAUAHJhbXAubnB5AQAQAEgBAAAAAAAAoAAAAAAAAACdyrcKwlAAheHYe+/9Wq8lNtBFnN0UFwcnCRpRECOJuIhP4Qv75xU88A3ncL6b
        3Xq7dygv5S1PunU05ULI5XUmVSHPhvk0tfvBME+6va+0m6WzWxftodO784naU8VH/J+gQhxwwgU3PPDCBz8CsI8hhBFBFDHEkUASKaSRQRY55FFAESWUUUEV
        NQjU0UATLbTRgUQXPfQxgIohRhhjgil+UEsBAi0DLQAAAAgAAAAhAC6WOWJrAAAAwB8AAAkAAAAAAAAAAAAAAIABAAAAAHplcm9zLm5weVBLAQItAy0AAAAI
        AAAAIQBFnorNoAAAAEgBAAAIAAAAAAAAAAAAAACAAaYAAAByYW1wLm5weVBLBQYAAAAAAgACAG0AAACAAQAAAAA=
        """)

    // archive(zipfile.ZIP_DEFLATED, comment=b"PK\x05\x06 is not the end", a=b"alpha" * 20, b=b"")
    static let zipWithComment = bytes(
        """
        UEsDBBQAAAAIAAAAIQBYuIKfCgAAAGQAAAABAAAAYUvMKchITKQtAQBQSwMEFAAAAAgAAAAhAAAAAAACAAAAAAAAAAEAAABiAwBQSwECFAMUAAAACAAAACEA
        WLiCnwoAAABkAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLAQIUAxQAAAAIAAAAIQAAAAAAAgAAAAAAAAABAAAAAAAAAAAAAACAASkAAABiUEsFBgAAAAACAAIA
        XgAAAEoAAAATAFBLBQYgaXMgbm90IHRoZSBlbmQ=
        """)

    // archive(zipfile.ZIP_DEFLATED, out=Pipe(), a=b"streamed " * 9)
    static let zipStreamed = bytes(
        """
        UEsDBBQACAAIAAAAIQAAAAAAAAAAAAAAAAABAAAAYSsuKUpNzE1NUSimEgMAUEsHCNNBioIOAAAAUQAAAFBLAQIUAxQACAAIAAAAIQDTQYqCDgAAAFEAAAAB
        AAAAAAAAAAAAAACAAQAAAABhUEsFBgAAAAABAAEALwAAAD0AAAAAAA==
        """)

    // archive(zipfile.ZIP_STORED, zip64=True, a=b"sixty-four", b=b"bits")
    static let zip64 = bytes(
        """
        UEsDBC0AAAAAAAAAIQDSEV/N//////////8BABQAYQEAEAAKAAAAAAAAAAoAAAAAAAAAc2l4dHktZm91clBLAwQtAAAAAAAAACEAT4wydf//////////AQAU
        AGIBABAABAAAAAAAAAAEAAAAAAAAAGJpdHNQSwECLQMtAAAAAAAAACEA0hFfzQoAAAAKAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLAQItAy0AAAAAAAAAIQBP
        jDJ1BAAAAAQAAAABAAAAAAAAAAAAAACAAT0AAABiUEsFBgAAAAACAAIAXgAAAHQAAAAAAA==
        """)

    // archive(zipfile.ZIP_BZIP2, a=b"other method")
    static let zipBzip2 = bytes(
        """
        UEsDBC4AAAAMAAAAIQC6oH91MAAAAAwAAAABAAAAYUJaaDkxQVkmU1kYkQFRAAAEEYBAAAZClAAgADEMCCAzSAyU+IZ4u5IpwoSAxIgKiFBLAQIuAy4AAAAM
        AAAAIQC6oH91MAAAAAwAAAABAAAAAAAAAAAAAACAAQAAAABhUEsFBgAAAAABAAEALwAAAE8AAAAAAA==
        """)

    // st.save({"b": np.arange(4, dtype="<f8"), "a": np.array([[1, 2], [3, 4]], "<f4"), "half": np.array([0.5, -65504], "<f2"),
    // "ids": np.array([2**40, -1]), "bytes": np.array([0, 255], "u1"), "mask": np.array([True, False])}, {"format": "np",
    // "note": "caf\u00e9 \"quoted\""})
    static let safetensors = bytes(
        """
        mAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCIsIm5vdGUiOiJjYWbDqSBcInF1b3RlZFwiIn0sImlkcyI6eyJkdHlwZSI6Ikk2NCIsInNo
        YXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfSwiYiI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbNF0sImRhdGFfb2Zmc2V0cyI6WzE2LDQ4XX0sImEi
        OnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzQ4LDY0XX0sImhhbGYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzJdLCJk
        YXRhX29mZnNldHMiOls2NCw2OF19LCJieXRlcyI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNjgsNzBdfSwibWFzayI6eyJk
        dHlwZSI6IkJPT0wiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOls3MCw3Ml19fSAgICAgICAAAAAAAAEAAP//////////AAAAAAAAAAAAAAAAAADwPwAA
        AAAAAABAAAAAAAAACEAAAIA/AAAAQAAAQEAAAIBAADj/+wD/AQA=
        """)

    // st.save({"none": np.zeros((0, 5), "<f4")})
    static let safetensorsEmpty = bytes(
        """
        QAAAAAAAAAB7Im5vbmUiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsNV0sImRhdGFfb2Zmc2V0cyI6WzAsMF19fSAgICAg
        """)

    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text, options: .ignoreUnknownCharacters)!)
    }
}
