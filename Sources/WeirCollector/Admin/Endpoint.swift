import HTTPTypes
import Hummingbird
import WeirStore

/// One route of the API: what it takes, what it answers, and who may ask. The router and the OpenAPI document are both made from
/// these.
struct Endpoint: Sendable {
    /// Whether a request may carry an `Idempotency-Key`.
    enum Keying: Sendable {
        /// It changes nothing.
        case none
        /// Its own names make a repeat harmless.
        case optional
        /// Without one a repeat would do it twice.
        case required
    }

    /// What comes with a request.
    enum Body: Sendable {
        case none
        case fields([Field])
        /// Bytes of a media type.
        case bytes(String)
    }

    /// What an answer holds.
    enum Form: Sendable {
        case none
        case fields([Field])
        /// A page of a list.
        case page([Field])
        /// Bytes of one of these media types.
        case bytes([String])
    }

    struct Answering: Sendable {
        let status: HTTPResponse.Status
        let meaning: String
        let form: Form

        init(_ status: HTTPResponse.Status, _ meaning: String, _ form: Form) {
            self.status = status
            self.meaning = meaning
            self.form = form
        }
    }

    enum Work: Sendable {
        /// Reads one state of the database.
        case read(@Sendable (Call, Catalogue) throws(StoreError) -> Answer)
        /// Changes it, all or nothing.
        case write(@Sendable (Call, Catalogue) throws(StoreError) -> Change)
        /// Does everything itself; who asks is known, and nil where anybody may.
        case own(@Sendable (Request, BasicRequestContext, Principal?) async throws -> Response)
    }

    let method: HTTPRequest.Method
    /// With `{name}` for what varies.
    let path: String
    /// The name of the operation.
    let name: String
    let summary: String
    /// Empty: anybody may.
    let scopes: Set<TokenRow.Scope>
    var query: [Field] = []
    var body: Body = .none
    var keying: Keying = .none
    let answers: [Answering]
    let work: Work

    /// Names of what varies in the path.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Whether it gives a list page by page.
    var isList: Bool {
        answers.contains { answer in
            if case .page = answer.form { true } else { false }
        }
    }
}
