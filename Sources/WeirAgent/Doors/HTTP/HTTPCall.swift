import WeirCore

/// A request that is no check: what came of those that were allowed. Its body is read.
enum HTTPCall: Sendable {
    /// What is only known after the response.
    case report
    /// Requests that are over, or never ran.
    case release

    /// Bytes of the longest body: 64 reports with every field, and room.
    static let maximumBodyBytes = 16 * 1_024

    /// Nil for any other target. Nothing may stand behind the word, so that nothing is believed to choose something.
    init?(target: RawSpan) {
        switch target.byteCount {
        case 7 where target.equals("/report"): self = .report
        case 8 where target.equals("/release"): self = .release
        default: return nil
        }
    }
}
