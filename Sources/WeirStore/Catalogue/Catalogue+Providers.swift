/// What of consumers is a provider's business: those who hold its plans, and what they hold of them.
extension Catalogue {
    /// Whether a consumer has, or had, a contract to a plan of a provider's.
    package func holds(consumer: String, ofProvider provider: String) throws(StoreError) -> Bool {
        try !connection.run(
            """
            SELECT 1 FROM subscription JOIN plan ON plan.id = subscription.plan_id
            WHERE subscription.consumer_id = $1 AND plan.provider_id = $2 LIMIT 1
            """, [.text(consumer), .text(provider)]
        ).isEmpty
    }

    /// Whether a contract is to a plan of a provider's.
    package func holds(contract: String, ofProvider provider: String) throws(StoreError) -> Bool {
        try !connection.run(
            """
            SELECT 1 FROM subscription JOIN plan ON plan.id = subscription.plan_id
            WHERE subscription.id = $1 AND plan.provider_id = $2
            """, [.text(contract), .text(provider)]
        ).isEmpty
    }

    /// Consumers who hold a plan of a provider's: a condition for `list`.
    package static let consumersOfProvider: StaticString = """
        EXISTS (SELECT 1 FROM subscription AS held JOIN plan AS sold ON sold.id = held.plan_id
            WHERE held.consumer_id = consumer.id AND sold.provider_id = $)
        """

    /// Contracts to a provider's plans.
    package static let contractsOfProvider: StaticString = """
        EXISTS (SELECT 1 FROM plan AS sold WHERE sold.id = subscription.plan_id AND sold.provider_id = $)
        """
}
