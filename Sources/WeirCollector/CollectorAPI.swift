package import FoundationEssentials
import HTTPTypes
package import Hummingbird
import NIOCore
package import WeirSettings
package import WeirStore

/// Everything that the collector answers: one table of endpoints, from which the router and the OpenAPI document are made.
package struct CollectorAPI: Sendable {
    private let database: any SQLDatabase
    private let secrets: Secrets
    private let now: @Sendable () -> Date
    private let api: AdminAPI
    private let endpoints: [Endpoint]

    package init(
        database: any SQLDatabase, tokens: AccessTokens, secrets: Secrets, maximumBody: Int,
        signUps: SignUpRule = .off, now: @escaping @Sendable () -> Date
    ) {
        self.database = database
        self.secrets = secrets
        self.now = now
        let feed = PolicyFeed(database, now: now)
        api = AdminAPI(
            database: database, gate: Gatekeeper(settings: tokens, database: database, now: now),
            mint: KeyMint(secrets: secrets),
            identifier: Identifier { Int64(now().timeIntervalSince1970 * 1_000) }, now: now,
            changed: { await feed.look() })
        let usage = UsageRoutes(store: UsageStore(database), database: database, maximumBody: maximumBody, now: now)
        let windows = WindowStore(
            database, identifier: Identifier { Int64(now().timeIntervalSince1970 * 1_000) }, prices: PlanPrices())
        let invoices = InvoiceEndpoints(
            store: InvoiceStore(
                database, identifier: Identifier { Int64(now().timeIntervalSince1970 * 1_000) }, prices: PlanPrices()),
            now: now)
        let exchange = ExchangeEndpoint(
            store: windows, recalls: RecallFeed(windows), names: AgentNames(database: database, now: now),
            maximumBody: maximumBody, now: now)
        let served =
            HealthEndpoints.all(database) + usage.endpoints + exchange.endpoints + [PolicyEndpoint.endpoint(feed)]
            + SoldEndpoints.all
            + PlanEndpoints.all + BoughtEndpoints.all + ContractEndpoints.all + LedgerEndpoints.all
            + AdjustmentEndpoints.all + AccessEndpoints.all + invoices.all
            + QuoteEndpoints.all + BillingUsageEndpoints.all + RevenueEndpoints.all
            + ExportEndpoints(database: database, identifier: api.identifier, now: now).endpoints
            + PageEndpoints(api: api, signUps: signUps, now: now).endpoints
        endpoints = served + [Self.document(of: served)]
    }

    /// Notes which pepper this database's keys are made with.
    ///
    /// - Throws: when keys were made with another one.
    func checkPepper() async throws {
        let (check, seconds) = (secrets.check, Int64(now().timeIntervalSince1970))
        do throws(StoreError) {
            try await database.write { connection throws(StoreError) in
                try Catalogue(connection, now: seconds, identifier: Identifier { 0 }).check(pepper: check)
            }
        } catch {
            throw CollectorStartError("\(error)")
        }
    }

    /// Begins an epoch of the policy: the database may have been restored since the last collector ran.
    func beginEpoch() async throws {
        do throws(StoreError) {
            try await PolicyFeed.beginEpoch(database)
        } catch {
            throw CollectorStartError("\(error)")
        }
    }

    package func add(to router: Router<BasicRequestContext>) {
        router.add(middleware: ProblemMiddleware())
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await api.respond(endpoint, request, context)
            }
        }
    }

    /// The OpenAPI document.
    package var document: [UInt8] { OpenAPI.document(endpoints).bytes }

    /// The endpoint that describes all others, and itself.
    private static func document(of served: [Endpoint]) -> Endpoint {
        func endpoint(_ work: @escaping @Sendable () -> [UInt8]) -> Endpoint {
            Endpoint(
                method: .get, path: "/v1/openapi.json", name: "openAPI", summary: "This document", scopes: [],
                answers: [.init(.ok, "OpenAPI 3.1", .bytes(["application/json"]))],
                work: .own { _, _, _ in
                    Response(
                        status: .ok, headers: [.contentType: "application/json"],
                        body: .init(byteBuffer: ByteBuffer(bytes: work())))
                })
        }
        let bytes = OpenAPI.document(served + [endpoint { [] }]).bytes
        return endpoint { bytes }
    }
}
