import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WeirStore

/// Runs the endpoints: who asks, what they say, one transaction, an answer.
struct AdminAPI: Sendable {
    /// Bytes of the largest request of the catalogue: a plan with all of its rules.
    static let maximumBody = 1 << 20
    private static let longestKey = 255

    let database: any SQLDatabase
    let gate: Gatekeeper
    let mint: KeyMint
    let identifier: Identifier
    let now: @Sendable () -> Date
    /// Is told after each change.
    let changed: @Sendable () async -> Void

    func respond(_ endpoint: Endpoint, _ request: Request, _ context: BasicRequestContext) async throws -> Response {
        do {
            return try await answer(endpoint, request, context)
        } catch let error as StoreError {
            throw Self.problem(error, context)
        }
    }

    private func answer(_ endpoint: Endpoint, _ request: Request, _ context: BasicRequestContext) async throws
        -> Response
    {
        var principal: Principal?
        if !endpoint.scopes.isEmpty { principal = try await gate.principal(request, scopes: endpoint.scopes) }
        if case .own(let work) = endpoint.work { return try await work(request, context, principal) }
        guard let principal else { throw Problem(.unauthorized, "Authorization: expected Bearer and a token") }
        let body = try await bytes(endpoint, request)
        let call = try call(endpoint, principal, request, context, body)
        switch endpoint.work {
        case .read(let work):
            let answer = try await database.read { connection throws(StoreError) in
                try work(call, Catalogue(connection, now: call.now, identifier: identifier))
            }
            return Self.response(answer.status, answer.body == .null ? [] : answer.body.bytes)
        case .write(let work):
            // One of our own where none was given: a transaction whose COMMIT got no answer runs again, and does nothing twice.
            let key = try idempotencyKey(endpoint, request, principal) ?? TokenDigest.newToken()
            let (status, bytes) = try await write(call, key, Self.digest(request, body), work)
            await changed()
            return Self.response(status, bytes)
        case .own: preconditionFailure("answered above")
        }
    }

    // MARK: What is asked

    private func bytes(_ endpoint: Endpoint, _ request: Request) async throws -> [UInt8] {
        let body = try await RequestBody.collect(request, atMost: Self.maximumBody, "the largest of this route")
        if case .fields(let fields) = endpoint.body, !body.isEmpty || fields.contains(where: \.isRequired) {
            let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
            guard type?.trimmed == "application/json" else {
                throw Problem(
                    .unsupportedMediaType, [Fault(field: "Content-Type", detail: "expected application/json")])
            }
        }
        return body
    }

    private func call(
        _ endpoint: Endpoint, _ principal: Principal, _ request: Request, _ context: BasicRequestContext,
        _ body: [UInt8]
    ) throws -> Call {
        var parameters: [String: String] = [:]
        for name in endpoint.parameters {
            // The router leaves what is escaped as it is.
            let value = context.parameters.get(name).flatMap(PathText.decoded)
            guard let value, FieldKind.reference.flaw(of: .text(value)) == nil else {
                let flaw = FieldKind.reference.flaw(of: .text(value ?? "")) ?? "an id or another name"
                throw Problem(.badRequest, [Fault(field: name, detail: "expected \(flaw)")])
            }
            parameters[name] = value
        }
        let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) }
        let query = try Fields(query: asked, endpoint.query + (endpoint.isList ? Self.paging : []))
        var fields = Fields()
        if case .fields(let declared) = endpoint.body {
            do {
                fields = try Fields(body.isEmpty ? .object([]) : try JSONParser.parse(body), declared)
            } catch let flaw as JSONParser.Flaw {
                throw Problem(.badRequest, [Fault(field: "body", detail: "expected JSON: \(flaw)")])
            }
        } else if !body.isEmpty {
            throw Problem(.badRequest, [Fault(field: "body", detail: "expected none")])
        }
        let filters = asked.filter { $0.name != "cursor" && $0.name != "limit" }.map { "\($0.name)=\($0.value)" }
            .sorted()
        let list = ([principal.id, request.uri.path] + filters).joined(separator: "\n")
        var place = ""
        if let cursor = query.text("cursor") {
            guard let found = mint.secrets.place(cursor, in: list) else {
                throw Problem(
                    .badRequest,
                    [
                        Fault(
                            field: "cursor",
                            detail: "expected the next_cursor of this list: ask without it for the first page")
                    ])
            }
            place = found
        }
        return Call(
            principal: principal, parameters: parameters, query: query, fields: fields,
            now: Int64(now().timeIntervalSince1970), mint: mint, list: list, place: place)
    }

    /// The parameters of every list.
    static let paging = [
        Field(optional: "limit", .integer(Call.limits), "how many at most (\(Call.defaultLimit))"),
        Field(optional: "cursor", .text(1...512), "the next_cursor of the page before"),
    ]

    // MARK: Writing, once

    private func idempotencyKey(_ endpoint: Endpoint, _ request: Request, _ principal: Principal) throws -> String? {
        guard let name = HTTPField.Name("Idempotency-Key") else { preconditionFailure("a header's name") }
        guard let key = request.headers[name] else {
            guard endpoint.keying == .required else { return nil }
            throw Problem(
                .badRequest,
                [
                    Fault(
                        field: "Idempotency-Key",
                        detail:
                            "expected this header with a text of your own for each thing that is to be done once, such as a UUID"
                    )
                ])
        }
        guard (1...Self.longestKey).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Problem(
                .badRequest,
                [Fault(field: "Idempotency-Key", detail: "expected 1 to \(Self.longestKey) visible ASCII characters")])
        }
        return "\(principal.id)\n\(key)"
    }

    /// Two requests with one key are the same when all of this is; members of an object may come in any order, as not every client
    /// writes them in the same one again.
    private static func digest(_ request: Request, _ body: [UInt8]) -> String {
        let plain = (try? JSONParser.parse(body))?.sorted.bytes ?? body
        return SHA256.hash(data: Data("\(request.method) \(request.uri.string)\n".utf8) + Data(plain)).hex
    }

    /// Does a change once for a key; again it is answered as it was.
    func write(
        _ call: Call, _ key: String, _ request: String,
        _ work: @escaping @Sendable (Call, Catalogue) throws(StoreError) -> Change
    ) async throws -> (HTTPResponse.Status, [UInt8]) {
        let id = TokenDigest.hex(key)
        let secrets = mint.secrets
        let identifier = identifier
        let (status, bytes, sealed) = try await database.write {
            connection throws(StoreError) -> (Int, [UInt8], String?) in
            let catalogue = Catalogue(connection, now: call.now, identifier: identifier)
            if let given = try catalogue.answer(to: id) {
                guard given.request == request else {
                    throw .refused(
                        .invalid, "Idempotency-Key",
                        "it came before with another request: use a new one for another thing")
                }
                return (Int(given.status), [], given.answer)
            }
            let change = try work(call, catalogue)
            if try catalogue.isNews(change) {
                try catalogue.audit(
                    call.principal.id, change.action, change.subject, before: change.before.auditText,
                    after: change.after.auditText)
            }
            let body = change.answer.body == .null ? [] : change.answer.body.bytes
            guard let sealed = try? secrets.seal(body, under: key) else {
                throw StoreError(.failed, "the answer was not sealed")
            }
            try catalogue.keep(
                Catalogue.GivenAnswer(request: request, status: Int64(change.answer.status.code), answer: sealed),
                to: id)
            return (change.answer.status.code, body, nil)
        }
        guard let sealed else { return (HTTPResponse.Status(code: status), bytes) }
        return (HTTPResponse.Status(code: status), try secrets.open(sealed, under: key))
    }

    // MARK: Answers

    private static func response(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if !body.isEmpty { headers[.contentType] = "application/json" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    static func problem(_ error: StoreError, _ context: BasicRequestContext) -> Problem {
        guard let refusal = error.refusal else {
            context.logger.error("the database: \(error)")
            return Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
        let status: HTTPResponse.Status =
            switch refusal.kind {
            case .missing: .notFound
            case .conflict: .conflict
            case .invalid: .unprocessableContent
            case .forbidden: .forbidden
            }
        // What is wrong with a text is a line for each place.
        return Problem(
            status, refusal.detail.split(separator: "\n").map { Fault(field: refusal.field, detail: String($0)) })
    }
}

extension JSONValue {
    /// As the audit keeps it.
    fileprivate var auditText: String { self == .null ? "" : string }
}

extension String {
    /// Without spaces around it.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Catalogue {
    /// Whether the audit has to hear of a change: what was there already was not added again.
    fileprivate func isNews(_ change: Change) throws(StoreError) -> Bool {
        if change.before == change.after { return false }
        if !change.action.hasSuffix(".add") { return true }
        return try !hasAudit(of: change.subject, change.action)
    }
}
