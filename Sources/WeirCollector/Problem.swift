import FoundationEssentials
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

    init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    private struct Body: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(Body(title: status.reasonPhrase, status: status.code, detail: detail))
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"weir\"" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}
