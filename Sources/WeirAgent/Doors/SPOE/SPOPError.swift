/// Why a connection is ended: what AGENT-DISCONNECT says.
package struct SPOPError: Error, Equatable, Sendable {
    /// The protocol's status codes.
    package enum Code: UInt8, Sendable {
        case normal = 0
        case timeout = 2
        case tooBig = 3
        case invalid = 4
        case noVersion = 5
        case noMaximumFrameSize = 6
        case noCapabilities = 7
        case unsupportedVersion = 8
        case badMaximumFrameSize = 9
        case fragmentationUnsupported = 10
        case resources = 13
        case unknown = 99
    }

    package let code: Code
    /// For people: HAProxy shows the code alone.
    package let message: String

    package init(_ code: Code, _ message: StaticString) {
        self.code = code
        self.message = message.description
    }

    /// A field ends behind the frame's end.
    static var truncated: SPOPError { SPOPError(.invalid, "expected a field, found the frame's end") }
}
