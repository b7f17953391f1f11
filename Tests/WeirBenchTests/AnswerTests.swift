import Testing
import WeirBench
import WeirCore

/// Answers are found in what a server sends, whole or in parts.
@Suite struct AnswerTests {
    private func answer(_ speech: Speech, _ bytes: [UInt8]) throws -> Answer? {
        try bytes.withUnsafeBytes { try Answer(speech, in: $0) }
    }

    private func frame(_ verdict: Verdict, id: UInt64) -> [UInt8] {
        let decision = Decision(verdict: verdict, reason: .unlimited, status: 200, state: .local)
        return bytes(capacity: 256) { writer in
            Array("flood".utf8).withBytes { rule in
                CheckAnswer.write(decision, rule: rule, consumer: rule.extracting(0..<0), id: id, to: &writer)
            }
        }
    }

    @Test func aFrameIsAnAnswerOnceItIsWhole() throws {
        let whole = frame(.allow, id: 77)
        for count in 0..<whole.count { #expect(try answer(.native, Array(whole[..<count])) == nil) }
        let found = try #require(try answer(.native, whole + frame(.deny, id: 78)))
        #expect(found.byteCount == whole.count)
        #expect(found.isAllowed)
        #expect(found.id == 77)
        #expect(try answer(.native, frame(.deny, id: 1))?.isAllowed == false)
    }

    @Test func aFrameThatAnswersNoCheckIsRefused() {
        #expect(throws: BenchFailure.self) { try answer(.native, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
        let goaway = bytes(capacity: 64) { Goaway(reason: .draining, graceMilliseconds: 1).write(to: &$0) }
        #expect(throws: BenchFailure.self) { try answer(.native, goaway) }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, true),
        ("HTTP/1.1 200 OK\r\nServer: nginx\r\ncontent-LENGTH:  12\r\nConnection: keep-alive\r\n\r\n", 12, true),
        ("HTTP/1.1 204 No Content\r\n\r\n", 0, false),
        ("HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n", 3, false),
    ])
    func aResponseEndsWithItsBody(head: String, body: Int, isAllowed: Bool) throws {
        let whole = Array(head.utf8) + [UInt8](repeating: 0x0a, count: body)
        for count in 0..<whole.count { #expect(try answer(.http, Array(whole[..<count])) == nil) }
        let found = try #require(try answer(.http, whole + Array("HTTP/1.1 200 OK\r\n\r\n".utf8)))
        #expect(found.byteCount == whole.count)
        #expect(found.isAllowed == isAllowed)
    }

    @Test func whatIsNoResponseIsRefused() {
        #expect(throws: BenchFailure.self) { try answer(.http, Array("SSH-2.0-OpenSSH_9.2\r\n\r\n".utf8)) }
        #expect(throws: BenchFailure.self) {
            try answer(.http, Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n".utf8))
        }
    }
}
