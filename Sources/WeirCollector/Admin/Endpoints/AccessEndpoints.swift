import HTTPTypes
import WeirCore
import WeirStore

/// Tokens, agents, the audit and events.
enum AccessEndpoints {
    static let all = tokens + agents + recorded

    // MARK: Tokens

    private static let tokens: [Endpoint] = [
        .add(
            "/v1/tokens", "createToken", "Make a token of the API, which is shown this once", [.admin],
            keying: .required,
            body: [
                Field("scope", .choice(TokenView.scopes), "what it is good for"),
                Field(optional: "name", .text(0...100), "its name for people"),
                Field(optional: "provider", .reference, "scope provider: the provider that it is bound to"),
                Field(optional: "consumer", .reference, "scope consumer: the consumer that it is bound to"),
                Field(optional: "namespace", .text(1...63), "scope agent: the namespace that it is bound to (weir)"),
                Field(optional: "expires_at", .time, "until when it is good (for good)"),
            ], TokenView.mintedFields
        ) { call, catalogue throws(StoreError) in
            let token = TokenDigest.newToken()
            let scope: TokenRow.Scope = call.fields.choice("scope", or: .agent)
            let row = try catalogue.add(
                TokenRow(
                    scope: scope, subject: try subject(of: scope, call, catalogue),
                    name: call.fields.text("name", or: ""), digest: TokenDigest.hex(token),
                    expiresAt: call.fields.time("expires_at")))
            return Change(
                Answer(.created, TokenView.json(row).with(["token": .text(token)])), "token.create", row.id,
                after: TokenView.json(row))
        },
        .list("/v1/tokens", "listTokens", "List tokens, without what makes them work", [.admin], of: TokenView.fields) {
            call, catalogue throws(StoreError) in
            call.page(try catalogue.list(TokenRow.self, after: call.place, limit: call.limit + 1), TokenView.json)
        },
        .change(
            .post, "/v1/tokens/{token}/revoke", "revokeToken", "Revoke a token, for good", [.admin], body: [],
            TokenView.fields
        ) { call, catalogue throws(StoreError) in
            let old = try catalogue.token(call.parameter("token"))
            let row = try catalogue.revoke(old)
            return Change(
                Answer(.ok, TokenView.json(row)), "token.revoke", row.id, before: TokenView.json(old))
        },
    ]

    /// What a token of a scope is bound to. A field of another scope is refused: who sets it expects it to hold.
    private static func subject(
        of scope: TokenRow.Scope, _ call: Call, _ catalogue: Catalogue
    ) throws(StoreError) -> String {
        let wanted: String? =
            switch scope {
            case .admin: nil
            case .provider: "provider"
            case .consumer: "consumer"
            case .agent: "namespace"
            }
        for name in ["provider", "consumer", "namespace"] where name != wanted && call.fields.has(name) {
            throw .refused(.invalid, name, "expected it for another scope than \(scope.rawValue): leave it out")
        }
        switch scope {
        case .admin: return ""
        case .agent: return call.fields.text("namespace", or: "weir")
        case .provider:
            guard let reference = call.fields.text("provider") else {
                throw .refused(.invalid, "provider", "expected the id or slug of the provider that it is bound to")
            }
            return try catalogue.provider(reference, field: "provider").id
        case .consumer:
            guard let reference = call.fields.text("consumer") else {
                throw .refused(
                    .invalid, "consumer", "expected the id or external id of the consumer that it is bound to")
            }
            return try catalogue.consumer(reference, field: "consumer").id
        }
    }

    // MARK: Agents

    private static let agents: [Endpoint] = [
        .add(
            "/v1/agents", "enrolAgent", "Give an agent a token of its own; one that it had is no more good",
            [.admin, .agent], keying: .optional,
            body: [
                Field("name", .text(32...32), "its name in deliveries: 32 hexadecimal digits"),
                Field(optional: "namespace", .text(1...63), "the namespace that its token is bound to (weir)"),
            ], AgentView.mintedFields
        ) { call, catalogue throws(StoreError) in
            guard call.principal.scope == .admin || call.principal == .anyAgent else {
                throw .refused(
                    .forbidden, "Authorization", "expected WEIR_COLLECTOR_TOKEN: an agent's own token enrols nobody")
            }
            let name = call.fields.text("name", or: "")
            guard Hash128(hex: name) != nil else {
                throw .refused(.invalid, "name", "expected 32 hexadecimal digits")
            }
            let token = TokenDigest.newToken()
            let row = try catalogue.enrol(
                name: name, namespace: call.fields.text("namespace", or: "weir"), digest: TokenDigest.hex(token))
            return Change(
                Answer(.created, AgentView.json(row).with(["token": .text(token)])), "agent.enrol", row.id,
                after: AgentView.json(row))
        },
        .list("/v1/agents", "listAgents", "List agents that have a token of their own", [.admin], of: AgentView.fields)
        { call, catalogue throws(StoreError) in
            call.page(try catalogue.list(AgentRow.self, after: call.place, limit: call.limit + 1), AgentView.json)
        },
    ]

    // MARK: What happened

    private static let recorded: [Endpoint] = [
        .list(
            "/v1/audit", "listAudit", "List who has changed what, the oldest first", [.admin],
            query: [Field(optional: "subject", .text(1...128), "only what was done to this id")],
            of: RecordedView.auditFields
        ) { call, catalogue throws(StoreError) in
            call.page(
                try catalogue.audit(
                    of: call.query.text("subject"), after: call.placeNumber, limit: call.limit + 1),
                place: { "\($0.id)" }, RecordedView.json)
        },
        .list(
            "/v1/events", "listEvents", "List what has happened to consumers, the oldest first", Endpoint.buyers,
            query: [Field(optional: "consumer", .reference, "only to this one")], of: RecordedView.eventFields
        ) { call, catalogue throws(StoreError) in
            let asked = try call.query.text("consumer").map { reference throws(StoreError) in
                try catalogue.consumer(reference, field: "consumer").id
            }
            return call.page(
                try catalogue.events(
                    of: try call.principal.consumer(asked), after: call.placeNumber, limit: call.limit + 1),
                place: { "\($0.id)" }, RecordedView.json)
        },
    ]
}
