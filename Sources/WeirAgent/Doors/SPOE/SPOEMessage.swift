import WeirCore

/// A message of HAProxy's, by the name of its `spoe-message` section.
enum SPOEMessage {
    /// `weir-check`: may this request pass?
    case check
    /// `weir-report`: what is only known after the response.
    case report
    /// None of the agent's: it is passed over.
    case unknown

    init(_ name: RawSpan) {
        switch name.byteCount {
        case 10 where name.equals("weir-check"): self = .check
        case 11 where name.equals("weir-report"): self = .report
        default: self = .unknown
        }
    }
}
