/// What the policy document sells, in the form that is compiled: products by what they match, and plans with their rules. Small, and
/// made anew only when a product, a route or a plan changes.
package struct Offers: Sendable {
    /// One way into a product: a route, or the whole of a product that has none.
    struct Door: Sendable {
        var product: UInt32
        var route: RouteRecord?
    }

    struct Product: Sendable {
        var number: UInt32
        var slug: String
        var hosts: [String]
    }

    struct Plan: Sendable {
        var number: UInt32
        var id: RecordID
        var code: String
        var version: Int64
        var rules: PlanRules
    }

    var products: [Product] = []
    var plans: [Plan] = []
    /// In the order in which they are tried.
    var doors: [Door] = []

    /// Nothing is sold.
    package static let none = Offers()

    package var isEmpty: Bool { doors.isEmpty }
    package var productCount: Int { products.count }
    package var planCount: Int { plans.count }
    package var routeCount: Int { doors.count { $0.route != nil } }

    /// The limits of all plans as they are called in answers and metrics, with their text.
    package var limits: [(name: String, text: String)] {
        plans.flatMap { plan in
            plan.rules.statements.compactMap { statement in
                guard case .limit(let limit) = statement.body else { return nil }
                return (plan.shown(statement.name ?? Statement.defaultName), limit.description)
            }
        }
    }
}

extension Offers.Plan {
    /// `burst@starter.2`: unique among all limits, as no name of a rule has an @.
    func shown(_ name: String) -> String { "\(name)@\(code).\(version)" }
}
