import HTTPTypes

/// What a request is answered with.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    /// `null` for no body.
    let body: JSONValue

    init(_ status: HTTPResponse.Status, _ body: JSONValue = .null) {
        self.status = status
        self.body = body
    }
}
