package import WeirCore

/// One request of a server's access log, as far as it is counted. Texts lie in the line's own bytes.
package struct LogLine: Equatable, Sendable, BitwiseCopyable {
    /// Attributes of names that the line gives itself.
    package static let maximumCustom = 16

    /// What the line says of the request's check.
    package enum Check: Equatable, Sendable, BitwiseCopyable {
        /// It says nothing: there was one, though nobody knows which.
        case unknown
        /// There was none: nobody has counted the call.
        case none
        /// The request was denied, and counted as that.
        case denied
        case ticket(Ticket)
    }

    package struct Custom: Equatable, Sendable, BitwiseCopyable {
        package var name: ByteRange
        package var value: ByteRange
    }

    package var check = Check.unknown
    package var response = ResponseFacts(status: 0)
    /// Empty where the line does not say.
    package var apiKey = ByteRange()
    package var ip = ByteRange()
    package var method = ByteRange()
    package var path = ByteRange()
    package var host = ByteRange()
    package var user = ByteRange()
    package private(set) var customCount = 0
    private var custom = InlineArray<16, Custom>(repeating: Custom(name: ByteRange(), value: ByteRange()))

    package init() {}

    package func custom(_ index: Int) -> Custom { custom[index] }

    /// - Returns: false where there is no room.
    mutating func add(_ attribute: Custom) -> Bool {
        guard customCount < Self.maximumCustom else { return false }
        custom[customCount] = attribute
        customCount += 1
        return true
    }

    /// Whether it says whose the request was.
    package var hasAttributes: Bool {
        !(apiKey.isEmpty && ip.isEmpty && method.isEmpty && path.isEmpty && host.isEmpty && user.isEmpty)
            || customCount > 0
    }

    package static func == (left: LogLine, right: LogLine) -> Bool {
        guard left.check == right.check, left.response == right.response, left.apiKey == right.apiKey,
            left.ip == right.ip, left.method == right.method, left.path == right.path, left.host == right.host,
            left.user == right.user, left.customCount == right.customCount
        else { return false }
        return (0..<left.customCount).allSatisfy { left.custom[$0] == right.custom[$0] }
    }
}
