import Foundation
import HTTPTypes
import Hummingbird
import Testing
import WeirCollector
import WeirStore
import WeirTestSupport

/// The router and the document are of the same endpoints.
@Suite struct RouterTests {
    @Test func everyRouteOfTheRouterIsInTheDocumentAndNoOther() async throws {
        let directory = try TemporaryDirectory()
        let database = try SQLiteDatabase(path: directory.file("db.sqlite"))
        try await Schema.migrate(database)
        let router = Router()
        let api = CollectorAPI(
            database: database,
            tokens: AccessTokens(agents: ["agent-token-0123456789"], admin: "admin-token-0123456789"),
            secrets: Secrets(pepper: String(repeating: "p", count: 32)), maximumBody: 1 << 20, now: { Date() })
        api.add(to: router)
        let routes = router.routes.map { "\($0.method.rawValue) \($0.path.description)" }.sorted()
        let document = try JSONParser.parse(api.document)
        guard case .object(let paths) = document["paths"] else {
            Issue.record("no paths")
            return
        }
        var described: [String] = []
        for path in paths {
            guard case .object(let operations) = path.value else { continue }
            described += operations.map { "\($0.name.uppercased()) \(path.name)" }
        }
        #expect(routes.count > 40)
        #expect(described.sorted() == routes)
    }
}
