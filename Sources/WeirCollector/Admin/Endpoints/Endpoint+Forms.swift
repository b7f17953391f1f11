import HTTPTypes
import WeirStore

/// The usual shapes of endpoints.
extension Endpoint {
    static let everybody: Set<TokenRow.Scope> = [.admin, .provider, .agent, .consumer]
    static let sellers: Set<TokenRow.Scope> = [.admin, .provider]
    static let buyers: Set<TokenRow.Scope> = [.admin, .consumer]
    static let readers: Set<TokenRow.Scope> = [.admin, .provider, .consumer]

    /// A page of a list.
    static func list(
        _ path: String, _ name: String, _ summary: String, _ scopes: Set<TokenRow.Scope>, query: [Field] = [],
        of fields: [Field], _ work: @escaping @Sendable (Call, Catalogue) throws(StoreError) -> Answer
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, name: name, summary: summary, scopes: scopes, query: query,
            answers: [Answering(.ok, "a page", .page(fields))], work: .read(work))
    }

    /// One row.
    static func show(
        _ path: String, _ name: String, _ summary: String, _ scopes: Set<TokenRow.Scope>, _ fields: [Field],
        _ work: @escaping @Sendable (Call, Catalogue) throws(StoreError) -> JSONValue
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, name: name, summary: summary, scopes: scopes,
            answers: [Answering(.ok, "it", .fields(fields))],
            work: .read { call, catalogue throws(StoreError) in Answer(.ok, try work(call, catalogue)) })
    }

    /// Something new.
    static func add(
        _ path: String, _ name: String, _ summary: String, _ scopes: Set<TokenRow.Scope>, keying: Keying,
        body: [Field], _ fields: [Field],
        _ work: @escaping @Sendable (Call, Catalogue) throws(StoreError) -> Change
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, name: name, summary: summary, scopes: scopes, body: .fields(body),
            keying: keying, answers: [Answering(.created, "it was made, or was there already", .fields(fields))],
            work: .write(work))
    }

    /// A change of what is there, which may be asked for again.
    static func change(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ summary: String, _ scopes: Set<TokenRow.Scope>,
        body: [Field], _ fields: [Field],
        _ work: @escaping @Sendable (Call, Catalogue) throws(StoreError) -> Change
    ) -> Endpoint {
        Endpoint(
            method: method, path: path, name: name, summary: summary, scopes: scopes, body: .fields(body),
            keying: .optional, answers: [Answering(.ok, "it was changed", .fields(fields))], work: .write(work))
    }
}
