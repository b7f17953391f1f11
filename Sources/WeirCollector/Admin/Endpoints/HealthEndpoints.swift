import HTTPTypes
import Hummingbird
import NIOCore
import WeirStore

/// What probes ask.
enum HealthEndpoints {
    static func all(_ database: any SQLDatabase) -> [Endpoint] {
        [
            endpoint("/livez", "live", "Whether the collector runs") {},
            endpoint("/readyz", "ready", "Whether requests can be served: the database answers") {
                do throws(StoreError) {
                    _ = try await database.read { connection throws(StoreError) in try connection.run("SELECT 1").count
                    }
                } catch {
                    throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
                }
            },
        ]
    }

    private static func endpoint(
        _ path: String, _ name: String, _ summary: String, _ check: @escaping @Sendable () async throws -> Void
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, name: name, summary: summary, scopes: [],
            answers: [.init(.ok, "yes", .bytes(["text/plain; charset=utf-8"]))],
            work: .own { _, _, _ in
                try await check()
                return Response(
                    status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                    body: .init(byteBuffer: ByteBuffer(string: "ok\n")))
            })
    }
}
