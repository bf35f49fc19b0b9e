import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct CSVTests {
    @Test func readsAHeaderAndNumbers() throws {
        let table = try NumericTable.read(source("x,y\n1,2.5\n-3e2, 4 \n"))
        #expect(table.columns == ["x", "y"] && table.rowCount == 2)
        #expect(table.values == Tensor([1, 2.5, -300, 4], shape: [2, 2]))
        #expect(table.column("y") == [2.5, 4] && table.column("z") == nil)
    }

    @Test func aFirstLineOfNumbersIsData() throws {
        let table = try NumericTable.read(source("1,2\n3,4"))
        #expect(table.columns == ["column1", "column2"] && table.values == Tensor([1, 2, 3, 4], shape: [2, 2]))
    }

    @Test func quotedFieldsHoldAnything() throws {
        let table = try NumericTable.read(source("\"a, \"\"b\"\"\",\"two\nlines\"\r\n\"1\",2\r\n"))
        #expect(table.columns == ["a, \"b\"", "two\nlines"])
        #expect(table.values == Tensor([1, 2], shape: [1, 2]))
    }

    @Test func byteOrderMarkAndOtherSeparators() throws {
        let table = try NumericTable.read(source([0xEF, 0xBB, 0xBF] + Array("a;b\n1;2\n".utf8)), separator: ";")
        #expect(table.columns == ["a", "b"] && table.values == Tensor([1, 2], shape: [1, 2]))
    }

    @Test func gzipMembersFollowOneAnother() throws {
        #expect(try NumericTable.read(source(DataFixtures.gzipTwoMembers)).values == Tensor([1, 2, 3, 4], shape: [2, 2]))
    }

    @Test func missingNumbersOnRequest() throws {
        let table = try NumericTable.read(source("x,y\n1,\nnan,inf\n"), allowsMissing: true)
        let values = table.values.scalars
        #expect(values[0] == 1 && values[1].isNaN && values[2].isNaN && values[3] == .infinity)
    }

    @Test(arguments: [
        ("x,y\n1,2\n3\n", "line 3", "found 1 fields, expected 2"), ("x,y\n1,2\n\n3,4,5\n", "line 4", "found 3 fields"),
        ("x,y\n1,abc\n", "line 2, column 2", "'abc'"), ("x,y\n1,2\n,4\n", "line 3, column 1", "found nothing"),
        ("x,y\n1,2\n3,nan\n", "line 3, column 2", "found nan"), ("x,y\n1,-inf\n", "line 2, column 2", "found -inf"),
        ("x,\"y\n1,2\n", "line 1", "inside a quoted field"), ("x,y\n1,2\"\n", "line 2", "inside an unquoted field"),
        ("x,y\n1,\"2\"3\n", "line 2", "after a closing quote"), ("x,x\n1,2\n", "line 1", "two columns named 'x'"),
        ("\"a\nb\",c\n1,2\n3,x\n", "line 4, column 2", "'x'"), ("x,y\n1,2\r3,4\n", "line 2", "carriage return"),
    ])
    func errorsNameLineAndColumn(_ text: String, _ place: String, _ word: String) {
        let error = fileError { _ = try NumericTable.read(source(text)) }
        #expect(error?.location == place)
        #expect(error?.problem.contains(word) == true, "\(error.map(\.description) ?? "")")
        #expect(error?.file == "table.csv")
    }

    @Test func emptyFilesAndOtherEncodingsAreRefused() {
        #expect(fileError { _ = try NumericTable.read(source("\n\n")) } != nil)
        #expect(fileError { _ = try NumericTable.read(source([0x78, 0xFF, 0x2C, 0x79, 0x0A])) }?.problem.contains("UTF-8") == true)
    }

    @Test func writtenNumbersReadBackToTheSameBits() throws {
        let values = (0..<30).map { Double($0).squareRoot() * 1e-7 } + [0.1, 1e300, -0.0]
        let table = NumericTable(columns: ["a,b", "c\"d", "e"], values: Tensor(values, shape: [11, 3]))
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "t.csv")
            try table.write(to: url)
            let back = try NumericTable.read(url)
            #expect(back.columns == table.columns)
            #expect(back.values.scalars.map(\.bitPattern) == values.map(\.bitPattern))
        }
    }

    @Test func anyDamageIsReadOrRefused() throws {
        let seed: UInt64 = 4
        var generator = PhiloxGenerator(seed: seed, stream: 2)
        let original = Array("a,\"b\"\n1,2\n3.5,\"4\"\n".utf8)
        var refused = 0
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0...generator.integer(below: 3) {
                bytes[generator.integer(below: bytes.count)] = Array("\",\n\r0x\u{7F}".utf8)[generator.integer(below: 7)]
            }
            do { _ = try NumericTable.read(source(bytes)) } catch is FileFormatError { refused += 1 }
        }
        #expect(refused > 500 && refused < 3000, "seed \(seed)")
    }

    @Test func digitTablesScaleToOne() throws {
        let line = (0..<64).map { String($0 % 17) }.joined(separator: ",")
        let set = try DigitTable.read(source("\(line),7\n\(line),0\n"), side: 8, maximum: 16)
        #expect(set.images.shape == [2, 1, 8, 8] && set.labels.scalars == [7, 0])
        #expect(Array(set.images.scalars[0..<17]) == (0..<17).map { Float($0) / 16 })
    }

    @Test func digitTablesSkipAHeader() throws {
        let header = (0..<5).map { "c\($0)" }.joined(separator: ",")
        #expect(try DigitTable.read(source("\(header)\n0,1,2,3,1\n"), side: 2, maximum: 255).count == 1)
    }

    @Test(arguments: [
        ("0,1,2,1\n", "line 1", "found 4 columns, expected 5"), ("0,1,2,3,1\n0,256,2,3,1\n", "line 2, column 2", "found 256"),
        ("0,1,2,-1,1\n", "line 1, column 4", "found -1"), ("0,1,2,nan,1\n", "line 1, column 4", "found nan"),
        ("0,1,2,x,1\n", "line 1, column 4", "'x'"), ("0,1,2,3,10\n", "line 1, column 5", "label '10'"),
        ("0,1,2,3,1.5\n", "line 1, column 5", "label '1.5'"), ("0,1,2,3,nan\n", "line 1, column 5", "label 'nan'"),
    ])
    func digitTablesSayWhere(_ text: String, _ place: String, _ word: String) {
        let error = fileError { _ = try DigitTable.read(source(text), side: 2, maximum: 255) }
        #expect(error?.location == place && error?.problem.contains(word) == true, "\(error.map(\.description) ?? "")")
    }
}
