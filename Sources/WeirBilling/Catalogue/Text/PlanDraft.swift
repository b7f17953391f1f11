/// A plan that was read and agrees with itself, with the places of what only others know: products, meters, zones and rules.
package struct PlanDraft: Sendable {
    /// Version 0.
    package let plan: Plan
    /// nil where the text has no `rules:`.
    package let rules: PlanRules?
    let products: [PlanWord]
    let meters: [PlanWord]
    let zones: [PlanWord]

    /// The plan, if products, meters and zones are what it takes them for. The rules are not looked at: see `rules`.
    ///
    /// - Throws: everything that is not, at once.
    package func checked(against catalogue: PlanSurroundings) throws(PlanErrors) -> Plan {
        var errors: [PlanError] = []
        for word in products where !catalogue.products.contains(word.text) {
            errors.append(Self.unknown(word, "a product", among: catalogue.products))
        }
        for word in meters where !catalogue.meters.contains(word.text) {
            errors.append(Self.unknown(word, "a meter", among: catalogue.meters))
        }
        for word in zones where !catalogue.knowsZone(word.text) {
            errors.append(
                PlanError(
                    at: word.position,
                    "expected a time zone such as Europe/Berlin after \"in\", found \(BillingError.quoted(word.text))",
                    suggestion: catalogue.nearestZone(word.text)))
        }
        guard errors.isEmpty else { throw PlanErrors(errors) }
        return plan
    }

    private static func unknown(_ word: PlanWord, _ what: String, among known: Set<String>) -> PlanError {
        let nearest = NearestWord.of(word.text, among: known.sorted())
        let some = known.sorted().prefix(5).joined(separator: ", ")
        return PlanError(
            at: word.position, "expected \(what) of the catalogue, found \(BillingError.quoted(word.text))",
            suggestion: nearest ?? (known.isEmpty ? "adding it first" : "one of \(some)"))
    }
}

/// What a plan is checked against: what there is beside it.
package struct PlanSurroundings {
    /// Slugs.
    package let products: Set<String>
    /// Codes.
    package let meters: Set<String>
    package let knowsZone: (String) -> Bool
    /// The name that was probably meant.
    package let nearestZone: (String) -> String?

    package init(
        products: Set<String>, meters: Set<String>, knowsZone: @escaping (String) -> Bool,
        nearestZone: @escaping (String) -> String? = { _ in nil }
    ) {
        self.products = products
        self.meters = meters
        self.knowsZone = knowsZone
        self.nearestZone = nearestZone
    }
}
