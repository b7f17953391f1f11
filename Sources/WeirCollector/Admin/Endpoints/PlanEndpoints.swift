import HTTPTypes
import WeirBilling
import WeirStore

/// Plans and their versions.
enum PlanEndpoints {
    static let all: [Endpoint] = [
        .add(
            "/v1/plans", "addPlan", "Write the next version of a plan, and publish it when asked to", Endpoint.sellers,
            keying: .required,
            body: [
                Field("text", .document(PlanLimits.text), "the plan's file"),
                Field(
                    optional: "version", .integer(1...1_000_000_000),
                    "the version that it is meant to be, to be refused when another was first (the next)"),
                Field(optional: "publish", .flag, "whether it is published at once (false)"),
                Field(optional: "effective_at", .time, "with publish: from when it is sold (now)"),
            ], PlanView.detailFields
        ) { call, catalogue throws(StoreError) in
            let draft = try CatalogueWords.plan(call.fields.text("text", or: ""), catalogue)
            let publishes = call.fields.flag("publish") == true
            guard publishes || !call.fields.has("effective_at") else {
                throw .refused(.invalid, "effective_at", "expected it with publish, which is not set")
            }
            var detail = try catalogue.keep(draft, number: call.fields.integer("version"))
            try call.principal.require(provider: detail.plan.providerID)
            if publishes {
                detail = try catalogue.publish(detail.plan, effective: call.fields.time("effective_at"))
            }
            return Change(
                Answer(.created, PlanView.json(detail)), publishes ? "plan.publish" : "plan.write", detail.plan.id)
        },
        .change(
            .post, "/v1/plans/{plan}/publish", "publishPlan", "Publish a draft: it is never changed again",
            Endpoint.sellers, body: [Field(optional: "effective_at", .time, "from when it is sold (now)")],
            PlanView.detailFields
        ) { call, catalogue throws(StoreError) in
            let plan = try draft(call.parameter("plan"), catalogue)
            try call.principal.require(provider: plan.providerID)
            let detail = try catalogue.publish(plan, effective: call.fields.time("effective_at"))
            return Change(
                Answer(.ok, PlanView.json(detail)), "plan.publish", plan.id, before: PlanView.json(plan),
                after: PlanView.json(detail.plan))
        },
        .list(
            "/v1/plans", "listPlans", "List versions of plans", Endpoint.readers,
            query: [Field(optional: "code", .code, "only those of one plan")], of: PlanView.fields
        ) { call, catalogue throws(StoreError) in
            let filters: [(String, SQLValue)] = call.query.text("code").map { [("code", .text($0))] } ?? []
            return call.page(
                try catalogue.list(PlanRow.self, where: filters, after: call.place, limit: call.limit + 1),
                PlanView.json)
        },
        .show(
            "/v1/plans/{plan}", "showPlan", "Show a version of a plan: by its id, or by a code the one that is sold",
            Endpoint.readers, PlanView.detailFields
        ) { call, catalogue throws(StoreError) in
            PlanView.json(try catalogue.detail(try catalogue.plan(call.parameter("plan"), field: "plan", .missing)))
        },
    ]

    /// The version that is to be published: of a code its draft, where it has one.
    private static func draft(_ reference: String, _ catalogue: Catalogue) throws(StoreError) -> PlanRow {
        if let draft = try catalogue.versions(of: reference).last(where: { $0.publishedAt == nil }) { return draft }
        return try catalogue.plan(reference, field: "plan", .missing)
    }
}
