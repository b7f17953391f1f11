/// Why a frame was refused. Sent back in one ERROR frame that names the field; then the connection closes.
package struct WireError: Error, Equatable, Sendable {
    /// The numbers of `protocol/README.md`; clients match on them.
    package enum Code: UInt16, Sendable, CaseIterable {
        /// The header's length is below 16 or above what the agent accepts.
        case badLength = 1
        /// The header's version is not one that the agent speaks.
        case badVersion = 2
        /// The header's operation is not a request of this version.
        case badOperation = 3
        /// The payload ends before the field does.
        case truncated = 4
        /// The field's value is out of its bounds.
        case badValue = 5
        /// More entries than allowed.
        case tooMany = 6
        /// The frame was not complete in time.
        case timeout = 7
        /// The agent has no room for another connection.
        case overload = 8
        /// The peer's user is not allowed on this socket.
        case notAllowed = 9
    }

    package let code: Code
    /// The field's name as the specification writes it.
    package let field: String
    /// The field's offset from the start of the frame, in bytes.
    package let offset: Int

    package init(_ code: Code, field: StaticString, offset: Int) {
        self.code = code
        // `description` of a static string is its text.
        self.field = field.description
        self.offset = offset
    }

    package init(_ code: Code, field: String, offset: Int) {
        self.code = code
        self.field = field
        self.offset = offset
    }
}

extension WireError: CustomStringConvertible {
    package var description: String {
        let problem =
            switch code {
            case .badLength: "is below 16, or above what HELLO says this agent takes"
            case .badVersion: "is not \(WireLimits.version)"
            case .badOperation: "is not a request"
            case .truncated: "does not fit in the frame"
            case .badValue: "has a value that is not allowed"
            case .tooMany: "counts more than allowed"
            case .timeout: "was not complete in time"
            case .overload: "refused: too many connections"
            case .notAllowed: "refused: this user may not connect"
            }
        return "\(field) at byte \(offset) \(problem)"
    }
}
