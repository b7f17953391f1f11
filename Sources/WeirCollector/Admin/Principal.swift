import WeirStore

/// Who asks: what token came with a request, and what it is good for.
struct Principal: Equatable, Sendable {
    /// The token's id; `WEIR_ADMIN_TOKEN` or `WEIR_COLLECTOR_TOKEN` for those of the settings.
    let id: String
    let scope: TokenRow.Scope
    /// The provider, consumer or namespace that it is bound to; empty for none.
    let subject: String

    /// The token of the settings that all agents may share: it also enrols them.
    static let anyAgent = Principal(id: "WEIR_COLLECTOR_TOKEN", scope: .agent, subject: "")
    static let admin = Principal(id: "WEIR_ADMIN_TOKEN", scope: .admin, subject: "")

    /// The namespace whose products an agent is told of; nil for all.
    var namespace: String? { scope == .agent && !subject.isEmpty ? subject : nil }

    /// Refuses what is another provider's.
    func require(provider: String) throws(StoreError) {
        if scope == .provider, subject != provider {
            throw .refused(.forbidden, "provider", "the token is another provider's")
        }
    }

    /// Refuses what is another consumer's.
    func require(consumer: String) throws(StoreError) {
        if scope == .consumer, subject != consumer {
            throw .refused(.forbidden, "consumer", "the token is another consumer's")
        }
    }

    /// The one consumer that it may see, the one that is asked for, or nil for all.
    func consumer(_ asked: String?) throws(StoreError) -> String? {
        guard scope == .consumer else { return asked }
        if let asked { try require(consumer: asked) }
        return subject
    }
}
