import Testing
import WeirCore

@Suite struct HashTests {
    /// From the reference implementation's `vectors_sip128` (key 00…0f, message 00, 01, 02, …).
    @Test func sipHash24MatchesTheAuthorsVectors() {
        let key = Hash128(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let expected = [
            0: Hash128(low: 0xe6a8_25ba_047f_81a3, high: 0x9302_55c7_1472_f66d),
            1: Hash128(low: 0x44af_996b_d8c1_87da, high: 0x45fc_229b_1159_7634),
            2: Hash128(low: 0xc75d_a4a4_8d22_7781, high: 0xe4ff_0af6_de8b_a3fc),
        ]
        for (count, hash) in expected {
            var sip = SipHash<Sip24>(key: key)
            (0..<count).map { UInt8($0) }.withBytes { sip.append($0) }
            #expect(sip.finish() == hash)
        }
    }

    @Test func splittingTheMessageDoesNotChangeTheHash() {
        let message = (0..<41).map { UInt8(truncatingIfNeeded: $0 * 7) }
        func hash(_ parts: [[UInt8]]) -> Hash128 {
            var sip = SipHash128(key: Hash128(low: 1, high: 2))
            for part in parts { part.withBytes { sip.append($0) } }
            return sip.finish()
        }
        for cut in 0...message.count {
            #expect(hash([Array(message[..<cut]), Array(message[cut...])]) == hash([message]))
        }
        var words = SipHash128(key: Hash128(low: 1, high: 2))
        message.withBytes { words.append($0.extracting(0..<3)) }
        message.withBytes { words.append($0.uint64(3)) }
        message.withBytes { words.append($0.extracting(11..<41)) }
        #expect(words.finish() == hash([message]))
    }

    @Test func countedValuesDoNotRunIntoEachOther() {
        func hash(_ values: [String]) -> Hash128 {
            var sip = SipHash128(key: Hash128(low: 1, high: 2))
            for value in values { Array(value.utf8).withBytes { sip.appendCounted($0) } }
            return sip.finish()
        }
        #expect(hash(["ab", "c"]) != hash(["a", "bc"]))
        #expect(hash(["ab", ""]) != hash(["ab"]))
    }

    /// From RFC 3720, appendix B.4.
    @Test func crc32cMatchesTheRFC() {
        func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withBytes { CRC32C.checksum($0) } }
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(crc([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(crc((0..<32).map { UInt8($0) }) == 0x46dd_794e)
        #expect(crc(Array("123456789".utf8)) == 0xe306_9283)
        let parts = (0..<32).map { UInt8($0) }
        let first = Array(parts[..<13]).withBytes { CRC32C.checksum($0) }
        #expect(Array(parts[13...]).withBytes { CRC32C.checksum($0, seed: first) } == 0x46dd_794e)
    }

    @Test(arguments: 0...40)
    func bytesAtOnceAndBytesInPiecesHashTheSame(_ count: Int) {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let key = Hash128(low: 5, high: 6)
        var whole = SipHash128(key: key)
        text.withBytes { whole.append($0) }
        #expect(text.withBytes { SipHash128.hash($0, key: key) } == whole.finish())
        var pieces = SipHash128(key: key)
        for byte in text { [byte].withBytes { pieces.append($0) } }
        #expect(text.withBytes { SipHash128.hash($0, key: key) } == pieces.finish())
    }
}
