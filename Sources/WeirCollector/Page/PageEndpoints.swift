import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import WeirBilling
import WeirSettings
import WeirStore

/// The collector's page: what is on sale, a form to sign up with, and the same for programs. There are no cookies, and nobody is asked
/// who they are.
struct PageEndpoints: Sendable {
    /// For how many seconds a listing is shown again: the page costs the database as little as it is looked at.
    private static let life: Int64 = 2

    private let api: AdminAPI
    private let gate: SignUpGate
    private let now: @Sendable () -> Date
    private let known = Shown()

    /// The listing that was read last.
    private final class Shown: Sendable {
        let listing = Mutex<(at: Int64, listing: CatalogueListing)?>(nil)
    }

    init(api: AdminAPI, signUps: SignUpRule, now: @escaping @Sendable () -> Date) {
        self.api = api
        self.now = now
        gate = SignUpGate(signUps)
    }

    private static let page = "text/html; charset=utf-8"

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/", name: "page", summary: "Products and plans, for people", scopes: [],
                answers: [.init(.ok, "a page", .bytes([Self.page]))],
                work: .own { _, _, _ in Self.response(.ok, CataloguePage(listing: try await listing()).html) }),
            Endpoint(
                method: .post, path: "/", name: "signUpForm", summary: "Sign up with the page's form", scopes: [],
                body: .bytes(SignUpForm.mediaType),
                answers: [
                    .init(.ok, "a page with the key", .bytes([Self.page])),
                    .init(.unprocessableContent, "the page, with what is wrong beside each field", .bytes([Self.page])),
                ], work: .own { request, context, _ in try await signUp(request, context) }),
            Endpoint(
                method: .get, path: "/v1/catalogue", name: "catalogue",
                summary: "Listed products, and the plans that they are sold under", scopes: [],
                answers: [.init(.ok, "what is on sale", .fields(CatalogueListing.fields))],
                work: .own { _, _, _ in
                    Response(
                        status: .ok, headers: [.contentType: "application/json", .cacheControl: "max-age=2"],
                        body: .init(byteBuffer: ByteBuffer(bytes: try await listing().json.bytes)))
                }),
        ]
    }

    private func listing() async throws -> CatalogueListing {
        let (seconds, identifier, gate) = (Int64(now().timeIntervalSince1970), api.identifier, gate)
        if let last = known.listing.withLock({ $0 }), (last.at...last.at + Self.life).contains(seconds) {
            return last.listing
        }
        do throws(StoreError) {
            let listing = try await api.database.read { connection throws(StoreError) in
                let catalogue = Catalogue(connection, now: seconds, identifier: identifier)
                return try CatalogueListing(try catalogue.listedProducts(), gate)
            }
            known.listing.withLock { $0 = (seconds, listing) }
            return listing
        } catch {
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
    }

    // MARK: Signing up

    private func signUp(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard gate.isOpen else {
            throw Problem(.forbidden, "nobody signs up here by themselves: ask the seller (WEIR_SIGNUP is off)")
        }
        guard !CrossSite.isFromElsewhere(request) else {
            throw Problem(.forbidden, "the form came from another site: load this collector's own page")
        }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard type == SignUpForm.mediaType else {
            throw Problem(
                .unsupportedMediaType, [Fault(field: "Content-Type", detail: "expected \(SignUpForm.mediaType)")])
        }
        let body = try await RequestBody.collect(request, atMost: SignUpForm.maximumBody, "the largest form")
        var form = SignUpForm(body)
        let listing = try await listing()
        let plan = listing.openPlan(form.values["plan"] ?? "")
        if form.isGood, plan == nil { form.general = "this plan is not open to everybody: choose another one" }
        guard form.isGood, let plan else { return again(form, listing) }
        let seconds = Int64(now().timeIntervalSince1970)
        if let wait = gate.take(at: seconds) {
            throw Problem(.tooManyRequests, "too many have signed up this minute: try again soon", retryAfter: wait)
        }
        do {
            let key = try await api.signUp(form, body, at: seconds)
            return Self.response(.ok, CataloguePage.welcome(plan.plan.code, key: key))
        } catch let error as StoreError {
            guard let refusal = error.refusal else { throw AdminAPI.problem(error, context) }
            if SignUpForm.fields.contains(where: { $0.name == refusal.field }), refusal.field != "accepted_version" {
                form.faults[refusal.field] = refusal.detail
            } else {
                form.general = refusal.detail
            }
            return again(form, listing)
        }
    }

    private func again(_ form: SignUpForm, _ listing: CatalogueListing) -> Response {
        Self.response(.unprocessableContent, CataloguePage(listing: listing, form: form).html)
    }

    private static func response(_ status: HTTPResponse.Status, _ page: HTML) -> Response {
        var headers: HTTPFields = [.contentType: Self.page, .cacheControl: "no-store"]
        headers[.contentSecurityPolicy] = PageStyle.policy
        headers[.xContentTypeOptions] = "nosniff"
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: page.document)))
    }
}
