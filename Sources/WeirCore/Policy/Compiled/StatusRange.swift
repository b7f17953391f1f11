/// HTTP statuses that a limit counts: `401` alone, or all of `5xx`.
struct StatusRange: BitwiseCopyable, Sendable {
    let first: UInt16
    let last: UInt16

    /// - Parameter text: as the grammar has it: three digits, or a digit and `xx`.
    init?(_ text: String) {
        if text.hasSuffix("xx"), let digit = UInt16(text.dropLast(2)) {
            (first, last) = (digit * 100, digit * 100 + 99)
        } else if let status = UInt16(text) {
            (first, last) = (status, status)
        } else {
            return nil
        }
    }

    func contains(_ status: UInt16) -> Bool { first <= status && status <= last }
}
