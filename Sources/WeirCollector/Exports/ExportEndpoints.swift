import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import WeirStore

/// `GET /v1/exports/{format}`: closed hours of usage, for those who bill elsewhere, and `POST`, by which an exporter says how far it has
/// come.
struct ExportEndpoints: Sendable {
    /// Places of the outbox that one request takes up.
    private static let part = 1_000
    private static let limits: ClosedRange<Int64> = 1...10_000
    private static let defaultLimit: Int64 = 1_000
    private static let formats = ExportFormat.allCases.map(\.rawValue)

    let database: any SQLDatabase
    let identifier: Identifier
    let now: @Sendable () -> Date

    private static let questions = [
        Field(
            optional: "cursor", .integer(0...Int64.max),
            "the Weir-Cursor of the page before; 0: from the very first (where the exporter stands)"),
        Field(optional: "exporter", .code, "whose place it is (the format's own)"),
        Field(optional: "limit", .integer(limits), "how many entries at most (\(defaultLimit))"),
    ]

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/v1/exports/{format}", name: "export",
                summary: "Closed hours of usage: stripe, stripe-csv, openmeter or csv", scopes: [.admin],
                query: Self.questions,
                answers: [
                    .init(
                        .ok,
                        "entries; the header Weir-Cursor is the place behind them, Weir-More says whether there are more",
                        .bytes(["application/jsonl", "text/csv; charset=utf-8"]))
                ],
                work: .own { request, context, _ in try await show(request, context) }),
            Self.confirmation,
        ]
    }

    private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard let format = context.parameters.get("format").flatMap(ExportFormat.init(rawValue:)) else {
            throw Problem(.notFound, [Fault(field: "format", detail: Self.expected)])
        }
        let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) }
        let query = try Fields(query: asked, Self.questions)
        let exporter = query.text("exporter", or: format.exporter)
        let limit = Int(query.integer("limit") ?? Self.defaultLimit)
        let given = query.integer("cursor")
        let (identifier, seconds) = (identifier, Int64(now().timeIntervalSince1970))
        let page = try await database.write { connection throws(StoreError) in
            let log = ExportLog(Catalogue(connection, now: seconds, identifier: identifier))
            let taken = try log.advance(limit: Self.part)
            let position = try log.position(of: exporter)
            let start = given ?? position
            let entries = try log.entries(after: start, limit: limit + 1)
            return Page(start: start, entries: entries, isBehind: taken == Self.part)
        }
        let shown = page.entries.prefix(limit)
        let text = (page.start == 0 || given == nil ? format.head : "") + shown.map(format.line).joined()
        var headers: HTTPFields = [.contentType: format.mediaType, .cacheControl: "no-store"]
        headers[.weirCursor] = "\(shown.last?.number ?? page.start)"
        headers[.weirMore] = page.entries.count > limit || page.isBehind ? "true" : "false"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private struct Page: Sendable {
        let start: Int64
        let entries: [ExportEntry]
        /// Whether there are hours that are not in the log yet.
        let isBehind: Bool
    }

    private static let expected = "expected one of \(formats.joined(separator: ", "))"

    // MARK: How far it has come

    private static let confirmation = Endpoint.change(
        .post, "/v1/exports/{format}", "confirmExport", "Say that everything up to a cursor was written for good",
        [.admin],
        body: [
            Field("cursor", .integer(0...Int64.max), "the Weir-Cursor of the last page"),
            Field(optional: "exporter", .code, "whose place it is (the format's own)"),
        ],
        [
            Field("exporter", .text(1...63), "whose place it is"),
            Field("cursor", .integer(0...Int64.max), "where it stands: it never goes back"),
        ]
    ) { call, catalogue throws(StoreError) in
        guard let format = ExportFormat(rawValue: call.parameter("format")) else {
            throw .refused(.missing, "format", expected)
        }
        let exporter = call.fields.text("exporter", or: format.exporter)
        let place = try ExportLog(catalogue).confirm(exporter, call.fields.integer("cursor") ?? 0)
        return Change(
            Answer(.ok, ["exporter": .text(exporter), "cursor": .integer(place)]), "export.confirm", exporter)
    }
}

extension HTTPField.Name {
    /// The place behind a page of an export.
    fileprivate static let weirCursor = named("Weir-Cursor")
    fileprivate static let weirMore = named("Weir-More")

    private static func named(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("a header's name") }
        return name
    }
}
