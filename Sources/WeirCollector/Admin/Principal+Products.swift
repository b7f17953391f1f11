import WeirStore

/// What a provider's token is good for: its own products, and what is bought of them.
extension Principal {
    /// Slugs of the products that may be seen: all (nil), the one that is asked for, or a provider's own.
    func products(_ asked: String?, _ catalogue: Catalogue) throws(StoreError) -> [String]? {
        if let asked {
            let product = try catalogue.product(asked, field: "product")
            try require(provider: product.providerID)
            return [product.slug]
        }
        guard scope == .provider else { return nil }
        return try catalogue.list(ProductRow.self, where: [("provider_id", .text(subject))], limit: 10_000).map(\.slug)
    }

    /// A condition for lists, where a provider's token sees only its own.
    func sold(_ condition: StaticString) -> (condition: StaticString, by: String)? {
        scope == .provider ? (condition, subject) : nil
    }

    /// Refuses a consumer that is another one's, or that has never had a plan of the provider's.
    func require(consumer: String, _ catalogue: Catalogue) throws(StoreError) {
        try require(consumer: consumer)
        guard scope == .provider else { return }
        if try !catalogue.holds(consumer: consumer, ofProvider: subject) {
            throw .refused(.forbidden, "consumer", "the token's provider has sold it nothing")
        }
    }

    /// Refuses a contract that is another consumer's, or to another provider's plan.
    func require(contract: SubscriptionRow, _ catalogue: Catalogue) throws(StoreError) {
        try require(consumer: contract.consumerID)
        if try !sells(contract: contract.id, catalogue) {
            throw .refused(.forbidden, "subscription", "it is to another provider's plan")
        }
    }

    /// Whether a contract is no other provider's business.
    func sells(contract: String, _ catalogue: Catalogue) throws(StoreError) -> Bool {
        guard scope == .provider else { return true }
        return try catalogue.holds(contract: contract, ofProvider: subject)
    }
}
