import CLinux
import WeirCore

/// An agent on paper that asks for more of its grants, again and again, and spends nothing.
struct WindowRaising {
    private static let step: Int64 = 10
    private let incarnation = Hash128(low: UInt64(bitPattern: linux_monotonic_nanoseconds()), high: 0xbe)
    private var windows: [(grant: RecordID, granted: Int64)]

    init(_ grants: [RecordID]) { windows = grants.map { ($0, 0) } }

    /// Asks for more of the first so many grants, in one exchange.
    mutating func raise(_ count: Int, _ collector: CollectorServer) throws(BenchFailure) {
        let asks = windows[..<count].map { window in
            ExchangeQuestion.Window(
                grant: window.grant,
                call: WindowCall(granted: window.granted, returned: 0, want: Self.step, need: Self.step))
        }
        let question = ExchangeQuestion(incarnation: incarnation, windows: asks)
        let bytes = try collector.exchange(question.bytes, type: WindowExchange.contentType)
        let answer: ExchangeAnswer
        do throws(PolicyDocumentError) {
            answer = try bytes.withBytes { bytes throws(PolicyDocumentError) in try ExchangeAnswer(reading: bytes) }
        } catch {
            throw BenchFailure("the collector's answer: \(error)")
        }
        for (place, window) in answer.windows.enumerated() {
            guard window.reply.granted >= windows[place].granted + Self.step else {
                throw BenchFailure("a window was not raised")
            }
            windows[place].granted = window.reply.granted
        }
    }
}
