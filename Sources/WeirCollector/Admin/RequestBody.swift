import HTTPTypes
import Hummingbird
import NIOCore

/// Reads the body of a request, and no more of it than is taken.
enum RequestBody {
    /// - Parameter limit: who says so, for the error.
    static func collect(_ request: Request, atMost maximum: Int, _ limit: String) async throws -> [UInt8] {
        let tooLarge = Problem(
            .contentTooLarge, [Fault(field: "body", detail: "expected at most \(maximum) bytes (\(limit))")])
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximum { throw tooLarge }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= maximum else { throw tooLarge }
            bytes += part.readableBytesView
        }
        return bytes
    }
}
