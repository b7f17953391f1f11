import Testing
import WeirCore

@Suite struct ByteWriterTests {
    @Test func numbersAreWrittenInDecimalAndHexadecimal() {
        func text(_ body: (inout ByteWriter) -> Void) -> String {
            String(decoding: bytes(capacity: 64, body), as: UTF8.self)
        }
        #expect(text { $0.append(decimal: 0) } == "0")
        #expect(text { $0.append(decimal: 1_234_567_890) } == "1234567890")
        #expect(text { $0.append(decimal: .max) } == "18446744073709551615")
        #expect(text { $0.append(hexadecimal: 0xbeef, digits: 8) } == "0000beef")
    }

    @Test func aWriteThatDoesNotFitWritesNothingAndSaysSo() {
        var buffer = [UInt8](repeating: 0xaa, count: 4)
        buffer.withUnsafeMutableBytes { raw in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: raw[0..<3]))
            writer.append(1 as UInt16)
            writer.append(2 as UInt32)
            #expect(writer.overflowed == true)
            #expect(writer.count == 2)
            writer.rewind(to: 0)
            #expect(writer.overflowed == false)
        }
        #expect(buffer == [1, 0, 0xaa, 0xaa])
    }

    @Test func aFieldIsPatchedInPlace() {
        let written = bytes(capacity: 8) { writer in
            writer.append(0 as UInt32)
            writer.append("abcd" as StaticString)
            writer.patch(UInt32(writer.count), at: 0)
        }
        #expect(written == [8, 0, 0, 0] + Array("abcd".utf8))
    }
}
