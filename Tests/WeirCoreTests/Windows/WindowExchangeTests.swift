import Testing
import WeirCore

/// What agents and collectors tell each other of credit windows.
@Suite struct WindowExchangeTests {
    private static let run = Hash128(low: 0x0123_4567_89ab_cdef, high: 0xfedc_ba98_7654_3210)

    private static func grant(_ number: UInt64) -> RecordID { RecordID(bits: Hash128(low: number, high: 1 << 60)) }

    private static func question(usage: [UInt8] = []) -> ExchangeQuestion {
        var (one, two) = (CreditWindow(), CreditWindow())
        let windows = [
            one.call(need: 3, now: 1_000_000).map { ExchangeQuestion.Window(grant: grant(7), call: $0) },
            two.call(need: 1_024, now: 2_000_000).map { ExchangeQuestion.Window(grant: grant(8), call: $0) },
        ].compactMap { $0 }
        return ExchangeQuestion(
            incarnation: run, windows: windows, over: [Hash128(low: 1, high: 2)], usage: usage)
    }

    private static let answer = ExchangeAnswer(
        cells: 12, known: -1,
        windows: [
            .init(
                grant: grant(7),
                reply: WindowReply(
                    granted: 500, returned: 20, seconds: 60, recall: true, standing: .open, sentAt: 1_000_000)),
            .init(
                grant: grant(8),
                reply: WindowReply(
                    granted: 0, returned: 0, seconds: 0, recall: false, standing: .closed, sentAt: 2_000_000)),
        ])

    private static func read(_ bytes: [UInt8]) throws(PolicyDocumentError) -> ExchangeQuestion {
        try bytes.withBytes { bytes throws(PolicyDocumentError) in try ExchangeQuestion(reading: bytes) }
    }

    private static func readAnswer(_ bytes: [UInt8]) throws(PolicyDocumentError) -> ExchangeAnswer {
        try bytes.withBytes { bytes throws(PolicyDocumentError) in try ExchangeAnswer(reading: bytes) }
    }

    @Test func aQuestionIsReadAsItWasWritten() throws {
        let question = Self.question(usage: [1, 2, 10, 9, 255])
        #expect(question.windows.count == 2)
        #expect(try Self.read(question.bytes) == question)
    }

    @Test func anAnswerIsReadAsItWasWritten() throws {
        #expect(try Self.readAnswer(Self.answer.bytes) == Self.answer)
    }

    @Test func whatIsCutOffAnywhereIsRefused() {
        let question = Self.question(usage: [1, 2, 3]).bytes
        for count in 0..<question.count {
            #expect(throws: PolicyDocumentError.self) { try Self.read(Array(question[..<count])) }
        }
        let answer = Self.answer.bytes
        for count in 0..<answer.count {
            #expect(throws: PolicyDocumentError.self) { try Self.readAnswer(Array(answer[..<count])) }
        }
    }

    @Test(arguments: [
        ("weir-exchange\t2\t", "weir-exchange\t1\t", "format"),
        ("window\tgrt_X", "window\tgrt_0", "grant"),
        ("\t-3\t", "\t3\t", "want"),
    ])
    func aFieldThatIsWrongIsNamed(_ wrong: String, _ right: String, _ field: String) throws {
        let text = String(decoding: Self.question().bytes, as: UTF8.self)
        #expect(text.contains(right), "\(text)")
        let error = #expect(throws: PolicyDocumentError.self) {
            try Self.read(Array(text.replacing(right, with: wrong, maxReplacements: 1).utf8))
        }
        #expect(error?.field == field)
    }

    @Test func moreWindowsThanOneExchangeMaySpeakOfAreRefusedBeforeTheyAreRead() {
        let text = "weir-exchange\t1\t\(Self.run.hex)\t10001\t0\t0\n"
        let error = #expect(throws: PolicyDocumentError.self) { try Self.read(Array(text.utf8)) }
        #expect(error?.field == "windows" && error?.line == 1)
    }
}
