/// Whose statements are compiled: the agent's own, or a plan's. Names are unique in each.
enum PolicyScope {
    case local
    case plan(Offers.Plan)

    /// What limit keys are counted under, so that a plan's counters go on from one version to the next.
    var identity: String {
        switch self {
        case .local: "local"
        case .plan(let plan): "plan \(plan.code)"
        }
    }

    /// The plan's code; empty for the agent's own.
    var code: String {
        switch self {
        case .local: ""
        case .plan(let plan): plan.code
        }
    }

    var isLocal: Bool {
        if case .local = self { true } else { false }
    }

    /// What a statement is called in answers and metrics.
    func shown(_ name: String) -> String {
        switch self {
        case .local: name
        case .plan(let plan): plan.shown(name)
        }
    }
}
