import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that says what was wrong: `application/problem+json` (RFC 9457), naming the field.
struct Problem: Error, HTTPResponseError, Equatable {
    let status: HTTPResponse.Status
    /// What was expected of which field, and what to do.
    let detail: String
    /// Seconds until a retry makes sense.
    var retryAfter: Int?
    /// The fields that are wrong, where fields are.
    private(set) var faults: [Fault] = []

    /// - Parameter faults: what is wrong with which field; `detail` says all of it.
    init(_ status: HTTPResponse.Status, _ faults: [Fault]) {
        self.status = status
        self.faults = faults
        detail = faults.map { "\($0.field): \($0.detail)" }.joined(separator: "; ")
    }

    init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var body: JSONValue = [
            "type": "about:blank", "title": .text(status.reasonPhrase), "status": .integer(Int64(status.code)),
            "detail": .text(detail),
        ]
        if let first = faults.first {
            let errors = faults.map { fault -> JSONValue in
                ["field": .text(fault.field), "detail": .text(fault.detail)]
            }
            body = body.with(["field": .text(first.field), "errors": .list(errors)])
        }
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"weir\"" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }
}
