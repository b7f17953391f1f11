extension BillFilter: CustomStringConvertible {
    /// Reads `status=2xx|404 method=GET`; the empty text bills everything.
    package init(_ text: String) throws(BillingError) {
        guard text.utf8.count <= CatalogueLimits.filter else {
            throw BillingError(
                "filter", expected: "at most \(CatalogueLimits.filter) characters", found: "more",
                advice: "use patterns such as 2xx")
        }
        var found: [Attribute: Condition] = [:]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let condition = try Condition(word)
            guard found.updateValue(condition, forKey: condition.attribute) == nil else {
                throw BillingError(
                    "filter.\(condition.attribute.rawValue)", expected: "one condition for each attribute",
                    found: "another",
                    advice: "join the values: \(condition.attribute.rawValue)=A|B")
            }
        }
        self.init(checked: Attribute.allCases.compactMap { found[$0] })
    }

    package var description: String { conditions.map(\.description).joined(separator: " ") }
}

extension BillFilter.Condition: CustomStringConvertible {
    package var description: String { "\(attribute.rawValue)\(isNegated ? "!=" : "=")\(values.joined(separator: "|"))" }

    fileprivate init(_ word: Substring) throws(BillingError) {
        let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else {
            throw BillingError(
                "filter", expected: "conditions such as status=2xx, with spaces between them only",
                found: CatalogueText.found(String(word)), advice: "write attribute=value or attribute!=value")
        }
        isNegated = sides[0].last == "!"
        let name = String(isNegated ? sides[0].dropLast() : sides[0])
        let names = BillFilter.Attribute.allCases.map(\.rawValue)
        guard let attribute = BillFilter.Attribute(rawValue: name) else {
            throw BillingError(
                "filter", expected: "status, method, product, route or plan", found: CatalogueText.found(name),
                advice: "try \(NearestWord.of(name, among: names) ?? "status")")
        }
        let given = sides[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard given.count <= CatalogueLimits.values else {
            throw BillingError(
                "filter.\(name)", expected: "at most \(CatalogueLimits.values) values", found: "\(given.count)",
                advice: "use classes such as 4xx, or the opposite: \(name)!=…")
        }
        for value in given { try Self.check(value, attribute) }
        self.attribute = attribute
        values = Set(given).sorted()
    }

    private static func check(_ value: String, _ attribute: BillFilter.Attribute) throws(BillingError) {
        let field = "filter.\(attribute.rawValue)"
        switch attribute {
        case .method: _ = try CatalogueText.method(value, field)
        case .route, .plan: _ = try CatalogueText.code(value, field)
        case .product: _ = try CatalogueText.slug(value, field)
        case .status:
            guard StatusPattern.isRight(value) else {
                throw BillingError(
                    field, expected: "a status from 100 to 599, or a class from 1xx to 5xx",
                    found: CatalogueText.found(value),
                    advice:
                        "try \(value.utf8.count == 3 && StatusPattern.isRight(value.lowercased()) ? value.lowercased() : "2xx")"
                )
            }
        }
    }
}
