import WeirBilling
import WeirStore

/// What is on sale: the page's content, and its twin for programs.
struct CatalogueListing: Sendable {
    struct ListedPlan: Sendable {
        let row: PlanRow
        let plan: Plan
        /// Whether anybody may sign up to it.
        let isOpen: Bool
    }

    struct ListedProduct: Sendable {
        let row: ProductRow
        let provider: String
        let plans: [ListedPlan]
    }

    let products: [ListedProduct]

    init(_ products: [Catalogue.ListedProduct], _ rule: SignUpGate) throws(StoreError) {
        var listed: [ListedProduct] = []
        for product in products {
            var plans: [ListedPlan] = []
            for detail in product.plans {
                let plan = try detail.plan.plan()
                plans.append(ListedPlan(row: detail.plan, plan: plan, isOpen: rule.opens(plan)))
            }
            listed.append(ListedProduct(row: product.product, provider: product.provider.name, plans: plans))
        }
        self.products = listed
    }

    /// A plan that anybody may sign up to, by its code.
    func openPlan(_ code: String) -> ListedPlan? {
        products.lazy.flatMap(\.plans).first { $0.plan.code == code && $0.isOpen }
    }

    // MARK: For programs

    static let fields = [
        Field(
            "products",
            .list(
                .object([
                    Field("slug", .slug, "its name in addresses"), Field("name", .text(1...200), "its name for people"),
                    Field("provider", .text(0...200), "who offers it"),
                    Field("docs_url", .nullable(.url), "where it is described"),
                    Field("plans", .list(.object(planFields), most: 1_000), "what it is sold under now"),
                ]), most: Catalogue.maximumListed), "what is listed")
    ]

    private static let planFields = [
        Field("code", .text(1...63), "the plan's name"),
        Field("version", .integer(1...1_000_000_000), "the version that is sold, to be accepted"),
        Field("mode", .choice(PlanView.modes), "how it is paid"), Field("currency", .currency, "that of its prices"),
        Field("fee", .nullable(.amount), "the fee of a purchase or period"),
        Field("sign_up", .flag, "whether anybody may sign up to it on the page"),
        Field(
            "terms",
            .list(
                .object([
                    Field("name", .text(1...200), "what it is of"), Field("text", .text(0...100_000), "what is said"),
                ]), most: 1_000), "the terms in words"),
        Field("text", .text(0...100_000), "the plan's file"),
    ]

    var json: JSONValue {
        [
            "products": .list(
                products.map { product in
                    [
                        "slug": .text(product.row.slug), "name": .text(product.row.name),
                        "provider": .text(product.provider),
                        "docs_url": product.row.docsURL.isEmpty ? .null : .text(product.row.docsURL),
                        "plans": .list(product.plans.map(Self.json)),
                    ]
                })
        ]
    }

    private static func json(_ plan: ListedPlan) -> JSONValue {
        [
            "code": .text(plan.row.code), "version": .integer(plan.row.number), "mode": .text(plan.row.mode.rawValue),
            "currency": .text(plan.row.currency),
            "fee": plan.row.feeNano.map { .amount($0, plan.row.currency) } ?? .null, "sign_up": .bool(plan.isOpen),
            "terms": .list(
                PlanTermsWords.lines(plan.plan).map { ["name": .text($0.name), "text": .text($0.text)] }),
            "text": .text(PlanText.print(plan.plan)),
        ]
    }
}
