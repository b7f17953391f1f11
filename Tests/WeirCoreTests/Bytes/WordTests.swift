import Testing
import WeirCore
import WeirTestSupport

/// What is done to eight bytes at a time is what is done to each.
@Suite struct WordTests {
    private func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } }

    /// Every byte in every place, among neighbours that a carry would reach.
    private var words: [UInt64] {
        var words: [UInt64] = []
        for byte in 0...255 as ClosedRange<UInt64> {
            for place in 0..<8 as Range<UInt64> {
                for rest in [0, UInt64.max, 0x4141_4141_4141_4141, 0x2020_2020_2020_2020, 0x7f7f_7f7f_7f7f_7f7f] {
                    words.append(rest & ~(0xff << (place * 8)) | byte << (place * 8))
                }
            }
        }
        return words
    }

    @Test func marksAreWhereTheByteIs() {
        for word in words {
            for byte in [0, 0x0a, 0x20, 0x2f, 0x7f, 0x80, 0xff] as [UInt8] {
                let expected = bytes(word).map { $0 == byte ? 0x80 : 0 as UInt8 }
                #expect(bytes(word.marks(of: byte)) == expected)
            }
        }
    }

    @Test func capitalsBecomeSmallAndNothingElseChanges() {
        for word in words { #expect(bytes(word.lowercasedASCII) == bytes(word).map(\.lowercasedASCII)) }
    }

    @Test func printableIsWhatAHeadMayHold() {
        for word in words { #expect(word.isPrintableASCII == bytes(word).allSatisfy { (0x20...0x7e).contains($0) }) }
    }

    @Test(arguments: 0...24)
    func theEndOfASpanIsReadAsAWord(_ count: Int) {
        let text = (0..<count).map { UInt8($0 + 1) }
        let rest = text.dropFirst(count / 8 * 8)
        let expected = rest.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        #expect(text.withBytes { $0.word(from: count / 8 * 8) } == expected)
    }

    @Test func textsAreEqualInAnyCaseAndOnlyThen() {
        for byte in 0...255 as ClosedRange<UInt8> {
            for place in 0..<11 {
                var text = Array("X-[Api]-Key".utf8)
                let original = text[place]
                text[place] = byte
                text.withBytes { span in
                    #expect(span.equals("X-[Api]-Key") == (byte == original))
                    #expect(
                        span.equals("x-[aPI]-kEY", ignoringCase: true)
                            == (byte.lowercasedASCII == original.lowercasedASCII))
                    #expect(span.firstIndex(of: byte) ?? .max <= place)
                }
            }
        }
    }
}
