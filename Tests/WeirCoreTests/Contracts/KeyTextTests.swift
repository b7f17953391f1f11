import Foundation
import Testing
import WeirCore

struct KeyTextTests {
    /// The blocks of `protocol/vectors/keys.txt`.
    private static func vectors() throws -> [[String: String]] {
        try ProtocolVectors.text("keys.txt").components(separatedBy: "\n\n").compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 1)
                fields[String(words[0])] = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
            }
            return fields["key"] == nil ? nil : fields
        }
    }

    @Test
    func theVectorsAreWellFormedOrNotAsTheySay() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count > 8)
        for vector in vectors {
            #expect(KeyText.isWellFormed(vector["key"] ?? "") == (vector["valid"] == "yes"), "\(vector)")
        }
    }

    @Test
    func mintedKeysAreWellFormedAndDiffer() throws {
        var random = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for use in KeyText.Use.allCases {
            for _ in 0..<500 {
                let bytes = (0..<KeyText.mintBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                let key = try #require(KeyText.mint(use, random: bytes))
                #expect(key.utf8.count == KeyText.byteCount && key.hasPrefix("weir_\(use)_"))
                #expect(KeyText.isWellFormed(key))
                seen.insert(key)
            }
        }
        #expect(seen.count == 1_000)
    }

    @Test
    func everyDigitIsAsLikelyAsAnyOther() throws {
        let key = try #require(KeyText.mint(.live, random: (UInt8(0)..<248)))
        #expect(key.dropFirst(10).prefix(30) == "0123456789ABCDEFGHIJKLMNOPQRST")
        var drawn: [Character: Int] = [:]
        for start in stride(from: UInt8(0), to: 248, by: 31) {
            let some = (start..<start + 31).filter { $0 != start }
            for digit in try #require(KeyText.mint(.test, random: some)).dropFirst(10).prefix(30) {
                drawn[digit, default: 0] += 1
            }
        }
        #expect(drawn.values.allSatisfy { $0 <= 4 })
    }

    @Test
    func tooFewUsableBytesMintNothing() {
        #expect(KeyText.mint(.live, random: [UInt8](repeating: 255, count: 64)) == nil)
        #expect(KeyText.mint(.live, random: [UInt8](repeating: 1, count: 29)) == nil)
    }

    @Test
    func anyOneDigitThatIsAnotherIsNoticed() throws {
        let key = Array(try #require(KeyText.mint(.live, random: (UInt8(0)..<64))).utf8)
        for place in key.indices {
            for digit in "09AZaz".utf8 where digit != key[place] {
                var typo = key
                typo[place] = digit
                #expect(!KeyText.isWellFormed(String(decoding: typo, as: UTF8.self)))
            }
        }
    }

    @Test
    func digestsAndIdentifiersAreReadAndWritten() throws {
        let hex = "92dc4cb07b31c4a8f7b337c60249ebc4a03a541ab41be562c7cde282793bddc6"
        #expect(String(decoding: try #require(KeyDigest(hex: hex)).hex, as: UTF8.self) == hex)
        #expect(KeyDigest(hex: hex.uppercased()) == nil)
        #expect(KeyDigest(hex: String(hex.dropLast())) == nil)
        for text in [
            "key_01j2jw7y000000000000000001", "key_7zzzzzzzzzzzzzzzzzzzzzzzzz", "key_0123456789abcdefghjkmnpqrs",
        ] {
            #expect(try #require(RecordID(RecordID.key, text)).text(RecordID.key) == text)
        }
        for text in [
            "key_8zzzzzzzzzzzzzzzzzzzzzzzzz", "sub_01j2jw7y000000000000000001", "key_01J2jw7y000000000000000001",
            "key_01i2jw7y000000000000000001", "key_01j2jw7y00000000000000000", "",
        ] {
            #expect(RecordID(RecordID.key, text) == nil, "\(text)")
        }
    }
}
