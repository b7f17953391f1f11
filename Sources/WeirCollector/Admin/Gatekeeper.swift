import FoundationEssentials
import HTTPTypes
import Hummingbird
import WeirStore

/// Finds out who asks, and whether they may.
struct Gatekeeper: Sendable {
    let settings: AccessTokens
    let database: any SQLDatabase
    let now: @Sendable () -> Date

    /// Who a request is from.
    ///
    /// - Throws: 401 without a token that is known and good, 403 for one of another scope.
    func principal(_ request: Request, scopes: Set<TokenRow.Scope>) async throws -> Principal {
        let wanted = scopes.map(\.rawValue).sorted().joined(separator: " or ")
        guard let principal = try await find(request.headers[.authorization]) else {
            throw Problem(
                .unauthorized,
                "Authorization: expected Bearer and a token of scope \(wanted) that is neither revoked nor expired")
        }
        guard scopes.contains(principal.scope) else {
            throw Problem(
                .forbidden,
                "Authorization: expected a token of scope \(wanted), found one of scope \(principal.scope.rawValue)")
        }
        return principal
    }

    private func find(_ header: String?) async throws -> Principal? {
        if settings.allow(header, .admin) { return .admin }
        if settings.allow(header, .agent) { return .anyAgent }
        guard let token = AccessTokens.token(header), token.utf8.count <= 255 else { return nil }
        let digest = TokenDigest.hex(token)
        let seconds = Int64(now().timeIntervalSince1970)
        let row = try await database.read { connection throws(StoreError) in
            try Catalogue(connection, now: seconds, identifier: Identifier { 0 }).token(digest: digest)
        }
        return row.map { Principal(id: $0.id, scope: $0.scope, subject: $0.subject) }
    }
}
