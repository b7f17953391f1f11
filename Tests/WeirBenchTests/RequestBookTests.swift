import Testing
import WeirBench
import WeirCore

@Suite struct RequestBookTests {
    private func request(_ book: RequestBook, _ number: UInt64, id: UInt64 = 0) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: book.requestBytes)
        bytes.withUnsafeMutableBytes { if let place = $0.baseAddress { book.write(number, id: id, to: place) } }
        return bytes
    }

    /// The values of a frame's attributes, as the agent reads them.
    private func read(_ frame: [UInt8]) throws -> (id: UInt64, text: String) {
        try frame.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else {
                throw WireError(.truncated, field: "header", offset: 0)
            }
            return (header.id, bytes.extracting(24..<header.length).text)
        }
    }

    @Test func checksAreFramesWithTheirIdOfManyKeys() throws {
        let book = RequestBook.checks
        var texts: Set<String> = []
        for number in 0..<UInt64(book.count) {
            let (id, text) = try read(request(book, number, id: number &+ 5))
            #expect(id == number + 5)
            texts.insert(text)
        }
        #expect(texts.count == RequestBook.warmKeys)
        #expect(request(book, 0) == request(book, UInt64(book.count)))
    }

    @Test func newKeysAreNeverTheSame() throws {
        let book = RequestBook.newKeys
        let numbers: [UInt64] = [0, 1, 15, 16, 0xdead_beef, .max]
        let texts = try numbers.map { try read(request(book, $0)).text }
        #expect(Set(texts).count == numbers.count)
        #expect(texts[4].hasSuffix("00000000deadbeef"))
        #expect(texts[5].hasSuffix("ffffffffffffffff"))
    }

    @Test func questionsAreRequestsOfOneSize() {
        for book in [RequestBook.questions, .pages] {
            let text = String(decoding: request(book, 3), as: UTF8.self)
            #expect(text.hasPrefix("GET /"))
            #expect(text.hasSuffix("\r\n\r\n"))
            #expect(text.components(separatedBy: "\r\n\r\n") == 2)
            #expect(request(book, 3) != request(book, 4))
        }
    }
}

extension String {
    /// Parts between occurrences of a text.
    fileprivate func components(separatedBy text: String) -> Int { ranges(of: text).count + 1 }
}
