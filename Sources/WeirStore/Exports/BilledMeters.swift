/// Says which meter the `grant` of a cell speaks of. A value lives as long as its transaction.
package struct BilledMeters {
    /// What plans without meters are counted by.
    package static let calls = "calls"

    private let catalogue: Catalogue
    private var plans: [String: String?] = [:]
    private var costly: [String: String?] = [:]
    private var counted: [String: Bool] = [:]
    private var grants: [String: String?] = [:]

    package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// The meter that a cell's units are of; nil where nothing of it is billed.
    package mutating func meter(of grant: String, in contract: String) throws(StoreError) -> String? {
        let parts = grant.split(separator: "/", maxSplits: 1).map(String.init)
        if parts.count == 2 { return parts[1] }
        guard let id = parts.first else { return nil }
        if grants[id] == nil { grants[id] = .some(try catalogue.ledger.grant(id)?.policyUnit) }
        guard let unit = grants[id] ?? nil else { return nil }
        return unit.hasPrefix("money:") ? try costlyMeter(of: contract) : unit
    }

    /// Whether the plan of a contract has no meters: then its calls are what is counted.
    mutating func countsCalls(_ contract: String) throws(StoreError) -> Bool {
        guard let plan = try plan(of: contract) else { return false }
        if let known = counted[plan] { return known }
        let meters = try catalogue.list(PlanMeterRow.self, where: [("plan_id", .text(plan))], limit: 1)
        counted[plan] = meters.isEmpty
        return meters.isEmpty
    }

    /// The version of the plan that a contract is under; nil for a text that is no contract.
    package mutating func plan(of contract: String) throws(StoreError) -> String? {
        if let known = plans[contract] { return known }
        var plan = try catalogue.find(ContractRow.self, "id", contract)?.planID
        if plan == nil {
            plan = try catalogue.find(SubscriptionRow.self, "id", Self.subscription(of: contract))?.planID
        }
        plans[contract] = .some(plan)
        return plan
    }

    /// The one meter of a plan that costs something: what older agents draw money for.
    private mutating func costlyMeter(of contract: String) throws(StoreError) -> String? {
        guard let plan = try plan(of: contract) else { return nil }
        if let known = costly[plan] { return known }
        let meters = try catalogue.list(PlanMeterRow.self, where: [("plan_id", .text(plan))], limit: 1_000)
        let code = meters.first { $0.ceilingNano > 0 }?.code
        costly[plan] = .some(code)
        return code
    }

    /// `sub_…` of `sub_…/3`.
    static func subscription(of contract: String) -> String { String(contract.prefix { $0 != "/" }) }
}
