import Crypto
import FoundationEssentials

/// Who may do what: agents send usage, admins read it.
package struct AccessTokens: Sendable {
    package enum Scope: Sendable {
        case agent
        case admin
    }

    /// Digests, so that comparing takes as long for every token.
    private let agents: [SHA256Digest]
    private let admin: SHA256Digest

    package init(agents: [String], admin: String) {
        self.agents = agents.map { SHA256.hash(data: Data($0.utf8)) }
        self.admin = SHA256.hash(data: Data(admin.utf8))
    }

    /// The token of an `Authorization` header.
    static func token(_ header: String?) -> Substring? {
        guard let header, header.count > 7, header.prefix(7).lowercased() == "bearer " else { return nil }
        return header.dropFirst(7)
    }

    /// Whether an `Authorization` header carries a token of this scope.
    package func allow(_ header: String?, _ scope: Scope) -> Bool {
        guard let token = Self.token(header) else { return false }
        let digest = SHA256.hash(data: Data(token.utf8))
        switch scope {
        case .agent: return agents.reduce(false) { $0 || $1 == digest }
        case .admin: return admin == digest
        }
    }
}
