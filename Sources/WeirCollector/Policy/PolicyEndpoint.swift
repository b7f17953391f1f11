import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import WeirCore
import WeirStore

/// `GET /v1/policy`: what agents decide on keys with, as protocol/policy.md has it.
enum PolicyEndpoint {
    private static let fields = [
        Field(optional: "since", .integer(0...999_999_999_999_999_999), "the version that the agent has (0: none)"),
        Field(optional: "epoch", .text(1...64), "what the document of that version says of its epoch"),
        Field(optional: "wait", .integer(0...60), "seconds to wait for a change (0)"),
    ]

    static func endpoint(_ feed: PolicyFeed) -> Endpoint {
        Endpoint(
            method: .get, path: "/v1/policy", name: "policy",
            summary: "What agents decide on keys with, or its changes",
            scopes: [.admin, .agent], query: fields,
            answers: [
                .init(.ok, "the document", .bytes([PolicyDocument.mediaType])),
                .init(.noContent, "nothing has changed", .none),
            ],
            work: .own { request, context, principal in
                let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) }
                let query = try Fields(query: asked, fields)
                let wait = Duration.seconds(query.integer("wait") ?? 0)
                do {
                    let document = try await withGracefulShutdownHandler {
                        try await feed.document(
                            since: query.integer("since") ?? 0, epoch: query.text("epoch"), wait: wait,
                            seenBy: principal?.namespace)
                    } onGracefulShutdown: {
                        Task { await feed.close() }
                    }
                    guard let document else {
                        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
                    }
                    return Response(
                        status: .ok, headers: [.contentType: PolicyDocument.mediaType, .cacheControl: "no-store"],
                        body: .init(byteBuffer: ByteBuffer(bytes: document)))
                } catch is PolicyFeed.Crowded {
                    throw Problem(
                        .serviceUnavailable, "too many agents wait for a change here: ask again, or another collector",
                        retryAfter: 5)
                }
            })
    }
}
